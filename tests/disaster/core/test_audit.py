"""The audit log: one chain whoever writes, and no change of the table goes unnoticed."""

import random
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from disaster.core import audit
from disaster.core.db import transaction
from disaster.core.errors import Busy
from disaster.core.extensions import db
from disaster.core.settings import Settings
from disaster.staff.cli import audit as group

ENTRIES = 30


def _write(count: int, actor: str = "cli") -> None:
    for number in range(count):
        with transaction() as session:
            audit.record(session, "test.act", actor=actor, subject=f"thing:{number}", detail={"n": number, "名": "値"})


def test_an_untouched_log_is_whole(app_on_any_database: Flask) -> None:
    assert audit.verify() == []
    _write(ENTRIES)
    assert audit.verify() == []


def test_several_entries_of_one_transaction_follow_each_other(app_on_any_database: Flask) -> None:
    with transaction() as session:
        for number in range(5):
            audit.record(session, "test.act", actor="cli", subject=f"thing:{number}")
    assert audit.verify() == []


def test_an_entry_goes_when_its_transaction_fails(app: Flask) -> None:
    with pytest.raises(ValueError), transaction() as session:
        audit.record(session, "test.act", actor="cli")
        raise ValueError
    _write(1)
    assert audit.verify() == []
    assert db.session.scalar(text("SELECT count(*) FROM audit_entries")) == 1


def test_the_database_itself_refuses_changes(app_on_any_database: Flask) -> None:
    _write(3)
    for statement in ("UPDATE audit_entries SET actor = 'x'", "DELETE FROM audit_entries WHERE id = 3"):
        with pytest.raises(DatabaseError, match="append-only"):
            db.session.execute(text(statement))
        db.session.rollback()


