"""Tallies are always what a full count would give, whoever writes and however."""

import contextlib
import threading
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from broadcast.models.delivery import Delivery, Status
from broadcast.models.tally import TRIGGERS, Tally
from broadcast.sending import ledger, tallies
from disaster.core.base import Base
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db
from tests.broadcast.town import Town

CHANNELS, CODES = ("email", "sms"), ("", "config", "throttled")
NUMBERS = st.sampled_from([status.value for status in Status])
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), st.integers(1, 12), st.sampled_from(CHANNELS), NUMBERS, st.sampled_from(CODES)),
        st.tuples(st.just("again"), st.integers(1, 12), st.sampled_from(CHANNELS), NUMBERS, st.sampled_from(CODES)),
        st.tuples(st.just("update"), st.integers(0, 12), st.sampled_from(CHANNELS), NUMBERS, st.sampled_from(CODES)),
        st.tuples(st.just("delete"), st.integers(0, 12), st.sampled_from(CHANNELS), NUMBERS, st.sampled_from(CODES)),
        st.tuples(st.just("compact"), st.just(0), st.just(""), st.just(0), st.just("")),
        st.tuples(st.just("rollback"), st.integers(1, 12), st.sampled_from(CHANNELS), NUMBERS, st.just("")),
    ),
    max_size=25,
)


class _Undone(Exception):
    pass


def counted() -> dict[tuple[object, ...], int]:
    rows = db.session.execute(
        select(Delivery.transmission_id, Delivery.channel, Delivery.status, Delivery.code, func.count()).group_by(
            Delivery.transmission_id, Delivery.channel, Delivery.status, Delivery.code
        )
    )
    return {tuple(row[:4]): row[4] for row in rows}


def kept() -> dict[tuple[object, ...], int]:
    found: dict[tuple[object, ...], int] = {}
    for row in db.session.scalars(select(Tally)):
        place = (row.transmission_id, row.channel, row.status, row.code)
        found[place] = found.get(place, 0) + row.number
    db.session.expunge_all()
    db.session.rollback()
    return {place: number for place, number in found.items() if number}


def apply(transmission: int, change: tuple[str, int, str, int, str]) -> None:
    """One change as some part of the service might make it."""
    verb, contact, channel, status, code = change
    at = now()
    row = {
        "transmission_id": transmission, "channel": channel, "contact_id": contact, "language": "ja", "rank": 1, "status": status,
        "attempts": 0, "due_at": at, "code": code, "detail": "", "updated_at": at,
    }  # fmt: skip
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    if verb == "compact":
        tallies.compact()
        return
    with transaction() as session:
        if verb in ("insert", "again"):
            session.execute(dialect.insert(Delivery).values(row).on_conflict_do_nothing())
        if verb == "again":
            statement = dialect.insert(Delivery).values(row)
            session.execute(
                statement.on_conflict_do_update(
                    index_elements=["transmission_id", "channel", "contact_id"], set_={"status": status, "code": code}
                )
            )
        if verb == "update":  # of one, or of all of a channel at once
            where = (Delivery.contact_id == contact,) if contact else ()
            session.execute(
                update(Delivery).where(Delivery.channel == channel, *where).values(status=status, code=code)
            )
        if verb == "delete" and contact:
            session.execute(delete(Delivery).where(Delivery.contact_id == contact, Delivery.channel == channel))
        if verb == "rollback":
            session.execute(update(Delivery).values(status=status))
            raise _Undone


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_after_any_history_the_tallies_are_what_a_full_count_gives(any_town: Town, changes: list[tuple]) -> None:  # type: ignore[type-arg]
    many, tallies.MANY = tallies.MANY, 3
    with transaction() as session:
        session.execute(delete(Delivery))
    transmission = _transmission(any_town)
    try:
        for change in changes:
            with contextlib.suppress(_Undone):
                apply(transmission, change)
    finally:
        tallies.MANY = many
    assert kept() == counted()
    assert tallies.wrong() == 0


