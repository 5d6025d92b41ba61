"""An exercise (訓練) at the shelters: nobody outside learns of it, what was entered is told apart, and is taken out again when it is over."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from disaster.core import clock
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from disaster.incidents import exercise
from disaster.shelters import directory, state
from disaster.shelters.models import Shelter
from disaster.shelters.vocabulary import Opening
from disaster.staff.permissions import Role
from registry.intake import exercises
from registry.models.people import Person
from registry.shelters import shelter_figures
from registry.vocabulary import Kind
from tests.registry.people.entries import arrive, enter
from tests.registry.tablets.desk import Desk
from tests.registry.views.desks import shelter_named
from tests.registry.views.people_desk import officer

ACTOR = "account:1"


def begin() -> int:
    return exercise.open_window(1, name="水防訓練", ends_at=clock.now() + timedelta(hours=2))


def told_to_residents(shelter: int) -> tuple[Opening, bool]:
    """What the public list says, and whether it says that somebody changed it."""
    found = next(one for one in directory.public_shelters() if one.id == shelter)
    db.session.rollback()
    return Opening(found.state.opening), found.state.changed_at is not None


def standing(shelter: int) -> Shelter:
    return directory.by_ids([shelter])[0]


def test_what_was_entered_in_an_exercise_is_told_apart_and_taken_out(app_on_any_database: Flask) -> None:
    desk = Desk(app_on_any_database, shelter_named("神田小学校"))
    shelter, tablet, now = desk.tablet.shelter, desk.tablet, desk.now()
    assert desk.get("device").get_json()["exercise"] is None
    real = arrive(shelter, family="本田")
    desk.send(tablet.sealed([tablet.event("tally", now - 9000, {"delta": 5})]))
    window = begin()
    told = desk.get("device").get_json()["exercise"]
    assert (told["id"], told["name"]) == (window, "水防訓練")
    family = tablet.family(now, "訓練山", 3)
    count = tablet.event("tally", now, {"delta": 40})
    marked = [{**event, "exercise": window} for event in (*family, count)]
    assert set(desk.statuses(tablet.sealed(marked))) == {"NEW"}
    played = arrive(shelter, family="役場")  # on a page of the staff
    enter(Kind.PERSON, real, shelter, note="訓練で声をかけた")
    late = tablet.family(now + 600_000, "後田", 1)
    desk.send(tablet.sealed([{**event, "exercise": window} for event in late]), now=desk.now())
    people = {event["entity"] for event in family if event["kind"] == "person"}
    assert exercises.among([*people, played, real]) == {*people, played}
    with pytest.raises(Invalid, match="続いています"):
        exercises.tidy(window, actor=ACTOR)
    exercise.close_window(1, window)
    (left,) = exercises.left()
    assert (left.people, left.stays, left.changed) == (4, 4, 1), "who came after its end is no part of it"
    exercises.tidy(window, actor=ACTOR)
    assert exercises.left() == []
    standing_people = set(db.session.scalars(select(Person.family).where(Person.removed_at.is_(None))))
    assert standing_people == {"本田", "後田"}
    figures = shelter_figures.at([shelter])[shelter]
    assert (figures.registered, figures.unregistered) == (2, 3), "five were counted, two of them are registered"


def test_residents_learn_of_a_shelter_only_when_it_opens_for_real(app: Flask) -> None:
    desk = Desk(app, shelter_named("神田小学校"))
    shelter, other, at = desk.tablet.shelter, shelter_named("稲部小学校"), desk.now()
    window = begin()
    opened = desk.tablet.event("opening", at, {"opening": "open"}, exercise=window)
    desk.send(desk.tablet.sealed([opened]))
    state.set_opening(other, Opening.OPEN, seen=1, actor=ACTOR)
    assert standing(shelter).state.opening == standing(other).state.opening == Opening.OPEN
    assert told_to_residents(shelter) == told_to_residents(other) == (Opening.CLOSED, False)
    state.set_opening(other, Opening.CLOSED, seen=2, actor=ACTOR)
    assert told_to_residents(other) == (Opening.CLOSED, False)
    exercise.close_window(1, window)
    assert told_to_residents(shelter) == (Opening.CLOSED, False), "the end of an exercise opens nothing"
    state.set_opening(shelter, Opening.OPEN, seen=2, actor=ACTOR)
    assert told_to_residents(shelter) == (Opening.OPEN, True)
    again = begin()
    state.set_opening(other, Opening.OPEN, seen=3, actor=ACTOR)
    exercise.close_window(1, again)
    registrar = officer(app, Role.REGISTRY)
    assert "1か所（住民には見えていません）" in registrar.get("/registry/exercises")
    assert "片づける訓練の記録はありません" in registrar.told(f"/registry/exercises/{again}")
    assert [standing(one).state.opening for one in (shelter, other)] == [Opening.OPEN, Opening.CLOSED]


def test_the_register_takes_an_exercise_out_by_a_button_and_closes_what_it_opened(app: Flask) -> None:
    shelter, window = shelter_named("神田小学校"), begin()
    state.set_opening(shelter, Opening.OPEN, seen=1, actor=ACTOR)
    person = arrive(shelter)
    registrar = officer(app, Role.REGISTRY)
    assert "訓練の記録</span>" in registrar.get(f"/registry/people/{person}?why=correction")
    exercise.close_window(1, window)
    assert "本番として開設する" in officer(app, Role.SHELTER, shelter).get(f"/shelter/desk/{shelter}")
    page = registrar.told(f"/registry/exercises/{window}")
    assert "取り消した人 1人" in page
    assert "片づける訓練の記録はありません" in page
    assert standing(shelter).state.opening == Opening.CLOSED
    assert told_to_residents(shelter) == (Opening.CLOSED, False)
    enter(Kind.PERSON, person, removed=False)
    assert exercises.among([person]) == set(), "whoever is entered again for real is no exercise any more"
