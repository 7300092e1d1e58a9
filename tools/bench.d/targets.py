# SPDX-License-Identifier: Apache-2.0
"""What was promised, beside what was measured."""
from rounds import interval, median

AT_MOST, AT_LEAST = "at most", "at least"
MICRO, MEGA = 1e6, 1e-6


def of(measured, *path):
    """What stands there; None where that part was not measured."""
    for step in path:
        if not measured or (isinstance(measured, dict) and step not in measured):
            return None
        measured = measured[step]
    return measured


def middle(measured, *path):
    values = of(measured, *path)
    return median(values) if values else None


def quotient(above, below):
    return above / below if above is not None and below else None


def scaled(value, by):
    return None if value is None else value * by


def rows(m):
    """(what, measured, its interval or None, at most or at least, the target)"""
    kernel = lambda part, tool: middle(m, part, tool, "kernel")
    generator = lambda tool: of(m, "churn", tool, "generator")
    lost = [n for part in ("churn", "late", "paced", "nginx", "receives", "drops") for tool in ("live", "live --all", "record", "audit")
            for n in of(m, part, tool, "lost") or ()] + [tool["lost"] for tool in (m.get("steady") or {}).values()]
    unsaid = float("inf") if None in lost else 0  # a tool that ends without a word of it has lost all
    return [
        ("live --all: kernel, times empty programs", quotient(kernel("churn", "live --all"), kernel("churn", "empty programs")), None, AT_MOST, 5),
        ("audit: kernel, times empty programs", quotient(kernel("churn", "audit"), kernel("churn", "empty programs")), None, AT_MOST, 2.2),
        ("audit, late peers: kernel, times empty programs", quotient(kernel("late", "audit"), kernel("late", "empty programs")), None, AT_MOST, 4),
        ("tcpstates: kernel, times live --all", quotient(kernel("churn", "tcpstates"), kernel("churn", "live --all")), None, AT_LEAST, 20),
        ("tcpstates: kernel, times audit", quotient(kernel("churn", "tcpstates"), kernel("churn", "audit")), None, AT_LEAST, 45),
        ("live: generator's processor, with/without", middle({"x": generator("live")}, "x"), generator("live"), AT_MOST, 1.12),
        ("audit: generator's processor, with/without", middle({"x": generator("audit")}, "x"), generator("audit"), AT_MOST, 1.05),
        ("events lost", sum(n or 0 for n in lost) + unsaid if lost else None, None, AT_MOST, 0),
        ("live: process, us a connection", scaled(of(m, "steady", "live", "process"), MICRO), None, AT_MOST, 5),
        ("audit: process, us a connection", scaled(of(m, "steady", "audit", "process"), MICRO), None, AT_MOST, 0.5),
        ("live: seconds to ready", middle(m, "start", "live", "attached"), of(m, "start", "live", "attached"), AT_MOST, 0.6),
        ("audit: seconds to ready", middle(m, "start", "audit", "attached"), of(m, "start", "audit", "attached"), AT_MOST, 0.6),
        ("live: resident MB beside 20,000 sockets", scaled(of(m, "memory", "live", "open"), MEGA), None, AT_MOST, 120),
        ("audit: resident MB, idle", scaled(of(m, "memory", "audit", "idle"), MEGA), None, AT_MOST, 70),
        ("ring to journal, million events/s", scaled(of(m, "journal", "recording", "ringToJournal", "median"), MEGA), None, AT_LEAST, 2),
        ("ring to journal, of a bare append", quotient(of(m, "journal", "recording", "ringToJournal", "median"),
                                                       of(m, "journal", "recording", "rawAppend", "median")), None, AT_LEAST, 0.3),
        ("journal to verdicts, million events/s", scaled(of(m, "journal", "replaying", "journalToVerdicts", "median"), MEGA), None, AT_LEAST, 1),
        ("a million tracked sockets, MB of heap", scaled(of(m, "state", 2, "heap"), MEGA), None, AT_MOST, 600),
    ]


def table(measured):
    """Prints it. Whether events were lost."""
    print(f"\n{'target':50} {'measured':>22}   {'':8} {'':>5}")
    failed = False
    for what, value, values, how, target in rows(measured):
        if value is None:
            continue
        met = value <= target if how == AT_MOST else value >= target
        low, high = interval(values) if values else (None, None)
        shown = f"{value:.2f}" + (f" ({low:.2f}-{high:.2f})" if values else "")
        print(f"{what:50} {shown:>22}   {how} {target:<5} {'' if met else 'not met'}")
        failed |= what == "events lost" and not met
    return failed