def _transmission(town: Town) -> int:
    found = db.session.execute(text("SELECT min(id) FROM transmissions")).scalar()
    if found is None:
        town.approved()
        with transaction() as session:
            session.execute(delete(Delivery))
        found = db.session.execute(text("SELECT min(id) FROM transmissions")).scalar()
    return int(found)


def test_a_row_that_is_there_already_is_not_counted_again(town: Town) -> None:
    town.resident(1)
    town.approved()
    with transaction() as session:
        session.execute(text("INSERT OR IGNORE INTO deliveries SELECT * FROM deliveries"))
    assert kept() == counted()


def test_progress_reads_no_delivery(any_town: Town) -> None:
    for number in range(3):
        any_town.resident(number)
    alert_id = any_town.approved()
    seen: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))
    transmission = ledger.transmission_of(alert_id)
    assert transmission is not None
    seen.clear()
    found = {one.channel: one.counts for one in ledger.progress(transmission.id)}
    assert found["email"] == {Status.QUEUED: 3}
    assert seen
    assert not any("deliveries" in statement for statement in seen)
    assert any_town.statuses(alert_id, "email") == {Status.QUEUED: 3}


def test_wrong_tallies_are_found_and_counted_anew(any_town: Town) -> None:
    any_town.resident(1)
    any_town.approved()
    with transaction() as session:
        session.execute(update(Tally).where(Tally.channel == "email").values(number=7))
        session.execute(delete(Tally).where(Tally.channel == "radio"))
    assert tallies.wrong() == 2
    assert tallies.recount() == 2
    assert tallies.wrong() == 0
    any_town.send_everything()
    assert tallies.wrong() == 0


@pytest.mark.postgres
@pytest.mark.parametrize("any_database", ["postgresql"], indirect=True)
def test_workers_that_write_at_once_with_a_compaction_beside_them_lose_no_number(any_town: Town) -> None:
    for number in range(40):
        any_town.resident(number)
    any_town.approved()
    ids = list(db.session.scalars(select(Delivery.id).where(Delivery.channel == "email")))
    db.session.rollback()
    stop = threading.Event()

    def write(mine: list[int]) -> None:
        with any_town.app.app_context():
            for status in (10, 30, 40, 10, 20, 30) * 4:
                with transaction() as session:
                    session.execute(update(Delivery).where(Delivery.id.in_(mine)).values(status=status))
            db.session.remove()

    def compact() -> None:
        with any_town.app.app_context():
            while not stop.is_set():
                tallies.compact()
            db.session.remove()

    many, tallies.MANY = tallies.MANY, 1
    writers = [threading.Thread(target=write, args=(ids[part::4],)) for part in range(4)]
    compactor = threading.Thread(target=compact)
    for thread in (*writers, compactor):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    compactor.join()
    tallies.MANY = many
    assert kept() == counted()


def test_tables_made_from_the_models_have_the_same_triggers_as_migrated_ones(any_town: Town) -> None:
    name = db.engine.dialect.name
    if name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'deliveries' ORDER BY name"
    else:
        query = (
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'deliveries'::regclass AND NOT tgisinternal ORDER BY tgname"
        )
    migrated = list(db.session.scalars(text(query)))
    db.session.rollback()
    made = sorted(statement.split()[2] for statement in TRIGGERS[name] if statement.startswith("CREATE TRIGGER"))
    assert migrated == made
    assert Base.metadata.tables["delivery_tallies"] is not None


def test_the_command_line_counts_anew(run_disaster: Any, town: Town) -> None:
    town.resident(1)
    town.approved()
    with transaction() as session:
        session.execute(update(Tally).where(Tally.channel == "email").values(number=7))
    done = run_disaster("db", "recount")
    assert done.returncode == 0, done.stderr
    assert "1件" in done.stdout
    assert tallies.wrong() == 0
