"""What the tablets of a shelter are told of its people: what changed, in the sequence of changes, and only those whom they may show."""

import pytest
from flask import Flask
from sqlalchemy import select, update

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from registry.intake import settling
from registry.models.people import Person
from registry.vocabulary import SECRET, Protection
from tests.registry.tablets.desk import Desk
from tests.registry.views.desks import shelter_named


@pytest.fixture
def pair(app_on_any_database: Flask) -> tuple[Desk, Desk]:
    """Two shelters' tablets."""
    return Desk(app_on_any_database, shelter_named("神田小学校")), Desk(
        app_on_any_database, shelter_named("三和小学校")
    )


def pulled(desk: Desk, after: int = 0) -> dict:
    answer = desk.get(f"changes?after={after}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def test_only_the_own_shelters_people_come_with_what_stands_behind_each_value(pair: tuple[Desk, Desk]) -> None:
    kanda, sanwa = pair
    mine, other = kanda.tablet.family(kanda.now(), "見本", 2), sanwa.tablet.family(sanwa.now(), "例田", 1)
    kanda.statuses(kanda.tablet.sealed(mine))
    sanwa.statuses(sanwa.tablet.sealed(other))
    told = pulled(kanda)
    assert {person["id"] for person in told["people"]} == {e["entity"] for e in mine if e["kind"] == "person"}
    assert {stay["id"] for stay in told["stays"]} == {e["entity"] for e in mine if e["kind"] == "stay"}
    (home,) = told["households"]
    assert home["values"]["surname"] == "見本"
    assert home["heads"]["surname"] == [mine[0]["id"]]
    assert (told["gone"], told["more"]) == ([], False)
    assert all(stay["confirmed"] and not stay["disputed"] for stay in told["stays"])
    since = pulled(kanda, told["next"])
    assert (since["people"], since["stays"], since["next"]) == ([], [], told["next"])


def test_a_change_comes_once_and_who_left_is_gone(pair: tuple[Desk, Desk]) -> None:
    kanda, sanwa = pair
    family = kanda.tablet.family(kanda.now(), "見本", 2)
    kanda.statuses(kanda.tablet.sealed(family))
    start = pulled(kanda)["next"]
    person, stay = family[1], family[2]
    told = kanda.tablet.event("person", kanda.now(), {"kana": "ミホン"}, entity=person["entity"])
    kanda.statuses(kanda.tablet.sealed([told]))
    first = pulled(kanda, start)
    assert [one["values"].get("kana") for one in first["people"]] == ["ミホン"]
    left = kanda.tablet.event("stay", kanda.now(), {"end": kanda.now(), "reason": "home"}, entity=stay["entity"])
    kanda.statuses(kanda.tablet.sealed([left]))
    second = pulled(kanda, first["next"])
    gone = [{"kind": "person", "id": person["entity"]}, {"kind": "stay", "id": stay["entity"]}]
    assert (second["people"], second["gone"]) == ([], gone)
    assert pulled(sanwa, start)["gone"] == []  # ids of others are not told


def test_who_is_claimed_by_two_shelters_is_marked_at_both(pair: tuple[Desk, Desk]) -> None:
    kanda, sanwa = pair
    family = kanda.tablet.family(kanda.now() - 60_000, "見本", 1)
    kanda.statuses(kanda.tablet.sealed(family))
    start = pulled(kanda)["next"]
    claim = sanwa.tablet.event("stay", sanwa.now(), {"person": family[1]["entity"], "start": sanwa.now()})
    assert sanwa.statuses(sanwa.tablet.sealed([claim])) == ["CONFLICT"]
    (here,), (there,) = pulled(kanda, start)["stays"], pulled(sanwa)["stays"]
    assert (here["confirmed"], here["disputed"]) == (False, True)
    assert (there["confirmed"], there["disputed"]) == (True, True)


@pytest.mark.parametrize("level", SECRET)
def test_a_protected_person_is_on_no_tablet_and_leaves_the_one_that_had_them(
    pair: tuple[Desk, Desk], level: Protection
) -> None:
    kanda, sanwa = pair
    family = kanda.tablet.family(kanda.now(), "見本", 1)
    kanda.statuses(kanda.tablet.sealed(family))
    start = pulled(kanda)["next"]
    with transaction() as session:
        session.execute(update(Person).values(protection=level))
    fresh, since = kanda.get("changes").get_data(as_text=True), pulled(kanda, start)
    assert all(event["entity"] not in fresh for event in family)
    assert {one["kind"] for one in since["gone"]} == {"household", "person", "stay"}
    assert since["people"] == since["stays"] == since["households"] == []
    assert all(event["entity"] not in sanwa.get(f"changes?after={start}").get_data(as_text=True) for event in family)


def test_two_entries_that_are_one_person_come_as_one(pair: tuple[Desk, Desk]) -> None:
    kanda, _ = pair
    first, second = kanda.tablet.family(kanda.now(), "見本", 1), kanda.tablet.family(kanda.now(), "見本", 1)
    kanda.statuses(kanda.tablet.sealed([*first, *second]))
    start, keep, lose = pulled(kanda)["next"], first[1]["entity"], second[1]["entity"]
    with transaction() as session:
        session.execute(update(Person).where(Person.id == lose).values(merged_into=keep))
        incident = session.scalars(select(Person.incident_id)).first()
        settling.resettle(session, [keep, lose], incident_id=incident, at=clock.now(), actor="account:1")
    told = pulled(kanda, start)
    assert [person["id"] for person in told["people"]] == [keep]
    assert {stay["person"] for stay in told["stays"]} == {keep}
    assert {"kind": "person", "id": lose} in told["gone"]


def test_every_call_that_tells_something_is_recorded_once(pair: tuple[Desk, Desk]) -> None:
    kanda, _ = pair
    kanda.statuses(kanda.tablet.sealed(kanda.tablet.family(kanda.now(), "見本", 2)))
    told = pulled(kanda)
    pulled(kanda, told["next"])
    pulls = select(audit.AuditEntry.actor, audit.AuditEntry.detail).where(audit.AuditEntry.action == "device.pulled")
    assert [row.actor for row in db.session.execute(pulls)] == [f"device:{kanda.number}"]


def test_a_tablet_that_was_away_for_long_gets_all_of_it_in_parts(
    pair: tuple[Desk, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    kanda, _ = pair
    kanda.statuses(kanda.tablet.sealed(kanda.tablet.family(kanda.now(), "最初", 1)))
    after = pulled(kanda)["next"]
    kanda.statuses(kanda.tablet.sealed(kanda.tablet.family(kanda.now(), "見本", 6)))
    monkeypatch.setattr("registry.tablets.pulling.PAGE", 4)
    seen, more = set(), True
    while more:
        told = pulled(kanda, after)
        seen |= {person["id"] for person in told["people"]}
        after, more = told["next"], told["more"]
    assert len(seen) == 6
