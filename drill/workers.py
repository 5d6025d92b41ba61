"""Worker processes that can be started fast, one after another, and killed.

Loading the program takes longer than a trial, so a parent process loads it once and forks each worker from there, before it has any
thread, connection or application: what is forked is the program and nothing of its state. ``cold`` starts each by itself instead.
"""

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parent.parent


class Workers:
    """Starts workers of one module (with a ``main()``)."""

    def __init__(self, module: str, *, cold: bool = False) -> None:
        self._module = module
        self._own: dict[int, subprocess.Popen[bytes]] = {}
        self._forked: set[int] = set()
        command = [sys.executable, "-m", "drill.workers", module]
        self._parent = (
            None if cold else subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        )

    def start(self, environment: Mapping[str, str], log: Path) -> int:
        """Start one in this environment, its output appended to ``log``; its process id."""
        if self._parent:
            assert self._parent.stdin
            assert self._parent.stdout
            self._parent.stdin.write(json.dumps([dict(environment), str(log)]).encode() + b"\n")
            self._parent.stdin.flush()
            pid = int(self._parent.stdout.readline())
            self._forked.add(pid)
            return pid
        with log.open("ab") as output:
            command = [sys.executable, "-m", self._module]
            process = subprocess.Popen(command, cwd=ROOT, env=dict(environment), stdout=output, stderr=output)
        self._own[process.pid] = process
        return process.pid

    def kill(self, pid: int) -> None:
        """End one that was started here with SIGKILL."""
        if pid not in self._forked and pid not in self._own:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self._forked.discard(pid)
        if pid in self._own:
            self._own.pop(pid).wait(30)

    def close(self) -> None:
        """Kill what is left."""
        for pid in [*self._forked, *self._own]:
            self.kill(pid)
        if self._parent and self._parent.stdin and self._parent.stdout:
            self._parent.stdin.close()
            self._parent.wait(30)
            self._parent.stdout.close()


@contextlib.contextmanager
def ready(module: str = "disaster.worker", *, cold: bool = False) -> Iterator[Workers]:
    """Workers for the time of the block."""
    workers = Workers(module, cold=cold)
    try:
        yield workers
    finally:
        workers.close()


@cache
def shared() -> Workers:
    """Workers for as long as this process lives, loaded once for all that ask."""
    workers = Workers("disaster.worker")
    atexit.register(workers.close)
    return workers


def _parent(module: str) -> None:
    main = import_module(module).main
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel takes the dead away
    for line in sys.stdin.buffer:
        environment, log = json.loads(line)
        pid = os.fork()
        if not pid:
            _become_worker(main, environment, log)
        sys.stdout.buffer.write(f"{pid}\n".encode())
        sys.stdout.buffer.flush()


def _become_worker(main: Callable[[], None], environment: Mapping[str, str], log: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for number, file in enumerate((os.open(os.devnull, os.O_RDONLY), output, output)):
        os.dup2(file, number)
    code = 1
    try:
        main()
        code = 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    _parent(sys.argv[1])
