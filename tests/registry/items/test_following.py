"""What the ledger reads of applications and surveys, one by one and counted."""

import pytest
from flask import Flask
from sqlalchemy import select, true, update

from disaster.core.db import transaction
from disaster.core.extensions import db
from registry.damage import handling
from registry.damage.vocabulary import State
from registry.items import values
from registry.items.coverage import coverage
from registry.items.values import Filled
from registry.items.values import State as Standing
from registry.ledger import households
from registry.legal_items import Source
from registry.models.certificates import DamageApplication
from registry.models.ledger import Victim
from registry.models.people import Person
from registry.vocabulary import Protection
from tests.registry.damage.cases import OFFICER, Case, applied, case
from tests.registry.ledger.town import in_the_ledger


def items(household: str, member: int = 0) -> dict[str, Filled]:
    db.session.rollback()
    rows = households.members_of(db.session, [household])[household]
    victim = db.session.get_one(Victim, rows[member].victim_id)
    counted_as_one_by_one(victim.incident_id)
    return {filled.item.code: filled for filled in values.of_victim(db.session, victim)}


def counted_as_one_by_one(incident: int) -> None:
    everybody = [values.of_victim(db.session, victim) for victim in db.session.scalars(select(Victim))]
    _, rows = coverage(db.session, incident, true())
    for place, row in enumerate(rows):
        states = [filled[place].state for filled in everybody]
        counted = (row.filled, row.not_collected, row.empty)
        assert counted == tuple(states.count(s) for s in (Standing.FILLED, Standing.NOT_COLLECTED, Standing.EMPTY))


def linked(here: Case, **changes: str) -> str:
    """Another application of the same household, for the same house; its id."""
    another = applied(**changes)
    seen = db.session.get_one(DamageApplication, another).version
    handling.link(
        another, seen=seen, household_id=here.household, dwelling_id=here.dwelling, tenure="owner", actor=OFFICER
    )
    return another


def test_who_applied_is_how_the_household_is_reached(app_on_any_database: Flask) -> None:
    here = case(name="山田 花子", phone="090-1234-5678", address="総合体育館")
    contact = items(here.household or "", member=1)["R1"].standing("contact")
    assert contact is not None
    assert (contact.text, contact.source) == ("申請者 山田 花子　09012345678　総合体育館", Source.APPLICATION)


def test_a_survey_counts_as_soon_as_it_is_approved_and_gives_way_to_the_paper(app_on_any_database: Flask) -> None:
    here = case()
    here.judged("23")
    assert items(here.household or "")["A5"].standing("dwelling") is None
    here = case("h2", "川田 一")
    here.approved("23")
    found = items(here.household or "")["A5"].standing("dwelling")
    assert found is not None
    assert (found.text, found.source) == ("半壊（東員町大字山田1600番地、証明書はまだ）", Source.SURVEY)
    here = case("h3", "谷田 一")
    here.issued("23")
    assert [value.text for value in items(here.household or "")["A5"].values["dwelling"]] == ["半壊"]


@pytest.mark.parametrize("withdrawn", [False, True])
def test_what_is_no_dwelling_is_other_damage(app: Flask, withdrawn: bool) -> None:
    here = case()
    other = linked(here, kind="other", place="山田1600 車庫", damage="車が水につかった")
    if withdrawn:
        seen = db.session.get_one(DamageApplication, other).version
        handling.end(other, State.WITHDRAWN, "まちがい", seen=seen, actor=OFFICER)
    found = items(here.household or "")["A5"].values["other"]
    assert [value.text for value in found] == ([] if withdrawn else ["山田1600 車庫　車が水につかった"])


def test_of_a_household_that_hides_somebody_nothing_of_the_application(app: Flask) -> None:
    here = case()
    victim = households.members_of(db.session, [here.household or ""])[here.household or ""][0].victim_id
    person = in_the_ledger().person_id
    with transaction() as session:
        session.execute(update(Victim).where(Victim.person_id == person).values(person_id=None))
        session.execute(update(Victim).where(Victim.id == victim).values(person_id=person))
        session.execute(update(Person).where(Person.id == person).values(protection=Protection.WHEREABOUTS))
    assert items(here.household or "")["R1"].standing("contact") is None
