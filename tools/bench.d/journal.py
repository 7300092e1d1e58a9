# SPDX-License-Identifier: Apache-2.0
"""Events a second on one thread: to the journal, beside a bare queue, and from the journal to verdicts."""
import json
import os
import subprocess
import tempfile

HOME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
CLASSES = ":".join(f"{HOME}/target/{part}" for part in ("test-classes", "classes", "lib/*"))


def measured(*flags):
    """One run of JournalBench: its line."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        out = subprocess.run(["java", f"@{HOME}/java/jvm.args", *flags, "-Xmx256m", "-cp", CLASSES, "io.fintrail.bench.JournalBench",
                              f"{folder}/journal"], check=True, capture_output=True, text=True).stdout
    return next(json.loads(line) for line in out.splitlines() if line.startswith("{"))


def row(what, rate):
    print(f"  {what:38} {rate['min']:>10,} {rate['median']:>10,} {rate['max']:>10,}", flush=True)


def table():
    """Prints it, and returns it."""
    subprocess.run(["mvn", "-q", "-B", "-Dquick", "test-compile"], cwd=HOME, check=True)
    recording = measured("-XX:TieredStopAtLevel=1")  # as tools/fintrail starts record, and as it starts replay
    replaying = measured()
    print(f"  {'':38} {'min':>10} {'median':>10} {'max':>10}")
    row("bare queue, 200-byte records", recording["rawAppend"])
    row("ring to journal", recording["ringToJournal"])
    row("journal read", replaying["journalRead"])
    row("journal to verdicts", replaying["journalToVerdicts"])
    return {"recording": recording, "replaying": replaying}
