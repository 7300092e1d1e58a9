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

import space
from space import BenchError

HERE = os.path.dirname(os.path.realpath(__file__))
FINTRAIL = os.path.join(os.path.dirname(HERE), "fintrail")
TICK = 1 / os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
PATIENCE = 60
POLL = 0.005  # seconds between two looks at a tool that starts
POLL_EVERY = 1  # seconds, of `ss`
SETTLED = 0.3  # seconds from when a tool has begun until it is measured
BPF_STATS_RUN_TIME = 0
CPUCLOCK_SCHED = 2  # of a process by its id, as clock_getcpuclockid(3) makes one
STATE = "tracepoint:sock:inet_sock_set_state /args->protocol == 6/"
PRINTF = STATE + ' { printf("%d %d\\n", args->oldstate, args->newstate); }'
PCAP_HEADER = 24


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
    """A tool that has begun; `own` are the ids of its programs, once they are known."""

    def __init__(self, pid, own, out, err, is_java=False):
        self.pid, self.own, self.out, self.err, self.is_java = pid, own, out, err, is_java
        self.lost = None  # known when it has ended

    def said(self):
        return open(self.out, errors="replace").read(1 << 20), open(self.err, errors="replace").read(1 << 20)

    def cpu(self):
        """Seconds of processor so far by the process's own clock: nanoseconds, and its threads that are gone count on."""
        return time.clock_gettime(~self.pid << 3 | CPUCLOCK_SCHED) if self.pid else 0.0

    def resident(self):
        """Bytes; None where there is no process."""
        return int(open(f"/proc/{self.pid}/statm").read().split()[1]) * PAGE if self.pid else None

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


class Polling(Running):
    """A shell whose children do the work: what those took that have ended, in ticks."""

    def cpu(self):
        fields = open(f"/proc/{self.pid}/stat").read().rsplit(")", 1)[1].split()
        return sum(map(int, fields[11:15])) * TICK

    def resident(self):
        return None

    def settle(self):
        """Until one poll more is over: a load may fit between two."""
        before, deadline = self.cpu(), time.monotonic() + 10
        while self.cpu() == before and time.monotonic() < deadline:
            time.sleep(POLL)


@contextlib.contextmanager
def begun(command, ready, lost=lambda out, err: 0, is_java=False):
    """`ready(running)`: whether it has begun; what it is yielded is told nothing of its programs yet."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        out, err = f"{folder}/out", f"{folder}/err"
        with open(out, "w") as to_out, open(err, "w") as to_err:
            tool = subprocess.Popen([part.replace("FOLDER", folder) for part in command], stdout=to_out, stderr=to_err)
        running = Running(tool.pid, set(), out, err, is_java)
        try:
            deadline = time.monotonic() + PATIENCE
            while not ready(running):
                if tool.poll() is not None or time.monotonic() > deadline:
                    raise BenchError(f"`{' '.join(command)}` did not start: {running.said()[1][-500:]}")
                time.sleep(POLL)
            yield running
            if tool.poll() is not None:
                raise BenchError(f"`{' '.join(command)}` ended by itself: {running.said()[1][-500:]}")
        finally:
            tool.send_signal(signal.SIGINT if command[0] == "unshare" else signal.SIGTERM)
            space.ended(tool, PATIENCE)
        running.lost = lost(open(out, errors="replace").read(), open(err, errors="replace").read())


@contextlib.contextmanager
def process(*arguments, **options):
    """One to measure: its start is over, and its programs are known."""
    before = set(programs())
    with begun(*arguments, **options) as running:
        time.sleep(SETTLED)
        running.own = set(programs()) - before
        yield running


def says(text):
    return lambda running: any(text in said for said in running.said())


def attaches(running):
    """It holds a program's attachment: a link, or, as bcc attaches them, a perf event that has a program."""
    folder = f"/proc/{running.pid}/fd"
    with contextlib.suppress(FileNotFoundError):  # it has closed that, or has ended
        for fd in os.listdir(folder):
            file = os.readlink(f"{folder}/{fd}")
            if "bpf_link" in file or ("perf_event" in file and has_program(running.pid, int(fd))):
                return True
    return False


def has_program(pid, fd):
    size, program, kind = ctypes.c_uint32(64), ctypes.c_uint32(), ctypes.c_uint32()
    offset, address = ctypes.c_uint64(), ctypes.c_uint64()
    failed = ctypes.CDLL("libbpf.so.1").bpf_task_fd_query(pid, fd, 0, ctypes.create_string_buffer(64), *map(ctypes.byref, (size, program, kind, offset, address)))
    return failed == 0 and program.value != 0


