"""The two private network namespaces: made, pinned, firewalled, watched and removed. Nothing here touches a system-wide setting."""

import contextlib
import ctypes
import os
import subprocess
import sys
import time

PREFIX = "fintrail-"
DEVICE = "lab0"
FAMILIES = (4, 6)
ETHERNET = {"near": "02:83:00:00:00:01", "far": "02:83:00:00:00:02"}
CLONE_NEWNET = 0x40000000

# tcp_fin_timeout is long here, so that a loaded machine cannot turn a late FIN into a missing one; situations about its expiry shorten it.
# tcp_orphan_retries is a time, not a count (tcp_model_timeout): 2 kills an orphan about 3.4 s after its FIN.
# Every rejected FIN gets its ICMP answer, also when 200 of them come at once. No type that is in use is limited: icmp_global_allow() has a burst of 50,
# and takes it from the same sockets in every round of retransmissions; IPv6 asks it whatever ratelimit says.
# arp_ignore 8: neighbours are permanent entries, and a parked direction (see park) must not be opened by an answer.
SYSCTLS = {
    "ipv4/tcp_fin_timeout": 20, "ipv4/tcp_orphan_retries": 2, "ipv4/tcp_retries2": 3, "ipv4/tcp_syn_retries": 3,
    "ipv4/tcp_max_tw_buckets": 400000, "ipv4/tcp_max_syn_backlog": 8192, "core/somaxconn": 8192,
    "ipv4/icmp_ratemask": 0, "ipv6/icmp/ratemask": 255,
    f"ipv4/conf/{DEVICE}/arp_ignore": 8,
    f"ipv4/neigh/{DEVICE}/unres_qlen_bytes": 1 << 25, f"ipv6/neigh/{DEVICE}/unres_qlen_bytes": 1 << 25,
    f"ipv4/neigh/{DEVICE}/mcast_solicit": 30, f"ipv6/neigh/{DEVICE}/mcast_solicit": 30,
}

