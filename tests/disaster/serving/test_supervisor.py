"""``scripts/serve`` refuses in one clear sentence, or comes up, says what to do next, and ends as a whole."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from disaster.serving import greeting
from tests.architecture.source import ROOT
from tests.postgresql import free_port

COMMAND = [sys.executable, "-P", "-m", "disaster.serving.supervisor"]


def _environment(**more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DISASTER_")}
    return {**clean, "PYTHONPATH": str(ROOT), "DISASTER_JMA_FEEDS": "false", **more}


def _refused(*arguments: str, **variables: str) -> str:
    done = subprocess.run(
        [*COMMAND, *arguments], env=_environment(**variables), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_port_in_use_is_told_in_both_languages(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        said = _refused("--port", port, "--data-dir", str(tmp_path))
    assert f"ポート {port} は使えません" in said
    assert f"Port {port} cannot be used" in said


def test_a_wrong_setting_is_told_before_anything_is_started(tmp_path: Path) -> None:
    said = _refused("--port", str(free_port()), "--data-dir", str(tmp_path), DISASTER_SMTP_PORT="often")
    assert "DISASTER_SMTP_PORT" in said
    assert "often" not in said
    assert not (tmp_path / "disaster.sqlite").exists()


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert str(tmp_path / "file") in _refused("--port", str(free_port()), "--data-dir", str(tmp_path / "file" / "data"))


def test_the_demonstration_listens_on_this_machine_only(tmp_path: Path) -> None:
    assert "this machine only" in _refused("--demo", "--bind", "0.0.0.0", "--data-dir", str(tmp_path))


def test_the_greeting_says_where_to_go_in_both_languages() -> None:
    said = greeting.text("http://127.0.0.1:8000", Path("/data"), demo=False, link="http://127.0.0.1:8000/staff/setup/x")
    assert "http://127.0.0.1:8000/headquarters/" in said
    assert "最初の管理者" in said
    assert "first administrator" in said
    assert "http://127.0.0.1:8000/staff/setup/x" in said
    assert "最初の管理者" not in greeting.text("http://127.0.0.1:8000", Path("/data"), demo=True, link="")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int, Path]]:
    """The whole service as ``scripts/serve`` starts it, in a folder of its own."""
    port, output = free_port(), tmp_path / "output"
    command = [*COMMAND, "--port", str(port), "--data-dir", str(tmp_path / "data")]
    with output.open("w") as written:
        process = subprocess.Popen(command, env=_environment(), stdout=written, stderr=subprocess.STDOUT, text=True)
    yield process, port, output
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        process.wait(40)


def _said(process: subprocess.Popen[str], output: Path, words: str, seconds: float = 60) -> str:
    until = time.monotonic() + seconds
    while words not in output.read_text():
        assert process.poll() is None, output.read_text()
        assert time.monotonic() < until, output.read_text()
        time.sleep(0.1)
    return output.read_text()


def test_a_fresh_machine_comes_up_with_keys_tables_a_first_link_and_ends_as_a_whole(
    service: tuple[subprocess.Popen[str], int, Path],
) -> None:
    process, port, output = service
    said = _said(process, output, "The service is running")
    assert re.search(rf"http://127\.0\.0\.1:{port}/staff/setup/\S+", said)
    data = output.parent / "data"
    assert [oct((data / name).stat().st_mode & 0o777) for name in ("secret_key", "data_key")] == ["0o600", "0o600"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
        assert answer.status == 200
    process.send_signal(signal.SIGINT)
    assert process.wait(40) == 0
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=2):
        pass


def test_a_worker_that_is_killed_is_started_again(service: tuple[subprocess.Popen[str], int, Path]) -> None:
    process, _, output = service
    _said(process, output, "The service is running")
    (worker,) = (number for number, words in _children(process.pid) if "worker" in words)
    os.kill(worker, signal.SIGKILL)
    _said(process, output, "worker ended (code -9)", seconds=15)
    until = time.monotonic() + 20
    while not any("worker" in words and number != worker for number, words in _children(process.pid)):
        assert time.monotonic() < until
        time.sleep(0.1)


def _children(parent: int) -> list[tuple[int, list[str]]]:
    listed = (Path(f"/proc/{parent}/task/{parent}/children")).read_text().split()
    return [(int(number), Path(f"/proc/{number}/cmdline").read_text().split("\0")) for number in listed]
