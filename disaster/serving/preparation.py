"""What comes before the first process: data folder, keys, a free port, the variables of every process."""

import argparse
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from disaster.core import keyfiles

ROOT = Path(__file__).parent.parent.parent
PYTHON = (sys.executable, "-P")


class CannotStart(Exception):
    """Why the service does not start, in a sentence for the person at the terminal."""


def data_folder(options: argparse.Namespace) -> Path:
    """The data folder, made where it is missing, with its keys.

    Raises:
        CannotStart: it cannot be written to.
    """
    ordinary = Path(os.environ.get("DISASTER_DATA_DIR") or ROOT / "var")
    folder: Path = (options.data_dir or (ROOT / "var" / "demo" if options.demo else ordinary)).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        keyfiles.create_missing(folder)
    except OSError as error:
        raise CannotStart(
            f"データの保存先 {folder} に書き込めません。 / Cannot write to {folder}: {error.strerror}"
        ) from None
    return folder


def port_is_free(address: str, port: int) -> None:
    """Ask before anything is started.

    Raises:
        CannotStart: another program listens there, or the port is not for this user.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise CannotStart(
                f"ポート {port} は使えません（{error.strerror}）。--port で別の番号を指定してください。\n"
                f"Port {port} cannot be used ({error.strerror}). Choose another one with --port."
            ) from None


def environment(options: argparse.Namespace, folder: Path) -> dict[str, str]:
    """The variables of every process: with ``--demo`` only the demonstration's own, so that it can reach no real provider."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("DISASTER_")}
    paths = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    here = {"DISASTER_DATA_DIR": str(folder), "DISASTER_PUBLIC_URL": f"http://{options.bind}:{options.port}"}
    if not options.demo:
        return {**others, **paths, **here, **_given(), "DISASTER_DATA_DIR": str(folder)}
    line = (*PYTHON, "-m", "disaster.demo.environment", "--data-dir", str(folder), "--port", str(options.port))
    printed = subprocess.run(line, env={**others, **paths}, stdout=subprocess.PIPE, text=True, check=False)
    if printed.returncode:
        raise CannotStart("デモの設定を作れません。 / The settings of the demonstration could not be made.")
    return {
        **others,
        **paths,
        **here,
        "DISASTER_JMA_FEEDS": "false",  # it brings its own telegrams, and asks nobody outside
        **dict(one.split("=", 1) for one in printed.stdout.splitlines() if "=" in one),
    }


def _given() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("DISASTER_") and value}


def command(environment: Mapping[str, str], *words: str) -> str:
    """Run one command of the command line to its end; what it logged is shown where it failed.

    Raises:
        CannotStart: it failed.
    """
    line = (*PYTHON, "-m", "disaster.cli", *words)
    done = subprocess.run(line, env=dict(environment), capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr.strip(), file=sys.stderr)
        said = " ".join(words)
        raise CannotStart(f"「disaster {said}」が失敗しました。 / “disaster {said}” failed.")
    return done.stdout
