"""Sockets that stand because of who holds them, or because nobody does."""

import socket
import struct

from actors import PORT
from namespaces import CLOSE_WAIT, FIN_WAIT1, FIN_WAIT2
from situations_clean import FIN
from situations_lost import AFTER_TIMEOUT, RST, farFindsNobody
from situations_rare import EATEN, PATIENT
from situations_standing import HALF_CLOSED, halfClosed
from stage import judged, situation

MINUTE = {"ipv4/tcp_fin_timeout": 60}


@situation("orphan-waiting", "near closes and waits as a FIN_WAIT2 minisock for far, which has read EOF; on release far closes",
           judged("CLEAN_ACTIVE_LATE", standing="FIN_MISSING_ORPHAN"), judged("CLEAN_PASSIVE", standing="CLOSE_WAIT_EOF_MAYBE_READ"), sysctls=MINUTE)
def orphanWaiting(stage):
    stage.open()
    stage.nearBecomesMinisocks(stage.near.close)
    stage.far.readEof(stage.count)
    stage.standing()
    stage.far.close()


@situation("fin-out-waiting", "near half-closes and its own OUTPUT firewall refuses the FIN; on release it leaves",
           judged("CLEAN_ACTIVE", standing="FIN_UNSENT_LOCAL_EGRESS"), judged("CLEAN_PASSIVE"), sysctls=PATIENT)
def finOutWaiting(stage):
    stage.open()
    with stage.nearNet.eating("OUTPUT", *FIN):
        stage.near.halfClose()
        stage.nearNet.untilTaken("OUTPUT", stage.count * 2)
        stage.standing()
    stage.farEnds()


@situation("linger-blocked", "near's close() blocks on SO_LINGER, because far's firewall eats the FIN until release",
           judged("CLEAN_ACTIVE|CLEAN_ACTIVE_LATE", standing="FIN_RETRANSMITTING", standingFindings="LINGER_BLOCKED"), EATEN, sysctls=PATIENT, most=100)
def lingerBlocked(stage):
    stage.open()
    stage.near.option(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 60))
    with stage.farNet.eating("INPUT", *FIN):
        stage.near.closeInBackground()
        stage.nearNet.untilAll(stage.count, FIN_WAIT1)
        stage.farNet.untilTaken("INPUT", stage.count * 2)
        stage.standing()
    stage.near.closed()
    stage.far.readEof(stage.count)
    stage.far.close()


@situation("holder-frozen", "near half-closes; far is stopped (SIGSTOP) and has not read EOF; on release it goes on", HALF_CLOSED,
           judged("CLEAN_PASSIVE", standing="CLOSE_WAIT_EOF_UNREAD"))
def holderFrozen(stage):
    stage.open()
    stage.far.freeze()
    halfClosed(stage)
    stage.standing()
    stage.far.thaw()
    stage.farEnds()


@situation("shared-fd", "near half-closes; far has read EOF, and a child of it holds the same descriptors", HALF_CLOSED,
           judged("CLEAN_PASSIVE", standing="CLOSE_WAIT_EOF_MAYBE_READ", standingFindings="SHARED_FD_NOT_CLOSED"))
def sharedDescriptor(stage):
    stage.open()
    stage.far.share()
    halfClosed(stage)
    stage.far.readEof(stage.count)
    stage.standing()
    stage.far.endChild()
    stage.farEnds()


@situation("proxied", "near is a proxy with two legs to far: far half-closes one, near passes it on to the other, which far does not close",
           judged("CLEAN_PASSIVE", "CLEAN_ACTIVE", standing=("CLOSE_WAIT_PAIRED", "FIN_MISSING_HELD")),
           judged("CLEAN_ACTIVE", "CLEAN_PASSIVE", standing=("FIN_MISSING_HELD", "CLOSE_WAIT_EOF_UNREAD")), most=500)
def proxied(stage):
    stage.far.listen(PORT + 1)
    stage.near.connect(stage.count, stage.farNet.address)
    stage.near.connect(stage.count, stage.farNet.address, PORT + 1, first=stage.count)
    stage.far.accept(stage.count)
    stage.far.accept(stage.count, PORT + 1)
    stage.report()
    stage.far.halfClose(0, stage.count)
    stage.nearNet.until("one leg of each pair to be in CLOSE_WAIT", lambda rows: sum(row.state == CLOSE_WAIT for row in rows) == stage.count)
    stage.near.relayHalfCloses(stage.count)
    stage.nearNet.until("the other leg to be in FIN_WAIT2", lambda rows: sum(row.state == FIN_WAIT2 for row in rows) == stage.count)
    stage.standing()
    stage.far.halfClose(stage.count)
    stage.near.readEof(2 * stage.count)
    stage.near.close()
    stage.far.readEof(2 * stage.count)
    stage.far.close()


@situation("netns-orphan", "near's process is killed and its namespace deleted; the orphans go on repeating their FIN, which far's firewall eats",
           judged("FIN_UNACKED_ORPHAN_TIMEOUT", findings="PROCESS_KILLED", may=(*AFTER_TIMEOUT, "NETNS_ORPHAN"), standing="FIN_RETRANSMITTING",
                  standingFindings="NETNS_ORPHAN", note="a tracer of that namespace alone does not know that nothing leads there any more"),
           judged(*RST.verdicts, standing="FIN_DROPPED_HERE"), sysctls={"ipv4/tcp_orphan_retries": 4})  # some seven seconds
def netnsOrphan(stage):
    stage.open()
    with stage.farNet.eating("INPUT"):
        stage.near.kill()
        stage.nearNet.delete()
        stage.nearNet.untilAll(stage.count, FIN_WAIT1)
        stage.standing()
        stage.nearNet.untilGone()
    farFindsNobody(stage)
