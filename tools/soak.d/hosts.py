"""The soak's two namespaces: an address for every generator, so that a port is never shared, and tables large enough that no close is forgotten."""

import fcntl
import os
import subprocess
import time

from namespaces import COUNTED, DEVICE, PREFIX, CannotHere, LabError, Namespace

CLIENT, SERVER = SIDES = ("client", "server")
LINK, LOOPBACK = "10.86.0.", "10.86.1."  # between the two, and within the server namespace
LAST_BYTE = {CLIENT: 1, SERVER: 2}
SERVICE_ON_LOOPBACK, PROXY_SOURCE = LOOPBACK + "1", LOOPBACK + "2"
GENERATORS = range(10, 100)
LOCK = "/run/fintrail-soak.lock"

# Overflows of tcp_max_tw_buckets forget closes early. Timers stay as the kernel has them, unlike the lab's. The ports begin above those of the services.
SETTINGS = {"ipv4/tcp_max_tw_buckets": 2_000_000, "core/somaxconn": 16384, "ipv4/tcp_max_syn_backlog": 16384, "ipv4/ip_local_port_range": "10240 65535"}


class Host(Namespace):
    def __init__(self, side):
        self.address = f"{LINK}{LAST_BYTE[side]}"
        self.service = f"{LINK}{LAST_BYTE[SERVER]}" if side == CLIENT else SERVICE_ON_LOOPBACK
        self.generators = [f"{LINK if side == CLIENT else LOOPBACK}{number}" for number in GENERATORS]
        self.make(side)

    def prepare(self):
        """After the veth pair exists."""
        onLink = [self.address, *(self.generators if self.side == CLIENT else ())]
        onLoopback = [SERVICE_ON_LOOPBACK, PROXY_SOURCE, *self.generators] if self.side == SERVER else ()
        self.run("ip", "link", "set", "lo", "up")
        for address in onLoopback:
            self.run("ip", "address", "add", f"{address}/32", "dev", "lo")
        for address in onLink:
            self.run("ip", "address", "add", f"{address}/24", "dev", DEVICE)
        self.run("ip", "link", "set", DEVICE, "up")
        self.set(SETTINGS)

    def newAddress(self):
        """One that no other generator has."""
        return self.generators.pop(0)

    def counters(self):
        return super().counters(COUNTED | {"ActiveOpens", "PassiveOpens"})

    def untilGone(self, seconds=90):
        """Nothing is left but TIME_WAIT, which is the end of a close. ss asks the kernel for the wanted states only: that table is long."""
        deadline = time.monotonic() + seconds
        while left := self.run("ss", "-Htan", "state", "connected", "exclude", "time-wait").splitlines():
            if time.monotonic() > deadline:
                raise LabError(f"{self.side}: {len(left)} sockets still stand after {seconds} s, the first is: {left[0]}")
            time.sleep(0.05)


def claimAddresses():
    """Two soaks at once would be one to a tracer that filters by address. The kernel lets go of the lock, however we die."""
    lock = os.open(LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CannotHere(f"another soak is running ({LOCK} is locked): let it end first")


def removeNamespaces():
    """The lock is ours, so whatever soak made one is this one or dead."""
    for name in sorted(os.listdir("/run/netns")) if os.path.isdir("/run/netns") else ():
        side, _, pid = name.removeprefix(PREFIX).partition("-")
        if name.startswith(PREFIX) and side in SIDES and pid.isdigit():
            subprocess.run(["ip", "netns", "del", name], capture_output=True)
            yield name