def summed(pattern):
    return lambda out, err: sum(map(int, re.findall(pattern, out + err, re.IGNORECASE)))


def nothing(out, err):
    return 0


def of_summary(out, err):
    last = json.loads(out.splitlines()[-1]) if out else {}
    return last.get("lost")


def facts_lost(out, err):
    """As the audit's last line says it; None where it has none."""
    said = re.findall(r"(\d+) facts lost", err)
    return int(said[-1]) if said else None


def live(*options):
    return lambda how=process, inside=None: how([FINTRAIL, "live", "--format", "jsonl", *options], says('"ready"'), of_summary, is_java=True)


def record(how=process, inside=None):
    return how([FINTRAIL, "record", "FOLDER/journal"], says("tracing on"), summed(r"(\d+) lost"), is_java=True)


def audit(how=process, inside=None, metrics="off"):
    return how([FINTRAIL, "audit", "FOLDER/journal", "--metrics", metrics], says("tracing on"), facts_lost, is_java=True)


def traced(*command, lost):
    """Its hooks are found in tracefs, which not every host has mounted."""
    line = 'mount -t tracefs none /sys/kernel/tracing && exec "$@"'
    return lambda how=process, inside=None: how(["unshare", "-m", "sh", "-c", line, "sh", *command], attaches, lost)


def capture(*options):
    """It sees one namespace: that of the load that goes on, or of the next one."""
    @contextlib.contextmanager
    def start(how=process, inside=None):
        with contextlib.nullcontext(inside) if inside else space.foreseen() as name:
            command = ["ip", "netns", "exec", name, "tcpdump", "-Z", "root", "-q", "-i", "any", "-s", "96", "-w", "FOLDER/capture", *options]
            with how(command, says("listening on"), summed(r"(\d+) packets dropped by kernel")) as running:
                yield running
    return start


@contextlib.contextmanager
def polling(how=process, inside=None):
    """`ss` every second in the load's namespace, as scripts do."""
    with space.foreseen() as name:
        tool = subprocess.Popen(["ip", "netns", "exec", name, "sh", "-c", f"while ss -tan >/dev/null; do sleep {POLL_EVERY}; done"])
        try:
            time.sleep(SETTLED)
            yield Polling(tool.pid, set(), None, None)
        finally:
            tool.terminate()
            space.ended(tool, PATIENCE)


@contextlib.contextmanager
def empty(how=process, inside=None):
    """Programs that do nothing, on the hooks of an audit."""
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
    "bpftrace printf": ("bpftrace", traced("bpftrace", "-e", PRINTF, lost=summed(r"lost (\d+)"))),
    "bpftrace count()": ("bpftrace", traced("bpftrace", "-e", STATE + " { @[args->newstate] = count(); }", lost=nothing)),
    "tcpdump -s 96": ("tcpdump", capture()),
    "ss every second": ("ss", polling),
}



def writes(lines):
    """When so many lines are there, its head among them."""
    return lambda running: time.monotonic() if running.said()[0].count("\n") >= lines else None


def tells(text):
    return lambda running: time.monotonic() if text in running.said()[0] else None


def captures(running):
    """A packet behind the file's header."""
    return time.monotonic() if os.path.getsize(f"{os.path.dirname(running.out)}/capture") > PCAP_HEADER else None


# How each is started to see its first event, and when that is; None: it counts, records, or tells of broken closes only. To a file a peer
# writes a block at a time, and tcpdump what a second has brought: here each is asked for lines, or for packets as they come.
STARTS = {
    "live": (OWN["live"], None),
    "live --all": (OWN["live --all"], tells('"type":"verdict"')),
    "record": (record, None),
    "audit": (audit, None),
    "tcpstates": (traced("stdbuf", "-oL", "tcpstates", lost=nothing), writes(2)),
    "tcplife": (traced("stdbuf", "-oL", "tcplife", lost=nothing), writes(2)),
    "bpftrace printf": (traced("bpftrace", "-B", "line", "-e", PRINTF, lost=nothing), writes(2)),
    "bpftrace count()": (PEERS["bpftrace count()"][1], None),
    "tcpdump -s 96": (capture("-U", "--immediate-mode"), captures),
}


def installed():
    """The peers that this host has, and the names of those that it has not."""
    here = {name: start for name, (program, start) in PEERS.items() if shutil.which(program)}
    return here, [name for name in PEERS if name not in here]
