"""Healthy closes of sockets that are made or addressed in another way."""

from stage import judged, situation

IPPROTO_MPTCP = 262


@situation("syncookies", "a clean close of connections that far has accepted by SYN cookies: no request socket was ever there",
           judged("CLEAN_ACTIVE"), judged("CLEAN_PASSIVE"), sysctls={"ipv4/tcp_syncookies": 2})
def synCookies(stage):
    stage.open()
    stage.near.halfClose()
    stage.farEnds()


@situation("mapped", "a clean close of near's IPv6 sockets with IPv4 addresses (::ffff:a.b.c.d)", judged("CLEAN_ACTIVE"), judged("CLEAN_PASSIVE"))
def mapped(stage):
    address = stage.farNet.address
    if stage.options.family == 4:
        stage.near.asMapped()
        address = f"::ffff:{address}"
    stage.near.connect(stage.count, address)
    stage.far.accept(stage.count)
    stage.report()
    stage.near.halfClose()
    stage.farEnds()


@situation("mptcp", "near half-closes a Multipath TCP connection, far closes on EOF; the paths are closed later, by the kernel",
           judged("CLEAN_ACTIVE"), judged("CLEAN_PASSIVE", note="all of far's connections share their listener's socket cookie"))
def multipath(stage):
    stage.far.stopListening()
    for actor in (stage.near, stage.far):
        actor.speak(IPPROTO_MPTCP)
    stage.far.listen()
    stage.open()
    stage.near.halfClose()
    stage.farEnds()
