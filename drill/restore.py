"""A machine is lost in the middle of a send; its copy is put back on an empty one: the same rows, and nobody gets the alert again.

The worker is stopped in mid-send (so that there is a queue), a copy is made, and its bytes are flipped one at a time to see whether that is
noticed. Then ``disaster restore`` runs in an empty data folder with nothing but the copy and the data key, and a real worker is let loose there.
"""

import argparse
import json
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine

from bench.installation import ROOT, Installation
from disaster.backup import fingerprint, making, restoring, sqlite
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from disaster.core.settings import load
from drill import sink, workers
from drill.report import note, result
from drill.sink import Sink
from drill.town import approved, installed, mail_settings
from drill.trial import alive
from drill.workers import Workers

AFTERWARDS = 6.0  # seconds for which the new machine's worker is watched
# What the restore itself writes: sends that are stopped, sessions that end, the record of it.
SETTLED = {"transmissions", "deliveries", "delivery_tallies", "alerts", "alert_events", "fanouts", "audit_entries",
           "staff_sessions", "setup_links", "pending_subscriptions", "tallies"}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Copy, lose, put back, compare, print; 1 where something was lost or sent again."""
    parser = argparse.ArgumentParser(prog="scripts/drill restore", description=__doc__)
    parser.add_argument("--people", type=int, default=2000, help="recipients of the alert (2000)")
    parser.add_argument("--flips", type=int, default=50, help="changed copies that must be noticed (50)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of the changed bytes")
    parser.add_argument("--naive", action="store_true", help="put the database back as a file, which sends again")
    given = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="disaster-drill-restore-") as name,
        sink.running(Path(name)) as mail,
        installed(given.people, mail_settings(mail.port)) as town,
        workers.ready() as start,
    ):
        folder = Path(name)
        _cut_short(town, mail, start, given.people)
        made = making.make(folder / "copies")
        before = _fingerprint(town.folder)
        detected = _flips(made.path, given.flips, random.Random(given.seed))
        seconds, new = _put_back(town, made.path, folder / "new", naive=given.naive)
        equal = _equal(before, _fingerprint(folder / "new"))
        resent = _let_loose(new, mail, start, folder / "new")
    fine = equal and not resent and detected == given.flips
    result(
        "restore", resent, "messages sent again after the restore", seconds=seconds, equal=equal, resent=resent,
        flips=given.flips, detected=detected, rows=made.rows, bytes=made.size, people=given.people, seed=given.seed,
    )  # fmt: skip
    return 0 if fine else 1


def _cut_short(town: Installation, mail: Sink, start: Workers, people: int) -> None:
    """Send to some of the people, then lose the worker."""
    mail.tell("delay 0.01")
    worker = start.start(town.environment(), town.folder / "worker.log")
    _wait(lambda: alive(worker))
    approved(town)
    _wait(lambda: _taken(mail) > people // 20)
    start.kill(worker)
    time.sleep(0.2)
    mail.read()
    mail.tell("delay 0")
    db.session.remove()
    note(f"{len(mail.taken)} of {people} had been sent when the machine was lost")


def _taken(mail: Sink) -> int:
    mail.read()
    return len(mail.taken)


def _flips(copy: Path, flips: int, chance: random.Random) -> int:
    whole, changed, detected = copy.read_bytes(), copy.with_name("changed.backup"), 0
    for _ in range(flips):
        wrong = bytearray(whole)
        wrong[chance.randrange(len(wrong))] ^= chance.randint(1, 255)
        changed.write_bytes(wrong)
        try:
            restoring.check(changed)
        except Invalid:
            detected += 1
    changed.unlink(missing_ok=True)
    return detected


def _put_back(town: Installation, copy: Path, folder: Path, *, naive: bool) -> tuple[float, dict[str, str]]:
    """Restore on an empty machine; seconds, and its environment."""
    folder.mkdir()
    new = {**town.environment(), "DISASTER_DATA_DIR": str(folder)}
    started = time.monotonic()
    if naive:
        with restoring.opened(copy) as found:
            sqlite.put(found.database, folder / "disaster.sqlite", "before")
        return round(time.monotonic() - started, 2), new
    command = [sys.executable, "-P", "-m", "disaster.cli", "restore", str(copy), "--json"]
    done = subprocess.run(command, cwd=ROOT, env=new, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    told: Mapping[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    note(f"{told['messages_held_back']} messages were held back")
    return round(time.monotonic() - started, 2), new


def _let_loose(new: dict[str, str], mail: Sink, start: Workers, folder: Path) -> int:
    """A worker on the restored machine; how many letters it sends."""
    load({name: value for name, value in new.items() if name.startswith("DISASTER_")})
    mail.read()
    before = len(mail.taken)
    worker = start.start(new, folder / "worker.log")
    time.sleep(AFTERWARDS)
    mail.read()
    start.kill(worker)
    return len(mail.taken) - before


def _fingerprint(folder: Path) -> dict[str, tuple[int, str]]:
    engine = create_engine(f"sqlite:///{folder / 'disaster.sqlite'}")
    try:
        with engine.connect() as connection:
            return fingerprint.of(connection)
    finally:
        engine.dispose()


def _equal(before: Mapping[str, tuple[int, str]], after: Mapping[str, tuple[int, str]]) -> bool:
    """The same tables and rows; of what the restore writes itself, no row fewer."""
    for name, (rows, sums) in before.items():
        there = after.get(name, (0, ""))
        if there == (rows, sums) or (name in SETTLED and there[0] >= rows):
            continue
        note(f"{name}: {rows} rows, {there[0]} after the restore")
        return False
    return before.keys() == after.keys()


def _wait(reached: Any) -> None:
    until = time.monotonic() + 60
    while not reached():
        if time.monotonic() > until:
            raise RuntimeError("the worker does not send; see worker.log")
        time.sleep(0.01)
