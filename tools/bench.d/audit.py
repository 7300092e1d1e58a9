"""What an audit costs: its programs beside empty ones on the same hooks, in alternating rounds of healthy connections."""
import contextlib
import ctypes
import json
import os
import resource
import signal
import statistics
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
BPF_STATS_RUN_TIME = 0


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
               if p.get("type") == "tracing" and p.get("name", "").startswith(prefixes))


def flood(connections, subnet):
    """Processor seconds of the generator and all its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([f"{HERE}/lab", "clean-fast", str(connections), "--parallel", "50", "--subnet", str(subnet["number"])],
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
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid):
    return int(open(f"/proc/{pid}/statm").read().split()[1]) * 4096


@contextlib.contextmanager
def auditing():
    with tempfile.TemporaryDirectory() as folder, open(f"{folder}/log", "w") as log:
        audit = subprocess.Popen([f"{HERE}/fintrail", "audit", f"{folder}/journal", "--metrics", "off"], stderr=log)
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


def measure(connections, rounds, subnet):
    kernel = {"empty": [], "audit": []}
    generator = {"none": [], "audit": []}
    process, idle = [], []
    flood(connections // 4, subnet)
    for _ in range(rounds):
        generator["none"].append(flood(connections, subnet))
        with counted():
            with empty():
                before = taken("empty_")
                flood(connections, subnet)
                kernel["empty"].append((taken("empty_") - before) / connections)
            with auditing() as pid:
                before = taken(("audit_", "instead_audit"))
                spent = processor(pid)
                flood(connections, subnet)
                kernel["audit"].append((taken(("audit_", "instead_audit")) - before) / connections)
                process.append((processor(pid) - spent) / connections)
                idle.append(resident(pid))
        with auditing():
            generator["audit"].append(flood(connections, subnet))
    return kernel, generator, process, idle


def report(connections, rounds, subnet):
    kernel, generator, process, idle = measure(connections, rounds, subnet)
    nothing, audit = (statistics.median(kernel[k]) for k in ("empty", "audit"))
    print(f"audit: {connections} connections a round, {rounds} rounds, both ends on this host")
    print(f"  kernel: empty programs {nothing / 1000:.2f} us, audit {audit / 1000:.2f} us a connection: {audit / nothing:.2f} times"
          f"  (rounds: {' '.join(f'{a / e:.2f}' for a, e in zip(kernel['audit'], kernel['empty']))})")
    without, beside = statistics.median(generator["none"]), statistics.median(generator["audit"])
    print(f"  generator: {beside / without:.2f} times the processor time of without")
    print(f"  process: {statistics.median(process) * 1e6:.2f} us of processor a connection, {statistics.median(idle) / (1 << 20):.0f} MiB resident")
