"""The four namespaces of an incident, in a row: browsers - router - proxy - backend. A segment that the router drops was sent, and never arrives."""

import collections
import contextlib
import os
import re
import shutil
import tempfile
import time

from namespaces import ESTABLISHED, STATE_NAMES, TIME_WAIT, LabError, Namespace, isLab, run, sweep

BROWSERS, ROUTER, PROXY, BACKEND = SIDES = ("browsers", "router", "proxy", "backend")
FAMILY = "haproxy-"  # of the names: fintrail-haproxy-PLACE-PID
FOLDER = "fintrail-haproxy-"
FRONT, BACK, SLOW = 8686, 8080, 8081

# No close is forgotten, no handshake refused, and no port of haproxy's comes twice in one lab. The timers stay as the kernel has them.
SETTINGS = {"ipv4/tcp_max_tw_buckets": 400000, "core/somaxconn": 16384, "ipv4/tcp_max_syn_backlog": 16384, "ipv4/ip_local_port_range": "10240 65535"}


class Place(Namespace):
    """A device is named after whom it leads to. Of the /30 of each link, the side further to the left has the first address."""

    def __init__(self, side, subnet):
        self.family = 4
        self.patience = 30
        self.links = list(subnet.networks[4].subnets(new_prefix=30))
        self.make(FAMILY + side)
        self.side = side
        index = SIDES.index(side)
        self.left, self.right = SIDES[max(0, index - 1):index], SIDES[index + 1:index + 2]
        self.addresses = {**{side: str(self.links[index - 1][2]) for side in self.left}, **{side: str(self.links[index][1]) for side in self.right}}
        self.address = next(iter(self.addresses.values()))  # the proxy's and the router's towards the browsers

    def connect(self, other):
        run("ip", "link", "add", other.side, "netns", self.name, "type", "veth", "peer", "name", self.side, "netns", other.name)

    def prepare(self):
        """After its links exist."""
        self.run("ip", "link", "set", "lo", "up")
        for device, address in self.addresses.items():
            self.run("ip", "address", "add", f"{address}/30", "dev", device)
            self.run("ip", "link", "set", device, "up")
        self.set(SETTINGS)

    def said(self):
        return {"netns": self.path, "inum": self.inum, "addresses": list(self.addresses.values())}

    def tally(self, ports):
        """How many connections of each kind, such as {"front FIN_WAIT2 held": 200}: of the fronts those that browsers made from these ports, and every back.
        TIME_WAIT is the end of a close and is not told."""
        return collections.Counter(kindOf(row) for row in self.rows() if row.state != TIME_WAIT and (row.port != FRONT or row.remotePort in ports))

    def untilTally(self, wanted, ports, seconds=30):
        deadline = time.monotonic() + seconds
        while True:
            begun = time.monotonic()
            if (seen := self.tally(ports)) == +collections.Counter(wanted):
                return
            if time.monotonic() > deadline:
                raise LabError(f"{self.side}: waited {seconds} s for {dict(wanted)}; the table shows {dict(seen) or 'no connection'}")
            time.sleep(breath(begun))

    def untilForgotten(self, ports, besides=0, seconds=60):
        """conntrack lists no flow from these ports any more, besides so many; expired entries are not listed even if they are not collected yet."""
        deadline = time.monotonic() + seconds
        while left := sum(int(port) in ports for port in re.findall(rf"sport=(\d+) dport={FRONT} ", self.run("conntrack", "-L", "-p", "tcp"))) - besides:
            if time.monotonic() > deadline:
                raise LabError(f"{self.side}: conntrack still knows {left} flows after {seconds} s")
            time.sleep(0.1)


def kindOf(row):
    end = "front" if row.port == FRONT else "back"
    owner = "held" if row.isHeld else "queued" if end == "front" and row.state == ESTABLISHED else "orphan"
    unread = " unread 1" if row.unread == 1 else " unread" if row.unread else ""
    return f"{end} {STATE_NAMES[row.state]} {owner}{unread}"


def breath(begun):
    """Looking at a long table must not take the processor from those who work."""
    return max(0.004, 2 * (time.monotonic() - begun))


def build(subnet):
    """Yields each namespace as soon as it exists, so that whoever fails later can remove it; the last step joins them."""
    places = []
    for side in SIDES:
        places.append(Place(side, subnet))
        yield places[-1]
    browsers, router, proxy, _ = places
    for left, right in zip(places, places[1:]):
        left.connect(right)
    for place in places:
        place.prepare()
    router.set({"ipv4/ip_forward": 1})
    browsers.run("ip", "route", "add", "default", "via", router.addresses[BROWSERS])
    proxy.run("ip", "route", "add", f"{browsers.address}/32", "via", router.addresses[PROXY])


def newFolder():
    return tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-")


def endSockets(place):
    """Orphans outlive their namespace by minutes, and a tracer of the next lab at these addresses would tell of them."""
    with contextlib.suppress(LabError):
        place.run("ss", "-K", "-t")


def removeLeftovers(isOver=lambda pid: not isLab(pid)):
    """Namespaces and folders of dead labs, or of those that isOver picks by their pid; their names."""
    removed = sweep(isOver, [FAMILY + side for side in SIDES])
    for name in sorted(os.listdir(tempfile.gettempdir())):
        pid = name.removeprefix(FOLDER).partition("-")[0]
        if name.startswith(FOLDER) and pid.isdigit() and isOver(int(pid)):
            shutil.rmtree(os.path.join(tempfile.gettempdir(), name), ignore_errors=True)
            removed.append(name)
    return removed
