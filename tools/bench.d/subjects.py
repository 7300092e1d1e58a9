# SPDX-License-Identifier: Apache-2.0
"""What is measured: fintrail in its modes, empty programs on its hooks, and its peers, each started and ended in the same way."""
import contextlib
import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

from space import BenchError

HERE = os.path.dirname(os.path.realpath(__file__))
FINTRAIL = os.path.join(os.path.dirname(HERE), "fintrail")
TICK = 1 / os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
PATIENCE = 60
SETTLED = 0.3  # seconds from when a tool has begun until it is measured
BPF_STATS_RUN_TIME = 0
STATE = "tracepoint:sock:inet_sock_set_state /args->protocol == 6/"


def programs():
    """Nanoseconds and runs of each program that is loaded, by its id; nothing is counted but in counted()."""
    shown = subprocess.run(["bpftool", "-j", "prog", "show"], check=True, capture_output=True, text=True).stdout
    return {p["id"]: (p.get("run_time_ns", 0), p.get("run_cnt", 0), p.get("name", "")) for p in json.loads(shown)}


@contextlib.contextmanager
def counted():
    """The kernel counts what programs take while this is open."""
    fd = ctypes.CDLL("libbpf.so.1").bpf_enable_stats(BPF_STATS_RUN_TIME)
    if fd < 0:
        raise BenchError("the kernel does not count what programs take")
    try:
        yield
    finally:
        os.close(fd)


