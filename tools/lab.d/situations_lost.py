"""FINs that were lost, never sent, refused or never answered until a kernel timer ended the socket."""

import socket

from namespaces import CLOSE_WAIT, FIN_WAIT1, FIN_WAIT2, LAST_ACK, TIMER_PROBE0
from situations_clean import FIN
from stage import judged, situation

RST = judged("RST_RECEIVED")
# far's FIN meets no socket here either, but what is gone was never a time-wait socket: the contract's wording leaves both readings open
AFTER_TIMEOUT = ("LATE_FIN_RST",)
CAUSE_UNKNOWN = "from near alone the give-up is certain, its cause is not: FIN lost, its ACK lost or far dead"


def farFindsNobody(stage):
    """near's socket is gone without far knowing: far's FIN, or the window update of its reading, is answered with a RST."""
    stage.far.close()
    stage.farNet.untilGone()


def farsFinFindsNobody(stage):
    """As above, and it is the FIN: near may have repeated its own, whose second acknowledgement was answered with the RST."""
    stage.farNet.untilAll(stage.count, CLOSE_WAIT)
    farFindsNobody(stage)


@situation("fin-missing-orphan", "near closes, far does not until near's fin_timeout is over; far's FIN is answered with a RST",
           judged("FIN_MISSING_ORPHAN", findings="LATE_FIN_RST", note="from near alone it is certain that the FIN is missing, not why"), RST,
           sysctls={"ipv4/tcp_fin_timeout": 5})
def finMissingOrphan(stage):
    stage.open()
    stage.nearBecomesMinisocks(stage.near.close)
    stage.far.readEof(stage.count)
    stage.nearNet.untilGone()
    farsFinFindsNobody(stage)


@situation("fin-missing-orphan-far", "far closes, near does not until far's fin_timeout is over; near's FIN meets far's listener and is answered with a RST",
           RST, judged("FIN_MISSING_ORPHAN", findings="LATE_FIN_RST", note="from far alone it is certain that the FIN is missing, not why"),
           sysctls={"ipv4/tcp_fin_timeout": 5})
def finMissingOrphanFar(stage):
    stage.open()
    with stage.farNet.parked():  # as in nearBecomesMinisocks()
        stage.far.close()
    stage.farNet.untilAll(stage.count, FIN_WAIT2)
    stage.near.readEof(stage.count)
    stage.farNet.untilGone()
    stage.near.close()
    stage.nearNet.untilGone()


@situation("fin-lost", "near closes; its FIN and every repeat are eaten by far's firewall until near's orphan dies",
           judged("FIN_UNACKED_ORPHAN_TIMEOUT", may=AFTER_TIMEOUT, note=CAUSE_UNKNOWN), RST)
def finLost(stage):
    stage.open()
    with stage.farNet.eating("INPUT", *FIN):
        stage.near.close()
        stage.nearNet.untilAll(stage.count, FIN_WAIT1)
        stage.nearNet.untilGone()
    farFindsNobody(stage)


@situation("fin-lost-here", "near half-closes; far's FIN and every repeat are eaten by near's own firewall until far's orphan dies, then near closes",
           judged("FIN_DROPPED_HERE"), judged("FIN_UNACKED_ORPHAN_TIMEOUT", note="from far alone the cause is not certain"), sysctls={"ipv4/tcp_fin_timeout": 2})
def finLostHere(stage):
    stage.open()
    stage.near.halfClose()
    stage.far.readEof(stage.count)
    stage.nearNet.untilAll(stage.count, FIN_WAIT2)  # else the delayed ACK of near's FIN could ride on the FIN that is eaten
    with stage.nearNet.eating("INPUT", *FIN):
        stage.far.close()
        stage.farNet.untilAll(stage.count, LAST_ACK)
        stage.farNet.untilGone()
    stage.near.close()


