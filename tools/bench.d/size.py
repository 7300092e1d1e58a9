# SPDX-License-Identifier: Apache-2.0
"""Bytes on disk for one connection, seen from one end: what `fintrail record` writes, and a capture of the same traffic."""
import contextlib
import json
import os
import signal
import subprocess
import tempfile

import space

TOOLS = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
DEVICE = "lab0"

# (what, situation of tools/lab, connections, more arguments)
SIZED = [
    ("clean, request and response", "clean-fast", 5000, ["--parallel", "20"]),
    ("broken: FIN lost, repeated, given up", "fin-lost", 200, []),
    ("broken: peer never closes, stands 12 s", "fin-missing-held", 200, ["--hold", "12"]),
    ("broken: reset", "rst-received", 200, []),
]


def awaitLine(stream, text, process):
    for line in stream:
        if text in line:
            return
    raise space.BenchError(f"{process.args[0]} ended before it said {text!r}")


def recorded(folder):
    """Bytes of the roll files; a file system that stores holes counts no more."""
    return sum(os.path.getsize(f"{folder}/{name}") for name in os.listdir(folder) if name.endswith(".cq4"))


def sized(situation, count, more, subnet):
    """(bytes of the journal, of the capture, `record`'s last line) for that many connections; what a file holds without any counts."""
    with contextlib.ExitStack() as running:
        folder = running.enter_context(tempfile.TemporaryDirectory())
        lab = begun(running, [f"{TOOLS}/lab", situation, str(count), "--wait", "--subnet", str(subnet["number"]), *more],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        netns = next(line["near"]["netns"] for line in map(json.loads, lab.stdout) if line["type"] == "ready")
        capture = begun(running, ["nsenter", f"--net={netns}", "tcpdump", "-Z", "root", "-s", "96", "-U", "--immediate-mode", "-n", "-i", DEVICE,
                                  "-w", f"{folder}/capture", "tcp"], stderr=subprocess.PIPE, text=True)
        awaitLine(capture.stderr, "listening on", capture)
        record = begun(running, [f"{TOOLS}/fintrail", "record", f"{folder}/journal", "--netns", netns], stderr=subprocess.PIPE, text=True)
        awaitLine(record.stderr, "recording to", record)
        lab.stdin.write("\n")
        lab.stdin.flush()
        for line in lab.stdout:
            if json.loads(line)["type"] == "done":
                break
        for process in (capture, record):
            process.send_signal(signal.SIGTERM)
        said = record.stderr.read().strip().splitlines()[-1]
        space.ended(capture, 20)
        space.ended(record, 20)
        lab.stdin.close()
        space.ended(lab, 60)
        return recorded(f"{folder}/journal"), os.path.getsize(f"{folder}/capture"), said


def begun(running, command, **how):
    """A process that is over when that is left, whatever happened."""
    process = subprocess.Popen(command, **how)
    running.callback(stopped, process)
    return process


def stopped(process):
    if process.poll() is None:
        process.terminate()
        space.ended(process, 20)


def table(subnet):
    """Prints it, and returns bytes by what was staged."""
    print(f"  {'':40} {'journal':>8} {'capture':>8} {'ratio':>6}")
    found = {}
    for what, situation, count, more in SIZED:
        journal, capture, said = sized(situation, count, more, subnet)
        found[what] = {"journal": journal / count, "capture": capture / count}
        print(f"  {what:40} {journal / count:8.0f} {capture / count:8.0f} {journal / capture:6.2f}   {said.split(';')[0]}", flush=True)
    return found
