"""What nginx and haproxy are told."""

from network import BACK, FRONT, SLOW

BODY = b"x" * 64

NGINX = """
daemon off;
user root;
worker_processes 1;
pid nginx.pid;
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    large_client_header_buffers 4 16k;
    keepalive_timeout {idle}s;
    keepalive_requests 1000000;
    server {{ listen {back} backlog=16384; root www; }}
}}
"""

# The ring is haproxy's log, read over the socket: unlike a file or a pipe it never makes haproxy drop a line.
# Idle connections are kept until nginx closes them: those that haproxy ends it resets. Churn takes them up again, or they would be too many to be kept.
# No `timeout client-fin` unless it is asked for: that is the point. haproxy counts `timeout client` from the browser's last byte.
HAPROXY = """
global
    nbthread {threads}
    maxconn {maxconn}
    hard-stop-after 10s
    stats socket unix@{socket} mode 600 level admin
    tune.pool-low-fd-ratio 100
    tune.pool-high-fd-ratio 100
    log ring@sessions format raw local0
ring sessions
    format raw
    maxlen 200
    size 8388608
defaults
    mode {mode}
    backlog 16384
    log global
    log-format "%ci:%cp %bi:%bp"
    timeout connect 20s
    timeout client {client}
    timeout server 1h
    {lines}
frontend service
    bind *:{front}
    {choice}
    default_backend nginx
backend nginx
    server nginx {backend}:{back}{pool}
    {reuse}
backend slow
    server slow {backend}:{slow}
"""


def nginx(connections, idleSeconds):
    return NGINX.format(connections=connections, idle=idleSeconds, back=BACK)


def haproxy(variant, backend, socket, maxconn, threads, mode, clientFin):
    lines = [*variant.lines, *([f"timeout client-fin {clientFin}"] if clientFin else [])]
    isHttp = mode == "http"
    return HAPROXY.format(threads=threads, maxconn=maxconn, socket=socket, mode=mode, client=variant.clientTimeout, lines="\n    ".join(lines), front=FRONT,
                          choice="use_backend slow if { path_beg /slow }" if isHttp else "", backend=backend, back=BACK, slow=SLOW,
                          pool=" pool-low-conn 100000 pool-purge-delay 1h" if isHttp else "",
                          reuse="http-reuse always" if isHttp and not variant.isPile else "")


def request(path, length=0, isLast=False):
    """`length` makes the path longer, so that sessions can be told apart by their bytes."""
    longer = f"?{'b' * length}" if length else ""
    return f"GET /{path}{longer} HTTP/1.1\r\nHost: incident\r\nConnection: {'close' if isLast else 'keep-alive'}\r\n\r\n".encode()
