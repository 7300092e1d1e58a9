"""The processes that own the staged sockets: one for near, one for far, each forked into its namespace and told what to do over a pipe."""

import contextlib
import ctypes
import errno
import multiprocessing
import os
import signal
import socket
import struct
import threading
import traceback

import flood
from namespaces import LabError, libc

FIRST_PORT = 40001
PORT = 9000
PR_SET_PDEATHSIG = 1
ANSWER_SECONDS = 60
SIGNALS = {signal.SIGINT, signal.SIGTERM}
MSG_FASTOPEN = 0x20000000


def shown(address):
    """As fintrail shows it: an IPv4 peer of an IPv6 socket is an IPv4 peer."""
    address = (address[0].removeprefix("::ffff:"), *address[1:])
    return f"[{address[0]}]:{address[1]}" if ":" in address[0] else f"{address[0]}:{address[1]}"


def nameProcess(name):
    with open("/proc/self/comm", "w") as comm:
        comm.write(name)


class Actor:
    """Runs inside the forked process. Every method works on all connections, in the order of their index; index = near's port - FIRST_PORT."""

    def __init__(self, address):
        self.address = address
        self.family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.protocol = 0
        self.listeners, self.sockets = {}, {}

    def speak(self, protocol):
        self.protocol = protocol

    def asMapped(self):
        """From now on IPv6 sockets with IPv4 addresses."""
        self.family, self.address = socket.AF_INET6, f"::ffff:{self.address}"

    def new(self):
        made = socket.socket(self.family, socket.SOCK_STREAM, self.protocol)
        made.settimeout(15)
        return made

    def listen(self, port=PORT, receiveBuffer=None):
        listener = self.new()
        if receiveBuffer:  # children inherit it; set before listen() so that the window scale fits
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receiveBuffer)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.address, port))
        listener.listen(8192)
        self.listeners[port] = listener

    def stopListening(self, port=PORT):
        self.listeners.pop(port).close()

    def connect(self, count, address, port=PORT, sendBuffer=None, first=0):
        for index in range(first, first + count):
            made = self.sockets[index] = self.new()
            if sendBuffer:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, sendBuffer)
            made.bind((self.address, FIRST_PORT + index))
            made.connect((address, port))

    def connectAgain(self, address, port):
        for made in self.sockets.values():
            made.connect((address, port))

    def connectFastOpen(self, count, address, request):
        for index in range(count):
            made = self.sockets[index] = self.new()
            made.bind((self.address, FIRST_PORT + index))
            made.setblocking(False)  # a blocking sendto() would wait for the handshake that the situation holds back
            with contextlib.suppress(BlockingIOError):
                made.sendto(request, MSG_FASTOPEN, (address, PORT))
            made.settimeout(15)

    def accept(self, count, port=PORT):
        for _ in range(count):
            made, peer = self.listeners[port].accept()
            made.settimeout(15)
            self.sockets[peer[1] - FIRST_PORT] = made

    def owned(self):
        return {index: (shown(made.getsockname()), shown(made.getpeername())) for index, made in self.sockets.items()}

    def option(self, level, name, value):
        for made in self.sockets.values():
            made.setsockopt(level, name, value)

    def send(self, data):
        for made in self.sockets.values():
            made.sendall(data)

    def fill(self):
        """Sends until neither the peer's window nor our own buffer takes more."""
        for made in self.sockets.values():
            made.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    made.send(bytes(65536))
            made.settimeout(15)

    def receive(self, size):
        for made in self.sockets.values():
            made.recv(size, socket.MSG_WAITALL)

    def ending(self):
        """Reads every socket to its end and says how often that end was "EOF" or which error."""
        endings = {}
        for made in self.sockets.values():
            try:
                while made.recv(1 << 20):
                    pass
                ending = "EOF"
            except OSError as failed:
                ending = errno.errorcode.get(failed.errno, str(failed))
            endings[ending] = endings.get(ending, 0) + 1
        return endings

    def halfClose(self, first=0, count=None):
        for index, made in self.sockets.items():
            if index >= first and (count is None or index < first + count):
                made.shutdown(socket.SHUT_WR)

    def relayHalfCloses(self, count):
        """As a proxy does: EOF on one leg, at once the other leg's sending side shut. Leg i+count belongs to leg i."""
        for index in range(count):
            if self.sockets[index].recv(1):
                raise OSError("data where EOF was due")
            self.sockets[index + count].shutdown(socket.SHUT_WR)

    def close(self):
        for made in self.sockets.values():
            made.close()
        self.sockets.clear()

    def closeInBackground(self):
        """Each in a thread of its own: with SO_LINGER close() blocks."""
        self.closing = [threading.Thread(target=made.close) for made in self.sockets.values()]
        for thread in self.closing:
            thread.start()

    def closed(self):
        for thread in self.closing:
            thread.join()
        self.sockets.clear()

    def share(self):
        """A child that inherits every descriptor and does nothing."""
        self.child = os.fork()
        if self.child == 0:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            nameProcess("lab-child")
            while True:
                signal.pause()

    def endChild(self):
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)

    def abort(self):
        self.option(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def disconnect(self):
        """connect(AF_UNSPEC), which Python's socket module cannot say."""
        for made in self.sockets.values():
            if libc.connect(made.fileno(), struct.pack("H14x", socket.AF_UNSPEC), 16):
                raise OSError(ctypes.get_errno(), "connect(AF_UNSPEC)")

    def serve(self, workers):
        self.servers = flood.startServers(self.listeners[PORT], workers)

    def served(self):
        return flood.collectServers(self.listeners[PORT], self.servers)

    def flood(self, count, workers, address):
        return flood.runClients(self.family, self.address, (address, PORT), FIRST_PORT, count, workers)


class RemoteActor:
    """The parent's handle: `near.halfClose()` runs Actor.halfClose in the other process and returns its result or raises its error."""

    def __init__(self, namespace, comm=None, actor=Actor):
        self.namespace, self.comm = namespace, comm or f"lab-{namespace.side}"
        self.patience = ANSWER_SECONDS
        self.pipe, theirs = multiprocessing.Pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # the child must not run the parent's handlers
        with namespace.entered():
            self.pid = os.fork()
            if self.pid == 0:  # must not leave this block, which would lead home
                self.pipe.close()
                become(self.comm, theirs, actor(namespace.address))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        theirs.close()

    def __getattr__(self, name):
        return lambda *arguments, **named: self.call(name, arguments, named)

    def call(self, name, arguments, named):
        self.begin(name, *arguments, **named)
        return self.finish()

    def begin(self, name, *arguments, **named):
        """Without waiting for the result, which finish() returns. One at a time."""
        self.doing = name
        self.pipe.send((name, arguments, named))

    def finish(self):
        if not self.pipe.poll(self.patience):
            raise LabError(f"{self.comm} (pid {self.pid}) did not finish {self.doing} within {self.patience:.0f} s")
        failed, result = self.pipe.recv()
        if failed:
            raise LabError(f"{self.comm} (pid {self.pid}) failed in {self.doing}: {result}")
        return result

    def readEof(self, count):
        self.readEnding("EOF", count)

    def readEnding(self, ending, count):
        endings = self.ending()
        if endings != {ending: count}:
            raise LabError(f"{self.comm}: {count} sockets should have ended with {ending}, but ended with {endings}")

    def freeze(self):
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self):
        os.kill(self.pid, signal.SIGCONT)

    def kill(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = None


def become(comm, pipe, actor):
    """The life of a forked process: named, killed with its parent, deaf to the terminal's ctrl-c (the parent ends it)."""
    code = 1
    try:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        nameProcess(comm)
        obey(pipe, actor)
        code = 0
    except EOFError:
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def obey(pipe, actor):
    while True:
        name, arguments, named = pipe.recv()
        try:
            pipe.send((False, getattr(actor, name)(*arguments, **named)))
        except Exception as failed:
            pipe.send((True, f"{type(failed).__name__}: {failed}"))