@situation("fin-out-drop", "near closes; its own OUTPUT firewall refuses the FIN until the orphan dies", judged("FIN_UNSENT_LOCAL_EGRESS", may=AFTER_TIMEOUT), RST)
def finOutDrop(stage):
    stage.open()
    with stage.nearNet.eating("OUTPUT", *FIN):
        stage.near.close()
        stage.nearNet.untilAll(stage.count, FIN_WAIT1)
        stage.nearNet.untilGone()
    farFindsNobody(stage)


@situation("fin-rtx-out-drop", "near's first FIN is eaten at far, its repeats are refused by near's own OUTPUT firewall",
           judged("FIN_UNACKED_ORPHAN_TIMEOUT", findings="FIN_RTX_FAILED_LOCALLY", may=AFTER_TIMEOUT, note=CAUSE_UNKNOWN), RST)
def finRepeatOutDrop(stage):
    stage.open()
    with stage.farNet.eating("INPUT", *FIN):
        stage.near.close()
        stage.farNet.untilTaken("INPUT", stage.count)
        with stage.nearNet.eating("OUTPUT", *FIN):
            stage.nearNet.untilGone()
    farFindsNobody(stage)


def eatenWhileHeld(stage):
    with stage.farNet.eating("INPUT", *FIN):
        stage.near.halfClose()
        stage.nearNet.untilAll(stage.count, FIN_WAIT1)
        stage.nearNet.untilGone()
    stage.near.readEnding("ETIMEDOUT", stage.count)
    stage.near.close()
    farFindsNobody(stage)


@situation("fin-held-timeout", "near half-closes and holds on; its FIN is eaten at far until tcp_retries2 (3) ends it",
           judged("FIN_UNACKED_HELD_TIMEOUT", may=AFTER_TIMEOUT, note=CAUSE_UNKNOWN), RST)
def finHeldTimeout(stage):
    stage.open()
    eatenWhileHeld(stage)


@situation("fin-user-timeout", "the same with TCP_USER_TIMEOUT of 1500 ms", judged("FIN_UNACKED_USER_TIMEOUT", may=AFTER_TIMEOUT, note=CAUSE_UNKNOWN), RST,
           sysctls={"ipv4/tcp_retries2": 15})
def finUserTimeout(stage):
    stage.open()
    stage.near.option(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1500)
    eatenWhileHeld(stage)


@situation("data-and-fin-lost", "near sends 100 bytes and closes; far's firewall eats everything",
           judged("DATA_AND_FIN_UNACKED_TIMEOUT", may=AFTER_TIMEOUT, note=CAUSE_UNKNOWN), RST)
def dataAndFinLost(stage):
    stage.open()
    with stage.farNet.eating("INPUT"):
        stage.near.send(bytes(100))
        stage.near.close()
        stage.nearNet.untilAll(stage.count, FIN_WAIT1)
        stage.nearNet.untilGone()
    farFindsNobody(stage)


@situation("data-lost", "near sends 100 bytes and does not close; far's firewall eats everything until tcp_retries2 (3) ends it",
           judged("DATA_UNACKED_TIMEOUT", may=AFTER_TIMEOUT), RST)
def dataLost(stage):
    stage.open()
    with stage.farNet.eating("INPUT"):
        stage.near.send(bytes(100))
        stage.nearNet.untilGone()
    stage.near.close()
    farFindsNobody(stage)


@situation("fin-icmp", "near closes; far's firewall rejects every FIN with ICMP host (address) unreachable", judged("ICMP_DEAD", may=AFTER_TIMEOUT), RST)
def finIcmp(stage):
    stage.open()
    unreachable = "icmp-host-unreachable" if stage.options.family == 4 else "icmp6-addr-unreachable"
    with stage.farNet.eating("INPUT", *FIN, target=("REJECT", "--reject-with", unreachable)):
        stage.near.close()
        stage.nearNet.untilAll(stage.count, FIN_WAIT1)
        stage.nearNet.untilGone()
    farFindsNobody(stage)


