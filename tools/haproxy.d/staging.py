"""One staging after the other on a scene: the browsers come, what was promised stands or goes, and haproxy says who belongs to whom."""

import time

from namespaces import LabError
from network import SLOW, breath
from stage import say
from variants import CHURN_PORTS, NEVER, PILE_PORTS, WHEN_FORGOTTEN, AT_EOF


class Staging:
    def __init__(self, scene):
        self.scene, self.options, self.variant = scene, scene.options, scene.variant
        self.pilePort, self.churnPort = PILE_PORTS[0], CHURN_PORTS[0]
        self.standing = []  # the ports of each staging that haproxy still holds
        self.over = 0  # lines that this haproxy's log must have
        self.earlier = []  # lines of those before it
        self.churned = 0
        self.isLossStopped = False

    @property
    def goes(self):
        """Whether what piles up is expected to end by itself."""
        return self.variant.isHelpedByClientFin and bool(self.scene.clientFin or self.isLossStopped)

    def count(self):
        return self.options.count if self.goes or not self.variant.isHeld else min(self.options.count, self.options.maxconn)

    def expect(self):
        options = self.options
        expected = self.variant.expected(options.count, self.count()) if self.variant.isPile else self.expectChurn()
        say("expect", **expected, goes=self.goes, goesWithin=self.scene.clientFin)

    def expectChurn(self):
        sessions = self.options.count
        return {"cause": self.variant.cause, "fronts": 0, "backs": 0, "frontState": None, "backState": None, "held": False, "sessions": sessions,
                "closedFirst": None, "sentButLost": None, "droppedHere": 0, "neverSent": 0, "frozen": False, "acceptQueue": 0, "note": None}

    def stage(self):
        """Once; it may be called again."""
        begun = time.monotonic()
        if not self.variant.isPile:
            self.beginChurn(self.options.count, self.options.rate)
            return self.endTraffic(begun)
        ports = range(self.pilePort, self.pilePort + self.options.count)
        self.pilePort = ports[-1] + 1
        self.scene.browsers.visit(ports, self.scene.service, "slow" if self.variant.isPending else "small", self.options.diverse, self.options.spread,
                                  self.variant.closes == AT_EOF)
        if self.options.churn:
            self.beginChurn(self.options.churn, self.options.churn / (self.options.spread + self.variant.idleSeconds))
        last = self.act(ports, begun)
        (self.gone if self.goes else self.stand)(ports, begun, last)

    # the browsers' part

    def act(self, ports, begun):
        acts = {"frozen": self.freeze, "client-left": self.leaveEarly, "http-keepalive-idle": self.idle}.get(self.variant.name, self.close)
        return acts(ports, begun)

    def go(self, what, count):
        return self.scene.browsers.go(what, count, self.options.patience - 10)

    def idle(self, ports, begun):
        last = self.go("replied", self.count())
        self.endTraffic(begun)
        return last

    def freeze(self, ports, begun):
        self.go("replied", self.count())
        self.endTraffic(begun)
        self.scene.proxy.untilTally({"front ESTABLISHED held": self.count(), "back ESTABLISHED held": self.count(), **self.queued()}, ports)
        self.pairs = self.tellPairs()
        self.scene.haproxy.freeze()

    def leaveEarly(self, ports, begun):
        self.go("asked", len(ports))
        self.scene.slow.take(self.count(), SLOW)
        self.scene.browsers.leave(ports[:self.count()])
        self.endTraffic(begun)

    def close(self, ports, begun):
        last = self.go("ended", self.count())
        if self.variant.closes == WHEN_FORGOTTEN and not self.scene.clientFin:
            if self.scene.lift:
                self.scene.proxy.untilForgotten(ports)
            self.scene.browsers.leave(ports)
        self.endTraffic(begun)
        return last

    # short sessions

    def beginChurn(self, count, rate):
        ports = range(self.churnPort, self.churnPort + count)
        self.churnPort = ports[-1] + 1
        self.churned = count
        self.scene.churn.begin("churn", ports, self.scene.service, self.options.mode, self.options.diverse, rate)

    def endTraffic(self, begun):
        """Every session has been made, and haproxy has logged each: with this log-format as soon as it has both connections, and the reply in mode http."""
        more = {}
        if self.variant.isPile and not self.variant.isPending:
            self.over += self.count()
        if self.churned:
            self.over += self.scene.churn.finish()
            more = {"churned": self.churned, "churnSeconds": round(time.monotonic() - begun, 3)}
            self.churned = 0
        if not self.variant.isPile:
            self.scene.proxy.untilTally({}, ())
        self.tellLog(**more)

    # what it comes to

    def wanted(self):
        stagings = len(self.standing) if self.variant.isHeld else 1
        each = stagings * self.count()
        back = {f"back {self.variant.back}": each} if self.variant.back else {}
        return {f"front {self.variant.front}": each, **back, **self.queued()}

    def queued(self):
        left = self.options.count - self.count()
        return {"front ESTABLISHED queued unread": left} if left else {}

    def ports(self):
        """Of what stands: held sockets of every staging, orphans of the last one only, since the kernel ends them."""
        return range((self.standing[0] if self.variant.isHeld else self.standing[-1])[0], self.pilePort)

    def stand(self, ports, begun, last):
        self.standing.append(ports)
        self.scene.proxy.untilTally(self.wanted(), self.ports(), seconds=60)
        if self.scene.lift and self.variant.isPile and last and self.variant.closes != NEVER and self.variant.first:
            self.scene.untilDropped(len(self.standing) * self.count())
        told = [] if not self.variant.isHeld else self.pairs if self.variant.isFrozen else self.tellPairs()
        sure = self.count() - last["late"] if self.variant.loss == "router" and self.variant.isHeld and last else None
        say("stands", seconds=round(time.monotonic() - begun, 3), n=len(self.standing) * self.count(), sentButLost=sure, pairs=told)

    def tellPairs(self):
        told = sorted(self.scene.haproxy.pairs(), key=lambda pair: pair["front"])
        due = max(1, len(self.standing)) * self.count() if self.variant.back else 0
        if len(told) != due:
            raise LabError(f"haproxy tells of {len(told)} pairs, {due} stand")
        return told

    def tellLog(self, **more):
        lines = self.earlier + self.scene.haproxy.logged(self.over)
        path = self.scene.write("log", "".join(f"{line}\n" for line in lines))
        say("logged", log=path, lines=len(lines), **more)

    def gone(self, ports, begun, last):
        """With client-fin, or without loss, haproxy holds no front for long."""
        most = 0
        while stuck := sum(count for kind, count in self.scene.proxy.tally(ports).items() if kind.startswith("front") and kind.endswith("held")):
            most = max(most, stuck)
            if time.monotonic() > last["lastEnd"] + self.options.patience:
                raise LabError(f"{stuck} fronts are still held {self.options.patience} s after the last FIN")
            time.sleep(breath(time.monotonic()))
        seconds = time.monotonic() - last["lastEnd"]
        if self.variant.closes != AT_EOF and self.scene.browsers.has(ports[0]):
            self.scene.browsers.leave(ports)
        say("gone", seconds=round(seconds, 3), peak=most)

    def check(self):
        """Nothing has ended by itself meanwhile."""
        if self.variant.isHeld and self.standing and not self.isLossStopped and not self.options.may_go:
            try:
                self.scene.proxy.untilTally(self.wanted(), self.ports(), seconds=0)
            except LabError as fallen:
                raise LabError(f"it did not stand until its release: {fallen}")
        for server in self.scene.servers:
            if server.process.poll() is not None:
                raise LabError(f"{server.name} ended by itself with {server.process.returncode}: {server.said()}")

    def restart(self, clientFin):
        if self.over:
            self.earlier += self.scene.haproxy.logged(self.over)
        self.over = 0
        self.standing.clear()
        self.scene.restartHaproxy(clientFin)
