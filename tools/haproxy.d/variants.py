"""What can be staged: each variant is what is configured, who closes when, what is lost, and what then stands in the proxy's namespace."""

import dataclasses

from network import BROWSERS, FRONT

PILE_PORTS, CHURN_PORTS = range(40001, 65001), range(10001, 40001)  # of the browsers; only those of the pile lose anything
ON_THE_WAY, HERE, INVALID = "router", "proxy", "conntrack"
AT_EOF, NEVER, WHEN_FORGOTTEN, WHILE_PENDING = "at EOF", "never", "when conntrack has forgotten", "while the reply is pending"
ORPHANS = "the kernel ends each orphan after tcp_fin_timeout, 60 s"


@dataclasses.dataclass(frozen=True)
class Variant:
    """`front` and `back` are kinds of Place.tally(), back None where none is left; `kind` is the incident that fintrail should name."""
    name: str
    says: str
    cause: str
    kind: str = None
    mode: str = "tcp"
    lines: tuple = ()  # of haproxy's defaults
    clientTimeout: str = "1h"
    loss: str = None
    closes: str = AT_EOF
    first: str = None  # who closes first
    front: str = "FIN_WAIT2 held"
    back: str = "CLOSE_WAIT held"
    isFrozen: bool = False
    idleSeconds: int = 3  # nginx: stands for the 75 s of an ingress
    endsAfter: int = 3  # seconds after its request that a connection is about to end
    note: str = None

    @property
    def isHeld(self):
        return self.front is not None and self.front.split()[1] == "held"

    @property
    def isPending(self):
        return self.closes == WHILE_PENDING

    @property
    def isPile(self):
        return self.front is not None

    @property
    def isHelpedByClientFin(self):
        return (self.front, self.back) == ("FIN_WAIT2 held", "CLOSE_WAIT held")

    @property
    def isSentButLost(self):
        return self.isHeld and self.loss == ON_THE_WAY

    @property
    def takesOneRequest(self):
        return "option httpclose" in self.lines

    def rule(self):
        """Which place drops what, for Namespace.rule()."""
        ports = ("--sport", f"{PILE_PORTS[0]}:{PILE_PORTS[-1]}", "--dport", str(FRONT))
        return {ON_THE_WAY: ("router", "FORWARD", "-i", BROWSERS, *ports, "--tcp-flags", "FIN", "FIN"),
                HERE: ("proxy", "INPUT", *ports, "--tcp-flags", "FIN", "FIN"),
                INVALID: ("proxy", "INPUT", *ports, "-m", "conntrack", "--ctstate", "INVALID")}.get(self.loss)

    def expected(self, count, standing):
        """Of one staging of so many, of which all are standing but those that no slot was left for: what a tracer in the proxy's namespace has to find."""
        standing, sessions = (standing, {}) if self.isPile else (0, {"sessions": count})
        front, back = (kind and kind.split()[0] for kind in (self.front, self.back))
        return {"cause": self.cause, **({"kind": self.kind} if self.kind else {}), **sessions, "fronts": standing, "backs": standing if back else 0,
                "frontState": front, "backState": back, "held": self.isHeld, "holder": "haproxy" if self.isHeld else None,
                "closedFirst": {who: standing if who == self.first else 0 for who in ("backend", "proxy", "client")} if self.isPile else None,
                "sentButLost": standing if self.isSentButLost else None if self.loss else 0,
                "droppedHere": standing if self.loss in (HERE, INVALID) else 0, "neverSent": standing if self.closes == NEVER else 0,
                "frozen": self.isFrozen, "acceptQueue": count - standing if self.isPile else 0, "note": self.note}


TABLE = (
    Variant("fin-lost", "nginx closes first, haproxy passes that on; the router drops every FIN of the browsers, for ever",
            "the browsers' FINs are lost on the way", "PROXY_PAIR_PILE", loss=ON_THE_WAY, first="backend"),
    Variant("fin-dropped-here", "the same, but it is the proxy's own firewall (INPUT) that drops the FINs",
            "the browsers' FINs are dropped by this host", loss=HERE, first="backend"),
    Variant("never-closes", "nothing is lost; the browsers read EOF and never close",
            "the browsers never close", "PROXY_PAIR_PILE", closes=NEVER, first="backend", note="that the browsers never sent a FIN cannot be seen from the proxy"),
    Variant("conntrack-forgets", "the browsers close after the proxy's conntrack has forgotten the half-closed flow, and INPUT drops what is INVALID",
            "this host's conntrack forgets, and its firewall drops the browsers' FINs", loss=INVALID, closes=WHEN_FORGOTTEN, first="backend"),
    Variant("proxy-timed-out", "haproxy's `timeout client` of 2 s is shorter than nginx's 75 s: it closes first, both sides; the FINs of the browsers are lost",
            "haproxy timed out first, and the browsers' FINs are lost", "FIN_MISSING_PILE", clientTimeout="2s", loss=ON_THE_WAY, first="proxy",
            front="FIN_WAIT2 orphan", back=None, idleSeconds=75, endsAfter=2, note=ORPHANS),
    Variant("frozen", "haproxy is stopped (SIGSTOP) before nginx closes", "haproxy is frozen", "PROCESS_FROZEN", first="backend",
            front="ESTABLISHED held", back="CLOSE_WAIT held unread 1", isFrozen=True),
    Variant("http-keepalive-idle", "mode http, no timeout: the browsers are idle, nginx has closed the back connections; no FIN on the front at all",
            "idle keep-alive connections", mode="http", front="ESTABLISHED held", back=None, note="nothing is wrong with a connection"),
    Variant("http-keepalive-timeout", "mode http, `timeout http-keep-alive 2s`: haproxy closes first; the FINs of the browsers are lost",
            "haproxy timed out first, and the browsers' FINs are lost", "FIN_MISSING_PILE", mode="http", lines=("timeout http-keep-alive 2s",),
            loss=ON_THE_WAY, first="proxy", front="FIN_WAIT2 orphan", back=None, endsAfter=2, note=ORPHANS),
    Variant("http-close", "mode http, `option httpclose`: haproxy closes after each reply; the FINs of the browsers are lost",
            "haproxy closes after each reply, and the browsers' FINs are lost", "FIN_MISSING_PILE", mode="http", lines=("option httpclose",),
            loss=ON_THE_WAY, first="proxy", front="FIN_WAIT2 orphan", back=None, endsAfter=1, note=ORPHANS),
    Variant("client-left", "mode http, the browsers close while a slow reply is pending: haproxy leaves their EOF unread until the backend answers",
            "haproxy waits for a slow backend, its clients have left", "CLOSE_WAIT_UNREAD_PILE", mode="http", closes=WHILE_PENDING, first="client",
            front="CLOSE_WAIT held unread 1", back="ESTABLISHED held", endsAfter=1),
    Variant("churn", "no pile: N short sessions (--mode tcp|http), half ended by the client and half by the service; every close is clean",
            "healthy traffic", front=None, back=None),
)
VARIANTS = {each.name: each for each in TABLE}
