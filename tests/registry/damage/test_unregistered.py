"""People who are in no residents' list get their household from their application, and are found by any of their names."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from registry.damage import given, handling, households, issuing, surveys, unregistered
from registry.damage.handling import Building
from registry.damage.surveys import Finding
from registry.damage.unregistered import Said
from registry.items import values
from registry.models.certificates import Certificate, DamageApplication
from registry.models.ledger import AffectedHousehold, Victim
from registry.models.people import Person, Resident
from tests.registry.damage.cases import CHIEF, FORM, OFFICER, SURVEYOR, applied, case, resident_household


@pytest.mark.parametrize(
    ("line", "name", "relation"),
    [
        ("山田 花子、妻", "山田 花子", "妻"),
        ("グエン ティ ホア，妻", "グエン ティ ホア", "妻"),
        ("山田　次郎　次男", "山田 次郎", "次男"),
        ("山田 一郎", "山田 一郎", ""),
        ("Maria Clara", "Maria Clara", ""),
        ("山田 トメ 妻の母", "山田 トメ", "妻の母"),
    ],
)
def test_a_line_is_a_name_and_what_they_are_to_the_head(line: str, name: str, relation: str) -> None:
    assert unregistered.read(line) == [Said(name, relation)]


@pytest.mark.parametrize("lines", ["", " \n ", "、妻", "あ" * 201, "山\ud842田", "\n".join(["人"] * 31)])
def test_what_cannot_be_is_said_at_the_field(lines: str) -> None:
    with pytest.raises(Invalid) as refused:
        unregistered.read(lines)
    assert "people" in refused.value.fields


def test_the_lines_begin_with_the_head_and_what_the_applicant_wrote() -> None:
    what = given.read({**FORM, "relation": "family", "head": "山田 太郎", "members": "山田 花子 妻\n\n"})
    assert unregistered.proposed(what) == "山田 太郎、世帯主\n山田 花子 妻"


def test_from_the_application_to_the_paper(app_on_any_database: Flask) -> None:
    application = applied(name="Nguyen Thi Hoa", kana="グエン ティ ホア", birth="1990-05-06")
    people = unregistered.read("Nguyen Thi Hoa、世帯主\nNguyen Van An、夫")
    number = unregistered.make(application, people, address="山田ハイツ102", actor=OFFICER)
    incident = db.session.scalars(select(AffectedHousehold.incident_id)).one()
    assert [one.number for one in households.candidates(incident, "Van An", cleared=False)] == [number]
    assert [one.number for one in households.candidates(incident, "グエン", cleared=False)] == [number]
    with transaction() as session:
        home = session.scalars(select(AffectedHousehold)).one()
        row = session.get_one(DamageApplication, application)
        mine, seen = home.id, row.version
    handling.link(
        application, seen=seen, household_id=mine, dwelling_id=Building("山田1600"), tenure="tenant", actor=OFFICER
    )
    here = db.session.get_one(DamageApplication, application)
    survey = surveys.of_dwelling(here.dwelling_id or "")[0]
    surveys.judge(survey.id, Finding("31", "inside", surveyors=(2,)), seen=survey.version, actor=SURVEYOR)
    surveys.approve([survey.id], account_id=3, actor=CHIEF)
    paper = db.session.get_one(Certificate, issuing.issue(application, actor=OFFICER))
    assert (paper.head_name, paper.head_address, paper.damage) == ("Nguyen Thi Hoa", "山田ハイツ102", "中規模半壊")
    victim = db.session.scalars(select(Victim).order_by(Victim.number)).first()
    assert victim is not None
    birth = next(one for one in values.of_victim(db.session, victim) if one.item.code == "A2").standing("birth")
    assert birth is not None


def test_a_member_of_a_fixed_household_finds_it_too(app: Flask) -> None:
    here = case("h1", "山田 太郎", "川田 花子")
    incident = here.row.incident_id
    assert [one.head for one in households.candidates(incident, "川田", cleared=False)] == ["山田 太郎"]


def test_its_number_finds_one_household_and_no_house_number(app: Flask) -> None:
    here = case("h1", "山田 太郎")
    resident_household("h2", "谷田 一", address="三重県員弁郡東員町大字山田1番地")
    found = households.candidates(here.row.incident_id, "1", cleared=False)
    assert [(one.head, one.number) for one in found] == [("山田 太郎", 1)]


def counted() -> list[int]:
    db.session.rollback()
    return [
        db.session.scalar(select(func.count()).select_from(one)) or 0 for one in (Person, Victim, AffectedHousehold)
    ]


def test_who_presses_twice_has_one_household(app_on_any_database: Flask) -> None:
    application = applied()
    people = unregistered.read("山田 花子、世帯主\n山田 次郎、子")
    first, second = (unregistered.make(application, people, address="山田1600", actor=OFFICER) for _ in range(2))
    assert first == second
    assert counted() == [2, 2, 1]


def test_people_come_with_their_household_or_not_at_all(app: Flask) -> None:
    application = applied()
    unregistered.make(application, unregistered.read("山田 花子"), address="山田1600", actor=OFFICER)
    before = counted()
    with pytest.raises(Invalid):  # she stands in a household already
        more = unregistered.read("山田 花子\n山田 次郎、子")
        unregistered.make(application, more, address="山田1600", actor=OFFICER)
    assert counted() == before


def test_households_that_hide_somebody_leave_no_gap_in_the_list(app: Flask) -> None:
    incident = case("h0", "山田 太郎").row.incident_id
    for place in range(households.MOST):
        key = resident_household(f"k{place}", f"山田 {place}郎")
        with transaction() as session:
            households.fix(session, incident, f"residents:{key}", cleared=False, actor=OFFICER)
    whole = households.candidates(incident, "山田", cleared=False)
    with transaction() as session:
        session.scalars(select(Resident).where(Resident.household_key == "k0")).one().hidden = True
    shown = households.candidates(incident, "山田", cleared=False)
    assert len(shown) == len(whole) == households.MOST
    assert "山田 0郎" not in {one.head for one in shown}
