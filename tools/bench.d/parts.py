# SPDX-License-Identifier: Apache-2.0
"""The parts of tools/bench: each prints its lines and returns what it measured, as plain data."""
import contextlib
import dataclasses
import json
import os
import re
import shutil
import subprocess
import tempfile
import time

import journal
import receives
import size
import space
import subjects
from rounds import FEWEST, Load, Served, beside, interval, median

HOME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
CLASSES = ":".join(f"{HOME}/target/{part}" for part in ("test-classes", "classes", "lib/*"))
LATE_BATCH = 2000
PACED = 2000  # connections a second
PACED_SECONDS = 2
ROUNDS = 2  # where nothing was promised for many
REQUESTS = 4
AMID = ("empty programs", "live", "live --all", "record", "audit")
AMID_PEERS = ("tcpstates", "bpftrace count()")
GENTLE = 100  # connections a second beside a tool that starts
STARTS = 3
MICRO = 1e6
HEAD = f"  {'min/median/max':18} {'rate':>14} {'generator':>14} {'kernel us':>16} {'process us':>16} {'resident MB':>11} {'lost':>5}"


def said_version(*command):
    """None where it is not installed."""
    if not shutil.which(command[0]):
        return None
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    found = re.search(r"\d+\.\d[^\s,]*", done.stdout + done.stderr)
    return found and found[0]


def package_version(package):
    """As dpkg has it; None where it has not, or is not."""
    if not shutil.which("dpkg-query"):
        return None
    return subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True).stdout or None


def versions():
    """Of fintrail, of its peers and of what both rest on."""
    said = subprocess.run([subjects.FINTRAIL, "--version"], check=True, capture_output=True, text=True).stdout.splitlines()
    found = {"fintrail": said[0].split()[-1], "programs": said[-1].split("sources ")[-1],
             "java": said_version("java", "--version"), "libbpf": package_version("libbpf1"), "clang": said_version("clang", "--version"),
             "libbpf-tools": package_version("libbpf-tools"), "bpftrace": said_version("bpftrace", "--version"),
             "tcpdump": said_version("tcpdump", "--version"), "iproute2": said_version("ss", "-V"), "nginx": said_version("nginx", "-v")}
    return {name: version for name, version in found.items() if version}


def short(value):
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def spread(values, scale=1):
    """min/median/max; of one only that."""
    if not values:
        return "-"
    shown = (min(values), median(values), max(values)) if len(values) > 1 else values
    return "/".join(short(value * scale) for value in shown)


def row(result):
    kernel = spread(result.kernel, MICRO) if result.programs else "-"
    resident = "-" if None in result.resident else f"{median(result.resident) / 1e6:.0f}"
    process = "-" if result.tool == "empty programs" else spread(result.process, MICRO)
    lost = "-" if None in result.lost else str(sum(result.lost))
    print(f"  {result.tool:18} {spread(result.rate):>14} {spread(result.generator):>14} {kernel:>16} {process:>16} {resident:>11} {lost:>5}", flush=True)
    if len(result.rate) >= FEWEST:
        within = [f"{what} {low:.3f} to {high:.3f}" for what, (low, high) in (("rate", interval(result.rate)), ("generator", interval(result.generator)))]
        print(f"  {'':18} {len(result.rate)} pairs, the median's 95 % interval: {', '.join(within)}", flush=True)


def compared(options, load, tools, rounds, kernel_rounds=3, peers=()):
    """Each of these tools under that load; without --tool, those of the peers that are installed, too."""
    chosen = {name: subjects.OWN[name] for name in tools}
    here, absent = subjects.installed()
    absent = [name for name in absent if name in peers]
    chosen.update({name: start for name, start in here.items() if name in peers})
    if absent:
        print(f"  not installed: {', '.join(absent)} (Debian: apt-get install libbpf-tools bpftrace tcpdump iproute2)")
    print(HEAD)
    found = {}
    for name, start in chosen.items():
        if options.tool and name not in options.tool:
            continue
        result = beside(name, start, load, rounds.get(name, ROUNDS), kernel_rounds)
        row(result)
        found[name] = dataclasses.asdict(result)
    return found


def churn(options):
    """Connections as fast as two threads make and close them"""
    load = Load("churn", options.connections, ("churn", options.connections, 2))
    rounds = {"empty programs": 4, "live": options.pairs, "live --all": 4, "record": 3, "audit": options.pairs}
    return compared(options, load, tuple(subjects.OWN), rounds, 4, subjects.PEERS)


