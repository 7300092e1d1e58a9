"""What the two busiest hooks cost: a thread that reads single bytes, and one that passes each on, as no proxy would."""
import json
import os
import signal
import socket
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
SECONDS = 3
HOOKS = ("on_sock_recv_length", "on_sock_send_length")


def connected():
    with socket.create_server(("127.0.0.1", 0)) as server:
        near = socket.create_connection(server.getsockname())
        return near, server.accept()[0]


def fed():
    """A socket with more to read than anybody reads in time, and who writes it."""
    near, far = connected()
    feeder = os.fork()
    if feeder == 0:
        far.close()
        block = bytes(1 << 16)
        try:
            while True:
                near.sendall(block)
        finally:
            os._exit(0)
    near.close()
    return far, feeder


def drained():
    near, far = connected()
    drain = os.fork()
    if drain == 0:
        near.close()
        try:
            while far.recv(1 << 16):
                pass
        finally:
            os._exit(0)
    far.close()
    return near, drain


def rate(passesOn):
    """Receives a second of one thread."""
    to, drain = drained() if passesOn else (None, None)
    source, feeder = fed()
    count, end = 0, time.monotonic() + SECONDS
    while time.monotonic() < end:
        for _ in range(1000):
            byte = source.recv(1)
            if passesOn:
                to.send(byte)
        count += 1000
    for child in (feeder, drain):
        if child:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    source.close()
    if to:
        to.close()
    return count / SECONDS


def traced(passesOn, pairs):
    """The same beside a tracer, and what its hooks took in nanoseconds a run."""
    with tempfile.NamedTemporaryFile("r") as lines:
        live = subprocess.Popen([f"{HERE}/fintrail", "live", "--pairs", pairs, "--cost", "--format", "jsonl"], stdout=open(lines.name, "w"))
        try:
            while '"ready"' not in open(lines.name).read():
                if live.poll() is not None:
                    raise SystemExit("bench: `fintrail live` did not start: run tools/fintrail doctor")
                time.sleep(0.05)
            receives = rate(passesOn)
        finally:
            live.send_signal(signal.SIGTERM)
            live.wait(60)
        costs = {cost["program"]: cost["ns"] / max(1, cost["runs"]) for cost in json.loads(lines.readlines()[-1])["kernelCost"]}
    return receives, [costs.get(hook) for hook in HOOKS]


def table():
    """Prints it, and returns receives a second by what the thread does and beside what."""
    print(f"  {'':26} {'receives/s':>10} {'of untraced':>11} {'ns a receive':>13} {'ns a send':>10}")
    found = {}
    for what, passesOn in (("reads", False), ("reads and passes on", True)):
        bare = rate(passesOn)
        found[what] = {"untraced": bare}
        print(f"  {what + ', untraced':26} {bare:10.0f}")
        for pairs in ("off", "on"):
            receives, costs = traced(passesOn, pairs)
            found[what][f"--pairs {pairs}"] = {"receives": receives, "ns": costs}
            shown = "".join(f"{'' if cost is None else format(cost, '.0f'):>{width}}" for cost, width in zip(costs, (14, 11)))
            print(f"  {'  --pairs ' + pairs:26} {receives:10.0f} {receives / bare:11.2f}{shown}", flush=True)
    return found
