"""What an audit costs: its programs beside empty ones on the same hooks, in alternating rounds of healthy connections."""
import contextlib
import ctypes
import json
import os
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
BPF_STATS_RUN_TIME = 0
IP_BIND_ADDRESS_NO_PORT = 24
AUDIT = ("audit_", "instead_audit")
LATE_BATCH = 2000
GENERATOR_PAIRS = 15
WARM_SECONDS = 4
OPEN_SOCKETS = 20000
HOLDERS = 4
SETTLED_SECONDS = 40


@contextlib.contextmanager
def counted():
    """The kernel counts what programs take while this is open."""
    libbpf = ctypes.CDLL("libbpf.so.1")
    fd = libbpf.bpf_enable_stats(BPF_STATS_RUN_TIME)
    if fd < 0:
        raise OSError("the kernel does not count what programs take")
    try:
        yield
    finally:
        os.close(fd)


def taken(prefixes):
    """Nanoseconds that the loaded programs of those names took so far."""
    shown = json.loads(subprocess.run(["bpftool", "-j", "prog", "show"], check=True, capture_output=True, text=True).stdout)
    return sum(p.get("run_time_ns", 0) for p in shown
               if p.get("type") in ("tracing", "tracepoint") and p.get("name", "").startswith(prefixes))


def flood(connections, subnet, parallel=50):
    """Processor seconds of the generator and all its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([f"{HERE}/lab", "clean-fast", str(connections), "--parallel", str(parallel), "--subnet", str(subnet["number"])],
                   check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@contextlib.contextmanager
def empty():
    libbpf = ctypes.CDLL("libbpf.so.1")
    handle = ctypes.c_void_p
    for name, result, arguments in (
            ("bpf_object__open", handle, [ctypes.c_char_p]), ("bpf_object__load", ctypes.c_int, [handle]),
            ("bpf_object__next_program", handle, [handle, handle]), ("bpf_program__attach", handle, [handle]),
            ("bpf_link__destroy", ctypes.c_int, [handle]), ("bpf_object__close", None, [handle])):
        getattr(libbpf, name).restype, getattr(libbpf, name).argtypes = result, arguments
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["clang", "-g", "-O2", "-target", "bpf", "-c", f"{HERE}/bench.d/empty.bpf.c", "-o", f"{folder}/e.o"], check=True)
        programs = libbpf.bpf_object__open(f"{folder}/e.o".encode())
    if not programs or libbpf.bpf_object__load(programs):
        raise OSError("the empty programs do not load")
    links, program = [], libbpf.bpf_object__next_program(programs, None)
    while program:
        links.append(libbpf.bpf_program__attach(program))
        program = libbpf.bpf_object__next_program(programs, program)
    try:
        yield None
    finally:
        for link in links:
            libbpf.bpf_link__destroy(link)
        libbpf.bpf_object__close(programs)


def processor(pid):
    """Seconds that it took so far, threads that are gone included."""
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid):
    return int(open(f"/proc/{pid}/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextlib.contextmanager
def auditing(metrics="off"):
    with tempfile.TemporaryDirectory() as folder, open(f"{folder}/log", "w") as log:
        audit = subprocess.Popen([f"{HERE}/fintrail", "audit", f"{folder}/journal", "--metrics", metrics], stderr=log)
        try:
            deadline = time.monotonic() + 60
            while "tracing" not in open(f"{folder}/log").read():
                if audit.poll() is not None or time.monotonic() > deadline:
                    raise OSError("fintrail audit did not start: " + open(f"{folder}/log").read())
                time.sleep(0.05)
            time.sleep(1)
            yield audit.pid
        finally:
            audit.send_signal(signal.SIGTERM)
            audit.wait(60)


def pairs(count, source):
    """Connections over loopback from that address, as (connected, accepted) sockets."""
    made = []
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        for _ in range(count):
            connected = socket.socket()
            connected.setsockopt(socket.SOL_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            connected.bind((source, 0))
            connected.connect(listener.getsockname())
            made.append((connected, listener.accept()[0]))
    return made


def late(connections, number):
    """As many clean closes, a few thousand at a time half-closed before the first peer closes. Half of them are held so."""
    for batch in range(connections // LATE_BATCH):
        made = pairs(LATE_BATCH, f"127.83.{number}.{batch + 1}")
        for at, (connected, _) in enumerate(made):
            if at % 2:
                connected.shutdown(socket.SHUT_WR)
            else:
                connected.close()
        for connected, accepted in made:
            accepted.recv(1)
            accepted.close()
            connected.close()


@contextlib.contextmanager
def tcpstates():
    with open(os.devnull, "w") as nowhere:
        # Its hooks are found in tracefs, which not every host has mounted.
        mounted = "mount -t tracefs none /sys/kernel/tracing && exec tcpstates"
        tool = subprocess.Popen(["unshare", "-m", "sh", "-c", mounted], stdout=nowhere)
        try:
            time.sleep(2)
            yield tool.pid
        finally:
            tool.terminate()
            tool.wait(60)


def kernel_cost(connections, rounds, stage):
    """Nanoseconds a connection of empty programs and of an audit's, in alternating rounds."""
    kernel = {"empty": [], "audit": []}
    for number in range(rounds):
        with counted():
            with empty():
                before = taken("empty_")
                stage(2 * number)
                kernel["empty"].append((taken("empty_") - before) / connections)
            with auditing():
                before = taken(AUDIT)
                stage(2 * number + 1)
                kernel["audit"].append((taken(AUDIT) - before) / connections)
    return kernel


