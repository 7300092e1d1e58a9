"""haproxy's process, and what it says of itself over its socket."""

import os
import re
import signal
import socket
import time

from namespaces import LabError
from network import FRONT
from servers import Server


class Haproxy(Server):
    lastWord = signal.SIGKILL  # the only one that a stopped process hears; there is no worker that would stay behind

    def __init__(self, place, folder):
        self.path = f"{folder}/haproxy.sock"
        super().__init__(place, folder, "haproxy", [FRONT], ("haproxy", "-db", "-f", "haproxy.cfg"), signal.SIGTERM)

    def ask(self, command):
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(60)
            control.connect(self.path)
            control.sendall(command.encode() + b"\n")
            parts = []
            while part := control.recv(1 << 20):
                parts.append(part)
        return b"".join(parts).decode()

    def info(self):
        return dict(re.findall(r"^(\w+): (.*)$", self.ask("show info"), re.M))

    def pairs(self):
        """What haproxy says: which connection to the backend each browser's has."""
        for session in re.split(r"^(?=0x)", self.ask("show sess all"), flags=re.M):
            front, back = re.search(r"source=(\d[\d.]+:\d+)", session), re.search(r"^ +server=\w+ .* addr=(\d[\d.]+:\d+)", session, re.M)
            source = re.search(r"^ +backend=\w+ .* addr=(\d[\d.]+:\d+)", session, re.M)
            if front and back and source:
                yield {"front": front[1], "back": source[1]}

    def logged(self, count, seconds=30):
        """Its log's lines, FRONT BACK, once there are so many: one for each session of mode tcp and each request of mode http that is over."""
        deadline = time.monotonic() + seconds
        while True:
            lines = [line for line in self.ask("show events sessions").splitlines() if line]
            if len(lines) >= count or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        dropped = self.info().get("DroppedLogs", "0")
        if len(lines) != count or dropped != "0":
            raise LabError(f"haproxy's log has {len(lines)} lines and dropped {dropped}, {count} sessions or requests are over")
        if strange := [line for line in lines if not re.fullmatch(r"[\d.]+:\d+ [\d.]+:\d+", line)]:
            raise LabError(f"haproxy's log has {len(strange)} lines that name no pair, the first is {strange[0]!r}")
        return lines

    def freeze(self):
        os.kill(self.process.pid, signal.SIGSTOP)

    def end(self, seconds=20):
        self.pids()
        self.process.send_signal(self.farewell)
        self.process.wait(seconds)
        self.log.close()
