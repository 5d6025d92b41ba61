"""Eight people press "approve" at the same moment, again and again: the alert goes out once.

Each presser is a process of its own with the application and its own connection to the database. In every other round the last press
is the first person's second click, with the same code. A real worker sends to a real mail server, so what counts is what arrived.
"""

import argparse
import multiprocessing
import secrets
import smtplib
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from bench.installation import Installation
from broadcast.alert import lifecycle
from broadcast.alert.lifecycle import Seen
from broadcast.models.alert import Alert, AlertEvent, State, Transmission
from disaster.app import create_app
from disaster.core.db import transaction
from disaster.core.errors import DomainError
from disaster.core.extensions import db
from disaster.core.settings import load, settings
from drill import sink, workers
from drill.comparison import address, stored
from drill.report import note, result
from drill.sink import Sink
from drill.town import installed, mail_settings

PRESSERS, PEOPLE = 8, 5
PATIENCE = 60.0  # seconds for one round, on a busy machine
_FORK = multiprocessing.get_context("fork")  # before there is an application: a presser has nothing of ours open


@dataclass(frozen=True, slots=True)
class Press:
    """What one person does: an alert as it was seen, an account, a fresh code."""

    alert_id: int
    seen: Seen
    account: int
    code: str


def main(arguments: list[str]) -> int:
    """Race, compare, print; 1 where an alert did not go out exactly once."""
    parser = argparse.ArgumentParser(prog="scripts/drill race", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="how many alerts (100)")
    parser.add_argument("--database-url", default="", help="an empty PostgreSQL database instead of SQLite")
    parser.add_argument("--naive", action="store_true", help="try read-then-write instead, which sends more than once")
    given = parser.parse_args(arguments)
    with (
        _pressers(naive=given.naive) as pressers,
        tempfile.TemporaryDirectory(prefix="disaster-drill-sink-") as folder,
        sink.running(Path(folder)) as mail,
        installed(PEOPLE, {**mail_settings(mail.port), "database_url": given.database_url}) as town,
        workers.ready() as start,
    ):
        for presser in pressers:
            presser.send(town.variables)
            presser.recv()
        start.start(town.environment(), town.folder / "worker.log")
        wrong = sum(_round(town, mail, pressers, number, given.naive) for number in range(given.rounds))
    result("race", wrong, "alerts that did not go out exactly once", rounds=given.rounds, not_once=wrong)
    return 1 if wrong else 0


def _round(town: Installation, mail: Sink, pressers: list[Connection], number: int, naive: bool) -> bool:
    """One alert; whether it did not go out exactly once."""
    alert_id, seen = town.submit()
    people = [town.approver() for _ in pressers]
    if number % 2:
        people[-1] = people[0]
    before = len(mail.taken)
    db.session.rollback()
    for presser, (account, code) in zip(pressers, people, strict=True):
        presser.send(Press(alert_id, seen, account, code))
    answers = Counter(str(presser.recv()) for presser in pressers)
    _all_taken(mail, before, alert_id, naive)
    copies = Counter(recipient for recipient, _ in mail.taken[before:])
    once = copies == dict.fromkeys(map(address, range(1, PEOPLE + 1)), 1)
    fine = once and answers["sent"] == 1 and (naive or _recorded(alert_id) == (1, 1))
    if not fine:
        note(f"round {number}: {dict(answers)}, {copies.total()} letters for {PEOPLE} people")
    return not fine


def _all_taken(mail: Sink, before: int, alert_id: int, naive: bool) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        mail.read()
        if len(mail.taken) >= before + PEOPLE and (naive or stored(alert_id).finished):
            return
        time.sleep(0.01)


def _recorded(alert_id: int) -> tuple[int, int]:
    """How many transmissions and how many approvals the ledger has of an alert."""
    sent = db.session.scalar(select(func.count()).where(Transmission.alert_id == alert_id))
    approved = db.session.scalar(
        select(func.count()).where(AlertEvent.alert_id == alert_id, AlertEvent.verb == "approved")
    )
    db.session.rollback()
    return sent or 0, approved or 0


@contextmanager
def _pressers(*, naive: bool) -> Iterator[list[Connection]]:
    """Processes that press when they are told, all of them together."""
    together = _FORK.Barrier(PRESSERS)
    ours, processes = [], []
    for _ in range(PRESSERS):
        here, there = _FORK.Pipe()
        process = _FORK.Process(target=_presser, args=(there, together, naive), daemon=True)
        process.start()
        ours.append(here)
        processes.append(process)
    try:
        yield ours
    finally:
        for process in processes:
            process.kill()
            process.join(10)


def _presser(orders: Connection, together: Any, naive: bool) -> None:
    variables: Mapping[str, str] = orders.recv()
    with create_app(load(variables)).app_context():
        orders.send("ready")
        while True:
            press: Press = orders.recv()
            together.wait(PATIENCE)
            orders.send(_naive(press) if naive else _approve(press))
            db.session.remove()


def _approve(press: Press) -> str:
    try:
        lifecycle.approve(press.alert_id, press.account, press.seen, code=press.code)
    except DomainError as error:
        return type(error).__name__
    return "sent"


def _naive(press: Press) -> str:
    """Look whether it still waits, send it, note that it was sent."""
    waits = db.session.scalar(select(Alert.state).where(Alert.id == press.alert_id)) == State.PENDING
    db.session.rollback()
    if not waits:
        return "late"
    with smtplib.SMTP("127.0.0.1", settings().smtp_port) as server:
        for number in range(1, PEOPLE + 1):
            letter = f"To: {address(number)}\r\nMessage-ID: <{secrets.token_hex(8)}@town.example>\r\n\r\ndrill\r\n"
            server.sendmail("bosai@town.example", [address(number)], letter)
    with transaction() as session:
        session.execute(update(Alert).where(Alert.id == press.alert_id).values(state=State.SENT))
    return "sent"
