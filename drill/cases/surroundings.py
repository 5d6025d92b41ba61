"""What the service stands on, in bad moments: broker gone (R7), database held by another program (R4), disk full (R5)."""

import contextlib
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import func, select

from broadcast.alert import lifecycle
from broadcast.models.alert import Alert, State, Transmission
from broadcast.models.delivery import Status
from disaster.core.errors import Busy, DiskFull
from disaster.core.extensions import db
from disaster.scaled import nudging
from disaster.scaled.worker import ScaledWorker
from drill import disk
from drill.mailserver import FakeSmtp
from drill.ports import free_port
from drill.trial import Trial, check, mailing

PEOPLE = 300


def broker_gone(*, naive: bool = False) -> None:
    """Nobody listens where the broker was, then somebody who never answers: approved at once, stored, and sent by the sweep."""
    fake = FakeSmtp()
    with socket.create_server(("127.0.0.1", 0)) as silent, mailing(PEOPLE, fake) as trial:
        for port in (free_port(), silent.getsockname()[1]):
            url = f"amqp://guest:guest@127.0.0.1:{port}/%2F"
            with _scaled_worker(trial, url):
                before = len(fake.received)
                waiting = trial.submit()
                started = time.monotonic()
                alert_id = trial.press(*waiting)
                check(time.monotonic() - started < 5, "an approval does not wait for the broker")
                check(trial.wait(trial.all_accepted(alert_id)), "the sweep finds what no message announced")
                check(len(fake.received) == before + PEOPLE, "nobody gets it twice")


@contextlib.contextmanager
def _scaled_worker(trial: Trial, url: str) -> Iterator[None]:
    """The worker of scaled mode, in a thread (on SQLite, which it would refuse by its settings), and an approving side that nudges."""
    app = trial.town.app
    ordinary = app.extensions["disaster.settings"]
    app.extensions["disaster.settings"] = ordinary.model_copy(update={"broker_url": SecretStr(url)})
    nudging.init_app(app, url)
    worker = ScaledWorker(app)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop.set()
        thread.join(30)
        app.extensions["disaster.settings"] = ordinary


def database_held_while_approving(*, naive: bool = False) -> None:
    """Another program writes for 2 s: the approval waits for it. For 8 s: it says so, nothing is half done, and it works afterwards."""
    fake = FakeSmtp()
    with mailing(5, fake) as trial:
        first, shown = trial.submit()
        account, digits = trial.town.approver()
        with _held(trial.town.folder, 2.0):
            lifecycle.approve(first, account, shown, code=digits)
        alert_id, seen = trial.submit()
        approver, code = trial.town.approver()
        with _held(trial.town.folder, 8.0):
            said = ""
            try:
                lifecycle.approve(alert_id, approver, seen, code=code)
            except Busy as busy:
                said = str(busy)
            check("混み合って" in said, "the officer is told in plain words")
        db.session.rollback()
        check(_transmissions(alert_id) == 0, "nothing is half done")
        trial.press(alert_id, seen)
        check(trial.work(trial.all_accepted(alert_id)), "the same approval works afterwards")
        check(trial.work(trial.all_accepted(first)), "the one that waited is sent as well")


def database_held_while_sending(*, naive: bool = False) -> None:
    """Another program holds the database for 7 s in the middle of a send: nobody is left out, nobody gets it twice."""
    fake = FakeSmtp(slow=lambda _, command: 0.02 if command == b"." else 0.0)
    with mailing(PEOPLE, fake) as trial, trial.worker():
        alert_id = trial.approve()
        check(trial.wait(lambda: len(fake.received) >= PEOPLE // 5), "the send begins")
        with _held(trial.town.folder, 7.0):
            pass
        check(trial.wait(trial.all_accepted(alert_id), 60), "everyone gets it in the end")
        check(len(fake.received) == PEOPLE, f"nobody gets it twice ({len(fake.received) - PEOPLE})")


def disk_full(*, naive: bool = False) -> None:
    """The disk is full in the middle of a send: it is said, the pages can still be read, and all goes on without a restart."""
    fake = FakeSmtp(slow=lambda _, command: 0.02 if command == b"." else 0.0)
    with disk.small() as full, mailing(PEOPLE, fake, folder=full.folder) as trial, trial.worker() as pid:
        alert_id = trial.approve()
        waiting, seen = trial.submit()
        approver, code = trial.town.approver()
        check(trial.wait(lambda: len(fake.received) >= PEOPLE // 5), "the send begins")
        log = _pinned(trial.town.folder)
        full.fill(pid)
        check(full.is_full(), "the disk is full")
        try:
            said = ""
            while not said:  # a few more pages of the log may have been there
                try:
                    lifecycle.approve(waiting, approver, seen, code=code)
                    break
                except DiskFull as refused:
                    said = str(refused)
            check(said, "the officer is told that nothing can be written")
            db.session.rollback()
            check(db.session.scalar(select(Alert.state).where(Alert.id == waiting)) == State.PENDING, "it can be read")
            check(_transmissions(waiting) == 0, "nothing is half done")
            db.session.rollback()
            time.sleep(1)
        finally:
            log.close()
            full.make_room(pid)
        check(trial.wait(trial.all_accepted(alert_id), 150), "the worker goes on by itself")
        counts = trial.compared(alert_id, fake, PEOPLE)
        check((counts.lost, counts.doubled) == (0, 0), f"nobody is left out or written to twice: {counts}")
        trial.press(waiting, seen)
        check(trial.wait(lambda: set(trial.statuses(waiting)) == {Status.ACCEPTED}, 60), "the next alert goes out")


def _pinned(folder: Path) -> sqlite3.Connection:
    """A reader that stays where it is: the log must grow with every write meanwhile. Otherwise what was taken into the database leaves
    room in it for an approval, by chance."""
    reader = sqlite3.connect(folder / "disaster.sqlite", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM alerts").fetchone()
    return reader


def _transmissions(alert_id: int) -> int:
    found = db.session.scalar(select(func.count()).where(Transmission.alert_id == alert_id)) or 0
    db.session.rollback()
    return found


@contextlib.contextmanager
def _held(folder: Path, seconds: float) -> Iterator[None]:
    """Another program takes the database's one write lock now and keeps it so long; the block ends after it."""
    program = (
        "import sqlite3, sys, time\n"
        "held = sqlite3.connect(sys.argv[1], timeout=20, isolation_level=None)\n"
        "held.execute('BEGIN IMMEDIATE')\n"
        "print('held', flush=True)\n"
        "time.sleep(float(sys.argv[2]))\n"
        "held.execute('ROLLBACK')\n"
    )
    command = [sys.executable, "-c", program, str(folder / "disaster.sqlite"), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield
        process.wait(60)


CASES = (broker_gone, database_held_while_approving, database_held_while_sending, disk_full)
