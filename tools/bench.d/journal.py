# SPDX-License-Identifier: Apache-2.0
"""Events a second on one thread: to the journal, beside a bare queue, and from the journal to verdicts."""
import json
import os
import subprocess
import tempfile

from space import BenchError

HOME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
CLASSES = ":".join(f"{HOME}/target/{part}" for part in ("test-classes", "classes", "lib/*"))
SHIPPED = 'self=$0 home=$1 settings=$1/java archives=$1/target command=$2; . "$1/tools/launch.sh"; find_java java && choose_jvm && printf "%s\\n" "${java[@]}"'


def compile_tests():
    done = subprocess.run(["mvn", "-q", "-B", "-Dquick", "-Dstyle.color=never", "test-compile"], cwd=HOME, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise BenchError(f"the tests do not compile: {done.stdout[-1000:]}")


def shipped(command):
    """Java and its flags as tools/fintrail starts that command."""
    return subprocess.run(["bash", "-c", SHIPPED, "fintrail", HOME, command], check=True, capture_output=True, text=True).stdout.splitlines()


def measured(command):
    """What JournalBench does of that command, in its JVM: its line."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        out = subprocess.run([*shipped(command), "-cp", CLASSES, "io.fintrail.bench.JournalBench", command, f"{folder}/journal"],
                             check=True, capture_output=True, text=True, timeout=300).stdout
    return next(json.loads(line) for line in out.splitlines() if line.startswith("{"))


def row(what, rate):
    print(f"  {what:38} {rate['min']:>10,} {rate['median']:>10,} {rate['max']:>10,}", flush=True)


def table():
    """Prints it, and returns it."""
    compile_tests()
    recording, replaying = measured("record"), measured("replay")
    print(f"  {'':38} {'min':>10} {'median':>10} {'max':>10}")
    row("bare queue, 200-byte records", recording["rawAppend"])
    row("ring to journal", recording["ringToJournal"])
    row("journal read", replaying["journalRead"])
    row("journal to verdicts", replaying["journalToVerdicts"])
    return {"recording": recording, "replaying": replaying}
