"""nginx as the peer, and wrk as the crowd: from the system, or unpacked by ``scripts/bench`` beside the data, installed nowhere."""

import contextlib
import os
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.installation import ROOT

PEERS = ROOT / "var" / "peers"
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_CONFIG = """
daemon off; worker_processes auto; pid {folder}/nginx.pid; error_log {folder}/error.log; user root;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; default_type text/html;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  types {{ text/html html; text/css css; text/javascript js; application/json json; }}
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


class Missing(RuntimeError):
    """A program of the comparison is not there."""


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw. ``errors``: answers that were none, or not 2xx and 3xx."""

    per_s: float
    p99_ms: float
    errors: int


def program(name: str) -> str:
    """The path of a program."""
    places = [*os.get_exec_path(), "/usr/sbin", str(PEERS / "usr/bin"), str(PEERS / "usr/sbin")]
    found = shutil.which(name, path=os.pathsep.join(places))
    if not found:
        raise Missing(f"{name} is missing (Debian: apt-get install {name})")
    return found


@contextlib.contextmanager
def nginx(root: Path, port: int, scratch: Path) -> Iterator[str]:
    """nginx with as many workers as there are cores, serving a folder; its address."""
    scratch.mkdir(parents=True, exist_ok=True)
    config = scratch / "nginx.conf"
    text = _CONFIG.format(folder=scratch, port=port, root=root)
    config.write_text(text if os.geteuid() == 0 else text.replace("user root;", ""), encoding="ascii")
    process = subprocess.Popen([program("nginx"), "-c", str(config), "-e", str(scratch / "error.log")])
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def crowd(url: str, *, seconds: int, connections: int = 16, headers: tuple[str, ...] = ()) -> Load:
    """Let a crowd ask for one address again and again over connections that stay open."""
    words = [program("wrk"), "--latency", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
    words += [part for header in headers for part in ("-H", header)]
    given = {**os.environ, "LD_LIBRARY_PATH": str(next(iter((PEERS / "usr/lib").glob("*-linux-gnu")), PEERS))}
    said = subprocess.run([*words, url], env=given, capture_output=True, text=True, check=True).stdout
    return read(said)


def read(said: str) -> Load:
    """What wrk printed, as numbers."""
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    slow = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", said)
    if not rate or not slow:
        raise RuntimeError(f"wrk said: {said[-500:]}")
    unit = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}[slow[2]]
    wrong = sum(int(number) for number in re.findall(r"Non-2xx or 3xx responses: (\d+)", said))
    wrong += sum(int(n) for line in re.findall(r"Socket errors: (.*)", said) for n in re.findall(r"\d+", line))
    return Load(float(rate[1]), float(slow[1]) * unit, wrong)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError("nginx ended at once")
        with contextlib.suppress(OSError), _OPENER.open(url, timeout=2):
            return
        time.sleep(0.05)
    raise RuntimeError("nginx does not answer")
