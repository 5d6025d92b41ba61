"""Who opens unusually many records within an hour is told of: whichever pages they are on, also over midnight, once an hour."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.access import viewing
from registry.aid import finding
from registry.models.access import AccessNotice
from registry.models.aid import AidCase
from registry.models.ledger import Victim
from tests.fakes.staff import make_account
from tests.registry.damage import cases
from tests.registry.disclosure.test_giving import enter, victim
from tests.registry.views.people_desk import officer

BEFORE_MIDNIGHT = datetime(2026, 11, 23, 14, 40, tzinfo=UTC)  # 23:40 in Japan


def notices() -> list[str]:
    db.session.rollback()
    return [one.kind for one in db.session.scalars(select(AccessNotice))]


def test_looks_at_several_pages_count_together(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewing, "MANY_AN_HOUR", 4)
    here = cases.case("h1", "山田 太郎")  # a row of the residents' list: nobody's person
    listed = db.session.scalars(select(Victim.id).where(Victim.person_id.is_(None))).first()
    other = victim(enter("髙橋")).id
    who = officer(app, Role.REGISTRY)
    who.get(f"/registry/ledger/{listed}?purpose=correction")
    who.get(f"/registry/disclosures/consents/{other}")
    who.get(f"/registry/certificates/{here.application}")
    assert notices() == []
    who.get(f"/registry/ledger/{other}?purpose=correction")
    assert notices() == ["volume"]
    who.get(f"/registry/ledger/{other}?purpose=correction")
    assert notices() == ["volume"], "once an hour"


@pytest.mark.parametrize(("minutes", "told"), [(40, ["volume"]), (60, [])])
def test_an_hour_goes_over_midnight(app: Flask, monkeypatch: pytest.MonkeyPatch, minutes: int, told: list[str]) -> None:
    monkeypatch.setattr(viewing, "MANY_AN_HOUR", 2)
    who = make_account("daicho", Role.REGISTRY)
    for passed in (0, minutes):
        at = BEFORE_MIDNIGHT + timedelta(minutes=passed)
        with time_machine.travel(at, tick=False), transaction() as session:
            viewing.record_paper(session, who, "aid.viewed", f"aid:{passed}", "aid")
    assert notices() == told


def test_cases_of_aid_count(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewing, "MANY_AN_HOUR", 2)
    here = cases.case("h1", "山田 太郎")
    here.issued()
    finding.find()
    case = db.session.scalars(select(AidCase.id).where(AidCase.household_id == here.household)).first()
    who = officer(app, Role.AID)
    for _ in range(2):
        who.get(f"/registry/aid/cases/{case}")
    assert notices() == ["volume"]
