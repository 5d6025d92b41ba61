"""Landlord and tenant apply for one house: one grade, two papers, and each gets what is for them."""

from flask import Flask
from sqlalchemy import select

from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.incidents import laws, running
from registry.aid import finding, measures
from registry.damage import handling, households, issuing, report
from registry.items import values
from registry.models.aid import AidCase
from registry.models.certificates import DamageApplication
from registry.models.ledger import AffectedMember, Victim
from tests.registry.damage.cases import OFFICER, Case, applied, resident_household
from tests.registry.damage.cases import case as certified


def joined(here: Case, key: str, tenure: str) -> str:
    """Another household that applies for the same building; the household."""
    application = applied(tenure=tenure)
    incident = running.running() or 0
    resident_household(key, f"{key} 太郎")
    with transaction() as session:
        household = households.fix(session, incident, f"residents:{key}", cleared=False, actor=OFFICER)
    seen = db.session.get_one(DamageApplication, application).version
    handling.link(
        application, seen=seen, household_id=household, dwelling_id=here.dwelling, tenure=tenure, actor=OFFICER
    )
    issuing.issue(application, actor=OFFICER)
    return household


def given(household: str) -> set[str]:
    return set(db.session.scalars(select(AidCase.programme).where(AidCase.household_id == household)))


def test_money_goes_to_who_lived_there_and_demolition_to_who_owns_it(app_on_any_database: Flask) -> None:
    here = certified("h1")
    here.issued("60")
    landlord, tenant = joined(here, "landlord", "landlord"), joined(here, "tenant", "tenant")
    incident = running.running() or 0
    for law in ("support", "relief"):
        laws.switch(incident, law, "2026-11-01", actor=OFFICER)
    measures.change(incident, "public_demolition", {"open": True}, seen=0, actor=OFFICER)
    finding.find()
    assert {"support_base", "support_add", "deduction"} <= given(tenant)
    assert "public_demolition" not in given(tenant)
    assert {"deduction", "tax_relief"} <= given(landlord)
    assert not given(landlord) & {"support_base", "support_add", "temporary_housing", "emergency_repair", "loan"}
    assert "support_base" in given(here.household or "")


def test_who_does_not_live_there_is_not_counted_and_not_struck(app: Flask) -> None:
    here = certified("h1", "山田 太郎", "山田 花子")
    here.approved("60")
    landlord = joined(here, "landlord", "landlord")
    counted = report.counted(db.session, running.running())
    assert (counted.struck_households, counted.struck_people) == (1, 2)
    number = select(AffectedMember.victim_id).where(AffectedMember.household_id == landlord)
    victim = db.session.get_one(Victim, db.session.scalars(number).one())
    found = {filled.item.code: filled for filled in values.of_victim(db.session, victim)}
    assert found["R3"].standing("certificate") is not None
