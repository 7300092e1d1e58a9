"""A `fintrail live` of the built jar, with its lines in a queue, and the addresses it looks at: for whoever stages closes under a kernel."""

import json
import os
import queue
import signal
import subprocess
import threading
import time

HOME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
# The second compiler takes an emulated machine longer than what it saves: a look 66 s, without it 43.
JAVA = ["java", f"@{HOME}/java/jvm.args", "-XX:TieredStopAtLevel=1", f"-Dfintrail.home={HOME}", "-jar", f"{HOME}/target/fintrail.jar"]
PATIENCE = 600  # seconds for one answer: an emulated machine compiles the programs for a minute or two


class Failed(Exception):
    pass


class Subnet:
    """Addresses that no other lab takes while this stands."""

    def __init__(self):
        self.process = subprocess.Popen([f"{HOME}/tools/lab", "--reserve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"tools/lab --reserve ended with {self.process.wait(PATIENCE)}")
        said = json.loads(line)["subnet"]
        self.number, self.cidr = said["number"], said["4"]

    def release(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE)


class Trace:
    """`fintrail live` with its JSON lines in a queue."""

    def __init__(self, cidr, *options):
        command = [*JAVA, "live", "--all", "--format", "jsonl", "--address", cidr, *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()
        ready = self.next("ready", time.monotonic() + PATIENCE)
        if ready is None:
            self.process.kill()
            raise Failed(f"fintrail live was not ready within {PATIENCE} s")
        self.loader = "bcc" if "by BCC" in ready["what"] else "libbpf"

    def read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))
        self.lines.put(None)

    def next(self, kind, end):
        """The next line of this type, or None at the end of time or of the trace."""
        while True:
            try:
                line = self.lines.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None and self.process.poll() not in (None, 0):
                raise Failed(f"fintrail live ended with {self.process.returncode}")
            if line is None or line["type"] == kind:
                return line

    def finals(self, netns, count):
        """So many final verdicts in a namespace."""
        lines, end = [], time.monotonic() + PATIENCE
        while len(lines) < count:
            line = self.next("verdict", end)
            if line is None:
                break
            if line["final"] and line["socket"]["netns"] == netns:
                lines.append(line)
        return lines

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        summary = self.next("summary", time.monotonic() + PATIENCE)
        code = self.process.wait(PATIENCE)
        if summary is None or code:
            raise Failed(f"no summary after SIGINT, exit code {code}")
        return summary


def tally(names):
    return {name: names.count(name) for name in sorted(set(names))}


def names(lines):
    return [line["verdict"] for line in lines]


def lacks(lines):
    """What is missing where a verdict is not certain."""
    return "".join(sorted({f" {line['verdict']} lacks {line['missing']};" for line in lines if line["missing"]}))


def fits(expected, found):
    """Expected names may be alternatives, "A|B"."""
    left = list(found)
    for names, count in expected.items():
        fitting = [name for name in left if name in names.split("|")][:count]
        if len(fitting) < count:
            return False
        for name in fitting:
            left.remove(name)
    return not left
