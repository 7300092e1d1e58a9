"""Closes that stand half-done until the lab is told to go on, and then end cleanly."""

from namespaces import CLOSE_WAIT, FIN_WAIT2
from situations_lost import untilProbing
from stage import judged, situation

HALF_CLOSED = judged("CLEAN_ACTIVE", standing="FIN_MISSING_HELD", note="from near alone it is certain that the FIN is missing, not why")


def halfClosed(stage):
    stage.near.halfClose()
    stage.nearNet.untilAll(stage.count, FIN_WAIT2)
    stage.farNet.untilAll(stage.count, CLOSE_WAIT)


@situation("fin-missing-held", "near half-closes and holds on; far has read EOF and does not close", HALF_CLOSED,
           judged("CLEAN_PASSIVE", standing="CLOSE_WAIT_EOF_MAYBE_READ"))
def finMissingHeld(stage):
    stage.open()
    halfClosed(stage)
    stage.far.readEof(stage.count)
    stage.standing()
    stage.farEnds()


@situation("close-wait-unread", "the same, but far has read nothing: 10 bytes and the EOF wait", HALF_CLOSED, judged("CLEAN_PASSIVE", standing="CLOSE_WAIT_EOF_UNREAD"))
def closeWaitUnread(stage):
    stage.open()
    stage.near.send(bytes(10))
    halfClosed(stage)
    stage.standing()
    stage.farEnds()


@situation("close-wait-unaccepted", "the same, but far has not even accepted", HALF_CLOSED, judged("CLEAN_PASSIVE", standing="CLOSE_WAIT_UNACCEPTED"))
def closeWaitUnaccepted(stage):
    stage.open(accept=False)
    halfClosed(stage)
    stage.standing()
    stage.far.accept(stage.count)
    stage.farEnds()


@situation("zero-window", "near sends more than far takes and half-closes; its FIN waits behind far's closed window",
           judged("CLEAN_ACTIVE", standing="FIN_UNSENT_ZERO_WINDOW"), judged("CLEAN_PASSIVE"), receiveBuffer=4096)
def zeroWindow(stage):
    stage.open(sendBuffer=32768)
    stage.near.fill()
    stage.near.halfClose()
    untilProbing(stage)
    stage.standing()
    stage.farEnds()
