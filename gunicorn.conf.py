"""The web server's own settings; the address comes from the command line (``--bind``)."""

import os
from typing import Any

from broadcast.sound import speech
from disaster.core.extensions import db
from disaster.serving import rehearsal

bind = "127.0.0.1:8000"
worker_class = "gthread"
workers = 2
threads = 8
preload_app = True  # a wrong setting stops the start once, with one line, instead of every worker
control_socket_disable = True  # since 25 gunicorn opens a socket through which workers can be managed
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # a heartbeat on a slow disk would look like a hang
graceful_timeout = 10
timeout = 60
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
limit_request_line = 4096
limit_request_fields = 60
accesslog = "-"
logger_class = "disaster.weblog.WebLog"
forwarded_allow_ips = ""  # the application itself counts proxies (DISASTER_BEHIND_PROXIES)


def when_ready(server: Any) -> None:
    """Once for all processes, and not in the first person's request: the dictionary of speech, where it is installed, and what is made at first use."""
    app = server.app.wsgi()
    if app.extensions["disaster.settings"].speech:
        speech.warm()
    rehearsal.rehearse(app)
    rehearsal.settle()


def post_fork(server: Any, worker: Any) -> None:
    """Two processes must not share one connection to the database."""
    with server.app.wsgi().app_context():
        db.engine.dispose(close=False)
