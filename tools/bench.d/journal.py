# SPDX-License-Identifier: Apache-2.0
"""Events a second on one thread: to the journal, beside a bare queue, and from the journal to verdicts."""
import json
import os
import subprocess
import tempfile

HOME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
CLASSES = ":".join(f"{HOME}/target/{part}" for part in ("test-classes", "classes", "lib/*"))
SHIPPED = 'self=$0 home=$1 settings=$1/java archives=$1/target command=$2; . "$1/tools/launch.sh"; find_java java && choose_jvm && printf "%s\\n" "${java[@]}"'


def shipped(command):
    """Java and its flags as tools/fintrail starts that command."""
    return subprocess.run(["bash", "-c", SHIPPED, "fintrail", HOME, command], check=True, capture_output=True, text=True).stdout.splitlines()


def measured(command):
    """One run of JournalBench in the JVM of that command: its line."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        out = subprocess.run([*shipped(command), "-cp", CLASSES, "io.fintrail.bench.JournalBench", f"{folder}/journal"],
                             check=True, capture_output=True, text=True, timeout=300).stdout
    return next(json.loads(line) for line in out.splitlines() if line.startswith("{"))


def row(what, rate):
    print(f"  {what:38} {rate['min']:>10,} {rate['median']:>10,} {rate['max']:>10,}", flush=True)


def table():
    """Prints it, and returns it."""
    subprocess.run(["mvn", "-q", "-B", "-Dquick", "-Dstyle.color=never", "test-compile"], cwd=HOME, check=True)
    recording, replaying = measured("record"), measured("replay")
    print(f"  {'':38} {'min':>10} {'median':>10} {'max':>10}")
    row("bare queue, 200-byte records", recording["rawAppend"])
    row("ring to journal", recording["ringToJournal"])
    row("journal read", replaying["journalRead"])
    row("journal to verdicts", replaying["journalToVerdicts"])
    return {"recording": recording, "replaying": replaying}
