"""Everybody leaves a shelter in one step: each with an exit, counted at the other shelter, nobody twice."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Stale
from disaster.core.extensions import db
from disaster.shelters import ports, state
from disaster.shelters.ports import Inside
from disaster.shelters.vocabulary import Opening
from registry.intake import ids
from registry.intake.entering import Entry, enter_all
from registry.intake.projection import millis
from registry.models.people import Stay, Tally
from registry.people import moving
from registry.shelters import shelter_figures
from registry.vocabulary import ExitReason, Kind
from tests.registry.views.desks import desk, shelter_named

ACTOR = "account:1"


@pytest.fixture
def app(app_on_any_database: Flask) -> Flask:
    return app_on_any_database


def present(shelter: int) -> int:
    mine = (Stay.shelter_id == shelter, Stay.ended_at.is_(None), Stay.confirmed)
    return db.session.scalar(select(func.count()).where(*mine)) or 0


def town(app: Flask, people: int, unregistered: int = 0) -> tuple[int, int]:
    """Two open shelters, with people at the first."""
    here, there = shelter_named("神田小学校"), shelter_named("稲部小学校")
    counts = {here: unregistered}
    ports.init_app(app, ports.Ports(inside=lambda number: Inside(present(number), counts.get(number, 0))))
    for number in (here, there):
        state.set_opening(number, Opening.OPEN, seen=1, actor=ACTOR)
    with transaction() as session:
        at = millis(now()) - 60_000
        for number in range(people):
            person = ids.new()
            stay = {"person": person, "place": "shelter", "shelter": here, "start": at}
            enter_all(
                session,
                [Entry(Kind.PERSON, person, {"kana": f"ヒト{number}"}, here), Entry(Kind.STAY, ids.new(), stay, here)],
                actor=ACTOR,
            )
    return here, there


def test_all_go_to_the_other_shelter_and_are_counted_there_once(app: Flask) -> None:
    here, there = town(app, 4, unregistered=3)
    moved = moving.everybody(here, there, seen=7, actor=ACTOR)
    assert moved == moving.Moved(4, 3)
    assert (present(here), present(there)) == (0, 4)
    assert db.session.scalar(select(Tally.total).where(Tally.shelter_id == here)) == 0
    assert db.session.scalar(select(Tally.total).where(Tally.shelter_id == there)) == 7
    reasons = set(db.session.scalars(select(Stay.exit_reason).where(Stay.shelter_id == here)))
    assert reasons == {ExitReason.OTHER_SHELTER}


def test_a_count_at_the_other_door_grows_by_all_who_come(app: Flask) -> None:
    here, there = town(app, 2)
    with transaction() as session:
        enter_all(session, [Entry(Kind.TALLY, ids.new(), {"total": 30}, there)], actor=ACTOR)
    moving.everybody(here, there, seen=2, actor=ACTOR)
    deltas = list(db.session.scalars(select(Tally.delta).where(Tally.shelter_id == there, Tally.total.is_(None))))
    assert deltas == [2]


def test_all_went_home(app: Flask) -> None:
    here, there = town(app, 2)
    moving.everybody(here, ExitReason.HOME, seen=2, actor=ACTOR)
    assert (present(here), present(there)) == (0, 0)
    assert set(db.session.scalars(select(Stay.exit_reason))) == {ExitReason.HOME}


def test_who_came_meanwhile_is_not_moved_unseen(app: Flask) -> None:
    here, there = town(app, 3)
    with pytest.raises(Stale):
        moving.everybody(here, there, seen=2, actor=ACTOR)
    assert present(here) == 3


def test_a_closed_shelter_takes_nobody_in(app: Flask) -> None:
    here, _ = town(app, 1)
    for number in (here, shelter_named("三和小学校"), 2**53):
        with pytest.raises(Invalid, match="開設されていません"):
            moving.everybody(here, number, seen=1, actor=ACTOR)
    assert present(here) == 1


def test_on_the_page_the_last_tap_closes(app: Flask) -> None:
    one = desk(app, "城山小学校")
    here, there = town(app, 0)[0], one.shelter
    ports.init_app(app, ports.Ports(inside=lambda number: Inside(present(number))))
    with transaction() as session:
        person = ids.new()
        stay = {"person": person, "place": "shelter", "shelter": there, "start": millis(now()) - 1000}
        enter_all(
            session,
            [Entry(Kind.PERSON, person, {"kana": "ヒト"}, there), Entry(Kind.STAY, ids.new(), stay, there)],
            actor=ACTOR,
        )
    assert "残っている1人を、まとめて記録する" in one.get("/close")
    assert one.post("/close/everybody", people=1, to="").status_code == 422
    assert one.post("/close/everybody", people=9, to="home").status_code == 409
    assert one.post("/close/everybody", people=1, to=str(here)).status_code == 303
    assert "残っている人はいません" in one.get("/close")
    assert one.post("/close", seen=2).status_code == 303
    assert one.state() == Opening.CLOSED


def test_with_the_real_figures_nobody_is_lost_or_doubled(app: Flask) -> None:
    here, there = town(app, 4)
    ports.init_app(app, ports.Ports(inside=shelter_figures.inside))
    with transaction() as session:
        counts = [Entry(Kind.TALLY, ids.new(), {"total": 9}, here), Entry(Kind.TALLY, ids.new(), {"total": 5}, there)]
        enter_all(session, counts, actor=ACTOR)
    assert shelter_figures.inside(here) == Inside(4, 5)
    moving.everybody(here, there, seen=9, actor=ACTOR)
    assert shelter_figures.inside(here) == Inside(0, 0)
    assert shelter_figures.inside(there) == Inside(4, 10)
