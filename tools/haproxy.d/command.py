"""`tools/lab haproxy`: stages a production incident with the real haproxy and the real nginx in four private network namespaces, and says what is true of it.
The first variant is the one to know: a haproxy that sits on half-closed connections for an hour, FIN_WAIT2 towards browsers whose FIN was lost on the way,
CLOSE_WAIT towards its backend, one for one."""

import argparse
import math
import re
import signal
import time

from commands import DURATION, HELP, MOST_SECONDS, Commands
from namespaces import CannotHere, LabError
from scene import Scene, descriptors
from servers import demandPrograms
from stage import Interrupted, say
from staging import Staging
from subnet import MOST, Subnet
from variants import CHURN_PORTS, PILE_PORTS, VARIANTS

MOST_SESSIONS, MOST_CHURN, MOST_DIVERSE = 9000, 20000, 7000
EXAMPLES = f"""
browsers (10.83.N.1) - router (.2, .5) - proxy (.6, .9) - backend (.10), each a namespace fintrail-haproxy-PLACE-PID. N is the first that no lab has; `ready`
says it. haproxy takes connections on port 8686 and nginx on 8080. A browser makes one request and keeps its connection; nginx ends it after 3 s, haproxy
passes that on, the browser closes. Browsers of the pile connect from ports {PILE_PORTS[0]} up, those of --churn from {CHURN_PORTS[0]} up: only the pile loses anything.

stdout is one JSON object a line: ready; expect; logged (the file with haproxy's own log, one `FRONT BACK` a line: in mode tcp of every session, in mode http
of every request that was answered; it is there until the release, and all churn is over by then); stands (with haproxy's own word for which two connections
are a pair, and in sentButLost how many FINs surely carried the ACK of haproxy's FIN) or gone (where it was to end by itself); done (with the segments dropped).
It stands for --hold, or until an empty line or the end of stdin, or SIGTERM; never longer than {MOST_SECONDS} s.

{HELP}
examples:
  tools/lab haproxy --list                         what can be staged
  tools/lab haproxy fin-lost                       eight pairs that stand until you press enter
  tools/lab haproxy fin-lost 5000 --churn 5000     five thousand, beside as many healthy sessions
  tools/lab haproxy never-closes 200 --hold 30     the same pile, out of browsers that never close
  tools/lab haproxy fin-lost 220 --maxconn 200     haproxy is full: twenty wait in the accept queue
  tools/lab haproxy fin-lost 200 --client-fin 2s   the prevention: all of them are gone 2 s after the FIN
  tools/lab haproxy churn 5000 --mode http         healthy sessions only
  tools/lab haproxy fin-lost --wait                begins after a line on stdin: time to attach a tracer to the namespaces that `ready` names
  tools/lab --sweep                                removes what a killed one left behind (done at every start, too)

exit codes: 0 done, 1 not staged as promised, 2 wrong usage, 3 cannot do it here, 128+n ended by signal n
"""


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"lab: {message}; see tools/lab haproxy --help\n")


