"""Closes that end with a RST."""

import socket

from actors import PORT
from namespaces import ESTABLISHED, FIN_WAIT1, FIN_WAIT2
from stage import judged, situation

RST = judged("RST_RECEIVED")


def nearIsReset(stage):
    stage.near.readEnding("ECONNRESET", stage.count)
    stage.near.close()


@situation("rst-received", "far aborts (SO_LINGER 0) in ESTABLISHED", judged("RST_RECEIVED"), judged("RST_BY_US_LINGER0"))
def rstReceived(stage):
    stage.open()
    stage.far.abort()
    nearIsReset(stage)


@situation("unread-data", "near closes with unread data in its receive queue", judged("RST_BY_US_UNREAD"), RST)
def unreadData(stage):
    stage.open()
    stage.far.send(bytes(10))
    stage.nearNet.until("unread data", lambda rows: sum(row.unread == 10 for row in rows) == stage.count)
    stage.near.close()
    stage.far.readEnding("ECONNRESET", stage.count)
    stage.far.close()


@situation("linger2", "near closes with TCP_LINGER2 of -1: the ACK of its FIN makes it reset", judged("RST_BY_US_LINGER2"), RST)
def linger2(stage):
    stage.open()
    stage.near.option(socket.IPPROTO_TCP, socket.TCP_LINGER2, -1)
    stage.near.close()
    stage.farNet.untilGone()
    stage.far.close()


@situation("data-after-close", "near closes and is a FIN_WAIT2 minisock; far then sends data and is reset", judged("DATA_AFTER_CLOSE"), RST)
def dataAfterClose(stage):
    stage.open()
    stage.nearBecomesMinisocks(stage.near.close)
    stage.far.send(bytes(10))
    stage.farNet.untilGone()
    stage.far.close()


@situation("data-after-close-early", "near closes and is in FIN_WAIT1, its FIN still on the way; far's data arrives and is answered with a RST",
           judged("DATA_AFTER_CLOSE"), RST)
def dataAfterCloseEarly(stage):
    stage.open()
    with stage.nearNet.parked():
        stage.near.close()
        stage.nearNet.untilAll(stage.count, FIN_WAIT1)
        stage.far.send(bytes(10))
        stage.nearNet.untilGone()
    stage.farNet.untilGone()
    stage.far.close()


@situation("tw-rst", "near closes and is a FIN_WAIT2 minisock; far aborts, and its RST ends the minisock",
           judged("RST_RECEIVED", findings="TW_KILLED_BY_RST", note="no tcp_receive_reset event: the RST is seen as kfree_skb with rx_sk in TIME_WAIT"),
           judged("RST_BY_US_LINGER0"))
def timeWaitReset(stage):
    stage.open()
    stage.nearBecomesMinisocks(stage.near.close)
    stage.far.abort()


@situation("admin-kill", "`ss -K` in near's namespace ends established connections", judged("ADMIN_KILL"), RST)
def adminKill(stage):
    stage.open()
    stage.nearNet.run("ss", "-K", "-H", "-t", "dport", f"= :{PORT}")
    stage.near.readEnding("ECONNABORTED", stage.count)
    stage.near.close()
    stage.far.readEnding("ECONNRESET", stage.count)
    stage.far.close()


@situation("never-accepted", "far's listener is closed while its children wait for accept()", judged("RST_RECEIVED"), judged("NEVER_ACCEPTED_RST"))
def neverAccepted(stage):
    stage.open(accept=False)
    stage.farNet.untilAll(stage.count, ESTABLISHED)
    stage.far.stopListening()
    nearIsReset(stage)