def say_kernel(what, kernel):
    nothing, audit = (statistics.median(kernel[k]) for k in ("empty", "audit"))
    print(f"  kernel, {what}: empty programs {nothing / 1000:.2f} us, audit {audit / 1000:.2f} us a connection: "
          f"{audit / nothing:.2f} times  (rounds: {' '.join(f'{a / e:.2f}' for a, e in zip(kernel['audit'], kernel['empty']))})")


def generator(connections, subnet):
    """Processor time of the generator beside an audit, in those of it alone just before or after; sorted."""
    ratios = []
    for number in range(GENERATOR_PAIRS):
        alone = flood(connections, subnet) if number % 2 else None
        with auditing():
            time.sleep(WARM_SECONDS)
            beside = flood(connections, subnet)
        ratios.append(beside / (alone or flood(connections, subnet)))
    return sorted(ratios)


def process_cost(connections, rounds, subnet):
    """Processor seconds a connection of an audit's process that has run for a while."""
    with auditing("127.0.0.1:0") as pid:
        flood(connections, subnet)
        before = processor(pid)
        for _ in range(rounds):
            flood(connections, subnet)
        return (processor(pid) - before) / connections / rounds


@contextlib.contextmanager
def held(count, source):
    """As many connections, open in a process of their own: one may not have that many files."""
    pid = os.fork()
    if not pid:
        try:
            made = pairs(count, source)
            signal.pause()
        finally:
            os._exit(len(made) != count)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def memory():
    """Resident bytes of an audit that is idle, and of one that meets as many open sockets."""
    with auditing("127.0.0.1:0") as pid:
        time.sleep(SETTLED_SECONDS)
        idle = resident(pid)
        with contextlib.ExitStack() as holders:
            for number in range(HOLDERS):
                holders.enter_context(held(OPEN_SOCKETS // 2 // HOLDERS, f"127.83.250.{number + 1}"))
            time.sleep(SETTLED_SECONDS)
            busy = resident(pid)
    return idle, busy


def beside_tcpstates(connections, subnet):
    """Nanoseconds a connection of programs and of process: of tcpstates, as fast as that keeps up with, and of an audit; and
    what empty programs take on the one hook of tcpstates, and on all of an audit."""
    costs = []
    for running, names in ((tcpstates, "handle_set_state"), (auditing, AUDIT)):
        with counted(), running() as pid:
            before, spent = taken(names), processor(pid)
            flood(connections, subnet, parallel=2)
            time.sleep(1)
            costs.append(((taken(names) - before) / connections, (processor(pid) - spent) * 1e9 / connections))
    with counted(), empty():
        before = taken("empty_state2"), taken("empty_")
        flood(connections, subnet, parallel=2)
        costs.append(((taken("empty_state2") - before[0]) / connections, (taken("empty_") - before[1]) / connections))
    return costs


def report(connections, rounds, subnet):
    print(f"audit: {connections // 2} connections a round, both ends on this host; medians")
    flood(connections // 4, subnet)
    say_kernel("peers close at once", kernel_cost(connections // 2, 2 * rounds, lambda number: flood(connections // 2, subnet)))
    say_kernel("peers close late", kernel_cost(connections // 2, rounds, lambda number: late(connections // 2, number + 1)))
    ratios = generator(connections, subnet)
    print(f"  generator: {statistics.median(ratios):.2f} times the processor time of without "
          f"({len(ratios)} pairs, half of them {ratios[len(ratios) // 4]:.2f} to {ratios[-1 - len(ratios) // 4]:.2f})")
    print(f"  process: {process_cost(connections, 2 * rounds, subnet) * 1e6:.2f} us of processor a connection")
    if shutil.which("tcpstates"):
        peer, audit, nothing = beside_tcpstates(connections, subnet)
        print(f"  tcpstates, 2 connections at a time: programs {peer[0] / 1000:.1f} us, process {peer[1] / 1000:.1f} us a connection; "
              f"audit {audit[0] / 1000:.2f} and {audit[1] / 1000:.2f}: programs 1/{peer[0] / audit[0]:.0f}, "
              f"1/{(peer[0] - nothing[0]) / (audit[0] - nothing[1]):.0f} without what empty programs take, "
              f"with the process 1/{sum(peer) / sum(audit):.0f}")
    else:
        print("  tcpstates is not installed (Debian: libbpf-tools)")
    idle, busy = memory()
    print(f"  resident: {idle / 1e6:.1f} MB idle, {busy / 1e6:.1f} MB beside {OPEN_SOCKETS} open sockets")
