"""The pile: haproxy relays TCP for nginx, nginx closes first, haproxy passes the half-close on to the browser, and the browser's FIN does not come."""

import contextlib
import os
import re
import select
import selectors
import signal
import socket
import time

import network
from actors import Actor, RemoteActor
from namespaces import CLOSE_WAIT, ESTABLISHED, FIN_WAIT2, LAST_ACK, LISTEN, LabError
from servers import Proxy, Server
from stage import Interrupted, Released, lineFromStdin, say

FRONT, BACK = 8686, 8080
IDLE_SECONDS = 3  # nginx: stands for the 75 s of an ingress
MOST_SECONDS = 3000  # haproxy lets go of the pile after an hour
REQUEST = b"GET /small HTTP/1.1\r\nHost: incident\r\nConnection: keep-alive\r\n\r\n"
BODY = b"x" * 64

NGINX_CONFIGURATION = f"""
daemon off;
user root;
worker_processes 1;
pid nginx.pid;
events {{ worker_connections 4000; }}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    keepalive_timeout {IDLE_SECONDS}s;
    server {{ listen {BACK} backlog=4096; root www; }}
}}
"""

# No `timeout client-fin`: that is the point. haproxy counts the hour from the browser's last byte.
HAPROXY_CONFIGURATION = """
global
    nbthread 2
    maxconn 2000
    hard-stop-after 10s
    stats socket unix@haproxy.sock
defaults
    mode tcp
    backlog 4096
    timeout connect 5s
    timeout client 1h
    timeout server 1h
listen service
    bind *:{front}
    server nginx {backend}:{back}
"""


class Browsers(Actor):
    """Keep-alive clients in one process."""

    def get(self):
        """One request each, all of them at once."""
        self.send(REQUEST)
        for made in self.sockets.values():
            reply = b""
            while not reply.endswith(BODY):
                part = made.recv(65536)
                if not part:
                    raise OSError(f"the service ended a connection after {len(reply)} bytes of its reply")
                reply += part

    def awaitEof(self, mustClose, seconds=20):
        """Each closes the moment it reads EOF, while its kernel still owes the ACK: that ACK then rides on the FIN. Without mustClose it only reads it."""
        deadline = time.monotonic() + seconds
        waiting = selectors.DefaultSelector()
        for made in self.sockets.values():
            waiting.register(made, selectors.EVENT_READ)
        while waiting.get_map():
            ready = waiting.select(max(0, deadline - time.monotonic()))
            if not ready:
                raise OSError(f"{len(waiting.get_map())} connections have not ended after {seconds} s")
            for key, _ in ready:
                waiting.unregister(key.fileobj)
                if key.fileobj.recv(1):
                    raise OSError("data where EOF was due")
                if mustClose:
                    key.fileobj.close()


class Haproxy(Proxy):
    def pairs(self):
        """What haproxy says of itself: which connection to the backend each browser's has."""
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(20)
            control.connect(self.path)
            control.sendall(b"show sess all\n")
            text = b""
            while part := control.recv(65536):
                text += part
        for session in re.split(rb"^(?=0x)", text, flags=re.M):
            front, back = re.search(rb"source=(\d[\d.]+:\d+)", session), re.search(rb"^ +server=nginx .* addr=(\d[\d.]+:\d+)", session, re.M)
            source = re.search(rb"^ +backend=service .* addr=(\d[\d.]+:\d+)", session, re.M)
            if front and back and source:
                yield {"front": front[1].decode(), "back": source[1].decode()}


