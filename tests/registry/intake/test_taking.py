"""Single things that must hold when events are taken: what is put aside, what is shown to a person, what is kept for later versions."""

import json
import threading

import pytest
from flask import Flask
from sqlalchemy import func, select

from disaster.core import sealed
from disaster.core.extensions import db
from registry.intake import taking
from registry.intake.batch import Source
from registry.intake.schemas import Event
from registry.models.intake import IntakeEvent, Quarantined
from registry.models.people import Conflict, Person, Stay
from registry.shelters import shelter_figures
from tests.registry.intake.histories import MINUTE, MS, NOON, clear, identifier, take_batch
from tests.registry.views.desks import shelter_named

A, B = 1, 2
SOMEBODY = identifier(1, 1)


@pytest.fixture
def register(app_on_any_database: Flask) -> Flask:
    """A register with the town's shelters and three tablets."""
    shelter_named("神田小学校")
    clear()
    return app_on_any_database


def event(
    number: int, kind: str, entity: str, fields: dict, *, at: int = MS, shelter: int | None = A, **more: object
) -> Event:
    """One event as it comes."""
    said = {"id": identifier(9, number), "kind": kind, "entity": entity, "seq": number, "at": at, "shelter": shelter}
    return Event.model_validate({**said, "fields": fields, **more})


def arrival(number: int, shelter: int, at: int, person: str = SOMEBODY) -> Event:
    """Somebody is checked in."""
    return event(number, "stay", identifier(3, number), {"person": person, "start": at}, at=at, shelter=shelter)


def figures() -> dict[int, int]:
    return {number: found.registered for number, found in shelter_figures.at([A, B]).items()}


def waiting(kind: str) -> list[Conflict]:
    db.session.rollback()
    query = select(Conflict).where(Conflict.kind == kind, Conflict.resolved_at.is_(None))
    return list(db.session.scalars(query))


def test_the_same_id_with_other_content_is_put_aside_and_changes_nothing(register: Flask) -> None:
    assert take_batch(1, [event(1, "person", SOMEBODY, {"family": "見本"})]) == ["NEW"]
    assert take_batch(2, [event(1, "person", SOMEBODY, {"family": "例田"})]) == ["CONFLICT"]
    assert take_batch(2, [event(1, "person", SOMEBODY, {"family": "例田"})]) == ["CONFLICT"]
    assert db.session.scalar(select(Person.family)) == "見本"
    assert [json.loads(kept)["fields"] for kept in db.session.scalars(select(Quarantined.payload))] == [
        {"family": "例田"}
    ]
    assert len(waiting("reused_id")) == 1


def test_the_same_id_twice_in_one_call_keeps_the_first(register: Flask) -> None:
    both = [event(1, "person", SOMEBODY, {"family": "見本"}), event(1, "person", SOMEBODY, {"family": "例田"})]
    assert take_batch(1, [*both, both[0]]) == ["NEW", "CONFLICT", "IDENTICAL"]
    assert db.session.scalar(select(Person.family)) == "見本"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("person", {"age": 900}),
        ("person", {"family": "x" * 201}),
        ("person", {"family": "a\nb"}),
        ("person", {"family": "\x00"}),
        ("person", {"family": "\udc00"}),
        ("person", {"sex": "?"}),
        ("stay", {"shelter": 10**6}),
        ("stay", {"seen_on": "2026-02-30"}),
        ("tally", {"total": -1}),
        ("crowding", {}),
    ],
)
def test_a_bad_event_is_put_aside_and_fails_no_other(register: Flask, kind: str, fields: dict) -> None:
    bad = event(1, kind, identifier(5, 1), fields)
    good = [event(2, "person", SOMEBODY, {"family": "見本"}), arrival(3, A, MS)]
    assert take_batch(1, [good[0], bad, good[1]]) == ["NEW", "INVALID", "NEW"]
    assert figures() == {A: 1, B: 0}
    assert db.session.scalar(select(func.count()).select_from(Quarantined)) == 1
    assert db.session.scalar(select(func.count()).select_from(IntakeEvent)) == 2
    assert take_batch(1, [bad]) == ["INVALID"]


def test_who_is_at_two_shelters_counts_at_the_later_one_until_a_person_decides(register: Flask) -> None:
    take_batch(1, [event(1, "person", SOMEBODY, {"family": "見本"}), arrival(2, A, MS)])
    assert take_batch(2, [arrival(3, B, MS + MINUTE)]) == ["CONFLICT"]
    assert figures() == {A: 0, B: 1}
    assert [found.sides for found in waiting("double_stay")] == [[identifier(3, 2), identifier(3, 3)]]
    decided = event(4, "stay", identifier(3, 2), {"confirmed_over": identifier(3, 3)})
    take_batch(3, [decided])
    assert figures() == {A: 1, B: 0}
    assert waiting("double_stay") == []
    away = db.session.get(Stay, identifier(3, 3), populate_existing=True)
    assert away is not None
    assert away.ended_at is not None


def test_an_exit_at_the_first_shelter_settles_it_by_itself(register: Flask) -> None:
    take_batch(1, [arrival(2, A, MS)])
    take_batch(2, [arrival(3, B, MS + MINUTE)])
    take_batch(1, [event(4, "stay", identifier(3, 2), {"end": MS + MINUTE, "reason": "other_shelter"})])
    assert figures() == {A: 0, B: 1}
    assert waiting("double_stay") == []


