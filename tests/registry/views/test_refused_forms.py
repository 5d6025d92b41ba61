"""A form of certificates, surveys or aid that is refused gives back what was typed into it, also where somebody else was first."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.aid import cases, finding
from registry.damage import issuing
from registry.damage.grades import Grade
from registry.models.aid import AidCase, AidReview
from tests.fakes.staff import csrf_token, signed_in_client
from tests.registry.aid.papers import household, paper
from tests.registry.aid.test_finding import PAID, walk
from tests.registry.aid.test_finding import case as aid_case
from tests.registry.damage.cases import case
from tests.registry.ledger.town import OFFICER

AT = "/registry/certificates/"
TYPED = "電話で三度確かめた"
LONG = TYPED + "あ" * 600


@pytest.fixture
def clerk(app: Flask) -> FlaskClient:
    return signed_in_client(app, "daicho", Role.REGISTRY)[0]


def post(client: FlaskClient, path: str, **form: object) -> TestResponse:
    return client.post(path, data={"csrf_token": csrf_token(client, "/staff/account"), **form})


def kept(answer: TestResponse, status: int, words: str = TYPED) -> bool:
    return answer.status_code == status and words in answer.get_data(as_text=True)


def test_a_paper_that_is_not_declared_void(clerk: FlaskClient) -> None:
    here = case()
    number = here.issued("60")
    assert kept(post(clerk, f"{AT}papers/{number}/void", reason=LONG), 422)
    issuing.void(number, "氏名の誤り", actor=OFFICER)
    assert kept(post(clerk, f"{AT}papers/{number}/void", reason=TYPED), 409)


def test_a_lower_grade_whose_reason_is_too_long(clerk: FlaskClient) -> None:
    here = case()
    here.issued("60")
    here.again("22")
    at = f"{AT}{here.application}/issue"
    assert kept(post(clerk, at), 422, 'name="lower"')
    assert kept(post(clerk, at, lower=LONG), 422)


@pytest.mark.parametrize("to", ["rejected", "withdrawn"])
def test_an_application_that_is_not_ended(clerk: FlaskClient, to: str) -> None:
    here = case()
    at = f"{AT}{here.application}/end"
    assert kept(post(clerk, at, to=to, reason=LONG, seen=here.row.version), 422)
    assert kept(post(clerk, at, to=to, reason=TYPED, seen=77), 409)


def test_another_survey_that_is_not_asked_for(clerk: FlaskClient) -> None:
    here = case()
    here.issued("60")
    at = f"{AT}{here.application}"
    assert kept(post(clerk, f"{at}/again", reason=LONG * 5), 422)
    post(clerk, f"{at}/again", reason="ひどい")
    assert kept(post(clerk, f"{at}/end", to="issued", reason=LONG, seen=here.row.version), 422)


def test_the_words_for_the_disaster(clerk: FlaskClient) -> None:
    case()
    assert kept(post(clerk, f"{AT}incident", name=TYPED, cause="大雨", day="2999-01-01"), 422)


def test_a_survey(app: Flask) -> None:
    here, walker = case(), signed_in_client(app, "chosa", Role.SURVEY)[0]
    at = f"/registry/surveys/{here.survey.id}"
    assert kept(post(walker, f"{at}/cancel", reason=LONG, seen=here.survey.version), 422)
    assert kept(post(walker, f"{at}/cancel", reason=TYPED, seen=77), 409)
    finding_ = {"ratio": "43", "method": "inside", "flood": "none", "remarks": TYPED}
    who = walker.get(at).get_data(as_text=True).split('name="surveyors" value="')[1].split('"')[0]
    assert kept(post(walker, f"{at}/judge", **finding_, surveyors=who, seen=77), 409)


def test_a_review_and_what_a_household_said(app: Flask) -> None:
    payer = signed_in_client(app, "kyufu", Role.AID)[0]
    home = household()
    paper(home, Grade.LARGE_HALF)
    finding.find()
    add = aid_case("support_add", home)
    refused = post(payer, f"/registry/aid/cases/{add.id}/say", choice="build", seen=77)
    assert kept(refused, 409, 'value="build" checked')
    one = aid_case("support_base", home)
    walk(one.id, *PAID)
    paper(home, Grade.TOTAL)
    finding.find()
    review = db.session.scalars(select(AidReview).where(AidReview.case_id == one.id)).one().id
    at = f"/registry/aid/reviews/{review}"
    assert kept(post(payer, at, note=TYPED), 422)
    page = post(payer, at, outcome="keep", note=LONG)
    assert kept(page, 422)
    assert 'value="keep" required checked' in page.get_data(as_text=True)
    cases.close_review(review, "keep", "先に決めた", actor=OFFICER)
    assert kept(post(payer, at, outcome="keep", note=TYPED), 409)
    assert db.session.get_one(AidCase, one.id).state == "paid"
