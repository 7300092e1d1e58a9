"""Closes in which nothing is wrong, or only something that repairs itself."""

from actors import FIRST_PORT, PORT, shown
from namespaces import CLOSE_WAIT, FIN_WAIT1, FIN_WAIT2, SYN_RECV
from stage import judged, situation

FIN = ("--tcp-flags", "FIN", "FIN")
BARE_ACK = ("--tcp-flags", "FIN,SYN,RST,PSH,ACK", "ACK")
FIRST_PER_CONNECTION = ("-m", "hashlimit", "--hashlimit-name", "first", "--hashlimit-mode", "srcip,srcport", "--hashlimit-upto", "1/day", "--hashlimit-burst", "1")


@situation("clean-active", "near half-closes, far closes on EOF, near closes on EOF", judged("CLEAN_ACTIVE"), judged("CLEAN_PASSIVE"))
def cleanActive(stage):
    stage.open()
    stage.near.halfClose()
    stage.farEnds()


@situation("clean-late", "near closes, far's FIN comes while near is a FIN_WAIT2 minisock", judged("CLEAN_ACTIVE_LATE"), judged("CLEAN_PASSIVE"))
def cleanLate(stage):
    stage.open()
    stage.nearBecomesMinisocks(stage.near.close)
    stage.farClosesLate()


@situation("clean-fast", "request, response, near closes, far closes at once: the healthy close under load (--parallel)",
           judged("CLEAN_ACTIVE|CLEAN_ACTIVE_LATE"), judged("CLEAN_PASSIVE"), most=20000)
def cleanFast(stage):
    workers = min(stage.options.parallel, stage.count)
    stage.far.serve(workers)
    clients = stage.near.flood(stage.count, workers, stage.farNet.address)
    servers = stage.far.served()
    for index, pid in sorted(clients.items()):
        local, remote = shown((stage.nearNet.address, FIRST_PORT + index)), shown((stage.farNet.address, PORT))
        stage.staged(index, local, remote, pid, servers[FIRST_PORT + index])


# Orphans live long here: on an emulated machine both FINs wait for seconds before they are let go.
@situation("simultaneous", "both FINs cross on the wire, none is lost", judged("CLEAN_SIMULTANEOUS"), judged("CLEAN_SIMULTANEOUS"),
           {"ipv4/tcp_orphan_retries": 6})
def simultaneous(stage):
    stage.open()
    # near's FINs leave first and meet far in FIN_WAIT1; far's own FINs still wait ahead of the ACKs that answer them, so near is in FIN_WAIT1 too.
    with stage.farNet.parked():
        with stage.nearNet.parked():
            stage.near.close()
            stage.far.close()
            stage.nearNet.untilAll(stage.count, FIN_WAIT1)
            stage.farNet.untilAll(stage.count, FIN_WAIT1)


@situation("fin-lost-once", "near's first FIN is eaten by far's firewall, its repeat (a tail-loss probe) arrives", judged("CLEAN_ACTIVE"), judged("CLEAN_PASSIVE"))
def finLostOnce(stage):
    stage.open()
    with stage.farNet.eating("INPUT", *FIN, *FIRST_PER_CONNECTION):
        stage.near.halfClose()
        stage.far.readEof(stage.count)
        stage.farNet.untilTaken("INPUT", stage.count)
    stage.far.close()
    stage.near.readEof(stage.count)
    stage.near.close()


@situation("process-killed", "near's process is killed (SIGKILL) and the kernel closes for it",
           judged("CLEAN_ACTIVE_LATE", findings="PROCESS_KILLED"), judged("CLEAN_PASSIVE"))
def processKilled(stage):
    stage.open()
    stage.nearBecomesMinisocks(stage.near.kill)
    stage.farClosesLate()


@situation("syn-queue-fin", "the handshake's last ACK is eaten at far, near's FIN completes it", judged("CLEAN_ACTIVE"),
           judged("CLEAN_PASSIVE", findings="SYN_QUEUE_FIN"))
def synQueueFin(stage):
    with stage.farNet.eating("INPUT", *BARE_ACK):
        stage.near.connect(stage.count, stage.farNet.address)
        stage.farNet.untilAll(stage.count, SYN_RECV)
        stage.near.halfClose()
        stage.farNet.untilAll(stage.count, CLOSE_WAIT)
    stage.far.accept(stage.count)
    stage.report()
    stage.farEnds()


@situation("disconnect", "near disconnects with connect(AF_UNSPEC) and uses the same socket for a second connection (far port 9001), which closes cleanly",
           judged("DISCONNECT", "CLEAN_ACTIVE", note="one cookie, two generations"), judged("RST_RECEIVED", "CLEAN_PASSIVE"))
def disconnect(stage):
    stage.far.listen(PORT + 1)
    stage.open()
    stage.near.disconnect()
    stage.far.readEnding("ECONNRESET", stage.count)
    stage.far.close()
    stage.near.connectAgain(stage.farNet.address, PORT + 1)
    stage.far.accept(stage.count, PORT + 1)
    stage.report()
    stage.near.halfClose()
    stage.farEnds()