def test_two_values_written_without_knowing_of_each_other_wait_for_a_person(register: Flask) -> None:
    take_batch(1, [event(1, "person", SOMEBODY, {"kana": "ミホン"})])
    assert take_batch(2, [event(2, "person", SOMEBODY, {"kana": "ミモト"}, at=MS + 1)]) == ["CONFLICT"]
    (found,) = waiting("field")
    assert (found.field, found.sides) == ("kana", [identifier(9, 1), identifier(9, 2)])
    both = {"kana": [identifier(9, 1), identifier(9, 2)]}
    take_batch(3, [event(3, "person", SOMEBODY, {"kana": "ミホン"}, base=both)])
    assert waiting("field") == []
    assert db.session.scalar(select(Person.kana)) == "ミホン"


def test_different_fields_and_the_same_value_do_not_contradict(register: Flask) -> None:
    take_batch(1, [event(1, "person", SOMEBODY, {"kana": "ミホン", "age": 30})])
    assert take_batch(2, [event(2, "person", SOMEBODY, {"kana": "ミホン", "sex": "f"}, at=MS + 1)]) == ["UPDATED"]
    assert waiting("field") == []


def test_a_tombstone_is_not_undone_by_an_old_tablet(register: Flask) -> None:
    take_batch(1, [event(1, "person", SOMEBODY, {"family": "見本"}), arrival(2, A, MS)])
    take_batch(3, [event(3, "person", SOMEBODY, {"removed": True}, at=MS + MINUTE)])
    assert figures() == {A: 0, B: 0}
    assert take_batch(2, [event(4, "person", SOMEBODY, {"age": 30}, at=MS + 2 * MINUTE)]) == ["CONFLICT"]
    assert figures() == {A: 0, B: 0}
    assert len(waiting("after_merge")) == 1


def test_what_a_later_version_says_is_kept_although_nothing_here_knows_it(register: Flask) -> None:
    newer = event(1, "person", SOMEBODY, {"family": "見本", "blood": "A"}, v=7, weather="rain")
    older = event(2, "person", identifier(1, 2), {"family": "例田"}, v=0)
    assert take_batch(1, [newer, older]) == ["NEW", "NEW"]
    payload = db.session.scalar(select(IntakeEvent.payload).where(IntakeEvent.id == identifier(9, 1)))
    kept = json.loads(sealed.unseal(payload, taking.SEAL))
    assert (kept["weather"], kept["fields"]["blood"]) == ("rain", "A")


def test_a_total_replaces_what_was_counted_and_later_taps_add_in_any_order(register: Flask) -> None:
    taps = [
        event(1, "tally", identifier(4, 1), {"delta": 5}, at=MS),
        event(2, "tally", identifier(4, 2), {"total": 20}, at=MS + 2),
        event(3, "tally", identifier(4, 3), {"delta": 3}, at=MS + 3),
        event(4, "tally", identifier(4, 4), {"delta": -1}, at=MS + 4),
    ]
    take_batch(1, [taps[3], taps[1]])
    take_batch(2, [taps[0], taps[2]])
    assert shelter_figures.at([A])[A].unregistered == 22


def test_who_was_counted_and_is_registered_later_counts_once_and_leaving_takes_one_away(register: Flask) -> None:
    at = MS + MINUTE
    take_batch(1, [event(1, "tally", identifier(4, 1), {"total": 10}, at=at)])
    people = [identifier(1, n) for n in range(4)]
    take_batch(1, [arrival(10 + n, A, at + n, person) for n, person in enumerate(people)])
    assert counted() == (4, 6)
    take_batch(1, [event(20, "stay", identifier(3, 10), {"end": at + MINUTE, "reason": "home"})])
    assert counted() == (3, 6)
    take_batch(1, [event(21, "tally", identifier(4, 2), {"total": 9}, at=at + 2 * MINUTE)])
    assert counted() == (3, 6)
    take_batch(1, [arrival(30 + n, A, at + 3 * MINUTE, identifier(1, 30 + n)) for n in range(8)])
    assert counted() == (11, 0)


def counted() -> tuple[int, int]:
    found = shelter_figures.at([A])[A]
    return found.registered, found.unregistered


def test_two_tablets_at_the_same_moment_lose_nothing(register: Flask) -> None:
    together, failed = threading.Barrier(4), []

    def tablet(device: int) -> None:
        with register.app_context():
            together.wait(30)
            try:
                for call in range(5):
                    first = 100 * device + 10 * call
                    events = [arrival(first + n, A, MS + n, identifier(1, n)) for n in range(3)]
                    take_batch(1 + device % 3, [*events, event(first + 9, "person", SOMEBODY, {"note": f"{first}"})])
            except Exception as error:
                failed.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=tablet, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert db.session.scalar(select(func.count()).select_from(IntakeEvent)) == 4 * 5 * 4
    assert db.session.scalar(select(func.count()).select_from(Stay)) == 4 * 5 * 3
    assert figures() == {A: 3, B: 0}


def test_a_source_says_who_brought_it(register: Flask) -> None:
    take_batch(2, [event(1, "person", SOMEBODY, {"family": "見本"}, by="佐藤")])
    row = db.session.scalars(select(IntakeEvent)).one()
    assert (row.device_id, row.actor, row.seq) == (2, "device:2", 1)
    assert Source(2, "device:2", NOON).offset_ms == 0
