"""Workers as if on hosts of their own: the same ledger and keys, each its own data folder, as ``scripts/disaster worker`` starts them."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pika
from sqlalchemy import select

from broadcast.models.delivery import DeliveryEvent, Status
from broadcast.models.health import WorkerBeat
from disaster.core.extensions import db
from disaster.core.settings import Settings
from disaster.scaled import broker
from tests.fakes.smtp_server import FakeSmtp
from tests.rabbitmq import RabbitServer
from tests.server import environment

ROOT = Path(__file__).parent.parent.parent.parent


def wait_until(condition: Callable[[], object], seconds: float = 100) -> None:
    """Look again every 50 ms."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.05)


class Host:
    """One worker process with a folder of its own."""

    def __init__(self, config: Settings, smtp: FakeSmtp, folder: Path) -> None:
        folder.mkdir()
        variables = {
            **os.environ,
            **environment(config.model_copy(update={"data_dir": folder})),
            "DISASTER_SMTP_HOST": "127.0.0.1",
            "DISASTER_SMTP_PORT": str(smtp.port),
            "DISASTER_SMTP_STARTTLS": "off",
            "DISASTER_MAIL_FROM": "alert@toin.example",
            "PYTHONPATH": str(ROOT),
        }
        self.log = folder / "worker.log"
        with self.log.open("wb") as log:
            command = [sys.executable, "-m", "disaster.cli", "worker"]
            self.process = subprocess.Popen(command, env=variables, stdout=log, stderr=log)

    def alive(self) -> bool:
        """Whether it has begun to work."""
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        found = db.session.scalar(select(WorkerBeat.name).where(WorkerBeat.name.contains(f"-{self.process.pid}-")))
        db.session.rollback()
        return found is not None

    def kill(self) -> None:
        """The host is gone, journal and all."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


@contextlib.contextmanager
def hosts(number: int, config: Settings, smtp: FakeSmtp, folder: Path) -> Iterator[list[Host]]:
    """So many workers that have begun to work."""
    started = [Host(config, smtp, folder / f"host{n}") for n in range(number)]
    try:
        for host in started:
            wait_until(host.alive)
        yield started
    finally:
        for host in started:
            host.process.terminate()
        for host in started:
            host.process.wait(30)


def listeners(rabbit: RabbitServer) -> int:
    """How many workers the broker would give a wake-up to."""
    with contextlib.suppress(*broker.UNREACHABLE), pika.BlockingConnection(broker.parameters(rabbit.url)) as connection:
        return int(connection.channel().queue_declare(broker.QUEUE, passive=True).method.consumer_count)
    return 0


def check_copies(smtp: FakeSmtp, people: int) -> None:
    """Everyone has it, under one Message-ID, and twice only where the ledger was in doubt."""
    ids = defaultdict(set)
    for message in smtp.received:
        line = next(line for line in message.content.split(b"\r\n") if line.lower().startswith(b"message-id"))
        ids[message.to].add(line)
    assert len(ids) == people
    assert all(len(found) == 1 for found in ids.values()), "a repeat carries the same Message-ID"
    again = sum(count - 1 for count in Counter(smtp.to()).values())
    doubted = set(db.session.scalars(select(DeliveryEvent.delivery_id).where(DeliveryEvent.status == Status.UNCERTAIN)))
    db.session.rollback()
    assert again <= len(doubted)
