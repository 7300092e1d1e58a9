"""What a situation works with: two namespaces, two actors, the protocol on stdout, and the table of all situations."""

import contextlib
import dataclasses
import json
import os
import select
import signal
import time

from actors import RemoteActor
from namespaces import FIN_WAIT2, LabError, Namespace, link, sweep

SITUATIONS = {}


@dataclasses.dataclass(frozen=True)
class Judged:
    """What one side's sockets should be judged as. Each verdict is due once per connection; "A|B" allows either. `may` are findings that may or may not
    be there; `standingFindings` are due while it stands; `note` says what a tracer that sees only this side cannot be certain of."""
    verdicts: tuple
    findings: tuple = ()
    may: tuple = ()
    standing: tuple = ()
    standingFindings: tuple = ()
    note: str = None

    def expected(self, count):
        each = lambda names: dict.fromkeys(names, count)
        may = [name for name in (*self.may, "HELD_AFTER_CLOSE") if name not in self.findings]  # every actor holds its fd for an instant too long
        return {"verdicts": each(self.verdicts), "findings": each(self.findings), "mayFind": may, "standing": each(self.standing),
                "standingFindings": each(self.standingFindings), "note": self.note}


def judged(*verdicts, **more):
    return Judged(verdicts, **{key: (value,) if isinstance(value, str) and key != "note" else value for key, value in more.items()})


@dataclasses.dataclass(frozen=True)
class Situation:
    name: str
    says: str
    near: Judged
    far: Judged
    act: callable
    sysctls: dict
    receiveBuffer: int
    most: int

    @property
    def stands(self):
        return bool(self.near.standing or self.far.standing)


def situation(name, says, near, far, sysctls=None, receiveBuffer=None, most=1000):
    """Registers the function that stages a situation; `most` bounds how many connections it takes."""
    def register(act):
        SITUATIONS[name] = Situation(name, says, near, far, act, sysctls or {}, receiveBuffer, most)
        return act
    return register


def say(kind, /, **fields):
    print(json.dumps({"type": kind, **fields}), flush=True)


class Released(Exception):
    """SIGTERM while a situation stands: go on."""


class Stage:
    def __init__(self, chosen, options, subnet):
        self.situation, self.count, self.options, self.subnet = chosen, options.count, options, subnet
        self.isStanding = False
        self.namespaces = []
        self.actors = []

    def say(self, kind, **fields):
        say(kind, **fields)

    def build(self):
        for side in ("near", "far"):
            self.namespaces.append(Namespace(side, self.options.family, self.subnet))
        self.nearNet, self.farNet = self.namespaces
        link(self.nearNet, self.farNet)
        for namespace in self.namespaces:
            namespace.prepare({**self.situation.sysctls, **dict(setting.split("=") for setting in self.options.sysctl)})
            if self.options.sysctl:
                namespace.patience = 180
            if self.options.steer:
                namespace.steer(self.options.steer)
            self.actors.append(RemoteActor(namespace))
        self.near, self.far = self.actors
        self.far.listen(receiveBuffer=self.situation.receiveBuffer)

    def perform(self):
        self.say("ready", situation=self.situation.name, n=self.count, family=self.options.family, subnet=self.subnet.said(),
                 **{end.side: {"netns": end.path, "inum": end.inum} for end in self.namespaces})
        self.say("expect", near=self.situation.near.expected(self.count), far=self.situation.far.expected(self.count))
        if self.options.wait and not lineFromStdin():
            raise LabError("stdin ended before the line that --wait waits for")
        begun = time.monotonic()
        self.situation.act(self)
        for namespace in self.namespaces:
            namespace.untilGone()
        counters = {end.side: end.counters() for end in self.namespaces}
        self.checkTimeWait(counters)
        self.say("done", seconds=round(time.monotonic() - begun, 3), eaten={**self.nearNet.eaten, **self.farNet.eaten}, counters=counters)

    def checkTimeWait(self, counters):
        """An overflow means that closes were forgotten early: their late FINs met no socket and the counts are not what was promised."""
        overflows = {side: found["TCPTimeWaitOverflow"] for side, found in counters.items() if "TCPTimeWaitOverflow" in found}
        promised = "TW_OVERFLOW" in self.situation.near.findings
        if bool(overflows) != promised:
            raise LabError(f"TcpExtTCPTimeWaitOverflow is {overflows or 0}: lower N, or check net.ipv4.tcp_max_tw_buckets in the namespace")

    def remove(self):
        for actor in self.actors:
            actor.kill()
        for namespace in self.namespaces:
            namespace.forget()
        sweep(lambda pid: pid == os.getpid())

    # what several situations share

    def open(self, accept=True, **options):
        """N connections from near to far, each reported as staged."""
        self.near.connect(self.count, self.farNet.address, **options)
        if accept:
            self.far.accept(self.count)
        self.report(accepted=accept)

    def report(self, accepted=True):
        for index, (local, remote) in sorted(self.near.owned().items()):
            self.staged(index, local, remote, self.near.pid, self.far.pid, accepted)

    def staged(self, index, local, remote, nearPid, farPid, accepted=True):
        self.say("staged", i=index, near={"local": local, "remote": remote, "pid": nearPid, "comm": self.near.comm},
                 far={"local": remote, "remote": local, "pid": farPid, "comm": self.far.comm, "accepted": accepted})

    def farEnds(self):
        """near has closed: far reads EOF and closes, near reads EOF and closes."""
        self.far.readEof(self.count)
        self.far.close()
        self.near.readEof(self.count)
        self.near.close()

    def nearBecomesMinisocks(self, close):
        """Closes near so that nothing but FIN_WAIT2 minisocks is left of it. The FINs are held back until every close() has returned: their ACK would
        else rarely meet a socket that close() still owns, and tcp_rcv_state_process() then keeps it as a full orphan."""
        with self.nearNet.parked():
            close()
        self.nearNet.untilAll(self.count, FIN_WAIT2)

    def farClosesLate(self):
        """far's FIN meets the minisocks."""
        self.far.readEof(self.count)
        self.far.close()

    def standing(self):
        """Everything stays as it is until a line or the end of stdin, SIGTERM, or --hold is over."""
        self.say("standing")
        hold = self.options.hold
        self.isStanding = True
        with contextlib.suppress(Released):
            if hold is None:
                lineFromStdin()
            else:
                holdFor(hold)
        self.isStanding = False

    def onSignal(self, number, frame):
        if self.isStanding and number == signal.SIGTERM:
            raise Released
        signal.signal(number, signal.SIG_IGN)
        raise Interrupted(number)


def lineFromStdin():
    """False at the end of stdin. Unbuffered, so that select() in holdFor() misses nothing."""
    while byte := os.read(0, 1):
        if byte == b"\n":
            return True
    return False


def holdFor(seconds):
    """A line on stdin ends the time early; the end of stdin does not."""
    deadline = time.monotonic() + seconds
    watched = [0]
    while (left := deadline - time.monotonic()) > 0:
        ready, _, _ = select.select(watched, [], [], left)
        if ready and lineFromStdin():
            return
        watched = []


class Interrupted(Exception):
    """SIGINT, or SIGTERM outside of a standing situation: clean up and leave."""