def parse(arguments):
    parser = Parser(prog="tools/lab haproxy", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    add = parser.add_argument
    add("variant", nargs="?", metavar="VARIANT", help="see --list")
    add("count", nargs="?", type=int, metavar="N", help="how many sessions (default 8; of churn 5000)")
    add("--threads", type=int, choices=(1, 2), default=2, help="haproxy's (default 2)")
    add("--churn", type=int, default=0, metavar="N", help="so many short clean sessions beside the pile, evenly until it stands")
    add("--mode", choices=("tcp", "http"), help="churn: haproxy's mode (default tcp)")
    add("--rate", type=float, metavar="R", help="churn: sessions a second (default: as fast as possible)")
    add("--spread", type=float, default=0, metavar="SECONDS", help="connections come evenly over that time (default: at once)")
    add("--diverse", action="store_true", help="each browser asks for a path of its own length, so that sessions differ in their bytes")
    add("--maxconn", type=int, metavar="N", help="haproxy's; below the count the others wait in the accept queue (default: as many as descriptors allow)")
    add("--client-fin", metavar="TIME", help="haproxy's `timeout client-fin`, such as 2s or 500ms (default: none)")
    add("--wait", action="store_true", help="begin only after a line on stdin")
    add("--hold", type=float, metavar="SECONDS", help="how long it stands; an empty line on stdin ends it early")
    add("--may-go", action="store_true", help="somebody else will end what stands: its release does not check that it still does")
    add("--subnet", type=int, metavar="N", help=f"stage in 10.83.N.0/24, whoever else is there (default: the first free of 0 to {MOST - 1})")
    add("--list", action="store_true", help="name every variant")
    options = parser.parse_args(arguments)
    if not options.list:
        complete(options, parser)
        check(options, parser)
    return options


def complete(options, parser):
    """What follows from what was said, and how much this host allows."""
    variant = VARIANTS.get(options.variant)
    if not variant:
        parser.error(f"no variant {options.variant!r}, {len(VARIANTS)} are known: tools/lab haproxy --list" if options.variant else "VARIANT is missing")
    options.isBounded = options.maxconn is not None
    options.count = options.count if options.count is not None else 8 if variant.isPile else 5000
    if options.mode and variant.isPile:
        parser.error(f"--mode is for churn, {variant.name} is of mode {variant.mode}")
    options.mode = options.mode or variant.mode
    options.most = min(20000, (descriptors() - 600) // 2)  # haproxy needs two for each session
    options.maxconn = options.maxconn if options.isBounded else options.most
    many = options.count + options.churn
    meanwhile = math.ceil(options.spread) + many // 500 if variant.isFrozen else 0  # nginx closes none before the last has come
    options.idleSeconds = variant.idleSeconds + meanwhile
    options.patience = 120 + options.idleSeconds + options.spread + many / 50 + (options.count / options.rate if options.rate else 0)


def check(options, parser):
    variant, demand = VARIANTS[options.variant], lambda isSo, message: isSo or parser.error(message)
    most = MOST_SESSIONS if variant.isPile else MOST_CHURN
    demand(1 <= options.count <= most, f"N is {options.count}, {variant.name} takes 1 to {most}")
    demand(0 <= options.churn <= MOST_CHURN, f"--churn is {options.churn}, 0 to {MOST_CHURN} are possible")
    demand(variant.isPile or not options.churn, "--churn is for piles: say `churn N`")
    demand(not options.rate or not variant.isPile and options.rate > 0, f"--rate is {options.rate}, it is for churn and above 0")
    demand(0 <= options.spread <= 600, f"--spread is {options.spread}, 0 to 600 seconds are possible")
    demand(variant.isHeld or options.spread <= 30, f"--spread is {options.spread}, {variant.name} takes up to 30: the kernel ends the first orphans after 60 s")
    demand(not options.diverse or options.count <= MOST_DIVERSE, f"N is {options.count}, with --diverse 1 to {MOST_DIVERSE} are possible")
    demand(options.maxconn >= 1, f"--maxconn is {options.maxconn}, it takes 1 or more")
    demand(options.maxconn >= options.count or variant.isHeld or not options.isBounded, f"--maxconn is {options.maxconn}: {variant.name} holds nothing")
    demand(not options.churn or options.maxconn >= options.count + 50, f"--maxconn is {options.maxconn}: none is left for --churn")
    demand(not options.client_fin or variant.isHelpedByClientFin, f"--client-fin has no effect on {variant.name}")
    demand(not options.client_fin or re.fullmatch(DURATION, options.client_fin), f"--client-fin is {options.client_fin!r}, a time is like 2s or 500ms")
    demand(options.hold is None or 0 <= options.hold <= MOST_SECONDS, f"--hold is {options.hold}, 0 to {MOST_SECONDS} seconds are possible")
    demand(options.subnet is None or 0 <= options.subnet < MOST, f"--subnet is {options.subnet}, 0 to {MOST - 1} are possible")


def showVariants(indent=""):
    for each in VARIANTS.values():
        print(f"{indent}{each.name:24}{each.says}")


def demandDescriptors(options):
    """For as many sessions as haproxy will hold at once."""
    sessions = options.maxconn if options.isBounded else options.count + 50 if VARIANTS[options.variant].isPile else 0
    if sessions > options.most:
        raise CannotHere(f"a process may have {descriptors()} files open (ulimit -Hn), which is enough for {options.most} sessions of haproxy: raise it, or lower N")


def perform(options):
    demandPrograms(("nginx", "haproxy", "ip"))
    demandDescriptors(options)
    scene = Scene(options, VARIANTS[options.variant], Subnet.free() if options.subnet is None else Subnet.joined(options.subnet))
    commands = Commands(Staging(scene))

    def onSignal(number, frame):
        if number == signal.SIGTERM and commands.staging.isStanding:
            return commands.release()
        signal.signal(number, signal.SIG_IGN)
        raise Interrupted(number)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, onSignal)
    try:
        scene.build()
        play(scene, commands)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        scene.remove()


def play(scene, commands):
    staging, options = commands.staging, scene.options
    scene.sayReady()
    staging.expect()
    if options.wait and commands.line(time.monotonic() + MOST_SECONDS) is None:
        raise LabError(f"--wait: no line came on stdin within {MOST_SECONDS} s, or stdin ended before one")
    begun = time.monotonic()
    scene.lose()
    staging.stage()
    commands.listen(options.hold)
    staging.check()
    scene.stopLoss()
    say("done", seconds=round(time.monotonic() - begun, 3), dropped=scene.dropped(),
        counters={place.side: place.counters() for place in scene.places if place is not scene.router})
