"""The service in processes of its own, as a person would run it."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

from pydantic import SecretStr

from disaster.core.settings import Settings

ROOT = Path(__file__).parent.parent


def environment(config: Settings) -> dict[str, str]:
    """Settings as the variables that give them."""
    given = {name: getattr(config, name) for name in config.model_fields_set}
    return {f"DISASTER_{name.upper()}": _text(value) for name, value in given.items() if value is not None}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


class LiveServer:
    """A running service; ``url`` is its address without a slash at the end, ``settings`` what it was started with."""

    def __init__(self, config: Settings, port: int, *, command: list[str] | None = None, patience: float = 30) -> None:
        self.settings = config
        self.url = f"http://127.0.0.1:{port}"
        self.patience = patience
        self.log = config.data_dir / f"server-{port}.log"
        self.command = command or [
            *(sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")),
            *("--bind", f"127.0.0.1:{port}", "disaster.wsgi:app"),
        ]

    def __enter__(self) -> Self:
        variables = {**os.environ, **({} if self.settings.demo else environment(self.settings))}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=variables, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it as Ctrl-C's polite brother would; kill what does not end."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(5)

    def _wait(self) -> None:
        until = time.monotonic() + self.patience
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended:\n{self.log.read_text()[-4000:]}")
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=2):
                    return
            except urllib.error.HTTPError as error:
                error.close()
                if error.code != 503:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise RuntimeError(f"the server did not answer in {self.patience} s:\n{self.log.read_text()[-4000:]}")
