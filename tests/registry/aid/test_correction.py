"""A 被災時世帯 that is put right takes its application, building, paper and aid along; what was paid stays."""

import pytest
from flask import Flask
from sqlalchemy import select

from disaster.core.extensions import db
from disaster.incidents import laws, running
from registry.aid import cases, finding
from registry.aid.finding import Found
from registry.aid.states import CaseState
from registry.damage import issuing, report
from registry.damage.current import current
from registry.ledger import households
from registry.ledger.households import Member
from registry.models.aid import AidCase, AidReview
from registry.models.certificates import Certificate
from tests.registry.damage.cases import Case
from tests.registry.damage.cases import case as certified
from tests.registry.ledger.town import OFFICER, in_the_ledger

_S = CaseState
PAID = (_S.APPLIED, _S.EXAMINING, _S.DECIDED, _S.PAID)


def struck() -> Case:
    """Somebody alone in a house that is 全壊, with paper and cases of aid."""
    here = certified("h1", "山田 太郎")
    here.issued("60")
    laws.switch(running.running() or 0, "support", "2026-11-01", actor=OFFICER)
    finding.find()
    return here


def put_right(here: Case) -> str:
    """The mother lived there too; the household that stands now."""
    old = households.members_of(db.session, [here.household or ""])[here.household or ""]
    mother = in_the_ledger(given="トメ")
    both = [Member(old[0].victim_id, "世帯主", head=True), Member(mother.id, "母")]
    return households.correct(here.household or "", both, "母も同居していた", address="山田1600", actor=OFFICER)


def base(household: str) -> AidCase:
    db.session.rollback()
    mine = (AidCase.programme == "support_base") & (AidCase.household_id == household)
    return db.session.scalars(select(AidCase).where(mine)).one()


def test_the_application_its_paper_and_its_building_are_the_new_households(app_on_any_database: Flask) -> None:
    here = struck()
    right = put_right(here)
    assert here.row.household_id == right
    paper = current(db.session, right)
    assert paper is not None
    assert (paper.household_id, current(db.session, here.household or "")) == (here.household, None)
    counted = report.counted(db.session, running.running())
    assert (counted.struck_households, counted.struck_people) == (1, 2)
    issuing.void(paper.id, "世帯の人が足りない", actor=OFFICER)
    second = db.session.get_one(Certificate, issuing.issue(here.application, actor=OFFICER))
    assert (second.version, second.household_id) == (2, right)
    assert "母" in second.extra


def test_what_nobody_decided_follows_with_the_amount_of_the_right_size(app_on_any_database: Flask) -> None:
    here = struck()
    assert base(here.household or "").yen == 750_000
    right = put_right(here)
    found = finding.find()
    assert (found.new, found.reviews) == (0, 0)
    assert (base(right).state, base(right).yen, base(right).size) == (_S.POSSIBLE, 1_000_000, 2)
    assert db.session.scalars(select(AidCase).where(AidCase.household_id == here.household)).all() == []
    assert finding.find() == Found()


@pytest.mark.parametrize("states", [PAID[:-1], PAID])
def test_what_was_decided_is_reviewed_and_stays(app: Flask, states: tuple[CaseState, ...]) -> None:
    here = struck()
    number = base(here.household or "").id
    for state in states:
        db.session.rollback()
        cases.move(number, state, seen=db.session.get_one(AidCase, number).version, actor=OFFICER)
    right = put_right(here)
    assert finding.find().reviews == 1
    assert finding.find() == Found()
    stays = base(right)
    assert (stays.id, stays.state, stays.due) == (number, states[-1], 750_000)
    review = db.session.scalars(select(AidReview)).one()
    assert (review.yen_before, review.yen_after) == (750_000, 1_000_000)
