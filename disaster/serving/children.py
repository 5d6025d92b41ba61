"""A process that the supervisor keeps up."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0
LONG_ENOUGH = 60.0  # seconds after which a process counts as having worked


class Child:
    """One process in a group of its own, so that Ctrl-C reaches the supervisor only, which then ends it properly."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path | None = None
    ) -> None:
        self.name = name
        self.command = list(command)
        self.environment = dict(environment)
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.again_at = 0.0
        self.wait_before = FIRST_WAIT

    def start(self) -> None:
        """Start it; its output goes to its log file, or to the terminal where it has none."""
        output = self.log.open("ab") if self.log else None
        try:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                start_new_session=True,
            )
        finally:
            if output:
                output.close()
        self.started, self.again_at = time.monotonic(), 0.0

    def ended(self) -> bool:
        """Whether it is not running."""
        return self.process is None or self.process.poll() is not None

    def keep_up(self, now: float) -> None:
        """Start it again when it has ended: at once after it had worked, ever later while it keeps falling."""
        if not self.ended():
            return
        if not self.again_at:
            self.wait_before = (
                FIRST_WAIT if now - self.started > LONG_ENOUGH else min(self.wait_before * 2, LONGEST_WAIT)
            )
            self.again_at = now + self.wait_before
            code = self.process.returncode if self.process else "?"
            print(f"{self.name} ended (code {code}); starting it again in {self.wait_before:g} s", file=sys.stderr)
            self._kill_group()  # what it had started itself
        elif now >= self.again_at:
            self.start()

    def terminate(self) -> None:
        """Ask it to end."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def wait(self, until: float) -> None:
        """Wait for its end and kill what is left of its group."""
        if not self.process:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.1, until - time.monotonic()))
        self._kill_group()
        self.process.wait(5)

    def last_words(self) -> str:
        """The last line of its log, empty where it wrote to the terminal."""
        if not self.log or not self.log.exists():
            return ""
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return f"\n{lines[-1]}\n" if lines else ""

    def _kill_group(self) -> None:
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
