"""Clients that others wrote: ab and curl. Each run says how many connections it made."""

import re
import signal
import subprocess

from closes import HTTP_PORTS
from servers import diesWithUs

AB_AT_ONCE, CURL_AT_ONCE = 200, 50
CURL_SAYS = "%{local_ip}:%{local_port} %{remote_ip}:%{remote_port} %{num_connects}\n"


def run(command):
    """(pid, what it printed)"""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               preexec_fn=diesWithUs(signal.SIGKILL))
    out, err = process.communicate()
    if process.returncode:
        raise RuntimeError(f"`{' '.join(command)}` exited {process.returncode}: {err.strip()[-500:]}")
    return process.pid, out


def runAb(service, own, log, count):
    """HTTP/1.0 without keep-alive: one connection for each request, and the server closes first. With -c N it would open up to N - 1 more at its end."""
    turn = 0
    while count > 0:
        log.awaitTurn()
        some = min(count, AB_AT_ONCE)
        url = f"http://{service}:{HTTP_PORTS[turn % len(HTTP_PORTS)]}/small"
        pid, out = run(["ab", "-q", "-n", str(some), "-c", "1", "-s", "60", "-B", own, url])
        complete, failed = (int(re.search(rf"{what} requests: +(\d+)", out)[1]) for what in ("Complete", "Failed"))
        if failed or complete != some:
            raise RuntimeError(f"ab had {failed} failures and {complete} answers of {some} from {url}")
        log.owns(f"{own}:*", "*", pid, "ab", some)
        turn += 1
        count -= some


def runCurl(service, own, log, count):
    """By turns: a connection for each request, which the server closes; and one for them all, which curl closes at its end."""
    turn = 0
    while count > 0:
        log.awaitTurn()
        some = min(count, CURL_AT_ONCE)
        url = f"http://{service}:{HTTP_PORTS[turn // 2 % len(HTTP_PORTS)]}/small?[1-{some}]"
        connection = ("close", "keep-alive")[turn % 2]
        pid, out = run(["curl", "-sS", "-m", "60", "-o", "/dev/null", "--interface", own, "-H", f"Connection: {connection}", "-w", CURL_SAYS, url])
        for line in out.splitlines():
            local, remote, connects = line.split()
            if connects != "0":
                log.owns(local, remote, pid, f"curl-{connection}", int(connects))
                count -= int(connects)
        turn += 1
