"""Kernel limits, middle states and half-knowledge that are seldom met but have a verdict or finding of their own."""

import socket

from namespaces import FIN_WAIT1, FIN_WAIT2, LAST_ACK
from situations_clean import BARE_ACK, FIN
from situations_lost import RST, farsFinFindsNobody
from stage import judged, situation

# A repeat at least every second for minutes, so that what stands can be released quickly.
PATIENT = {"ipv4/tcp_rto_max_ms": 1000, "ipv4/tcp_retries2": 255}
EATEN = judged("CLEAN_PASSIVE", standing="FIN_DROPPED_HERE", note="near's FIN is eaten by far's own firewall until the release")


@situation("fin-retransmitting", "near half-closes and repeats its FIN, which far's firewall eats; on release a repeat gets through",
           judged("CLEAN_ACTIVE", standing="FIN_RETRANSMITTING"), EATEN, sysctls=PATIENT)
def finRetransmitting(stage):
    stage.open()
    with stage.farNet.eating("INPUT", *FIN):
        stage.near.halfClose()
        stage.farNet.untilTaken("INPUT", stage.count * 2)
        stage.standing()
    stage.farEnds()


@situation("fin-out-of-order", "near's FIN reaches far, the 100 bytes before it do not until release",
           judged("CLEAN_ACTIVE", standing="FIN_RETRANSMITTING|FIN_OUT_OF_ORDER", note="near repeats its data only: the FIN is SACKed"),
           judged("CLEAN_PASSIVE", standing="FIN_OUT_OF_ORDER", note="far alone sees the hole, not the FIN behind it"), sysctls=PATIENT)
def finOutOfOrder(stage):
    stage.open()
    with stage.farNet.eating("INPUT", "--tcp-flags", "PSH", "PSH"):
        stage.near.send(bytes(100))
        stage.near.halfClose()
        stage.farNet.untilTaken("INPUT", stage.count * 2)
        stage.standing()
    stage.farEnds()


@situation("half-open", "far aborts and its RST is eaten by near's firewall; on release near's FIN is answered with another",
           judged("RST_RECEIVED", standing="HALF_OPEN", note="near alone sees an idle established connection"), judged("RST_BY_US_LINGER0"))
def halfOpen(stage):
    # Silence longer than this, with nobody asking, is suspicious: far's own, until it aborts, is not to be.
    stage.nearNet.set({"ipv4/tcp_keepalive_time": 1})
    stage.open()
    with stage.nearNet.eating("INPUT", "--tcp-flags", "RST", "RST"):
        stage.far.abort()
        stage.nearNet.untilTaken("INPUT", stage.count)
        stage.standing()
    stage.near.close()


@situation("held-after-close", "both FINs are exchanged and acknowledged, near keeps the fd of the closed socket",
           judged("CLEAN_ACTIVE", findings="HELD_AFTER_CLOSE", standing="CLEAN_ACTIVE"), judged("CLEAN_PASSIVE"))
def heldAfterClose(stage):
    stage.open()
    stage.near.halfClose()
    stage.far.readEof(stage.count)
    stage.far.close()
    stage.near.readEof(stage.count)
    stage.standing()
    stage.near.close()


@situation("tw-overflow", "near closes with no room for time-wait sockets (tcp_max_tw_buckets 0): far's FIN meets no socket",
           judged("FIN_MISSING_ORPHAN", findings=("TW_OVERFLOW", "LATE_FIN_RST")), RST, sysctls={"ipv4/tcp_max_tw_buckets": 0})
def timeWaitOverflow(stage):
    stage.open()
    with stage.nearNet.parked():  # as in nearBecomesMinisocks()
        stage.near.close()
    stage.nearNet.untilGone()
    stage.far.readEof(stage.count)
    farsFinFindsNobody(stage)


@situation("orphan-fw2-long", "near closes with TCP_LINGER2 of 63 s: 3 s as a full orphan in FIN_WAIT2, then 3 s as a minisock; far closes after that",
           judged("FIN_MISSING_ORPHAN", findings=("ORPHAN_FW2_LONG", "LATE_FIN_RST")), RST)
def orphanFinWait2Long(stage):
    stage.open()
    stage.near.option(socket.IPPROTO_TCP, socket.TCP_LINGER2, 63)
    with stage.nearNet.parked():
        stage.near.close()
    stage.far.readEof(stage.count)
    stage.nearNet.untilAll(stage.count, FIN_WAIT2)
    stage.nearNet.untilGone()
    farsFinFindsNobody(stage)


@situation("orphan-timer-rst", "near's full orphan in FIN_WAIT2 dies on its own timer, which sends a RST (tcp_fin_timeout lowered from 63 to 2 s meanwhile)",
           judged("FIN_MISSING_ORPHAN", may="ORPHAN_FW2_LONG", note="the same RST is rarely sent for any orphan whose FIN was acknowledged during close()"),
           RST, sysctls={"ipv4/tcp_fin_timeout": 63})
def orphanTimerReset(stage):
    stage.open()
    with stage.nearNet.parked():
        stage.near.close()
    stage.far.readEof(stage.count)
    stage.nearNet.untilAll(stage.count, FIN_WAIT2)
    stage.nearNet.set({"ipv4/tcp_fin_timeout": 2})
    stage.nearNet.untilGone()
    stage.farNet.untilGone()
    stage.far.close()


@situation("fin-dropped-conntrack", "near half-closes for longer than its conntrack remembers (1 s); far's FIN is INVALID there and dropped until far's orphan dies",
           judged("FIN_DROPPED_HERE", findings="FIN_DROPPED_CONNTRACK", note="the finding rests on conntrack's timeout, which a snapshot reads"),
           judged("FIN_UNACKED_ORPHAN_TIMEOUT"), sysctls={"ipv4/tcp_fin_timeout": 2})
def finDroppedConntrack(stage):
    with stage.nearNet.eating("INPUT", "-m", "conntrack", "--ctstate", "INVALID"):
        stage.nearNet.set({f"netfilter/nf_conntrack_tcp_timeout_{state}": 1 for state in ("close_wait", "fin_wait")})
        stage.open()
        stage.near.halfClose()
        stage.far.readEof(stage.count)
        stage.nearNet.untilAll(stage.count, FIN_WAIT2)
        stage.nearNet.untilForgotten()
        stage.far.close()
        stage.farNet.untilAll(stage.count, LAST_ACK)
        stage.farNet.untilGone()
    stage.near.close()


@situation("tfo-early-close", "far answers a fast-open SYN's request by closing before the handshake ends (near's ACK is eaten)",
           judged("CLEAN_PASSIVE"), judged("CLEAN_ACTIVE|CLEAN_ACTIVE_LATE", findings="TFO_EARLY_CLOSE"),
           sysctls={"ipv4/tcp_fastopen": 0x607})  # client and server, without cookies, on every listener
def fastOpenEarlyClose(stage):
    request = bytes(20)
    with stage.farNet.eating("INPUT", *BARE_ACK):
        stage.near.connectFastOpen(stage.count, stage.farNet.address, request)
        stage.far.accept(stage.count)
        stage.report()
        stage.far.receive(len(request))
        stage.far.close()
        stage.farNet.untilAll(stage.count, FIN_WAIT1)
    stage.near.readEof(stage.count)
    stage.near.close()
