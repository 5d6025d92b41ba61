"""Short codes on wristbands: each finds one household, and what two tablets gave out twice is sorted out without anybody's decision."""

import pytest
from flask import Flask
from sqlalchemy import select

from disaster.core.db import transaction
from disaster.core.extensions import db
from registry.intake import codes, ids
from registry.intake.entering import enter
from registry.models.people import Household
from registry.vocabulary import Kind
from tests.registry.tablets.desk import Desk
from tests.registry.views.desks import shelter_named


def given_out() -> dict[str, str | None]:
    return {row.surname: row.code for row in db.session.execute(select(Household.surname, Household.code))}


@pytest.mark.parametrize("typed", ["ac-1021-7", "AC10217", "ＡＣ－１０２１－７", " ac 1021 7"])
def test_a_code_is_read_as_it_is_said_and_a_wrong_digit_is_no_code(typed: str) -> None:
    right = f"AC-1021-{codes.check('AC1021')}"
    assert codes.read(typed.replace("7", right[-1]).replace("７", right[-1])) == right
    assert codes.read(f"AC-1021-{(codes.check('AC1021') + 1) % 10}") is None


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_households_with_one_code_get_one_each_whatever_comes_first(app: Flask, order: tuple[int, int]) -> None:
    desk, at = Desk(app, shelter_named("神田小学校")), Desk.now()
    code, homes = f"BA-1001-{codes.check('BA1001')}", (ids.new(at), ids.new(at + 1))
    said = [
        desk.tablet.event("household", at, {"surname": name, "code": code}, entity=home)
        for name, home in zip(("山田", "鈴木"), homes, strict=True)
    ]
    for place in order:
        desk.statuses(desk.tablet.sealed([said[place]]))
    other = codes.another(code, homes[1], lambda _: True)
    assert given_out() == {"山田": code, "鈴木": other}
    assert other
    assert codes.read(other) == other
    with transaction() as session:
        for home in homes:
            enter(session, Kind.HOUSEHOLD, home, {"note": "あとから"}, actor="account:1")
    assert given_out() == {"山田": code, "鈴木": other}, "a later word about them changes no code"


def test_the_tablets_are_told_the_code_that_holds_and_those_on_other_slips(app: Flask) -> None:
    desk = Desk(app, shelter_named("神田小学校"))
    second = Desk(app, desk.tablet.shelter, "受付2")
    assert [one.enrolled["device"]["digit"] for one in (desk, second)] == [0, 1]
    at, home, person = desk.now(), ids.new(), ids.new()
    mine, theirs = (f"BA-{n}-{codes.check(f'BA{n}')}" for n in ("0001", "1001"))
    for tablet, code, later in ((desk, mine, 0), (second, theirs, 1)):
        events = [
            tablet.tablet.event("household", at + later, {"surname": "山田", "code": code}, entity=home),
            tablet.tablet.event("person", at + later, {"household": home, "family": "山田"}, entity=person),
        ]
        if not later:
            events.append(tablet.tablet.event("stay", at, {"person": person, "start": at}))
        tablet.statuses(tablet.tablet.sealed(events))
    (told,) = desk.get("changes?after=0").get_json()["households"]
    assert (told["values"]["code"], told["codes"]) == (theirs, [mine])
