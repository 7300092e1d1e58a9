"""The real servers, each with a private configuration in the soak's own directory: nginx, a JVM, and haproxy in front of both."""

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time

from hosts import PROXY_SOURCE, SERVICE_ON_LOOPBACK
from namespaces import CannotHere, LabError, libc

NGINX, JVM_HTTP, JVM_ORDERS, PROXIED_NGINX, PROXIED_JVM, RELAYED_NGINX, RELAYED_ORDERS = range(8601, 8608)
SMALL, LARGE = 64, 4 << 20
BACKLOG = 16384
IDLE_SECONDS = 2
PR_SET_PDEATHSIG = 1
PACKAGES = {"nginx": "nginx-light", "haproxy": "haproxy", "ab": "apache2-utils", "curl": "curl", "java": "default-jdk-headless", "ip": "iproute2"}

NGINX_CONFIGURATION = f"""
daemon off;
user root;
worker_processes 2;
pid nginx.pid;
events {{ worker_connections 4000; }}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    keepalive_timeout {IDLE_SECONDS}s;
    server {{ listen {NGINX} backlog={BACKLOG}; root www; }}
}}
"""

# One backend takes its connections up again and the other never does; one relay splices and the other copies.
HAPROXY_CONFIGURATION = f"""
global
    nbthread 2
    maxconn 2000
    hard-stop-after 10s
    stats socket unix@haproxy.sock
defaults
    backlog {BACKLOG}
    timeout connect 20s
    timeout client 20s
    timeout server 20s
    timeout http-keep-alive {IDLE_SECONDS}s
    source {PROXY_SOURCE}
listen proxied-nginx
    mode http
    bind *:{PROXIED_NGINX}
    http-reuse always
    server nginx {SERVICE_ON_LOOPBACK}:{NGINX}
listen proxied-jvm
    mode http
    bind *:{PROXIED_JVM}
    http-reuse never
    option http-server-close
    server jvm {SERVICE_ON_LOOPBACK}:{JVM_HTTP}
listen relayed-nginx
    mode tcp
    bind *:{RELAYED_NGINX}
    option splice-auto
    server nginx {SERVICE_ON_LOOPBACK}:{NGINX}
listen relayed-orders
    mode tcp
    bind *:{RELAYED_ORDERS}
    server jvm {SERVICE_ON_LOOPBACK}:{JVM_ORDERS}
"""


def demandPrograms(programs=tuple(PACKAGES)):
    os.environ["PATH"] += ":/usr/local/sbin:/usr/sbin:/sbin"  # a user's leaves out where Debian keeps nginx and haproxy
    missing = [PACKAGES[program] for program in programs if not shutil.which(program)]
    if missing:
        raise CannotHere(f"missing: {' '.join(missing)}. As root: apt-get install --no-install-recommends {' '.join(missing)}")


def diesWithUs(number):
    """For Popen's preexec_fn: not even kill -9 of the soak leaves a server behind."""
    def arrange():
        libc.prctl(PR_SET_PDEATHSIG, number)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's ctrl-c is for the soak, which then ends everybody in order
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
    return arrange


class Server:
    """One server's processes. `ports` are those it accepts on; `source`, if any, is the address that it connects from."""
    lastWord = signal.SIGTERM  # when we die without a farewell

    def __init__(self, host, folder, name, ports, command, farewell, source=None):
        self.host, self.name, self.ports, self.farewell, self.source = host, name, ports, farewell, source
        self.seen = set()
        self.log = open(f"{folder}/{name}.log", "w+")
        with host.entered():
            self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                            preexec_fn=diesWithUs(self.lastWord))

    def said(self):
        self.log.seek(0)
        return self.log.read()[-2000:].strip()

    def untilReady(self, seconds=60):
        deadline = time.monotonic() + seconds
        while not self.host.listens(self.ports):
            if self.process.poll() is not None:
                raise LabError(f"{self.name} ended with {self.process.returncode}: {self.said()}")
            if time.monotonic() > deadline:
                raise LabError(f"{self.name} does not listen on {self.ports} after {seconds} s: {self.said()}")
            time.sleep(0.02)

    def pids(self):
        """Every process that ever was of this server: workers may come and go."""
        pending = [self.process.pid]
        while pending:
            pid = pending.pop()
            self.seen.add(pid)
            with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{pid}/children") as children:
                pending += map(int, children.read().split())
        return self.seen

    def stop(self, seconds=30):
        self.pids()
        if self.process.poll() is not None:
            raise LabError(f"{self.name} ended by itself with {self.process.returncode}: {self.said()}")
        self.process.send_signal(self.farewell)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise LabError(f"{self.name} did not end within {seconds} s of {signal.Signals(self.farewell).name}")

    def kill(self):
        pids = self.pids() if self.process.poll() is None else ()
        for pid in sorted(pids, key=lambda pid: pid != self.process.pid):  # first who would replace its workers
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()


class Proxy(Server):
    def connects(self):
        """How many connections haproxy has made to its backends (`connect`, of 2.2 and later; those taken up again are `reuse`)."""
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(self.path)
            control.sendall(b"show stat\n")
            text = b""
            while part := control.recv(65536):
                text += part
        lines = [line.split(",") for line in text.decode().removeprefix("# ").splitlines() if line]
        columns = dict.fromkeys(("svname", "connect"))
        columns.update({name: index for index, name in enumerate(lines[0])})
        return sum(int(line[columns["connect"]] or 0) for line in lines[1:] if line[columns["svname"]] not in ("FRONTEND", "BACKEND"))


def start(host, folder):
    os.mkdir(f"{folder}/www")
    for name, size in (("small", SMALL), ("large", LARGE)):
        with open(f"{folder}/www/{name}", "wb") as file:
            file.write(b"x" * size)
    for name, text in (("nginx.conf", NGINX_CONFIGURATION), ("haproxy.cfg", HAPROXY_CONFIGURATION)):
        with open(f"{folder}/{name}", "w") as file:
            file.write(text)
    program = os.path.join(os.path.dirname(os.path.realpath(__file__)), "SoakServer.java")
    java = ("java", "-XX:+UseSerialGC", "-Xmx256m", "-XX:-UsePerfData", "-Dsun.net.httpserver.clockTick=500",
            f"-Dsun.net.httpserver.idleInterval={IDLE_SECONDS}", program, str(JVM_HTTP), str(JVM_ORDERS), str(SMALL), str(LARGE), str(BACKLOG))
    yield Server(host, folder, "nginx", [NGINX], ("nginx", "-p", folder, "-e", "nginx.err", "-c", "nginx.conf"), signal.SIGQUIT)
    yield Server(host, folder, "jvm", [JVM_HTTP, JVM_ORDERS], java, signal.SIGTERM)
    proxy = Proxy(host, folder, "haproxy", [PROXIED_NGINX, PROXIED_JVM, RELAYED_NGINX, RELAYED_ORDERS],
                  ("haproxy", "-db", "-f", "haproxy.cfg"), signal.SIGUSR1, PROXY_SOURCE)
    proxy.path = f"{folder}/haproxy.sock"
    yield proxy