def test_writers_at_the_same_moment_keep_one_chain(app_on_any_database: Flask) -> None:
    failures: list[Exception] = []

    def write(actor: str) -> None:
        with app_on_any_database.app_context():
            done = 0
            while done < 15:
                try:
                    _write(1, actor)
                    done += 1
                except Busy:
                    continue
                except Exception as error:
                    failures.append(error)
                    return

    writers = [threading.Thread(target=write, args=(f"account:{number}",)) for number in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failures == []
    assert audit.verify() == []
    assert db.session.scalar(text("SELECT count(*) FROM audit_entries")) == 90


class _Forger:
    """Somebody who can write to the database file and does not hold the data key."""

    def __init__(self, settings: Settings, seed: int) -> None:
        self.file = settings.data_dir / "disaster.sqlite"
        self.chance = random.Random(seed)
        self.connection = sqlite3.connect(self.file, isolation_level=None)
        for name in ("audit_entries_no_update", "audit_entries_no_delete"):
            self.connection.execute(f"DROP TRIGGER {name}")

    def run(self, statement: str, *values: Any) -> None:
        self.connection.execute(statement, values)

    def some(self, least: int = 1, most: int = ENTRIES) -> int:
        return self.chance.randint(least, most)


def _edit(forger: _Forger) -> None:
    column = forger.chance.choice(["at", "actor", "action", "subject", "detail", "previous", "hash", "id"])
    values = {
        "at": ["2020-01-01 00:00:00.000000", "no date", 5],
        "id": [1000, 0, -7],
        "hash": ["0" * 64, None, b"x", "é"],
    }
    value = forger.chance.choice(values.get(column, ["account:99", "", 7, b"\xff", '{"n":99}']))
    if value is None:
        value = "f" * 64
    forger.run(f"UPDATE audit_entries SET {column} = ? WHERE id = ?", value, forger.some())


def _break_the_letters(forger: _Forger) -> None:
    forger.run("UPDATE audit_entries SET subject = CAST(x'ff' AS TEXT) WHERE id = ?", forger.some())


def _delete(forger: _Forger) -> None:
    forger.run("DELETE FROM audit_entries WHERE id = ?", forger.some())


def _cut_the_tail(forger: _Forger) -> None:
    forger.run("DELETE FROM audit_entries WHERE id >= ?", forger.some())


def _cut_the_head_and_renumber(forger: _Forger) -> None:
    gone = forger.some(most=ENTRIES - 1)
    forger.run("DELETE FROM audit_entries WHERE id <= ?", gone)
    for number in range(gone + 1, ENTRIES + 1):
        forger.run("UPDATE audit_entries SET id = ? WHERE id = ?", number - gone, number)


def _swap(forger: _Forger) -> None:
    one, two = forger.chance.sample(range(1, ENTRIES + 1), 2)
    for old, new in ((one, -1), (two, one), (-1, two)):
        forger.run("UPDATE audit_entries SET id = ? WHERE id = ?", new, old)


def _insert(forger: _Forger) -> None:
    forger.run(
        "INSERT INTO audit_entries SELECT id + 1, at, actor, action, subject, detail, hash, ? FROM audit_entries WHERE id = ?",
        "a" * 64,
        ENTRIES,
    )


def _rewrite_the_rest_without_the_key(forger: _Forger) -> None:
    with_guess = forger.chance.randbytes(32).hex()
    forger.run("UPDATE audit_entries SET actor = 'account:1', hash = ? WHERE id = ?", with_guess, ENTRIES)


FORGERIES: list[Callable[[_Forger], None]] = [
    _edit, _edit, _edit, _delete, _cut_the_tail, _cut_the_head_and_renumber, _swap, _insert, _rewrite_the_rest_without_the_key, _break_the_letters,
]  # fmt: skip


def test_a_hundred_forgeries_are_found_a_hundred_times(app: Flask, settings: Settings) -> None:
    _write(ENTRIES)
    db.session.remove()
    db.engine.dispose()
    sound = settings.data_dir / "sound.sqlite"
    with sqlite3.connect(sound) as copy, sqlite3.connect(settings.data_dir / "disaster.sqlite") as source:
        source.backup(copy)
    copy.close()
    source.close()
    unnoticed = [seed for seed in range(100) if not _found(settings, sound, seed)]
    assert unnoticed == []


def _found(settings: Settings, sound: Path, seed: int) -> bool:
    for name in ("disaster.sqlite", "disaster.sqlite-wal", "disaster.sqlite-shm"):
        (settings.data_dir / name).unlink(missing_ok=True)
    (settings.data_dir / "disaster.sqlite").write_bytes(sound.read_bytes())
    assert audit.verify() == [], "the sound copy must pass"
    db.engine.dispose()
    forger = _Forger(settings, seed)
    FORGERIES[seed % len(FORGERIES)](forger)
    forger.connection.close()
    found = audit.verify()
    db.engine.dispose()
    return bool(found)


def test_a_lost_copy_of_the_head_is_reported(app: Flask, settings: Settings) -> None:
    _write(2)
    (settings.data_dir / audit.HEAD_FILE).unlink()
    assert "is missing" in audit.verify()[0].problem


def test_another_data_key_makes_the_chain_invalid(app: Flask, settings: Settings) -> None:
    _write(2)
    app.extensions["disaster.settings"] = settings.model_copy(update={"data_key": type(settings.data_key)("1" * 64)})
    assert audit.verify()[0].entry == 1


def test_a_full_disk_beside_the_database_does_not_undo_what_was_committed(app: Flask, settings: Settings) -> None:
    _write(1)
    head = settings.data_dir / audit.HEAD_FILE
    head.unlink()
    head.mkdir()  # cannot be written
    _write(1)
    assert db.session.scalar(text("SELECT count(*) FROM audit_entries")) == 2


def test_a_head_that_a_full_disk_cut_short_is_no_false_alarm_and_spoils_no_later_one(
    app: Flask, settings: Settings
) -> None:
    _write(2)
    head = settings.data_dir / audit.HEAD_FILE
    head.write_bytes(head.read_bytes()[:-30])
    _write(1)
    assert audit.verify() == []
    assert len(head.read_text().splitlines()) == 3
    head.write_text(head.read_text().replace("\n", "\n1 beef", 1))
    assert audit.verify(), "a wrong beginning of a line still shows"


def test_the_command_tells_the_first_broken_entry(app: Flask, settings: Settings) -> None:

    _write(5)
    runner = app.test_cli_runner()
    assert runner.invoke(group, ["verify"]).exit_code == 0
    db.session.remove()
    forger = _Forger(settings, 0)
    forger.run("UPDATE audit_entries SET actor = 'account:99' WHERE id = 3")
    forger.run("DELETE FROM audit_entries WHERE id = 5")
    forger.connection.close()
    result = runner.invoke(group, ["verify"])
    assert result.exit_code == 1
    assert result.output.splitlines()[0] == "entry 3 was changed"
