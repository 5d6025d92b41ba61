"""移送の依頼: a place that does not take the person is refused with the reason, a refusal names the next place, one at a time."""

import pytest
from flask import Flask
from sqlalchemy import select

from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.staff.models import Account
from registry.intake import ids
from registry.models.welfare import CareReferral, CareReferralStep
from registry.vocabulary import Care
from registry.welfare import accepting, listing, referring
from registry.welfare.listing import Sought
from registry.welfare.referring import Target
from registry.welfare.words import ReferralState, Tab
from tests.registry.damage.test_certificates import at_once
from tests.registry.welfare.people import BABIES, judge, named, refer, welfare
from tests.registry.welfare.people import accepting as shelter_for


@pytest.fixture
def app(app_on_any_database: Flask) -> Flask:
    return app_on_any_database


def standing(number: int) -> CareReferral:
    db.session.rollback()
    return db.session.get_one(CareReferral, number)


@pytest.mark.parametrize(
    ("accepts", "reasons", "taken"),
    [
        ("", [Care.ELDERLY], True),
        ("要配慮者", [Care.ELDERLY], True),
        (BABIES, [Care.PREGNANT], True),
        (BABIES, [Care.ELDERLY, Care.INFANT], True),
        (BABIES, [Care.ELDERLY], False),
        (BABIES, [], False),
        ("高齢者", [Care.NURSING], True),
        ("障がい者", [Care.SIGHT], True),
        ("障がい者", [Care.DEVICE], False),
    ],
)
def test_whom_a_place_takes(accepts: str, reasons: list[Care], taken: bool) -> None:
    assert accepting.takes(accepts, reasons) is taken


def test_a_place_that_does_not_take_the_person_is_refused_with_the_reason(app: Flask) -> None:
    account, number, shelter = welfare(), named("花子", "elderly"), shelter_for(BABIES)
    with pytest.raises(Invalid, match="受入対象は「妊産婦、乳児") as refused:
        referring.request(account, number, Target(shelter), "", key=ids.new())
    assert "この人の理由（高齢）" in refused.value.message
    with pytest.raises(Invalid, match="移送先を選ぶか"):
        referring.request(account, number, Target(), "", key=ids.new())
    assert db.session.scalars(select(CareReferral)).all() == []
    assert referring.request(account, named("赤子", "infant"), Target(shelter), "", key=ids.new())


def test_asked_taken_in_and_there(app: Flask) -> None:
    account, number = welfare(), named("花子", "elderly")
    judge(account, number, "facility")
    asked = refer(account, number)
    with pytest.raises(Invalid):
        referring.move(account, number, asked, ReferralState.DONE, version=1)
    referring.move(account, number, asked, ReferralState.ACCEPTED, version=1, note="救急車で")
    referring.move(account, number, asked, ReferralState.ACCEPTED, version=1)  # the button was pressed twice
    referring.move(account, number, asked, ReferralState.DONE, version=2)
    steps = select(CareReferralStep.state).order_by(CareReferralStep.id)
    assert [str(state) for state in db.session.scalars(steps)] == ["requested", "accepted", "done"]
    assert [row.seen.person.given for row in listing.page(account, Sought(Tab.DONE)).rows] == ["花子"]


def test_a_refusal_names_the_next_place(app: Flask) -> None:
    account, number, shelter = welfare(), named("花子", "elderly"), shelter_for(BABIES)
    asked = refer(account, number)
    refused = {"version": 1, "key": ids.new()}
    for nowhere in (None, Target(shelter)):
        with pytest.raises(Invalid):
            referring.move(account, number, asked, ReferralState.REFUSED, following=nowhere, **refused)
    assert standing(asked).state == ReferralState.REQUESTED
    referring.move(account, number, asked, ReferralState.REFUSED, following=Target(place="次の病院"), **refused)
    following = standing(standing(asked).next_id or 0)
    assert (following.place, following.state) == ("次の病院", ReferralState.REQUESTED)


def test_one_at_a_time_and_a_withdrawal_says_why(app: Flask) -> None:
    account, number = welfare(), named("花子", "elderly")
    asked = refer(account, number)
    with pytest.raises(Stale, match="もう依頼しています"):
        refer(account, number, "別の病院")
    with pytest.raises(Invalid, match="理由"):
        referring.move(account, number, asked, ReferralState.CANCELLED, version=1)
    referring.move(account, number, asked, ReferralState.CANCELLED, version=1, note="本人が望まない")
    assert refer(account, number, "別の病院")


def test_of_two_officers_one_moves_it_and_the_other_is_told(app: Flask) -> None:
    number, officer = named("花子", "elderly"), welfare().id
    asked = refer(db.session.get_one(Account, officer), number)
    wanted = [ReferralState.ACCEPTED, ReferralState.CANCELLED]

    def step() -> None:
        account = db.session.get_one(Account, officer)
        referring.move(account, number, asked, wanted.pop(), version=1, note="理由")

    assert sorted(at_once(app, 2, step)) == ["Stale", "done"]
    assert standing(asked).version == 2


def test_nobody_moves_the_referral_of_another_person(app: Flask) -> None:
    account, number, other = welfare(), named("花子", "elderly"), named("太郎", "elderly")
    with pytest.raises(Missing):
        referring.move(account, other, refer(account, number), ReferralState.ACCEPTED, version=1)
