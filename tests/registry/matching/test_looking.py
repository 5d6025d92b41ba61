"""The worker finds pairs after people came in, and rests while nothing changes."""

from flask import Flask
from sqlalchemy import select

from disaster.core.extensions import db
from registry.matching import looking
from registry.models.people import MatchingMark, MatchPair
from tests.registry.people.entries import arrive
from tests.registry.views.desks import shelter_named


def test_new_entries_are_looked_at_once(app_on_any_database: Flask) -> None:
    assert looking.look() == 0
    here = shelter_named("神田小学校")
    for _ in range(2):
        arrive(here, birth="S60.4.12", address="大字山田1600")
    assert looking.look() == 1
    mark = db.session.scalars(select(MatchingMark.number)).one()
    db.session.rollback()
    assert looking.look() == 0
    assert db.session.scalars(select(MatchingMark.number)).one() == mark
    db.session.rollback()
    arrive(here, birth="S60.4.12", address="大字山田1600")
    assert looking.look() == 2
    assert len(db.session.scalars(select(MatchPair)).all()) == 3
