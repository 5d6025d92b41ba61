"""Worker processes that can be started fast, one after another, and killed.

Loading the program takes longer than a trial, so a parent process loads it once and forks each worker from there, before it has any
thread, connection or application: what is forked is the program and nothing of its state. ``cold`` starts each by itself instead.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parent.parent


class Workers:
    """Starts workers of one module (with a ``main()``) in one environment."""

    def __init__(self, module: str, environment: Mapping[str, str], log: Path, *, cold: bool = False) -> None:
        self._module, self._environment, self._log, self._cold = module, dict(environment), log, cold
        self._own: dict[int, subprocess.Popen[bytes]] = {}
        command = [sys.executable, "-m", "drill.workers", module, str(log)]
        self._parent = (
            None
            if cold
            else subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        )

    def start(self) -> int:
        """Start one; its process id."""
        if self._parent:
            assert self._parent.stdin
            assert self._parent.stdout
            self._parent.stdin.write(b"start\n")
            self._parent.stdin.flush()
            return int(self._parent.stdout.readline())
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", self._module], cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )
        self._own[process.pid] = process
        return process.pid

    def kill(self, pid: int, number: int = signal.SIGKILL) -> None:
        """End one that was started here."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        if pid in self._own:
            self._own.pop(pid).wait(30)

    def close(self) -> None:
        """Kill what is left."""
        for pid in list(self._own):
            self.kill(pid)
        if self._parent and self._parent.stdin and self._parent.stdout:
            self._parent.stdin.close()
            self._parent.wait(30)
            self._parent.stdout.close()


@contextlib.contextmanager
def ready(module: str, environment: Mapping[str, str], log: Path, *, cold: bool = False) -> Iterator[Workers]:
    """Workers for the time of the block."""
    workers = Workers(module, environment, log, cold=cold)
    try:
        yield workers
    finally:
        workers.close()


def _parent(module: str, log: str) -> None:
    main = import_module(module).main
    children: set[int] = set()
    for _ in sys.stdin.buffer:
        while children and (ended := os.waitpid(-1, os.WNOHANG)[0]):
            children.discard(ended)
        pid = os.fork()
        if not pid:
            _become_worker(main, log)
        children.add(pid)
        sys.stdout.buffer.write(f"{pid}\n".encode())
        sys.stdout.buffer.flush()
    for pid in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _become_worker(main: object, log: str) -> None:
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for number in (1, 2):
        os.dup2(file, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    code = 1
    try:
        main()  # type: ignore[operator]
        code = 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    _parent(*sys.argv[1:])