ESTABLISHED, SYN_SENT, SYN_RECV, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK, LISTEN, CLOSING = range(1, 12)
STATE_NAMES = ("", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING")
TIMER_PROBE0 = 4
COUNTED = {"OutRsts", "EstabResets", "RetransSegs", "ListenOverflows", "ListenDrops", "TCPTimeWaitOverflow", "TCPAbortOnData", "TCPAbortOnClose",
           "TCPAbortOnTimeout", "TCPAbortOnLinger", "TCPLossProbes", "TCPTimeouts", "TCPKeepAlive", "TCPAbortFailed"}

libc = ctypes.CDLL(None, use_errno=True)


class LabError(Exception):
    """The situation could not be staged as promised."""


class CannotHere(Exception):
    """This host or user cannot stage anything."""


def run(*command):
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    except FileNotFoundError:
        raise CannotHere(f"{command[0]} is not installed: apt-get install iproute2 iptables conntrack")
    if done.returncode:
        raise LabError(f"`{' '.join(map(str, command))}` exited {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def enter(descriptor):
    if libc.setns(descriptor, CLONE_NEWNET):
        raise CannotHere(f"setns: {os.strerror(ctypes.get_errno())}: run as root with CAP_SYS_ADMIN")


class Row:
    """One line of /proc/net/tcp. A FIN_WAIT2 minisock shows its substate here, so FIN_WAIT2 means full socket or minisock alike."""

    def __init__(self, line):
        words = line.split()
        self.port = int(words[1].rsplit(":", 1)[1], 16)
        self.remotePort = int(words[2].rsplit(":", 1)[1], 16)
        self.state = int(words[3], 16)
        self.unacked, self.unread = (int(part, 16) for part in words[4].split(":"))
        self.timer = int(words[5].split(":")[0], 16)
        self.isHeld = words[9] != "0"  # the inode: what no process holds, and a minisock, has none


class Namespace:
    """One end of the lab. The parent process enters it for an instant to run a command or to open a file of its /proc/net."""

    def __init__(self, side, family, subnet):
        self.family, self.subnet = family, subnet
        self.address = subnet.address(side, family)
        self.peer = "far" if side == "near" else "near"
        self.patience = 30  # seconds for the sockets to go
        self.make(side)

    def make(self, side):
        self.side = side
        self.name = f"{PREFIX}{side}-{os.getpid()}"
        self.path = f"/run/netns/{self.name}"
        self.eaten = {}
        self.files = {}
        try:
            run("ip", "netns", "add", self.name)
        except LabError as refused:
            raise CannotHere(f"cannot make a network namespace ({refused}): run as root with CAP_SYS_ADMIN and iproute2, outside of an unprivileged container")
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self.inside = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        self.inum = os.fstat(self.inside).st_ino

    @contextlib.contextmanager
    def entered(self):
        enter(self.inside)
        try:
            yield
        finally:
            enter(self.home)

    def run(self, *command):
        with self.entered():
            return run(*command)

    def prepare(self, sysctls):
        """After the veth pair exists: addresses, permanent neighbours, pinned settings."""
        self.run("ip", "link", "set", "lo", "up")
        self.set({"ipv6/conf/all/accept_dad": 0, f"ipv6/conf/{DEVICE}/accept_dad": 0, f"ipv6/conf/{DEVICE}/router_solicitations": 0})
        self.run("ip", "address", "add", self.subnet.withLength(self.side, 4), "dev", DEVICE)
        self.run("ip", "address", "add", self.subnet.withLength(self.side, 6), "dev", DEVICE, "nodad")
        self.run("ip", "link", "set", DEVICE, "address", ETHERNET[self.side], "up")
        self.set({**SYSCTLS, **sysctls})
        self.knowPeer()

    def steer(self, mask):
        """Receive packet steering: `ip netns exec` shows this namespace's own /sys. The other CPU is told by an interrupt."""
        run("ip", "netns", "exec", self.name, "sh", "-c", f"echo {mask} > /sys/class/net/{DEVICE}/queues/rx-0/rps_cpus")

    def knowPeer(self):
        for family in FAMILIES:
            self.run("ip", "neighbour", "replace", self.subnet.address(self.peer, family), "lladdr", ETHERNET[self.peer], "dev", DEVICE, "nud", "permanent")

    def set(self, sysctls):
        with self.entered():
            for key, value in sysctls.items():
                try:
                    with open(f"/proc/sys/net/{key}", "w") as setting:
                        setting.write(str(value))
                except FileNotFoundError:  # an older kernel: the situation may take longer, or fail at its deadline with what it saw
                    print(f"lab: this kernel has no net/{key}, so it is not {value} in {self.name}", file=sys.stderr)

    @contextlib.contextmanager
    def parked(self):
        """Holds back what this side sends, in order and without loss: packets wait in the unresolved neighbour's queue (neigh->arp_queue) until the
        peer's address is told again. The peer never answers for itself: arp_ignore for IPv4, a rule against solicitations for IPv6."""
        solicitation = ("OUTPUT", "-p", "icmpv6", "--icmpv6-type", "neighbour-solicitation", "-j", "DROP")
        self.run("ip6tables", "-w", "-A", *solicitation)
        self.run("ip", "neighbour", "del", self.subnet.address(self.peer, self.family), "dev", DEVICE)
        try:
            yield
        finally:
            self.knowPeer()
            self.run("ip6tables", "-w", "-D", *solicitation)

    def tables(self, *words):
        return self.run("iptables" if self.family == 4 else "ip6tables", "-w", *words)

    def rule(self, chain, *match, target=("DROP",)):
        """Adds a rule and returns the function that removes it and notes how many packets its chain took."""
        rule = (chain, "-p", "tcp", *match, "-j", *target)
        self.tables("-A", *rule)

        def lift():
            label = " ".join((self.side, chain, *match, *target))
            self.eaten[label] = self.taken(chain)
            self.tables("-D", *rule)
        return lift

    @contextlib.contextmanager
    def eating(self, chain, *match, target=("DROP",)):
        lift = self.rule(chain, *match, target=target)
        try:
            yield
        finally:
            lift()

    def taken(self, chain):
        """Packets that the dropping and rejecting rules of a chain have taken so far."""
        lines = self.tables("-nvxL", chain).splitlines()[2:]
        return sum(int(line.split()[0]) for line in lines if line.split()[2] in ("DROP", "REJECT"))

    def read(self, name):
        """A /proc/net file of this namespace, opened once: the open file keeps the namespace it was opened in."""
        if name not in self.files:
            with self.entered():
                self.files[name] = open(f"/proc/thread-self/net/{name}")
        self.files[name].seek(0)
        return self.files[name].read()

    def rows(self):
        lines = self.read("tcp" if self.family == 4 else "tcp6").splitlines()[1:]
        return [row for row in map(Row, lines) if row.state != LISTEN]

    def listens(self, ports):
        found = {line.split()[3].rsplit(":", 1)[1] for line in self.run("ss", "-Htln").splitlines()}
        return found >= set(map(str, ports))

    def until(self, what, test, seconds=20):
        """Polls the socket table until test(rows) holds."""
        deadline = time.monotonic() + seconds
        while not test(rows := self.rows()):
            if time.monotonic() > deadline:
                seen = sorted(STATE_NAMES[row.state] for row in rows)
                counts = {name: seen.count(name) for name in dict.fromkeys(seen)}
                raise LabError(f"{self.side}: waited {seconds} s for {what}; the table shows {counts or 'no socket'}")
            time.sleep(0.004)

    def untilAll(self, count, *states):
        names = " or ".join(STATE_NAMES[state] for state in states)
        self.until(f"{count} sockets in {names}", lambda rows: sum(row.state in states for row in rows) == count)

    def untilGone(self, seconds=None):
        """Full sockets, orphans and FIN_WAIT2 minisocks are gone. TIME_WAIT proper (60 s, fixed) is the end of a close and is not waited for."""
        self.until("the sockets to go", lambda rows: all(row.state == TIME_WAIT for row in rows), seconds or self.patience)

    def untilTaken(self, chain, count, seconds=20):
        deadline = time.monotonic() + seconds
        while (taken := self.taken(chain)) < count:
            if time.monotonic() > deadline:
                raise LabError(f"{self.side}: the rules of {chain} took {taken} packets in {seconds} s, {count} were due")

    def untilForgotten(self, seconds=20):
        """conntrack lists no TCP flow of this namespace any more; expired entries are not listed even if they are not collected yet."""
        deadline = time.monotonic() + seconds
        while self.run("conntrack", "-L", "-p", "tcp", "-f", f"ipv{self.family}").strip():
            if time.monotonic() > deadline:
                raise LabError(f"{self.side}: conntrack still knows flows after {seconds} s")

    def counters(self, counted=COUNTED):
        found = {}
        for name in ("snmp", "netstat"):
            lines = self.read(name).splitlines()
            for keys, values in zip(lines[::2], lines[1::2]):
                if keys.startswith("Tcp"):
                    found.update({key: int(value) for key, value in zip(keys.split()[1:], values.split()[1:]) if key in counted and value != "0"})
        return found

    def delete(self):
        """Takes the name away. What this process holds open keeps the namespace alive, but no path and no process leads to it any more."""
        run("ip", "netns", "del", self.name)

    def forget(self):
        for file in self.files.values():
            file.close()
        os.close(self.inside)
        os.close(self.home)


def link(near, far):
    near.run("ip", "link", "add", DEVICE, "type", "veth", "peer", "name", DEVICE, "netns", far.name)


def owned(sides):
    """Name and owner's pid of every namespace of these sides on this host."""
    for name in sorted(os.listdir("/run/netns")) if os.path.isdir("/run/netns") else ():
        side, _, pid = name.removeprefix(PREFIX).rpartition("-")
        if name.startswith(PREFIX) and side in sides and pid.isdigit():
            yield name, int(pid)


def isLab(pid, program="lab"):
    """A pid may have been given to another program since."""
    try:
        with open(f"/proc/{pid}/cmdline") as line:
            return program in line.read()
    except OSError:
        return False


def sweep(isOver=lambda pid: not isLab(pid), sides=tuple(ETHERNET)):
    """Removes the namespaces of dead lab processes (after kill -9), or those that isOver picks by their owner's pid."""
    over = [name for name, pid in owned(sides) if isOver(pid)]
    for name in over:
        subprocess.run(["ip", "netns", "del", name], capture_output=True)
    return over
