"""One staging after the other on a scene: the browsers come, what was promised stands or goes, and haproxy says who belongs to whom."""

import time

from namespaces import LabError
from network import SLOW, breath
from stage import say
from variants import AT_EOF, CHURN_PORTS, PILE_PORTS, WHEN_FORGOTTEN


class Staging:
    def __init__(self, scene):
        self.scene, self.options, self.variant = scene, scene.options, scene.variant
        self.pilePort, self.churnPort = PILE_PORTS[0], CHURN_PORTS[0]
        self.earlier = []  # lines of those before it
        self.forget()
        self.churned = 0
        self.isLossStopped = self.isStanding = False

    def forget(self):
        """A new haproxy."""
        self.standing = []  # the ports of each staging that it holds
        self.over = 0  # lines that its log must have
        self.sent = 0 if self.variant.isSentButLost else None  # FINs of what stands that surely carried the ACK of haproxy's

    @property
    def goes(self):
        """Whether what piles up is expected to end by itself."""
        return self.isLossStopped or bool(self.variant.isHelpedByClientFin and self.scene.clientFin)

    def count(self):
        return self.options.count if self.goes or not self.variant.isHeld else min(self.options.count, self.options.maxconn)

    def isFull(self):
        """Whether haproxy cannot take another staging beside those that stand."""
        due = (len(self.standing) + 1) * self.options.count + min(self.options.churn, 50)
        return self.variant.isFrozen or self.variant.isPile and not self.goes and due > self.options.maxconn

    def hasPorts(self):
        pile, churn = (self.options.count, self.options.churn) if self.variant.isPile else (0, self.options.count)
        return self.pilePort + pile - 1 <= PILE_PORTS[-1] and self.churnPort + churn - 1 <= CHURN_PORTS[-1]

    def expect(self):
        expected = self.variant.expected(self.options.count, self.count())
        if self.isLossStopped:
            expected.pop("kind", None)
            expected.update(cause="nothing is lost any more", fronts=0, backs=0, frontState=None, backState=None, held=False, sentButLost=0, droppedHere=0)
        say("expect", **expected, goes=self.goes, goesWithin=self.scene.clientFin)

    def stage(self):
        """Once; it may be called again."""
        begun, self.isStanding = time.monotonic(), False
        if not self.variant.isPile:
            self.beginChurn(self.options.count, self.options.rate)
            return self.endTraffic(begun)
        ports = range(self.pilePort, self.pilePort + self.options.count)
        self.pilePort = ports[-1] + 1
        self.scene.browsers.visit(ports, self.scene.service, "slow" if self.variant.isPending else "small", self.options.diverse, self.options.spread,
                                  self.variant.closes == AT_EOF)
        if self.options.churn:
            self.beginChurn(self.options.churn, self.options.churn / (self.options.spread + self.variant.endsAfter))
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
        fronts = {int(pair["front"].rpartition(":")[2]) for pair in self.scene.haproxy.pairs()}
        self.scene.browsers.leave([port for port in ports if port in fronts])
        self.endTraffic(begun)

    def close(self, ports, begun):
        last = self.go("ended", self.count())
        if self.variant.closes == WHEN_FORGOTTEN and not self.scene.clientFin:
            if self.scene.lift:
                self.scene.proxy.untilForgotten(ports, besides=self.options.count - self.count())
            self.scene.browsers.leaveEnded()
        self.endTraffic(begun)
        return last

    # short sessions

    def beginChurn(self, count, rate):
        ports = range(self.churnPort, self.churnPort + count)
        self.churnPort = ports[-1] + 1
        self.churned = count
        requests = 2 if self.options.mode == "http" and not self.variant.takesOneRequest else 1
        self.scene.churn.begin("churn", ports, self.scene.service, requests, self.options.diverse, rate)

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

    def counted(self):
        """How many stand. The kernel ends orphans, so only those of the last staging are sure to."""
        return self.count() * (len(self.standing) if self.variant.isHeld else 1)

    def wanted(self):
        each = self.counted()
        back = {f"back {self.variant.back}": each} if self.variant.back else {}
        return {f"front {self.variant.front}": each, **back, **self.queued()}

    def queued(self):
        left = self.options.count - self.count()
        return {"front ESTABLISHED queued unread": left} if left else {}

    def ports(self):
        return range((self.standing[0] if self.variant.isHeld else self.standing[-1])[0], self.pilePort)

    def stand(self, ports, begun, last):
        self.standing.append(ports)
        self.scene.proxy.untilTally(self.wanted(), self.ports(), seconds=60)
        if self.scene.lift:
            self.scene.untilDropped(self.counted())
        told = [] if not self.variant.isHeld else self.pairs if self.variant.isFrozen else self.tellPairs()
        if self.variant.isSentButLost:
            self.sent += self.count() - last["late"]
        self.isStanding = True
        say("stands", seconds=round(time.monotonic() - begun, 3), n=self.counted(), sentButLost=self.sent, pairs=told)

    def tellPairs(self):
        told = sorted(self.scene.haproxy.pairs(), key=lambda pair: pair["front"])
        due = max(1, len(self.standing)) * self.count() if self.variant.back else 0
        if len(told) != due:
            raise LabError(f"haproxy tells of {len(told)} pairs, {due} stand")
        return told

    def tellLog(self, **more):
        lines = self.earlier + self.scene.haproxy.logged(self.over)
        path = self.scene.write("log", "".join(f"{line}\n" for line in lines))
        self.isStanding = not self.variant.isPile
        say("logged", log=path, lines=len(lines), **more)

    def gone(self, ports, begun, last):
        """With client-fin, or without loss, haproxy holds no front for long."""
        most, looked = 0, time.monotonic()
        while stuck := sum(count for kind, count in self.scene.proxy.tally(ports).items() if kind.startswith("front") and kind.endswith("held")):
            most = max(most, stuck)
            if time.monotonic() > last["lastEnd"] + self.options.patience:
                raise LabError(f"{stuck} fronts are still held {self.options.patience:.0f} s after the last FIN")
            time.sleep(breath(looked))
            looked = time.monotonic()
        seconds = time.monotonic() - last["lastEnd"]
        self.scene.browsers.leaveEnded()
        self.isStanding = True
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
        self.forget()
        self.scene.browsers.leaveAll()
        self.scene.restartHaproxy(clientFin)
