"""The demonstration's night of a flood: shelters open, counted and asking; the clerk works at one of them."""

import pytest
from flask import Flask
from sqlalchemy import select

from disaster.core.clock import now
from disaster.core.extensions import db
from disaster.demo import desk, seed
from disaster.shelters import directory
from disaster.shelters.desk import openings
from disaster.staff.models import Account
from registry.access import own_shelters
from registry.shelters.overview import overview


def test_four_shelters_are_open_with_people_requests_and_a_report(demo_app: Flask) -> None:
    seed.seed()
    assert desk.fill() == 4
    shown = overview(now())
    by_name = {row.shelter.name: row for row in shown.open}
    own = by_name[desk.OWN]
    assert (own.figures.registered, own.figures.people) == (12, 92)
    assert (own.waiting or (0,))[0] == 3
    assert own.report is not None
    assert by_name["三和小学校"].unfit == "洪水"
    assert by_name["三和小学校"].reason == desk.AGAINST["三和小学校"]
    assert desk.fill() == 0
    clerk = db.session.scalars(select(Account).where(Account.login == "hinanjo")).one()
    assert own_shelters.of(clerk) == {own.shelter.id}
    assert len(openings.running_ones()) == 4


def test_only_in_a_demonstration(app: Flask) -> None:
    with pytest.raises(RuntimeError):
        desk.fill()
    assert directory.all_shelters() == []
