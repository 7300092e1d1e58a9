"""The scene of an incident: the four places, nginx and haproxy in theirs, and the processes that play browsers, short sessions and a slow backend."""

import os
import resource
import signal

import configuration
import network
from actors import RemoteActor
from browsers import Browsers, SlowServer
from churn import Clients
from haproxy import Haproxy
from network import BACK, FRONT, SLOW
from servers import Server
from stage import say


def descriptors():
    """How many files a process may have open, after this one has taken what it is allowed."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class Scene:
    def __init__(self, options, variant, subnet):
        self.options, self.variant, self.subnet = options, variant, subnet
        self.places, self.servers, self.actors = [], [], []
        self.clientFin = options.client_fin
        self.lift = None

    def build(self):
        self.folder = network.newFolder()
        for place in network.build(self.subnet):
            self.places.append(place)
        self.clients, self.router, self.proxy, self.backend = self.places
        self.service = (self.proxy.address, FRONT)
        if self.variant.loss == "conntrack":
            self.proxy.set({"netfilter/nf_conntrack_tcp_timeout_close_wait": 2})
        os.mkdir(f"{self.folder}/www")
        self.write("www/small", configuration.BODY.decode())
        self.write("nginx.conf", configuration.nginx(self.options.most + 512, self.options.idleSeconds))
        command = ("nginx", "-p", self.folder, "-e", "nginx.err", "-c", "nginx.conf")
        self.nginx = self.ready(Server(self.backend, self.folder, "nginx", [BACK], command, signal.SIGQUIT))
        self.startHaproxy()
        self.browsers, self.churn, self.slow = (self.actor(*each) for each in (
            (self.clients, "browsers", Browsers), (self.clients, "churn", Clients), (self.backend, "slow", SlowServer)))
        if self.variant.isPending:
            self.slow.listen(SLOW)

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(text)
        return f"{self.folder}/{name}"

    def ready(self, server):
        self.servers.append(server)
        server.untilReady()
        return server

    def actor(self, place, name, kind):
        made = RemoteActor(place, name, kind)
        made.patience = self.options.patience
        self.actors.append(made)
        return made

    def startHaproxy(self):
        options = self.options
        self.write("haproxy.cfg", configuration.haproxy(self.variant, self.backend.address, f"{self.folder}/haproxy.sock", options.maxconn, options.threads,
                                                        options.mode, self.clientFin))
        self.haproxy = self.ready(Haproxy(self.proxy, self.folder))

    def restartHaproxy(self, clientFin):
        """What the old one holds becomes orphans."""
        self.servers.remove(self.haproxy)
        self.haproxy.end()
        self.clientFin = clientFin
        self.startHaproxy()

    def lose(self):
        if rule := self.variant.rule():
            place, *match = rule
            self.lift = getattr(self, place).rule(*match)

    def stopLoss(self):
        if self.lift:
            self.lift()
        self.lift = None

    def untilDropped(self, count):
        place, chain, *_ = self.variant.rule()
        getattr(self, place).untilTaken(chain, count, seconds=60)

    def dropped(self):
        return sum(sum(place.eaten.values()) for place in (self.router, self.proxy))

    def pids(self):
        return {**{actor.comm: [actor.pid] for actor in self.actors}, **{server.name: sorted(server.pids()) for server in self.servers}}

    def sayReady(self):
        info, options = self.haproxy.info(), self.options
        say("ready", variant=self.variant.name, n=options.count, subnet=self.subnet.said(), **{place.side: place.said() for place in self.places},
            front=f"{self.proxy.address}:{FRONT}", back=f"{self.backend.address}:{SLOW if self.variant.isPending else BACK}", pids=self.pids(),
            haproxySocket=self.haproxy.path, haproxyVersion=info["Version"], maxconn=int(info["Maxconn"]), threads=int(info["Nbthread"]),
            mode=options.mode, clientFin=self.clientFin, churn=options.churn)

    def remove(self):
        for actor in self.actors:
            actor.kill()
        for server in self.servers:
            server.kill()
        for place in self.places:
            network.endSockets(place)
            place.forget()
        network.removeLeftovers(lambda pid: pid == os.getpid())
