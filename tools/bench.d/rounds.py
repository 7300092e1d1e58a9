# SPDX-License-Identifier: Apache-2.0
"""Rounds of one load without a tool and beside it, in alternation, and what came of them."""
import contextlib
import dataclasses
import os
import statistics
import subprocess
import tempfile
import time

import space
import subjects

FEWEST = 6  # values that have an interval of their median
WARM = 6000  # connections that a JVM gets used to the work with
HTML = "ok\n" * 100
NGINX = """
daemon off; worker_processes 2; pid {folder}/pid; error_log {folder}/error;
events {{ worker_connections 4096; }}
http {{
    access_log off; keepalive_requests {requests};
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{ listen 127.0.0.1:8080 backlog=4096; location / {{ root {folder}; }} }}
}}
"""


@dataclasses.dataclass
class Load:
    """`words` for load.c; what is done in each round, and the space that it is done in."""
    name: str
    count: int
    words: tuple
    around: object = contextlib.nullcontext

    def run(self):
        with self.around():
            return space.loaded(*self.words)


@dataclasses.dataclass
class Served:
    """Connections of several requests to nginx, which closes them."""
    name: str
    count: int
    requests: int

    def run(self):
        with tempfile.TemporaryDirectory(dir="/var/tmp") as folder, space.namespace() as name:
            os.chmod(folder, 0o755)
            with open(f"{folder}/index.html", "w") as page:
                page.write(HTML)
            with open(f"{folder}/conf", "w") as conf:
                conf.write(NGINX.format(folder=folder, requests=self.requests))
            nginx = subprocess.Popen(["ip", "netns", "exec", name, "nginx", "-c", f"{folder}/conf"])
            try:
                deadline = time.monotonic() + 20
                while ":8080" not in space.run(name, "ss", "-Htln"):
                    if nginx.poll() is not None or time.monotonic() > deadline:
                        raise space.BenchError("nginx did not start")
                    time.sleep(0.05)
                return space.loaded_in(name, "http", self.count, 2, 8080, self.requests)
            finally:
                nginx.terminate()
                space.ended(nginx, 60)


@dataclasses.dataclass
class Result:
    """Of one tool under one load; a list has a number for each round. Times are seconds a connection."""
    tool: str
    load: str
    rate: list = dataclasses.field(default_factory=list)      # connections a second, of those of the round without
    generator: list = dataclasses.field(default_factory=list)  # processor time of the load, of that of the round without
    kernel: list = dataclasses.field(default_factory=list)     # of the tool's programs, the statistics' clock included
    process: list = dataclasses.field(default_factory=list)    # of the tool's process
    resident: list = dataclasses.field(default_factory=list)   # bytes, at the end; None where there is no process
    lost: list = dataclasses.field(default_factory=list)
    programs: list = dataclasses.field(default_factory=list)   # of the last round


def median(values):
    return statistics.median(values) if values else None


def interval(values):
    """The median's interval at some 95 %, by ranks; the range where there are less than six."""
    ordered, count = sorted(values), len(values)
    skip = max(0, int(count / 2 - 0.98 * count ** 0.5)) if count >= FEWEST else 0
    return ordered[skip], ordered[-1 - skip]


def beside(tool, start, load, rounds, kernel_rounds):
    """Pairs of the load without and with, for a JVM after a load that warms it up; then the kernel's own count of what the programs take, with its clock."""
    result = Result(tool, load.name)
    for number in range(rounds):
        alone = load.run() if number % 2 else None
        with start() as running:
            if running.is_java:
                space.loaded("churn", WARM, 2)
                running.settle()
            before = running.cpu()
            with_it = load.run()
            running.settle()
            result.process.append((running.cpu() - before) / with_it["done"])
            result.resident.append(running.resident())
            if number < kernel_rounds and running.own:
                with subjects.counted():
                    ns = running.kernel_ns()
                    counted = load.run()
                    result.kernel.append((running.kernel_ns() - ns) / 1e9 / counted["done"])
                    result.programs = running.by_program()
            running.settle()
        result.lost.append(running.lost)
        alone = alone or load.run()
        result.rate.append(alone["seconds"] / with_it["seconds"])
        result.generator.append(with_it["cpu"] / alone["cpu"])
    return result