def untilProbing(stage):
    """near has nothing in flight and probes a closed window: timer 4 in /proc/net/tcp is the probe timer (ICSK_TIME_PROBE0)."""
    stage.nearNet.until("zero-window probes", lambda rows: len(rows) == stage.count and all(row.timer == TIMER_PROBE0 and row.unacked for row in rows))


@situation("zero-window-killed", "near sends more than far takes and closes; far then falls silent and near's orphan dies with its FIN unsent",
           judged("FIN_UNSENT_ZERO_WINDOW_KILLED"), RST, receiveBuffer=4096)
def zeroWindowKilled(stage):
    stage.open(sendBuffer=32768)
    stage.near.fill()
    stage.near.close()
    untilProbing(stage)
    with stage.farNet.eating("INPUT"):
        stage.nearNet.untilGone()
    stage.far.ending()  # reading opens the window; the update meets no socket and is answered with a RST
    farFindsNobody(stage)


@situation("zero-window-orphan", "near sends more than far takes and closes; far answers every probe and does not read, until the probes are as rare as they get",
           judged("FIN_UNSENT_ZERO_WINDOW_KILLED"), RST, receiveBuffer=4096,
           # The backoff may grow to 3 s instead of 120 s (6.15 and later), so the orphan dies in seconds instead of 339 s. tcp_retries2 caps the backoff's steps
           # (tcp_send_probe0): with the lab's usual 3 it would never get there, and such an orphan never die.
           sysctls={"ipv4/tcp_rto_max_ms": 3000, "ipv4/tcp_retries2": 15})
def zeroWindowOrphan(stage):
    stage.open(sendBuffer=32768)
    stage.near.fill()
    stage.near.close()
    untilProbing(stage)
    stage.nearNet.untilGone(450)
    stage.far.ending()  # as in zeroWindowKilled()
    farFindsNobody(stage)


@situation("last-ack-lost", "near half-closes, far closes; near's ACK of far's FIN is eaten at far until far's orphan dies",
           judged("CLEAN_ACTIVE"), judged("FIN_UNACKED_ORPHAN_TIMEOUT", findings="LAST_ACK_LOST", note="LAST_ACK_LOST needs both ends in view"))
def lastAckLost(stage):
    stage.open()
    stage.near.halfClose()
    stage.farNet.untilAll(stage.count, CLOSE_WAIT)
    stage.nearNet.untilAll(stage.count, FIN_WAIT2)
    stage.far.readEof(stage.count)
    with stage.farNet.eating("INPUT"):
        stage.far.close()
        stage.near.readEof(stage.count)
        stage.near.close()
        stage.farNet.untilAll(stage.count, LAST_ACK)
        stage.farNet.untilGone()


def keepAlive(stage):
    for level, name, value in ((socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1),
                               (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1), (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2)):
        stage.near.option(level, name, value)


def silenceKillsNear(stage):
    with stage.farNet.eating("INPUT"):
        stage.nearNet.untilGone()
    stage.near.readEnding("ETIMEDOUT", stage.count)
    stage.near.close()
    farFindsNobody(stage)


@situation("keepalive", "far's firewall drops everything; near's keepalive gives up in ESTABLISHED", judged("KEEPALIVE_DEAD", may=AFTER_TIMEOUT), RST)
def keepaliveEstablished(stage):
    stage.open()
    keepAlive(stage)
    silenceKillsNear(stage)


@situation("keepalive-half-closed", "the same after near has half-closed: it gives up in FIN_WAIT2", judged("KEEPALIVE_DEAD", may=AFTER_TIMEOUT), RST)
def keepaliveHalfClosed(stage):
    stage.open()
    keepAlive(stage)
    stage.near.halfClose()
    stage.far.readEof(stage.count)
    stage.nearNet.untilAll(stage.count, FIN_WAIT2)
    silenceKillsNear(stage)
