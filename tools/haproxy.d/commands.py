"""What can be said on stdin while an incident stands, one command a line; an empty line releases it."""

import contextlib
import os
import re
import select
import time

from stage import Released, say

MOST_SECONDS = 3000  # haproxy lets go of a pile after an hour
DURATION = r"[1-9][0-9]{0,5}(ms|s|m)"
HELP = """while it stands, a line on stdin is a command, an empty line or the end of stdin releases it:
  stop-loss             removes the rule that drops
  again                 a second staging of N sessions, in the same place and with the same haproxy
  set client-fin 2s     restarts haproxy with that timeout: what it held becomes orphans, and the next `again` is gone in that time
"""


class Commands:
    def __init__(self, staging):
        self.staging, self.scene = staging, staging.scene
        self.isListening = self.isReleased = False

    def release(self):
        """SIGTERM while it stands: go on, after the command that is being obeyed."""
        self.isReleased = True
        if self.isListening:
            raise Released

    def listen(self, hold):
        """Until an empty line or the end of stdin, SIGTERM, or `hold` seconds are over."""
        deadline = time.monotonic() + (MOST_SECONDS if hold is None else hold)
        with contextlib.suppress(Released):
            while (line := self.line(deadline, endsEarly=hold is None)) is not None and line:
                if refusal := self.obey(line.split()):
                    say("refused", command=line, why=refusal)

    def line(self, deadline, endsEarly=True):
        """The next line without its end, None when the time is over. The end of stdin is waited out unless it endsEarly."""
        self.isListening = True
        try:
            return None if self.isReleased else nextLine(deadline, endsEarly)
        finally:
            self.isListening = False

    def obey(self, words):
        """Why not, or None."""
        match words:
            case ["again"]:
                return self.again()
            case ["stop-loss"]:
                return self.stopLoss()
            case ["set", "client-fin", duration] if re.fullmatch(DURATION, duration):
                return self.setClientFin(duration)
        return "commands are `again`, `stop-loss`, `set client-fin 2s`, and an empty line"

    def again(self):
        staging = self.staging
        if staging.isFull():
            return "haproxy takes no more connections"
        if not staging.hasPorts():
            return "no browser's port is left that was not used yet"
        staging.expect()
        staging.stage()

    def stopLoss(self):
        if not self.scene.lift:
            return "nothing is lost"
        self.scene.stopLoss()
        self.staging.isLossStopped = True
        say("loss-stopped", dropped=self.scene.dropped())

    def setClientFin(self, duration):
        if not self.staging.variant.isHelpedByClientFin:
            return f"it has no effect on {self.staging.variant.name}"
        self.staging.restart(duration)
        say("set", clientFin=duration, pids=self.scene.pids())


def nextLine(deadline, endsEarly=True):
    line, watched = b"", [0]
    while (left := deadline - time.monotonic()) > 0:
        ready, _, _ = select.select(watched, [], [], left)
        byte = os.read(0, 1) if ready else b""
        if byte == b"\n":
            return line.decode(errors="replace").strip()
        if ready and not byte and endsEarly:
            return None
        if ready and not byte:
            watched = []
        line += byte
    return None