class Pile:
    def __init__(self, options, subnet):
        self.options, self.subnet = options, subnet
        self.places, self.servers, self.browsers, self.isStanding = [], [], None, False

    def build(self):
        self.folder = network.newFolder()
        for place in network.build(self.subnet):
            self.places.append(place)
        self.clients, self.router, self.proxy, self.backend = self.places
        self.startServers()
        self.browsers = RemoteActor(self.clients, "browsers", Browsers)

    def startServers(self):
        os.mkdir(f"{self.folder}/www")
        haproxy = HAPROXY_CONFIGURATION.format(front=FRONT, backend=self.backend.address, back=BACK)
        for name, text in (("www/small", BODY.decode()), ("nginx.conf", NGINX_CONFIGURATION), ("haproxy.cfg", haproxy)):
            with open(f"{self.folder}/{name}", "w") as file:
                file.write(text)
        nginx = ("nginx", "-p", self.folder, "-e", "nginx.err", "-c", "nginx.conf")
        self.servers.append(Server(self.backend, self.folder, "nginx", [BACK], nginx, signal.SIGQUIT))
        self.servers.append(Haproxy(self.proxy, self.folder, "haproxy", [FRONT], ("haproxy", "-db", "-f", "haproxy.cfg"), signal.SIGTERM))
        self.nginx, self.haproxy = self.servers
        self.haproxy.path = f"{self.folder}/haproxy.sock"
        for server in self.servers:
            server.untilReady()

    def perform(self):
        count, hasLoss = self.options.count, not self.options.no_loss
        say("ready", n=count, loss=hasLoss, subnet=self.subnet.said(), **{place.side: place.said() for place in self.places},
            front=f"{self.proxy.address}:{FRONT}", back=f"{self.backend.address}:{BACK}",
            pids={"browsers": [self.browsers.pid], **{server.name: sorted(server.pids()) for server in self.servers}})
        say("expect", front={"standing": {"FIN_MISSING_HELD": count}, "state": "FIN_WAIT2", "holder": "haproxy", "sentButLost": hasLoss or None},
            back={"standing": {"CLOSE_WAIT_PAIRED|CLOSE_WAIT_EOF_MAYBE_READ": count}, "state": "CLOSE_WAIT", "holder": "haproxy"},
            note=None if hasLoss else "that the browsers never sent a FIN cannot be seen from the proxy")
        if self.options.wait and not self.lineWithin(MOST_SECONDS):
            raise LabError(f"--wait: no line came on stdin within {MOST_SECONDS} s, or stdin ended before one")
        begun = time.monotonic()
        loss = self.router.eating("FORWARD", "-i", network.BROWSERS, "--dport", str(FRONT), "--tcp-flags", "FIN", "FIN") if hasLoss else contextlib.nullcontext()
        with loss:
            self.pileUp(count, hasLoss)
            say("stands", seconds=round(time.monotonic() - begun, 3), pairs=self.pairs(count))
            self.stand()
            self.check(count)
        say("done", seconds=round(time.monotonic() - begun, 3), dropped=sum(self.router.eaten.values()),
            counters={place.side: place.counters() for place in self.places if place is not self.router})

    def pileUp(self, count, hasLoss):
        self.browsers.connect(count, self.proxy.address, FRONT)
        self.browsers.get()
        self.proxy.until(f"{count} pairs that carry a request", lambda rows: len(fronts(rows, ESTABLISHED)) == len(backs(rows, ESTABLISHED)) == count)
        self.browsers.awaitEof(hasLoss)
        self.proxy.until(f"{count} pairs of FIN_WAIT2 and CLOSE_WAIT that are held", lambda rows: stands(rows, count))
        if hasLoss:
            self.clients.untilAll(count, LAST_ACK)

    def pairs(self, count):
        told = sorted(self.haproxy.pairs(), key=lambda pair: pair["front"])
        if len(told) != count:
            raise LabError(f"haproxy tells of {len(told)} pairs, {count} stand")
        return told

    def stand(self):
        """Until a line or the end of stdin, SIGTERM, or --hold is over."""
        self.isStanding = True
        with contextlib.suppress(Released):
            hold = self.options.hold
            self.lineWithin(MOST_SECONDS if hold is None else hold, endsEarly=hold is None)
        self.isStanding = False

    def check(self, count):
        """Nothing has ended by itself meanwhile."""
        if not stands(self.proxy.rows(), count):
            raise LabError("the pile did not stand until its release")
        for server in self.servers:
            if server.process.poll() is not None:
                raise LabError(f"{server.name} ended by itself with {server.process.returncode}: {server.said()}")

    @staticmethod
    def lineWithin(seconds, endsEarly=True):
        """Whether a line came. The end of stdin is waited out unless it endsEarly."""
        deadline = time.monotonic() + seconds
        watched = [0]
        while (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select(watched, [], [], left)
            if ready and lineFromStdin():
                return True
            if ready and endsEarly:
                return False
            watched = []
        return False

    def onSignal(self, number, frame):
        if self.isStanding and number == signal.SIGTERM:
            raise Released
        signal.signal(number, signal.SIG_IGN)
        raise Interrupted(number)

    def remove(self):
        if self.browsers:
            self.browsers.kill()
        for server in self.servers:
            server.kill()
        for place in self.places:
            place.forget()
        network.removeLeftovers(lambda pid: pid == os.getpid())


def fronts(rows, state):
    return [row for row in rows if row.port == FRONT and row.state == state and row.isHeld]


def backs(rows, state):
    return [row for row in rows if row.remotePort == BACK and row.state == state and row.isHeld]


def stands(rows, count):
    """As many of each, EOF read, and no other connection."""
    connected = [row for row in rows if row.state != LISTEN]
    return (len(fronts(rows, FIN_WAIT2)) == len(backs(rows, CLOSE_WAIT)) == count and len(connected) == 2 * count
            and not any(row.unread for row in backs(rows, CLOSE_WAIT)))