class Running:
    """A tool that has begun; `own` are the ids of its programs."""

    def __init__(self, pid, own, out, err):
        self.pid, self.own, self.out, self.err = pid, own, out, err
        self.lost = None  # known when it has ended

    def cpu(self):
        """Seconds of processor so far, of its threads that are gone, too."""
        if not self.pid:
            return 0.0
        fields = open(f"/proc/{self.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * TICK

    def resident(self):
        """Bytes."""
        return int(open(f"/proc/{self.pid}/statm").read().split()[1]) * PAGE if self.pid else 0

    def kernel_ns(self):
        """Of its programs, so far."""
        now = programs()
        return sum(now[number][0] for number in self.own if number in now)

    def by_program(self):
        """(name, runs, ns of one), the dearest first."""
        now = [programs()[number] for number in self.own if number in programs()]
        return sorted(((name, runs, ns / runs) for ns, runs, name in now if runs), key=lambda row: -row[1] * row[2])

    def settle(self):
        """Until it does no more for what is over."""
        before, now = -1.0, self.cpu()
        deadline = time.monotonic() + 20
        while now - before > 0.02 and time.monotonic() < deadline:
            time.sleep(0.4)
            before, now = now, self.cpu()


@contextlib.contextmanager
def process(command, ready, lost=lambda out, err: 0, cwd=None):
    """`ready(out, err, new)`: whether it has begun, by what it has written so far and how many programs there are anew."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        before = set(programs())
        out, err = f"{folder}/out", f"{folder}/err"
        with open(out, "w") as to_out, open(err, "w") as to_err:
            tool = subprocess.Popen([part.replace("FOLDER", folder) for part in command], stdout=to_out, stderr=to_err)
        try:
            deadline = time.monotonic() + PATIENCE
            while not ready(out, err, set(programs()) - before):
                if tool.poll() is not None or time.monotonic() > deadline:
                    raise BenchError(f"{command[0]} did not start: {open(err).read()[-500:]}")
                time.sleep(0.02)
            time.sleep(SETTLED)
            running = Running(tool.pid, set(programs()) - before, out, err)
            yield running
        finally:
            tool.send_signal(signal.SIGINT if command[0] == "unshare" else signal.SIGTERM)
            tool.wait(PATIENCE)
        running.lost = lost(open(out, errors="replace").read(), open(err, errors="replace").read())


def says(text):
    return lambda out, err, new: text in open(out, errors="replace").read(1 << 20) + open(err, errors="replace").read(1 << 20)


def attaches(out, err, new):
    return bool(new)


def summed(pattern):
    return lambda out, err: sum(map(int, re.findall(pattern, out + err, re.IGNORECASE)))


def of_summary(out, err):
    last = json.loads(out.splitlines()[-1]) if out else {}
    return last.get("lost")


def facts_lost(out, err):
    """As the audit's last line says it; None where it has none."""
    said = re.findall(r"(\d+) facts lost", err)
    return int(said[-1]) if said else None


def live(*options):
    return lambda: process([FINTRAIL, "live", "--format", "jsonl", *options], says('"ready"'), of_summary)


def record():
    return process([FINTRAIL, "record", "FOLDER/journal"], says("tracing on"), summed(r"(\d+) lost"))


def audit(metrics="off"):
    return process([FINTRAIL, "audit", "FOLDER/journal", "--metrics", metrics], says("tracing on"), facts_lost)


def traced(*command, lost):
    """Its hooks are found in tracefs, which not every host has mounted."""
    line = 'mount -t tracefs none /sys/kernel/tracing && exec "$@"'
    return lambda: process(["unshare", "-m", "sh", "-c", line, "sh", *command], attaches, lost)


@contextlib.contextmanager
def polling():
    """`ss` every second, as scripts do."""
    tool = subprocess.Popen(["sh", "-c", "while ss -tan >/dev/null; do sleep 1; done"])
    try:
        yield Running(0, set(), None, None)
    finally:
        tool.terminate()
        tool.wait(PATIENCE)


@contextlib.contextmanager
def empty():
    """Programs that do nothing, on the same hooks."""
    libbpf = ctypes.CDLL("libbpf.so.1")
    handle = ctypes.c_void_p
    for name, result, arguments in (
            ("bpf_object__open", handle, [ctypes.c_char_p]), ("bpf_object__load", ctypes.c_int, [handle]),
            ("bpf_object__next_program", handle, [handle, handle]), ("bpf_program__attach", handle, [handle]),
            ("bpf_link__destroy", ctypes.c_int, [handle]), ("bpf_object__close", None, [handle])):
        getattr(libbpf, name).restype, getattr(libbpf, name).argtypes = result, arguments
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["clang", "-g", "-O2", "-target", "bpf", "-c", f"{HERE}/empty.bpf.c", "-o", f"{folder}/e.o"], check=True)
        loaded = libbpf.bpf_object__open(f"{folder}/e.o".encode())
    before = set(programs())
    if not loaded or libbpf.bpf_object__load(loaded):
        raise BenchError("the empty programs do not load")
    links, program = [], libbpf.bpf_object__next_program(loaded, None)
    while program:
        links.append(libbpf.bpf_program__attach(program))
        program = libbpf.bpf_object__next_program(loaded, program)
    try:
        running = Running(0, set(programs()) - before, None, None)
        running.lost = 0
        yield running
    finally:
        for link in links:
            libbpf.bpf_link__destroy(link)
        libbpf.bpf_object__close(loaded)


OWN = {
    "empty programs": empty,
    "live": live(),
    "live --all": live("--all"),
    "record": record,
    "audit": audit,
}
PEERS = {
    "tcpstates": ("tcpstates", traced("tcpstates", lost=summed(r"lost (\d+)"))),
    "tcplife": ("tcplife", traced("tcplife", lost=summed(r"lost (\d+)"))),
    "bpftrace printf": ("bpftrace", traced("bpftrace", "-e", STATE + ' { printf("%d %d\\n", args->oldstate, args->newstate); }', lost=summed(r"lost (\d+)"))),
    "bpftrace count()": ("bpftrace", traced("bpftrace", "-e", STATE + " { @[args->newstate] = count(); }", lost=lambda out, err: 0)),
    "tcpdump -s 96": ("tcpdump", lambda: process(["tcpdump", "-q", "-i", "any", "-s", "96", "-w", "FOLDER/capture"], says("listening on"),
                                                 summed(r"(\d+) packets dropped by kernel"))),
    "ss every second": ("ss", polling),
}


def installed():
    """The peers that this host has, and the names of those that it has not."""
    here = {name: start for name, (program, start) in PEERS.items() if shutil.which(program)}
    return here, [name for name in PEERS if name not in here]
