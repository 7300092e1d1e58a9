"""Short healthy sessions, from several processes that each have one connection open at a time."""

import socket
import time

import flood
from actors import Actor
from configuration import BODY, request

WORKERS = 6


class Clients(Actor):
    def churn(self, ports, service, most, isDiverse, rate):
        """One session from each port; `rate` is of all of them a second, None for as fast as possible. A session makes up to `most` requests. How many there were."""
        begun = time.monotonic()
        turns = [(port, begun + index / rate if rate else begun) for index, port in enumerate(ports)]
        children = [flood.fork(lambda: self.work(turns[worker::WORKERS], service, most, isDiverse)) for worker in range(WORKERS)]
        flood.collect(children)
        return sum(requests(port, most) for port in ports)

    def work(self, turns, service, most, isDiverse):
        for port, due in turns:
            time.sleep(max(0, due - time.monotonic()))
            self.session(port, service, requests(port, most), isDiverse)
        return [port for port, _ in turns]

    def session(self, port, service, count, isDiverse):
        serviceEnds = port % 2 == 0
        with socket.socket(self.family, socket.SOCK_STREAM) as made:
            made.settimeout(60)
            made.bind((self.address, port))
            made.connect(service)
            for left in reversed(range(count)):
                made.sendall(request("small", port % 7000 + 1 if isDiverse else 0, serviceEnds and not left))
                self.readReply(made, port)
            if serviceEnds and made.recv(1):
                raise OSError(f"port {port}: data where EOF was due")

    @staticmethod
    def readReply(made, port):
        reply = b""
        while not reply.endswith(BODY):
            part = made.recv(65536)
            if not part:
                raise OSError(f"port {port}: the service ended the connection after {len(reply)} bytes of its reply")
            reply += part


def requests(port, most):
    """Every third session makes as many as it may: in mode http haproxy can serve them over different connections."""
    return most if port % 3 == 0 else 1
