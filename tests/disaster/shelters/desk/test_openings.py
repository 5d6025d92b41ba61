"""A shelter opens only against a hazard that it stands, or with a reason; it closes only when everybody has an exit."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.incidents.models import Incident
from disaster.shelters import directory, importing, ports, state, told
from disaster.shelters.desk import openings
from disaster.shelters.desk.openings import Occupied, Unfit
from disaster.shelters.models import Shelter, ShelterState
from disaster.shelters.vocabulary import Crowding, Opening
from tests.disaster.shelters.desk.conftest import Told


def test_what_the_flood_forbids_opens_with_a_reason_only(town: dict[str, Shelter], world: Told) -> None:
    world(hazards=["flood"])
    sanwa = town["三和小学校"].id
    with pytest.raises(Unfit, match="洪水では使えません") as refused:
        state.set_opening(sanwa, Opening.OPEN, seen=1, actor="account:1")
    assert "reason" in refused.value.fields
    assert state_of(sanwa).opening == Opening.CLOSED
    state.set_opening(sanwa, Opening.OPEN, seen=1, actor="account:1", reason="2階より上だけを使う")
    running = openings.current(sanwa)
    assert running is not None
    assert (running.hazards, running.reason) == (["flood"], "2階より上だけを使う")


def test_a_hazard_that_only_the_person_at_the_door_named_counts_too(town: dict[str, Shelter]) -> None:
    with pytest.raises(Unfit):
        state.set_opening(town["三和小学校"].id, Opening.OPEN, seen=1, actor="account:1", hazard="flood")
    state.set_opening(town["三和小学校"].id, Opening.OPEN, seen=1, actor="account:1", hazard="earthquake")


def test_a_reason_where_nothing_forbids_is_not_kept(town: dict[str, Shelter], world: Told) -> None:
    world(hazards=["flood"])
    kanda = town["神田小学校"].id
    state.set_opening(kanda, Opening.OPEN, seen=1, actor="account:1", reason="なんとなく")
    running = openings.current(kanda)
    assert running is not None
    assert running.reason == ""


@pytest.mark.parametrize("reason", ["x" * 201, "二行\n目"])
def test_a_reason_that_cannot_be_stored_is_told(town: dict[str, Shelter], reason: str) -> None:
    with pytest.raises(Invalid, match="理由"):
        state.set_opening(town["神田小学校"].id, Opening.OPEN, seen=1, actor="account:1", reason=reason)


def test_the_first_opening_begins_the_disaster_and_the_next_joins_it(town: dict[str, Shelter]) -> None:
    for name in ("神田小学校", "稲部小学校"):
        state.set_opening(town[name].id, Opening.OPEN, seen=1, actor="account:1")
    assert len(db.session.scalars(select(Incident)).all()) == 1
    actions = db.session.scalars(select(audit.AuditEntry.action)).all()
    assert actions.count("incident.begun") == 1


@pytest.mark.parametrize(("registered", "unregistered"), [(1, 0), (0, 1), (3, 2)])
def test_it_does_not_close_while_somebody_is_there(kanda: int, world: Told, registered: int, unregistered: int) -> None:
    world(registered=registered, unregistered=unregistered)
    with pytest.raises(Occupied, match="残っています"):
        state.set_opening(kanda, Opening.CLOSED, seen=2, actor="account:1")
    assert state_of(kanda).opening == Opening.OPEN
    world()
    state.set_opening(kanda, Opening.CLOSED, seen=2, actor="account:1")
    assert openings.current(kanda) is None


def test_every_opening_is_kept(app_on_any_database: Flask) -> None:
    importing.import_shipped(municipality())
    ports.init_app(app_on_any_database, ports.Ports())
    number = directory.all_shelters()[0].id
    for seen in (1, 3):
        state.set_opening(number, Opening.OPEN, seen=seen, actor="account:1")
        state.set_opening(number, Opening.CLOSED, seen=seen + 1, actor="account:2")
    assert [(o.opened_by, o.closed_by) for o in openings.history(number)] == [("account:1", "account:2")] * 2


class TestTold:
    """What tablets say later."""

    def test_an_opening_that_the_hazard_forbids_is_taken_and_says_so(
        self, town: dict[str, Shelter], world: Told
    ) -> None:
        world(hazards=["flood"])
        sanwa = town["三和小学校"].id
        with transaction() as session:
            assert told.opening(session, sanwa, Opening.OPEN, at=clock.now(), actor="device:1")
        running = openings.current(sanwa)
        assert running is not None
        assert running.reason == told.UNSAID

    def test_the_newest_word_stands_whatever_comes_last(self, kanda: int) -> None:
        at = clock.now() + timedelta(seconds=1)
        with transaction() as session:
            assert told.crowding(session, kanda, Crowding.FULL, at=at, actor="device:1")
            assert not told.crowding(session, kanda, Crowding.FREE, at=at - timedelta(minutes=5), actor="device:2")
            assert not told.opening(session, kanda, Opening.CLOSED, at=at - timedelta(hours=1), actor="device:2")
        assert state_of(kanda).crowding == Crowding.FULL
        with transaction() as session:
            assert told.opening(session, kanda, Opening.CLOSED, at=at + timedelta(minutes=1), actor="device:2")
            assert not told.crowding(session, kanda, Crowding.SOME, at=at + timedelta(minutes=2), actor="device:1")
        assert (state_of(kanda).opening, openings.current(kanda)) == (Opening.CLOSED, None)

    def test_a_tablet_does_not_close_over_people(self, kanda: int, world: Told) -> None:
        world(registered=1)
        with pytest.raises(Occupied), transaction() as session:
            told.opening(session, kanda, Opening.CLOSED, at=clock.now(), actor="device:1")
        assert state_of(kanda).opening == Opening.OPEN


def state_of(shelter_id: int) -> ShelterState:
    return db.session.scalars(select(ShelterState).where(ShelterState.shelter_id == shelter_id)).one()