def late(options):
    """The same by one thread, thousands half-closed before the first peer closes"""
    load = Load("late", options.connections, ("late", options.connections, LATE_BATCH))
    return compared(options, load, ("empty programs", "live --all", "audit"), dict.fromkeys(("empty programs", "audit"), 3))


def paced(options):
    """2,000 connections a second, which leaves the processors time"""
    count = PACED * PACED_SECONDS
    load = Load("paced", count, ("churn", count, 2, PACED))
    rounds = {**dict.fromkeys((*subjects.OWN, *subjects.PEERS), 1), "live": ROUNDS, "audit": ROUNDS}
    return compared(options, load, tuple(subjects.OWN), rounds, 1, subjects.PEERS)


def nginx(options):
    """Four requests to nginx on each connection, which nginx closes first"""
    if not shutil.which("nginx"):
        print("  nginx is not installed")
        return {}
    return compared(options, Served("nginx", options.connections // 2, REQUESTS), ("empty programs", "live --all", "audit"), {})


def amid_receives(options):
    """The churn beside 200,000 receives a second on ten connections that stay"""
    load = Load("churn amid receives", options.connections, ("churn", options.connections, 2), space.read_from)
    return amid(options, load, "receive")


def amid_drops(options):
    """The churn beside 100,000 packets a second that a firewall drops"""
    load = Load("churn amid drops", options.connections, ("churn", options.connections, 2), space.flooded)
    return amid(options, load, "flood")


def amid(options, load, what):
    once = dict.fromkeys(("live", "record", *AMID_PEERS), 1)
    found = compared(options, load, AMID, once, peers=AMID_PEERS)
    if not found:
        return found
    print(f"  there were {median(space.ACHIEVED[what]):,.0f} a second; the programs' time for them is in that for a connection")
    return {**found, "achieved": space.ACHIEVED.pop(what)}


def steady(options):
    """Processor of the process for a connection, once its JVM has compiled what it needs, of 120,000 connections"""
    found = {}
    for name in ("live", "live --all", "record", "audit"):
        if options.tool and name not in options.tool:
            continue
        with subjects.OWN[name]() as running:
            for _ in range(6):
                space.loaded("churn", options.connections, 2)
            running.settle()
            before, count = running.cpu(), 0
            for _ in range(6):
                count += space.loaded("churn", options.connections, 2)["done"]
            running.settle()
            found[name] = {"process": (running.cpu() - before) / count, "resident": running.resident()}
        found[name]["lost"] = running.lost
        print(f"  {name:18} {found[name]['process'] * 1e6:6.2f} us, resident {found[name]['resident'] / 1e6:.0f} MB, lost {running.lost}", flush=True)
    return found


def start(options):
    """Seconds from the shell until a tool is attached, and until it has its first event of 100 connections a second"""
    found = {}
    here, _ = subjects.installed()
    for name in ("live", "audit"):  # the first since a build makes an archive of its classes
        with subjects.OWN[name](subjects.begun):
            pass
    print(f"  {'min/median/max':18} {'attached':>16} {'first event':>16}")
    for name, (begin, first) in subjects.STARTS.items():
        if name in (subjects.PEERS.keys() - here.keys()) or (options.tool and name not in options.tool):
            continue
        pairs = [started(begin, first) for _ in range(STARTS)]
        found[name] = {"attached": [attached for attached, _ in pairs], "first event": [event for _, event in pairs if event is not None]}
        print(f"  {name:18} {spread(found[name]['attached']):>16} {spread(found[name]['first event']):>16}", flush=True)
    print("  -: it counts, records, or tells of broken closes only")
    return found


def started(begin, first):
    """(seconds until it is attached, until its first event; None where it tells of none)"""
    with space.namespace() as name, space.beside(name, "churn", GENTLE * subjects.PATIENCE, 1, GENTLE):
        began = time.monotonic()
        with begin(subjects.begun, name) as running:
            attached = time.monotonic() - began
            event = first(running) if first else None
            while first and event is None:
                if time.monotonic() - began > subjects.PATIENCE / 2:
                    raise space.BenchError(f"no event in {subjects.PATIENCE / 2:.0f} seconds: {running.said()[1][-500:]}")
                time.sleep(subjects.POLL)
                event = first(running)
    return attached, event - began if event else None


@contextlib.contextmanager
def open_sockets(count, what="hold"):
    """So many, both ends of a connection on this host; some thousand in one process. `stuck`: FIN_WAIT2 and CLOSE_WAIT."""
    with contextlib.ExitStack() as held:
        for _ in range(max(1, count // 2 // 5000)):
            name = held.enter_context(space.namespace())
            held.enter_context(space.beside(name, what, min(count // 2, 5000), until="held"))
        yield


def memory(options):
    """Resident memory, idle, and beside 20,000 open sockets"""
    found = {}
    for name in ("live", "audit"):
        with subjects.OWN[name]() as running:
            time.sleep(8)
            idle = running.resident()
            with open_sockets(20000):
                time.sleep(22)  # a look or two
                found[name] = {"idle": idle, "open": running.resident()}
        print(f"  {name:18} {idle / 1e6:.0f} MB idle, {found[name]['open'] / 1e6:.0f} MB", flush=True)
    return found


def state(options):
    """What tracked sockets hold in a heap, and in all"""
    found = []
    journal.compile_tests()
    for sockets in (10000, 200000, 1000000):
        out = subprocess.run(["java", f"@{HOME}/java/jvm.args", "-Xmx1500m", "-cp", CLASSES, "io.fintrail.bench.StateBench", str(sockets)],
                             check=True, capture_output=True, text=True).stdout
        found.append(json.loads(out))
        print(f"  {sockets:9,} sockets   {found[-1]['heapPerSocket']:5} bytes each, {found[-1]['heap'] / 1e6:.0f} MB of heap, {found[-1]['resident'] / 1e6:.0f} MB in all")
    return found


def looked(count, what):
    """What one `stuck` takes beside so many sockets: seconds from the shell and back, and processor time, the kernel's included."""
    elapsed, processor = [], []
    with open_sockets(count, what):
        for _ in range(3):
            began = os.times()
            subprocess.run([subjects.FINTRAIL, "stuck", "--format", "jsonl"], check=True, capture_output=True)
            ended = os.times()
            elapsed.append(ended.elapsed - began.elapsed)
            processor.append(ended.children_user + ended.children_system - began.children_user - began.children_system)
    return {"sockets": count, "elapsed": elapsed, "processor": processor}


def growth(options):
    """How cost grows: processor of `live` and `audit` by connections a second, and of a look by open and by half-closed sockets"""
    found = {"rate": [], "hold": [], "stuck": []}
    for name in ("live", "audit"):
        with subjects.OWN[name]() as running:
            space.loaded("churn", 20000, 2)
            for rate in (500, 2000, 8000):
                running.settle()
                before, began = running.cpu(), time.monotonic()
                done = space.loaded("churn", rate * 4, 2, rate)["done"]
                took, elapsed = running.cpu() - before, time.monotonic() - began
                found["rate"].append({"tool": name, "rate": rate, "process": took / done, "share": took / elapsed})
                print(f"  {name:5} at {rate:5} connections/s: {took / done * MICRO:6.2f} us each, {took / elapsed * 100:6.3f} % of a processor", flush=True)
    for what, called in (("hold", "open"), ("stuck", "half-closed")):
        for count in (2000, 10000, 40000):
            found[what].append(looked(count, what))
            last = found[what][-1]
            print(f"  stuck beside {count:6} {called} sockets: {spread(last['elapsed'])} s, {spread(last['processor'])} s of processor", flush=True)
        first, last = found[what][0], found[what][-1]
        for_more = (median(last["processor"]) - median(first["processor"])) / (last["sockets"] - first["sockets"]) * 10000
        print(f"  10,000 more {called} sockets: {for_more * 1e3:.0f} ms of processor for a look", flush=True)
    return found


def disk(options):
    """Bytes on disk for a connection, one end, and those of a capture"""
    with tempfile.TemporaryDirectory():
        lab = subprocess.Popen([f"{HOME}/tools/lab", "--reserve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            return size.table(json.loads(lab.stdout.readline())["subnet"])
        finally:
            lab.stdin.close()
            lab.wait(60)


def judging(options):
    """Events a second on one thread: to the journal, and from it to verdicts"""
    return journal.table()


def single_bytes(options):
    """A thread that receives single bytes as fast as it can"""
    return receives.table()


PARTS = {"churn": churn, "late": late, "paced": paced, "nginx": nginx, "receives": amid_receives, "drops": amid_drops, "steady": steady,
         "start": start, "memory": memory, "state": state, "growth": growth, "disk": disk, "journal": judging, "bytes": single_bytes}
