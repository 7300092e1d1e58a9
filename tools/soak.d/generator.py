"""A process that makes connections, and what it tells: how many, and who owns them."""

import multiprocessing
import os
import signal
import time
import traceback

import servers
from namespaces import LabError, libc

SIGNALS = {signal.SIGINT, signal.SIGTERM}


class Log:
    """What one generator process says: rows of the truth, and how many connections it made."""
    ROWS = 200

    def __init__(self, netns, truth, pipe, rate):
        self.netns, self.truth, self.pipe, self.rate = netns, truth, pipe, rate
        self.rows, self.count, self.total = [], 0, 0
        self.begun = time.monotonic()

    def awaitTurn(self):
        """Returns when the next connection is due at this generator's rate."""
        if self.rate:
            time.sleep(max(0, self.begun + self.total / self.rate - time.monotonic()))

    def made(self, local, remote, doing):
        self.owns(f"{local[0]}:{local[1]}", f"{remote[0]}:{remote[1]}", os.getpid(), doing, 1)

    def owns(self, local, remote, pid, doing, count):
        self.rows.append(f"{self.netns} {local} {remote} {pid} {doing}\n")
        self.count += count
        self.total += count
        if len(self.rows) >= self.ROWS:
            self.flush()

    def flush(self):
        os.write(self.truth, "".join(self.rows).encode())
        self.pipe.send(("made", self.count))
        self.rows, self.count = [], 0


class Generator:
    """A forked process that makes connections."""

    def __init__(self, host, truth, rate, work, arguments):
        self.name = f"{work.__name__} in {host.side}"
        self.made, self.isDone = 0, False
        self.pipe, theirs = multiprocessing.Pipe(duplex=False)
        own = host.newAddress()
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # the child must not run the parent's handlers
        with host.entered():
            self.pid = os.fork()
            if self.pid == 0:  # must not leave this block, which would lead home
                self.pipe.close()
                generate(work, Log(host.inum, truth, theirs, rate), host.service, own, arguments)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        theirs.close()

    def hear(self):
        try:
            kind, value = self.pipe.recv()
        except EOFError:
            raise LabError(f"{self.name} (pid {self.pid}) died after {self.made} connections")
        if kind == "failed":
            raise LabError(f"{self.name} (pid {self.pid}) failed after {self.made} connections: {value}")
        self.made += value
        self.isDone = kind == "done"

    def end(self, number=None):
        if self.pid and number:
            os.kill(self.pid, number)
        if self.pid:
            os.waitpid(self.pid, 0)
            self.pipe.close()
        self.pid = None


def generate(work, log, service, own, arguments):
    """The life of a forked process: killed with its parent, deaf to the terminal's ctrl-c."""
    try:
        libc.prctl(servers.PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        work(service, own, log, *arguments)
        log.flush()
        log.pipe.send(("done", 0))
    except BaseException as failed:
        traceback.print_exc()
        log.pipe.send(("failed", f"{type(failed).__name__}: {failed}"))
    finally:
        os._exit(0)
