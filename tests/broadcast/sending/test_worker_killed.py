"""A real worker process, killed with SIGKILL in mid-send, finishes after its restart: nobody left out."""

import collections
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from broadcast.models.delivery import Status
from disaster.core.settings import Settings
from drill import workers
from tests.broadcast.town import Town
from tests.fakes.smtp_server import FakeSmtp, serving_smtp
from tests.server import environment

PEOPLE = 600
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def quick() -> Iterator[workers.Workers]:
    """Starts workers quickly one after another: the program is loaded once."""
    with workers.ready() as found:
        yield found


def variables(config: Settings, smtp: FakeSmtp) -> dict[str, str]:
    """What a worker finds in its environment, with this mail server."""
    return {
        **os.environ,
        **environment(config),
        "DISASTER_SMTP_HOST": "127.0.0.1",
        "DISASTER_SMTP_PORT": str(smtp.port),
        "DISASTER_SMTP_STARTTLS": "off",
        "DISASTER_MAIL_FROM": "alert@toin.example",
        "PYTHONPATH": str(ROOT),
    }


def start_worker(config: Settings, smtp: FakeSmtp) -> subprocess.Popen[bytes]:
    """The worker as it runs for real."""
    with (config.data_dir / "worker.log").open("ab") as log:
        command = [sys.executable, "-m", "disaster.worker"]
        return subprocess.Popen(command, env=variables(config, smtp), stdout=log, stderr=log)


def wait_until(condition: object, seconds: float = 150) -> None:
    """Look again every 20 ms; patiently, because a worker takes its time to start on a busy machine."""
    until = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.02)


@pytest.mark.timeout(600)
def test_three_kills_in_mid_send_leave_nobody_out_and_double_only_what_was_on_the_wire(
    any_database: Settings, app_on_any_database: Flask, quick: workers.Workers
) -> None:
    town = Town(app_on_any_database).build()
    for number in range(PEOPLE):
        town.resident(number)
    alert_id = town.approved()
    smtp = FakeSmtp(slow=lambda connection, command: 0.002 if command == b"." else 0.0)
    with serving_smtp(smtp):
        for share in (0.2, 0.5, 0.8):
            killed = quick.start(variables(any_database, smtp), any_database.data_dir / "worker.log")
            wait_until(lambda share=share: len(smtp.received) >= PEOPLE * share)
            quick.kill(killed)
        worker = start_worker(any_database, smtp)
        wait_until(lambda: town.statuses(alert_id, "email") == {Status.ACCEPTED: PEOPLE})
        worker.terminate()
        assert worker.wait(60) == 0
    times = collections.Counter(smtp.to())
    assert len(times) == PEOPLE
    doubled = sum(count - 1 for count in times.values())
    assert doubled <= 3 * (8 + 2), "no more than one message per connection and kill, those of the slow lane included"
    ids = collections.defaultdict(set)
    for message in smtp.received:
        line = next(line for line in message.content.split(b"\r\n") if line.lower().startswith(b"message-id"))
        ids[message.to].add(line)
    assert all(len(found) == 1 for found in ids.values()), "a repeat carries the same Message-ID"
