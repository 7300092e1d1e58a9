"""clean-fast: many short healthy connections. Blocking sockets in several processes; each client process has one connection open at a time."""

import multiprocessing
import os
import signal
import socket
import traceback

from namespaces import libc

REQUEST, RESPONSE = bytes(64), bytes(256)
PR_SET_PDEATHSIG = 1


def fork(work):
    """Runs work() in a child and returns (pid, pipe) where its result can be received."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    pid = os.fork()
    if pid:
        theirs.close()
        return pid, ours
    try:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        theirs.send((None, work()))
    except BaseException as failed:
        traceback.print_exc()
        theirs.send((f"{type(failed).__name__}: {failed}", None))
    finally:
        os._exit(0)


def collect(children):
    """{index or port: pid} over all children."""
    owners, failures = {}, []
    for pid, pipe in children:
        failed, result = pipe.recv()
        os.waitpid(pid, 0)
        if failed:
            failures.append(f"worker {pid}: {failed}")
        else:
            owners.update(dict.fromkeys(result, pid))
    if failures:
        raise RuntimeError("; ".join(failures))
    return owners


def runClients(family, own, server, firstPort, count, workers):
    return collect([fork(lambda: client(family, own, server, firstPort, range(worker, count, workers))) for worker in range(workers)])


def client(family, own, server, firstPort, indices):
    for index in indices:
        with socket.socket(family, socket.SOCK_STREAM) as made:
            made.bind((own, firstPort + index))
            made.connect(server)
            made.sendall(REQUEST)
            if len(made.recv(len(RESPONSE), socket.MSG_WAITALL)) != len(RESPONSE):
                raise RuntimeError(f"connection {index}: short response")
    return list(indices)


def startServers(listener, workers):
    listener.settimeout(None)
    return [fork(lambda: serve(listener)) for _ in range(workers)]


def serve(listener):
    served = []
    while True:
        try:
            made, peer = listener.accept()
        except OSError:
            return served  # collectServers() shut the listening socket down: accept() says EINVAL
        with made:
            made.recv(len(REQUEST), socket.MSG_WAITALL)
            made.sendall(RESPONSE)
            if made.recv(1):
                raise RuntimeError(f"{peer}: data where EOF was due")
        served.append(peer[1])


def collectServers(listener, servers):
    listener.shutdown(socket.SHUT_RDWR)
    return collect(servers)
