"""A transaction takes the database at once, commits once, and survives a power cut."""

import sqlite3
import threading
import time

import pytest
from flask import Flask
from sqlalchemy import ForeignKey, Integer, String, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core import db as database
from disaster.core.base import Base
from disaster.core.db import transaction
from disaster.core.errors import Busy, DiskFull, Stale
from disaster.core.extensions import db
from disaster.core.settings import Settings


class Note(Base):
    """A table that only these tests have."""

    __tablename__ = "test_note"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    text: Mapped[str] = mapped_column(String(50))


class Remark(Base):
    """Points to a note."""

    __tablename__ = "test_remark"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    note_id: Mapped[int] = mapped_column(ForeignKey("test_note.id"))


def _notes() -> list[str]:
    return list(db.session.scalars(select(Note.text).order_by(Note.id)))


def test_what_a_transaction_wrote_is_there_for_the_next_reader(app_on_any_database: Flask) -> None:
    with transaction() as session:
        session.add(Note(text="橋が流れた"))
    db.session.remove()
    assert _notes() == ["橋が流れた"]


def test_an_error_takes_back_everything_that_the_transaction_wrote(app_on_any_database: Flask) -> None:
    with pytest.raises(Stale), transaction() as session:
        session.add(Note(text="取り消し"))
        session.flush()
        raise Stale("somebody was faster")
    assert _notes() == []


def test_a_change_made_outside_of_a_transaction_is_a_programming_error(app_on_any_database: Flask) -> None:
    db.session.add(Note(text="外"))
    with pytest.raises(RuntimeError, match="outside of a transaction"), transaction():
        pass


def test_what_is_read_inside_a_transaction_is_current(app_on_any_database: Flask) -> None:
    assert _notes() == []
    with db.engine.begin() as other:
        other.execute(text("INSERT INTO test_note (id, text) VALUES (1, 'other writer')"))
    with transaction():
        assert _notes() == ["other writer"]


def test_sqlite_is_set_up_so_that_an_acknowledged_row_survives_a_power_cut(app: Flask) -> None:
    found = {
        name: db.session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
    }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_second_writer_waits_for_the_first(app: Flask, settings: Settings) -> None:
    other = sqlite3.connect(settings.data_dir / "disaster.sqlite", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")

    def let_go() -> None:
        time.sleep(0.3)
        other.execute("COMMIT")

    thread = threading.Thread(target=let_go)
    thread.start()
    with transaction() as session:
        session.add(Note(text="待った"))
    thread.join()
    other.close()
    assert _notes() == ["待った"]


def test_a_writer_that_waits_too_long_is_told_that_nothing_was_lost(
    settings: Settings, sqlite_template: object, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 100)
    request.getfixturevalue("app")
    other = sqlite3.connect(settings.data_dir / "disaster.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(Busy, match="入力は失われていません"), transaction() as session:
            session.add(Note(text="混雑"))
    finally:
        other.execute("COMMIT")
        other.close()
    with transaction() as session:
        session.add(Note(text="もう一度"))
    assert _notes() == ["もう一度"]


def test_a_row_cannot_point_to_one_that_does_not_exist(app_on_any_database: Flask) -> None:
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(Remark(note_id=404))


def test_a_full_disk_is_told_in_words_and_writing_goes_on_when_there_is_room_again(app: Flask) -> None:
    _limit_pages(0)
    with pytest.raises(DiskFull, match="空きがない"), transaction() as session:
        session.add(Note(text="長" * 1_000_000))
    assert _notes() == [], "reading goes on"
    _limit_pages(1_000_000)
    with transaction() as session:
        session.add(Note(text="また書けた"))
    assert _notes() == ["また書けた"]


def test_a_disk_that_breaks_while_saving_is_told_and_nothing_counts_as_saved(app: Flask) -> None:
    broken = OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error"))
    with pytest.raises(DiskFull, match="何も処理されていません"), transaction() as session:
        session.add(Note(text="保存されない"))
        session.flush()
        raise broken
    assert _notes() == []


def _limit_pages(most: int) -> None:
    """SQLite then says what it says of a full disk; never fewer pages than there are."""
    db.session.execute(text(f"PRAGMA max_page_count = {most or db.session.scalar(text('PRAGMA page_count'))}"))
    db.session.rollback()


@pytest.mark.postgres
@pytest.mark.parametrize("any_database", ["postgresql"], indirect=True)
def test_of_two_writers_who_wait_for_each_other_one_is_told_to_press_again(app_on_any_database: Flask) -> None:
    with transaction() as session:
        session.add_all([Note(text="一"), Note(text="二")])
    both, told = threading.Barrier(2), []

    def write(first: str, second: str) -> None:
        with app_on_any_database.app_context():
            try:
                with transaction() as session:
                    session.execute(text(f"UPDATE test_note SET text = text WHERE text = '{first}'"))
                    both.wait(10)
                    session.execute(text(f"UPDATE test_note SET text = text WHERE text = '{second}'"))
                told.append(None)
            except Exception as error:
                told.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=write, args=pair) for pair in (("一", "二"), ("二", "一"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(one).__name__ for one in told) == ["Busy", "NoneType"]


def _pages_kept() -> int:
    """KB of pages that SQLite keeps on this connection."""
    return -int(db.session.execute(text("PRAGMA cache_size")).scalar_one())


def test_a_long_list_has_room_for_its_pages_while_it_is_written_and_only_then(app: Flask) -> None:
    usual = _pages_kept()
    with transaction() as session, database.room_for_many(session):
        session.add(Note(text="一覧"))
        assert _pages_kept() >= 16 * usual
    assert (_notes(), _pages_kept()) == (["一覧"], usual)


def test_a_long_list_that_fails_gives_the_room_back(app: Flask) -> None:
    usual = _pages_kept()
    with pytest.raises(Stale), transaction() as session, database.room_for_many(session):
        raise Stale("cut off")
    assert _pages_kept() == usual


def test_what_a_long_list_writes_is_there_on_any_database(app_on_any_database: Flask) -> None:
    with transaction() as session, database.room_for_many(session):
        session.add(Note(text="一覧"))
    assert _notes() == ["一覧"]
