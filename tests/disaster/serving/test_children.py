"""A process that ends is started again, sooner or later, and all of them end together."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from disaster.serving.children import FIRST_WAIT, LONG_ENOUGH, LONGEST_WAIT, Child

SLEEPS = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)")
FALLS = (sys.executable, "-c", "print('cannot open the door'); raise SystemExit(3)")


@pytest.fixture
def children() -> Iterator[list[Child]]:
    started: list[Child] = []
    yield started
    for child in started:
        child.terminate()
        child.wait(time.monotonic() + 5)


def _started(children: list[Child], command: tuple[str, ...], log: Path | None = None) -> Child:
    child = Child("test", command, os.environ, log)
    children.append(child)
    child.start()
    return child


def _until(condition: object) -> None:
    until = time.monotonic() + 10
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_process_that_was_killed_runs_again_after_a_moment(children: list[Child]) -> None:
    child = _started(children, SLEEPS)
    assert child.process
    first = child.process
    first.kill()
    _until(child.ended)
    later = child.started + LONG_ENOUGH + 1
    child.keep_up(later)
    assert child.ended(), "not in the same moment"
    child.keep_up(later + FIRST_WAIT)
    assert not child.ended()
    assert child.process.pid != first.pid


def test_one_that_keeps_falling_is_started_ever_more_rarely(children: list[Child]) -> None:
    child, waits = _started(children, FALLS), []
    for _ in range(7):
        _until(child.ended)
        child.keep_up(child.started)
        waits.append(child.again_at - child.started)
        child.keep_up(child.again_at)
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT


def test_its_output_goes_to_its_log_and_the_last_line_can_be_told(children: list[Child], tmp_path: Path) -> None:
    child = _started(children, FALLS, tmp_path / "test.log")
    _until(child.ended)
    assert "cannot open the door" in child.last_words()


def test_what_it_started_itself_ends_with_it(children: list[Child], tmp_path: Path) -> None:
    note = tmp_path / "grandchild"
    program = (
        "import subprocess, sys, time, pathlib;"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        f"pathlib.Path({str(note)!r}).write_text(str(p.pid)); time.sleep(60)"
    )
    child = _started(children, (sys.executable, "-c", program))
    _until(lambda: note.exists() and note.read_text())
    child.terminate()
    child.wait(time.monotonic() + 5)
    grandchild = int(note.read_text())
    _until(lambda: not _runs(grandchild))
    assert not _runs(grandchild)


def _runs(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text()
    except FileNotFoundError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"
