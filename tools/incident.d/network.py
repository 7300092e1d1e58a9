"""The four namespaces of an incident, in a row: browsers - router - proxy - backend. A segment that the router drops was sent, and never arrives."""

import os
import shutil
import tempfile

from namespaces import Namespace, isLab, run, sweep

BROWSERS, ROUTER, PROXY, BACKEND = SIDES = ("browsers", "router", "proxy", "backend")
FOLDER = "fintrail-incident-"


class Place(Namespace):
    """A device is named after whom it leads to. Of the /30 of each link, the side further to the left has the first address."""

    def __init__(self, side, subnet):
        self.family = 4
        self.patience = 30
        self.links = list(subnet.networks[4].subnets(new_prefix=30))
        self.make(side)
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

    def said(self):
        return {"netns": self.path, "inum": self.inum, "addresses": list(self.addresses.values())}


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


def removeLeftovers(isOver=lambda pid: not isLab(pid, "incident")):
    """Namespaces and folders of dead incidents, or of those that isOver picks by their pid; their names."""
    removed = sweep(isOver, SIDES)
    for name in sorted(os.listdir(tempfile.gettempdir())):
        pid = name.removeprefix(FOLDER).partition("-")[0]
        if name.startswith(FOLDER) and pid.isdigit() and isOver(int(pid)):
            shutil.rmtree(os.path.join(tempfile.gettempdir(), name), ignore_errors=True)
            removed.append(name)
    return removed
