# SPDX-License-Identifier: Apache-2.0
"""Network namespaces to measure in, and the load that runs in them (load.c)."""
import contextlib
import functools
import itertools
import json
import os
import signal
import subprocess
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
PREFIX = "fintrail-bench-"
SYSCTLS = {"ipv4/tcp_max_tw_buckets": 1000000, "ipv4/ip_local_port_range": "10240 65000", "core/somaxconn": 4096}
NEVER = 9  # a port that nobody listens on
PATIENCE = 120  # seconds that the longest load takes many times over
FORESEEN = []  # the name of a namespace that waits for its load
numbers = itertools.count()


class BenchError(Exception):
    """What could not be measured, and why."""


@functools.cache
def load():
    """The load's program, compiled; gone with this process."""
    folder = tempfile.TemporaryDirectory()
    load.folder = folder
    path = f"{folder.name}/load"
    done = subprocess.run(["gcc", "-O2", "-o", path, f"{HERE}/load.c", "-lpthread"], capture_output=True, text=True)
    if done.returncode:
        raise BenchError(f"load.c does not compile: {done.stderr}")
    return path


def sweep():
    """Removes what a bench that was killed has left."""
    for name in os.listdir("/run/netns") if os.path.isdir("/run/netns") else ():
        pid = name.removeprefix(PREFIX).partition("-")[0]
        if name.startswith(PREFIX) and not os.path.exists(f"/proc/{pid}"):
            subprocess.run(["ip", "netns", "del", name], check=False)


@contextlib.contextmanager
def namespace():
    """A fresh one: no TIME_WAIT of the round before, and room for this one's."""
    if FORESEEN:
        yield FORESEEN.pop()
        return
    name = f"{PREFIX}{os.getpid()}-{next(numbers)}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        for key, value in SYSCTLS.items():
            run(name, "sh", "-c", f"echo {value} > /proc/sys/net/{key}")
        run(name, "ip", "link", "set", "lo", "up")
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


@contextlib.contextmanager
def foreseen():
    """The namespace that the next load will have, for a tool that sees no other."""
    with namespace() as name:
        FORESEEN.append(name)
        try:
            yield name
        finally:
            FORESEEN.clear()


def run(name, *command):
    try:
        return subprocess.run(["ip", "netns", "exec", name, *command], check=True, capture_output=True, text=True, timeout=PATIENCE).stdout
    except subprocess.TimeoutExpired:
        raise BenchError(f"`{' '.join(command)}` was not done in {PATIENCE} seconds") from None
    except subprocess.CalledProcessError as failed:
        raise BenchError(f"`{' '.join(command)}` failed: {failed.stderr[-500:]}") from None


def ended(process, seconds):
    """Waits for it; one that does not end is killed."""
    try:
        process.wait(seconds)
    except BaseException as why:
        process.kill()
        process.wait()
        if not isinstance(why, subprocess.TimeoutExpired):
            raise
        raise BenchError(f"`{' '.join(process.args)}` did not end in {seconds} seconds when it was told to") from None


def loaded(*words):
    """What a load says of itself, in a namespace of its own."""
    with namespace() as name:
        return loaded_in(name, *words)


def loaded_in(name, *words):
    said = json.loads(run(name, load(), *map(str, words)))
    if said["timeWaitOverflow"]:
        raise BenchError(f"{said['timeWaitOverflow']} connections found no room in TIME_WAIT: closes were cut short")
    return said


@contextlib.contextmanager
def beside(name, *words, until=None):
    """A load that goes on meanwhile; `until`: the text after which it has begun."""
    process = subprocess.Popen(["ip", "netns", "exec", name, load(), *map(str, words)], stdout=subprocess.PIPE, text=True)
    try:
        if until and until not in process.stdout.readline():
            raise BenchError(f"load {' '.join(map(str, words))} ended at once")
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        ended(process, 60)
        process.stdout.close()


ACHIEVED = {}  # how many a second, by what went on beside a load


@contextlib.contextmanager
def going_on(name, what, seconds, rate, last):
    """Says afterwards how many a second they were: what competes with the load does not reach what it aims at."""
    with beside(name, what, seconds, rate, last) as process:
        yield
        process.terminate()
        said = json.loads(process.stdout.readline())
        ACHIEVED.setdefault(what, []).append(said["done"] / said["seconds"])


@contextlib.contextmanager
def flooded(rate=100000, seconds=600):
    """A firewall that drops so many packets a second, in a namespace of their own."""
    with namespace() as name:
        run(name, "iptables", "-A", "INPUT", "-p", "udp", "--dport", str(NEVER), "-j", "DROP")
        with going_on(name, "flood", seconds, rate, NEVER):
            yield


@contextlib.contextmanager
def read_from(rate=200000, seconds=600, pairs=10):
    """So many receives a second on a few connections that stay."""
    with namespace() as name, going_on(name, "receive", seconds, rate, pairs):
        yield
