"""The spelling of who is gone leaves the index, that of who is here stays, also for somebody who is written down at this very moment."""

import threading
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.models.search import SearchEntry, SearchName, SearchSlip, Subject
from registry.pfif import document, receiving
from registry.pfif.document import Record
from registry.retention import wiping
from registry.search import indexing, sweeping
from registry.search.indexing import Indexed, Indexer, Named
from tests.fakes.staff import fresh_code, make_account

STAMP = "2026-11-23T06:00:00Z"


def somebody(number: str, family: str, given: str) -> Indexed:
    return Indexed(Subject.PERSON, number, [Named("", "", family, given)], None, "unknown", "")


def keys() -> set[str]:
    db.session.rollback()
    return set(db.session.scalars(select(SearchName.key)))


def dangling() -> int:
    """Forms and entries that belong to no name."""
    names = select(SearchName.id)
    slips = db.session.scalar(select(func.count()).where(SearchSlip.name_id.not_in(names))) or 0
    wrong = (SearchEntry.family_reading != 0) & SearchEntry.family_reading.not_in(names)
    return slips + (db.session.scalar(select(func.count()).where(wrong)) or 0)


def test_wiping_takes_the_names_out_that_nobody_else_has(app_on_any_database: Flask) -> None:
    officers = make_account("a", Role.REGISTRY).id, make_account("b", Role.APPROVER).id
    over = f"{clock.now() + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    gone = Record("x.example/1", STAMP, "ヤマダ メズラシ", expiry_date=over)
    receiving.take(document.write([gone, Record("x.example/2", STAMP, "ヤマダ ハナコ")]), actor="cli")
    with time_machine.travel(clock.now() + timedelta(days=2)):
        number = wiping.propose("foreign", "期限が過ぎたため", officers[0])
        wiping.confirm(number, officers[1], fresh_code(officers[1]))
    left = keys()
    assert not any(key.startswith(("メズ", "めず")) for key in left)
    assert len(left) == 2, "the family name is the other one's too"
    assert dangling() == 0
    assert sweeping.sweep() == 0


def test_a_name_that_is_used_again_at_this_moment_stays(app_on_any_database: Flask) -> None:
    with transaction() as session:
        Indexer(session).put([somebody("1", "メズラシ", "ハナコ")])
    with transaction() as session:
        indexing.remove(session, Subject.PERSON, ["1"])

    def sweep() -> None:
        with app_on_any_database.app_context():
            sweeping.sweep()

    other = threading.Thread(target=sweep)
    with transaction() as session:
        Indexer(session).put([somebody("2", "メズラシ", "ハナコ")])
        other.start()
        other.join(0.3)  # where nothing held it, it would be through by now
    other.join()
    assert len(keys()) == 2
    assert dangling() == 0


def test_who_remembers_numbers_looks_anew_after_a_sweep(app_on_any_database: Flask) -> None:
    indexer = Indexer(db.session())
    with transaction():
        indexer.put([somebody("1", "メズラシ", "ハナコ")])
    with transaction() as session:
        indexing.remove(session, Subject.PERSON, ["1"])
    assert sweeping.sweep() == 2
    assert keys() == set()
    with transaction():
        indexer.put([somebody("2", "メズラシ", "ハナコ")])
    assert len(keys()) == 2
    assert dangling() == 0


def test_pieces_cover_every_name(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "PIECE", 2)
    with transaction() as session:
        Indexer(session).put([somebody(str(n), kana, "ハナコ") for n, kana in enumerate("アイウエオカキ")])
        indexing.remove(session, Subject.PERSON, [str(n) for n in range(6)])
    assert sweeping.sweep() == 6
    assert len(keys()) == 2
    assert dangling() == 0
