"""The browsers of a pile, all of them in one process: each makes one request, keeps its connection, and does what its variant says when that ends."""

import collections
import selectors
import socket
import struct
import time

from actors import Actor
from configuration import BODY, request

AT_ONCE = 100  # handshakes
LAST_ACK_RECEIVED = 56  # tcpi_last_ack_recv in struct tcp_info: how long ago the peer's last segment came, in ms
DELAYED_ACK_MS = 40 - 4  # less the jiffy that it is rounded by


class Browsers(Actor):
    def __init__(self, address):
        super().__init__(address)
        self.selector = selectors.DefaultSelector()
        self.due = collections.deque()
        self.asked, self.replies, self.ended, self.replied, self.late, self.lastEnd = set(), {}, [], 0, 0, None

    def visit(self, ports, address, path, isDiverse, spread, closesAtEof):
        """Nothing happens before go()."""
        begun = time.monotonic()
        self.due.extend((begun + spread * index / len(ports), port) for index, port in enumerate(ports))
        self.service, self.path, self.isDiverse, self.closesAtEof = address, path, isDiverse, closesAtEof
        self.connecting, self.late, self.lastEnd = 0, 0, None
        self.replied = 0
        self.asked.clear()
        self.ended.clear()

    def go(self, what, count, seconds):
        """Until so many have "asked", "replied" or "ended": what ends afterwards is seen by the next go(). How many closed too late for their FIN to carry the
        ACK, and when the last one read its EOF."""
        deadline = time.monotonic() + seconds
        while (have := {"asked": len(self.asked), "replied": self.replied, "ended": len(self.ended)}[what]) < count:
            now = time.monotonic()
            if now > deadline:
                raise OSError(f"{have} of {count} browsers have {what} after {seconds:.0f} s")
            while self.due and self.due[0][0] <= now and self.connecting < AT_ONCE:
                self.start(self.due.popleft()[1])
            for key, _ in self.selector.select(self.patience(now, deadline)):
                self.step(key)
        return {"late": self.late, "lastEnd": self.lastEnd}

    def patience(self, now, deadline):
        return max(0, min(self.due[0][0] if self.due and self.connecting < AT_ONCE else deadline, deadline) - now) + 0.001

    def start(self, port):
        made = self.sockets[port] = socket.socket(self.family, socket.SOCK_STREAM)
        made.setblocking(False)
        made.bind((self.address, port))
        made.connect_ex(self.service)
        self.selector.register(made, selectors.EVENT_WRITE, port)
        self.connecting += 1

    def step(self, key):
        if key.data not in self.asked:
            self.ask(key.fileobj, key.data)
        elif part := key.fileobj.recv(65536):
            self.replies[key.data] = self.replies.get(key.data, b"") + part
            self.replied += self.replies[key.data].endswith(BODY)
        else:
            self.end(key.fileobj, key.data)

    def ask(self, made, port):
        if failed := made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(failed, f"connect from port {port}")
        made.send(request(self.path, port % 7000 + 1 if self.isDiverse else 0))
        self.selector.modify(made, selectors.EVENT_READ, port)
        self.asked.add(port)
        self.connecting -= 1

    def end(self, made, port):
        """A browser that closes at once has the kernel still owe the ACK of the peer's FIN: that ACK then rides on its own FIN."""
        if not self.replies.pop(port, b"").endswith(BODY):
            raise OSError(f"the service ended the connection from port {port} before its reply was over")
        self.selector.unregister(made)
        if self.closesAtEof:
            sinceFin, = struct.unpack_from("I", made.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), LAST_ACK_RECEIVED)
            self.late += sinceFin >= DELAYED_ACK_MS
            self.sockets.pop(port).close()
        self.ended.append(port)
        self.lastEnd = time.monotonic()

    def leaveEnded(self):
        """Those that have read EOF close."""
        self.leave(self.ended)

    def leaveAll(self):
        self.leave(list(self.sockets))

    def leave(self, ports):
        """These close now, whatever is pending."""
        for port in self.sockets.keys() & set(ports):
            made = self.sockets.pop(port)
            if made in self.selector.get_map():
                self.selector.unregister(made)
            made.close()


class SlowServer(Actor):
    """Reads requests and does not answer before it ends."""

    def take(self, count, port):
        for _ in range(count):
            made, peer = self.listeners[port].accept()
            made.settimeout(15)
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                part = made.recv(65536)
                if not part:
                    raise OSError(f"the connection of {peer} ended within its request")
                head += part
            self.sockets[peer[1]] = made
