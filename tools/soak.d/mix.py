"""One soak: the servers, the generators at work at the same time, what they made, and who owned it."""

import json
import multiprocessing.connection
import os
import shutil
import signal
import tempfile
import time

import clients
import closes
import servers
from generator import Generator
from hosts import CLIENT, SERVER, Host, removeNamespaces
from namespaces import LabError, link
from stage import Interrupted, lineFromStdin

FOLDER = "fintrail-soak-"

# (side, what, share of the connections that clients make, processes). The proxy's connections to its backends come on top: with the shares of
# CLIENT_SHARE the total stays below what is asked for, and the rest is made past the proxy.
MIX = ((CLIENT, closes.closeManyWays, 0.46, 4), (SERVER, closes.closeManyWays, 0.26, 2), (CLIENT, clients.runAb, 0.13, 2), (SERVER, clients.runAb, 0.09, 2),
       (CLIENT, clients.runCurl, 0.04, 1), (SERVER, clients.runCurl, 0.015, 1), (CLIENT, closes.dieWithSockets, 0.005, 1))
CLIENT_SHARE = 0.6
PROGRESS_STEPS = 50


class Soak:
    def __init__(self, options):
        self.options = options
        self.hosts, self.servers, self.generators = [], [], []
        self.truth = openTruth(options.truth or os.devnull)

    def say(self, kind, **fields):
        print(json.dumps({"type": kind, **fields}), flush=True)

    def build(self):
        self.folder = tempfile.mkdtemp(prefix=FOLDER)
        for side in (CLIENT, SERVER):
            self.hosts.append(Host(side))
        self.client, self.server = self.hosts
        link(self.client, self.server)
        for host in self.hosts:
            host.prepare()
        for server in servers.start(self.server, self.folder):
            self.servers.append(server)
        for server in self.servers:
            server.untilReady()
        self.proxy = self.servers[-1]

    def perform(self):
        self.say("ready", count=self.options.count,
                 **{host.side: {"netns": host.path, "inum": host.inum, "address": host.address} for host in self.hosts},
                 services={server.name: {"ports": server.ports, "pids": sorted(server.pids())} for server in self.servers})
        if self.options.wait and not lineFromStdin():
            raise LabError("stdin ended before the line that --wait waits for")
        before = {host.side: host.counters() for host in self.hosts}
        begun = time.monotonic()
        self.deadline = begun + self.options.limit
        self.generateMix()
        self.generateRest()
        proxied = self.proxy.connects()
        self.stopServers()
        counters = {host.side: {key: count - before[host.side].get(key, 0) for key, count in host.counters().items()} for host in self.hosts}
        made = self.madeByClients() + proxied
        self.say("done", seconds=round(time.monotonic() - begun, 3), made=made, byClients=self.byClients(), byProxy=proxied, truth=self.options.truth,
                 counters=counters)
        self.check(made, counters)

    def generateMix(self):
        seed = 0
        for side, work, share, processes in MIX:
            count = max(1, round(self.options.count * CLIENT_SHARE * share / processes))
            for _ in range(processes):
                seed += 1
                rate = self.options.rate and self.options.rate * share / processes
                self.begin(side, rate, work, count, *((seed,) if work == closes.closeManyWays else ()))
        self.untilGenerated()

    def generateRest(self):
        short = self.options.count - self.madeByClients() - self.proxy.connects()
        for index in range(2):
            rate = self.options.rate and self.options.rate / 2
            self.begin((CLIENT, SERVER)[index], rate, closes.closeManyWays, max(0, (short + index) // 2), 100 + index, True)
        self.untilGenerated()

    def begin(self, side, rate, work, *arguments):
        host = self.client if side == CLIENT else self.server
        self.generators.append(Generator(host, self.truth, rate, work, arguments))

    def untilGenerated(self):
        told = 0
        while busy := [generator for generator in self.generators if not generator.isDone]:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise LabError(f"{self.madeByClients()} connections of {self.options.count} were made in {self.options.limit} s: "
                               "ask for fewer, or for more time with --limit")
            for pipe in multiprocessing.connection.wait([generator.pipe for generator in busy], left):
                next(generator for generator in busy if generator.pipe is pipe).hear()
            made = self.madeByClients()
            if made - told >= self.options.count / PROGRESS_STEPS:
                told = made
                self.say("progress", made=made + self.proxy.connects())
        for generator in self.generators:
            generator.end()

    def madeByClients(self):
        return sum(generator.made for generator in self.generators)

    def byClients(self):
        found = {}
        for generator in self.generators:
            found[generator.name] = found.get(generator.name, 0) + generator.made
        return found

    def stopServers(self):
        """The proxy first: it holds connections to the others. Then everything is closed but for TIME_WAIT."""
        self.client.untilGone()
        for server in reversed(self.servers):
            server.stop()
            self.toldOwners(server)
        self.server.untilGone()

    def toldOwners(self, server):
        pids = ",".join(map(str, sorted(server.pids())))
        rows = [f"*:{port} *" for port in server.ports] + ([f"{server.source}:* *"] if server.source else [])
        os.write(self.truth, "".join(f"{self.server.inum} {row} {pids} {server.name}\n" for row in rows).encode())

    def check(self, made, counters):
        """The kernel counts, too. An overflow of the time-wait table forgets a close early: its late FIN meets no socket."""
        added = lambda name: sum(counted.get(name, 0) for counted in counters.values())
        if not made == added("ActiveOpens") == added("PassiveOpens"):
            raise LabError(f"{made} connections were made, but the kernel counts {added('ActiveOpens')} active and {added('PassiveOpens')} passive opens")
        if added("TCPTimeWaitOverflow"):
            raise LabError(f"TcpExtTCPTimeWaitOverflow is {added('TCPTimeWaitOverflow')}: ask for fewer connections, or raise tcp_max_tw_buckets in hosts.py")

    def onSignal(self, number, frame):
        signal.signal(number, signal.SIG_IGN)
        raise Interrupted(number)

    def remove(self):
        for generator in self.generators:
            generator.end(signal.SIGKILL)
        for server in self.servers:
            server.kill()
        for host in self.hosts:
            host.forget()
        list(removeNamespaces())
        list(removeFolders())


def openTruth(path):
    """To append: the generators share it."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o644)
    except OSError as refused:
        raise LabError(f"--truth {path}: {refused.strerror}; name a file that can be written")


def removeFolders():
    """Like the namespaces: the lock says that they are nobody else's."""
    for name in os.listdir(tempfile.gettempdir()):
        if name.startswith(FOLDER):
            shutil.rmtree(os.path.join(tempfile.gettempdir(), name))
            yield name
