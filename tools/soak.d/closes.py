"""Our own generator: opens connections one after the other and ends each in another way."""

import contextlib
import os
import random
import re
import signal
import socket
import struct
import time

from servers import IDLE_SECONDS, JVM_HTTP, JVM_ORDERS, NGINX, PROXIED_JVM, PROXIED_NGINX, RELAYED_NGINX, RELAYED_ORDERS

IP_BIND_ADDRESS_NO_PORT = 24  # the port is chosen by connect(), so that only whole address pairs are unique
HTTP_PORTS = (NGINX, JVM_HTTP, PROXIED_NGINX, PROXIED_JVM, RELAYED_NGINX)
ORDER_PORTS = (JVM_ORDERS, RELAYED_ORDERS)
PATIENCE = 60
KILLED_AT_ONCE = 20


def request(path, connection="keep-alive"):
    return f"GET {path} HTTP/1.1\r\nHost: soak\r\nConnection: {connection}\r\n\r\n".encode()


def readResponse(made):
    text = b""
    while b"\r\n\r\n" not in text:
        text += receive(made)
    head, _, body = text.partition(b"\r\n\r\n")
    left = int(re.search(rb"(?i)content-length: *(\d+)", head)[1]) - len(body)
    while left > 0:
        left -= len(receive(made))


def receive(made):
    part = made.recv(1 << 16)
    if not part:
        raise RuntimeError(f"{made.getpeername()} ended the connection within a response")
    return part


def readToEnd(made):
    while made.recv(1 << 16):
        pass


def untilReadable(made):
    made.recv(1, socket.MSG_PEEK)


class Closes:
    """Each method makes one connection and ends it. The names go into the truth as what was done."""

    def __init__(self, service, own, log):
        self.service, self.own, self.log = service, own, log
        self.idle = []

    def open(self, port, doing):
        made = socket.socket()
        made.settimeout(PATIENCE)
        made.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        made.bind((self.own, 0))
        made.connect((self.service, port))
        self.log.made(made.getsockname(), (self.service, port), doing)
        return made

    def served(self, port, doing, connection="keep-alive"):
        made = self.open(port, doing)
        made.sendall(request("/small", connection))
        readResponse(made)
        return made

    def clientFirst(self, port):
        self.served(port, "clientFirst").close()

    def serverFirst(self, port):
        with self.served(port, "serverFirst", "close") as made:
            readToEnd(made)

    def halfClose(self, port):
        with self.open(port, "halfClose") as made:
            made.sendall(request("/small"))
            made.shutdown(socket.SHUT_WR)
            readResponse(made)
            readToEnd(made)

    def bothWays(self, port):
        with self.served(port, "bothWays") as made:
            made.shutdown(socket.SHUT_RDWR)

    def reset(self, port):
        with self.served(port, "reset") as made:
            lingerZero(made)

    def unread(self, port):
        with self.open(port, "unread") as made:
            made.sendall(request("/small"))
            untilReadable(made)

    def abort(self, port):
        with self.open(port, "abort") as made:
            made.sendall(request("/large"))
            made.recv(4096)

    def requestAndGo(self, port):
        with self.open(port, "requestAndGo") as made:
            made.sendall(request("/small"))

    def partial(self, port):
        with self.open(port, "partial") as made:
            made.sendall(request("/small")[:20])

    def silent(self, port):
        self.open(port, "silent").close()

    def idleUntilClosed(self, port):
        """The server's keep-alive timeout ends these: many wait at one time, and none for long after its end."""
        self.idle.append((time.monotonic() + IDLE_SECONDS, self.served(port, "idleUntilClosed")))

    def endIdle(self, evenEarly=False):
        while self.idle and (evenEarly or self.idle[0][0] <= time.monotonic()):
            with self.idle.pop(0)[1] as made:
                readToEnd(made)

    def orderServerFirst(self, port):
        self.order(port, b"c", "orderServerFirst")

    def orderHalfClose(self, port):
        self.order(port, b"h", "orderHalfClose")

    def order(self, port, order, doing):
        with self.open(port, doing) as made:
            made.sendall(order)
            readToEnd(made)

    def orderReset(self, port):
        with contextlib.suppress(ConnectionResetError):
            self.order(port, b"r", "orderReset")

    def orderUnread(self, port):
        with contextlib.suppress(ConnectionResetError):
            self.order(port, b"u" + bytes(4096), "orderUnread")

    def orderClientFirst(self, port):
        with self.open(port, "orderClientFirst") as made:
            made.sendall(b"e")
            made.recv(64, socket.MSG_WAITALL)

    def orderAtOnce(self, port):
        """Both ends close when the answer is there: their FINs may cross."""
        with self.open(port, "orderAtOnce") as made:
            made.sendall(b"c")
            made.recv(64, socket.MSG_WAITALL)


def lingerZero(made):
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


# How many of each in a round
OVER_HTTP = {Closes.clientFirst: 6, Closes.serverFirst: 6, Closes.halfClose: 2, Closes.bothWays: 1, Closes.reset: 2, Closes.unread: 2, Closes.abort: 1,
             Closes.requestAndGo: 1, Closes.partial: 1, Closes.silent: 2, Closes.idleUntilClosed: 2}
BY_ORDER = {Closes.orderServerFirst: 3, Closes.orderHalfClose: 2, Closes.orderReset: 2, Closes.orderUnread: 2, Closes.orderClientFirst: 3,
            Closes.orderAtOnce: 1}


def rounds(seed, httpPorts, orderPorts):
    """The same for the same seed, so that a run can be had again."""
    steps = [(close, port) for ports, closes in ((httpPorts, OVER_HTTP), (orderPorts, BY_ORDER)) for port in ports
             for close, times in closes.items() for _ in range(times)]
    chance = random.Random(seed)
    while True:
        chance.shuffle(steps)
        yield from steps


def closeManyWays(service, own, log, count, seed, direct=False):
    """`direct`: past the proxy, which would add connections of its own."""
    closes = Closes(service, own, log)
    steps = rounds(seed, HTTP_PORTS[:2] if direct else HTTP_PORTS, ORDER_PORTS[:1] if direct else ORDER_PORTS)
    for _ in range(count):
        log.awaitTurn()
        close, port = next(steps)
        close(closes, port)
        closes.endIdle()
    closes.endIdle(evenEarly=True)


def dieWithSockets(service, own, log, count):
    """Processes that are killed with open connections: the kernel closes for them."""
    while count > 0:
        log.awaitTurn()
        some = min(count, KILLED_AT_ONCE)
        pid = os.fork()
        if pid == 0:
            closes = Closes(service, own, log)
            held = [closes.served(HTTP_PORTS[index % len(HTTP_PORTS)], "dieWithSockets") for index in range(some)]
            log.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            raise RuntimeError(f"a process that should die with its sockets ended with {status}")
        log.total += some
        count -= some
