"""Pages of aid: what waits, one case to its payment, the letter, the measures of the disaster; the residents' page."""

import json
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from disaster.core import clock
from disaster.core.audit import AuditEntry
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.incidents import laws, running
from disaster.staff.permissions import Role
from registry.aid import finding
from registry.aid.states import CaseState
from registry.damage.grades import Grade
from registry.models.aid import AidCase, AidReview
from registry.models.people import Person
from registry.vocabulary import Protection
from tests.fakes.staff import csrf_token, signed_in_client
from tests.registry.aid.papers import household, incident, paper
from tests.registry.aid.test_finding import case
from tests.registry.damage.cases import case as certified
from tests.registry.ledger.town import OFFICER

AT = "/registry/aid"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return signed_in_client(app, "kyufu", Role.AID)[0]


def text(response: TestResponse) -> str:
    return response.get_data(as_text=True)


def post(client: FlaskClient, path: str, **form: Any) -> TestResponse:
    return client.post(path, data={"csrf_token": csrf_token(client, "/staff/account"), **form})


def seen(number: int) -> int:
    db.session.rollback()
    return db.session.get_one(AidCase, number).version


def test_a_case_from_the_certificate_to_the_payment_and_the_next_survey(client: FlaskClient) -> None:
    home = household(family="長深")
    paper(home, Grade.LARGE_HALF)
    post(client, f"{AT}/find")
    page = text(client.get(AT))
    assert "長深 0" in page
    assert "500,000円" in page
    one = case("support_base", home)
    for form in (
        {"state": "informed"},
        {"state": "applied", "account": "百五銀行 東員支店 普通 1234567"},
        {"state": "examining"},
        {"state": "decided"},
        {"state": "paid", "paid_on": "2026-10-30"},
    ):
        assert post(client, f"{AT}/cases/{one.id}/move", seen=seen(one.id), **form).status_code == 303
    shown = text(client.get(f"{AT}/cases/{one.id}"))
    assert "2026年10月30日" in shown
    assert "額を手で決める" not in shown
    paper(home, Grade.TOTAL)
    post(client, f"{AT}/find")
    page = text(client.get(AT))
    assert "差額 500,000円の追加" in page
    review = db.session.scalars(select(AidReview)).one()
    post(client, f"{AT}/reviews/{review.id}", outcome="pay_more", note="2次調査で全壊")
    assert "見直すもの" not in text(client.get(AT))
    assert "差額の支給・返還を待つもの 1件" in text(client.get(AT))
    shown = text(client.get(f"{AT}/cases/{one.id}"))
    assert "まだ支給していない額" in shown
    assert 'value="500000"' in shown
    refused = post(client, f"{AT}/cases/{one.id}/difference", seen=seen(one.id), difference="60万", why="二次調査の分")
    assert refused.status_code == 422
    assert 'value="二次調査の分"' in text(refused)
    at = {"seen": seen(one.id), "difference": "５００，０００円", "why": "2次調査", "paid_on": "2026-11-02"}
    assert post(client, f"{AT}/cases/{one.id}/difference", **at).status_code == 303
    shown = text(client.get(f"{AT}/cases/{one.id}"))
    assert "2回の合計" in shown
    assert "2026年11月2日" in shown
    page = text(client.get(AT))
    assert "を待つもの" not in page
    assert '<td class="number">1,000,000円</td>' in page


def test_what_was_found_counts_those_who_exist_for_the_officer(client: FlaskClient) -> None:
    homes = [household(family=family) for family in ("長深", "秘匿")]
    for home in homes:
        paper(home, Grade.LARGE_HALF)
    with transaction() as session:
        session.execute(update(Person).where(Person.family == "秘匿").values(protection=Protection.HIDDEN))
    told = text(client.get(post(client, f"{AT}/find").headers["Location"]))
    found = db.session.scalars(select(AidCase).where(AidCase.household_id == homes[0])).all()
    assert f"世帯や人を{len(found)}件見つけました" in told
    assert len(db.session.scalars(select(AidCase)).all()) > len(found)


class TestWrongInput:
    def test_what_was_typed_stays(self, client: FlaskClient) -> None:
        home = household()
        paper(home, Grade.TOTAL)
        finding.find()
        at = f"{AT}/cases/{case('support_base', home).id}"
        version = seen(case("support_base", home).id)
        for path, form, said in (
            ("move", {"state": "declined", "note": ""}, "理由を入力してください"),
            ("move", {"state": "gold"}, "どう進めるかを選んでください"),
            ("move", {"state": "paid"}, "進められません"),
            ("amount", {"yen": "百万", "reason": "県の決定"}, "0以上の数字"),
            ("amount", {"yen": "900,000", "reason": ""}, "理由"),
            ("say", {"circumstance": "rich"}, "選べないものが入っています"),
        ):
            answer = post(client, f"{at}/{path}", seen=version, **form)
            assert answer.status_code == 422, path
            assert said in text(answer)
            assert all(str(value) in text(answer) for name, value in form.items() if name in ("yen", "reason"))

    def test_a_case_that_is_not_there(self, client: FlaskClient) -> None:
        assert client.get(f"{AT}/cases/999").status_code == 404
        assert client.get(f"{AT}/cases/99999999999999999999").status_code == 404


class TestLetter:
    def test_the_household_reads_what_until_when_and_with_which_papers(self, client: FlaskClient) -> None:
        home = household(size=1, family="単独")
        paper(home, Grade.TOTAL)
        finding.find()
        page = text(client.get(f"{AT}/households/{home}/letter"))
        assert "単独 0" in page
        assert "750,000円の見込み" in page
        assert "2027年10月11日" in page
        assert "罹災証明書" in page
        post(client, f"{AT}/households/{home}/informed")
        over = AidCase.until.is_not(None) & (AidCase.until < clock.jst(clock.now()).date())
        states = set(db.session.scalars(select(AidCase.state).where(AidCase.household_id == home, ~over)))
        assert states == {CaseState.INFORMED}

    def test_only_what_one_can_still_apply_for(self, client: FlaskClient) -> None:
        home = household(family="期限")
        paper(home, Grade.HALF)
        finding.find()
        with transaction() as session:
            session.execute(update(AidCase).where(AidCase.programme == "loan").values(until=date(2026, 9, 13)))
        for state in ("applied", "examining", "decided", "paid"):
            one = case("emergency_repair", home)
            post(client, f"{AT}/cases/{one.id}/move", seen=seen(one.id), state=state)
        page = text(client.get(f"{AT}/households/{home}/letter"))
        assert "災害援護資金" not in page
        assert "住宅の応急修理" not in page
        assert "対象の可能性" not in page
        assert "解体したときなどに受けられます" in page
        post(client, f"{AT}/households/{home}/informed")
        assert case("loan", home).state == CaseState.POSSIBLE

    def test_a_house_that_is_half_destroyed_gets_it_when_it_is_pulled_down_and_no_0_yen(
        self, client: FlaskClient
    ) -> None:
        home = household()
        paper(home, Grade.HALF)
        finding.find()
        page = text(client.get(f"{AT}/cases?programme=support_base"))
        assert "解体したときなど" in page
        assert "0円" not in page
        assert "3,500,000円まで" in text(client.get(f"{AT}/cases?programme=loan"))


class TestReview:
    def test_the_case_itself_says_that_it_is_looked_at_again_and_what_came_of_it(self, client: FlaskClient) -> None:
        home = household()
        paper(home, Grade.LARGE_HALF)
        finding.find()
        one = case("support_base", home)
        for state in ("applied", "examining", "decided", "paid"):
            post(client, f"{AT}/cases/{one.id}/move", seen=seen(one.id), state=state)
        paper(home, Grade.TOTAL)
        finding.find()
        assert "見直しを決める" in text(client.get(f"{AT}/cases/{one.id}"))
        review = db.session.scalars(select(AidReview)).one()
        post(client, f"{AT}/reviews/{review.id}", outcome="pay_more", note="2次調査で全壊")
        page = text(client.get(f"{AT}/cases/{one.id}"))
        assert "見直しを決める" not in page
        assert "見直し：差額を支給する" in page
        assert "2次調査で全壊" in page

    def test_the_ledger_is_linked_for_whom_it_opens(self, client: FlaskClient, app: Flask) -> None:
        home = household()
        paper(home, Grade.TOTAL)
        finding.find()
        at = f"{AT}/cases/{case('support_base', home).id}"
        assert "台帳を見る" not in text(client.get(at))
        assert "台帳を見る" in text(signed_in_client(app, "daicho", Role.REGISTRY)[0].get(at))


class TestCertificates:
    """給付担当 reads damage and certificates (R*), each look with the purpose of its work, and writes none."""

    def test_they_are_read_for_aid_and_not_written(self, client: FlaskClient) -> None:
        here = certified("h1", "山田 太郎")
        number = here.issued("60")
        laws.switch(running.running() or 0, "support", "2026-11-01", actor=OFFICER)
        finding.find()
        page = text(client.get(f"{AT}/cases/{case('support_base', here.household or '').id}"))
        at = f"/registry/certificates/{here.application}"
        assert f'href="{at}"' in page
        for path in ("/registry/certificates/", at, f"/registry/certificates/papers/{number}.pdf"):
            assert client.get(path).status_code == 200, path
        assert "この証明書を無効にする" not in text(client.get(at))
        told = {row.action: json.loads(row.detail).get("purpose") for row in db.session.scalars(select(AuditEntry))}
        assert told["application.viewed"] == told["application.listed"] == told["certificate.printed"] == "aid"
        for path in (f"{at}/link", f"{at}/end", f"{at}/again", f"{at}/files", f"{at}/issue"):
            assert post(client, path).status_code == 403, path
        assert post(client, f"/registry/certificates/papers/{number}/void", reason="誤り").status_code == 403


class TestHidden:
    def test_a_hidden_household_is_on_no_page(self, client: FlaskClient, app: Flask) -> None:
        home = household(size=1, family="秘密田")
        paper(home, Grade.TOTAL)
        finding.find()
        number = case("support_base", home).id
        assert "秘密田" in text(client.get(AT))
        with transaction() as session:
            session.execute(update(Person).values(protection=Protection.HIDDEN))
        for path in (AT, f"{AT}/cases"):
            assert "秘密田" not in text(client.get(path))
        assert '<td class="number"><a' not in text(client.get(AT))
        missing = client.get(f"{AT}/cases/999")
        for path in (f"{AT}/cases/{number}", f"{AT}/households/{home}/letter"):
            assert (client.get(path).status_code, client.get(path).data) == (404, missing.data)
        assert post(client, f"{AT}/cases/{number}/move", seen=1, state="informed").status_code == 404


class TestMeasures:
    def test_set_for_this_disaster(self, client: FlaskClient) -> None:
        incident()
        form = {"seen": 0, "open": "1", "yen-total": "300,000", "until": "2027-03-31", "contact": "福祉課"}
        assert post(client, f"{AT}/measures/donations", **form).status_code == 303
        page = text(client.get(f"{AT}/measures"))
        assert "2027年3月31日" in page
        assert 'value="300,000"' in page
        again = post(client, f"{AT}/measures/donations", **form)
        assert again.status_code == 409
        wrong = post(client, f"{AT}/measures/donations", **{**form, "seen": 1, "yen-total": "三十万"})
        assert wrong.status_code == 422
        assert 'value="三十万"' in text(wrong)
        assert 'id="yen-total-error"' in text(wrong) or "0以上の数字" in text(wrong)

    def test_another_change_keeps_the_longer_deadline_and_what_was_closed(self, client: FlaskClient) -> None:
        incident()
        post(client, f"{AT}/measures/loan", seen=0, until="2028-03-31", contact="福祉課")
        page = text(client.get(f"{AT}/measures"))
        form = page[page.index('id="until-loan"') - 900 : page.index('id="contact-loan"')]
        assert 'value="2028-03-31"' in form
        assert 'name="open" value="1" checked' not in form

    def test_laws_and_the_day(self, client: FlaskClient) -> None:
        incident()
        assert post(client, f"{AT}/measures/laws", law="support", day="").status_code == 303
        assert "被災者生活再建支援法の適用を待っています" in text(client.get(f"{AT}/measures"))
        assert post(client, f"{AT}/measures/laws", law="support", day="2026-02-30").status_code == 422
        assert post(client, f"{AT}/measures/laws", law="martial", day="2026-09-12").status_code == 422
        assert post(client, f"{AT}/measures/day", day="2999-01-01", cause="大雨").status_code == 422
        slip = post(client, f"{AT}/measures/day", day="0206-01-31", cause="大雨")
        assert (slip.status_code, "年を確かめてください" in text(slip)) == (422, True)
        assert post(client, f"{AT}/measures/day", day="2026-01-31", cause="地震").status_code == 303
        post(client, f"{AT}/measures/laws", law="support", day="2026-02-01")
        assert "2027年2月28日" in text(client.get(f"{AT}/measures"))

    def test_before_any_disaster(self, client: FlaskClient) -> None:
        assert "災害は登録されていません" in text(client.get(f"{AT}/measures"))


class TestResidentsPage:
    def test_only_what_is_open_in_plain_words_with_its_day(self, app: Flask, client: FlaskClient) -> None:
        assert "受け付けている支援はありません" in text(app.test_client().get("/aid"))
        incident()
        page = text(app.test_client().get("/aid"))
        assert "被災者生活再建支援金（基礎支援金）" in page
        assert "2027年10月11日まで" in page
        assert "義援金" not in page
        post(client, f"{AT}/measures/donations", seen=0, open="1", contact="福祉課")
        assert "義援金" in text(app.test_client().get("/aid"))

    def test_other_languages_and_from_every_page_of_residents(self, app: Flask, client: FlaskClient) -> None:
        incident()
        visitor = app.test_client()
        english = text(visitor.get("/aid?lang=en"))
        assert "Support money to rebuild your life: basic payment" in english
        assert "until 11 Oct 2027" in english
        assert "（ねん）" in text(visitor.get("/aid?lang=easy_ja"))
        post(client, f"{AT}/measures/town_gift", seen=0, open="1", **{"yen-half": "１００，０００"})
        assert "Half destroyed (半壊)　100,000 yen" in text(visitor.get("/aid?lang=en"))
        assert "町が決めます" not in text(visitor.get("/aid"))
        assert 'href="/aid?lang=en"' in text(visitor.get("/?lang=en"))
        assert 'href="/aid"' in text(visitor.get("/certificates"))

    def test_small_and_kept_by_its_etag(self, app: Flask) -> None:
        incident()
        first = app.test_client().get("/aid")
        assert len(first.data) < 30_000
        again = app.test_client().get("/aid", headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304


@pytest.mark.parametrize("role", [Role.SHELTER, Role.WELFARE, Role.OPERATOR, Role.ADMIN])
def test_others_do_not_come_in(app: Flask, role: Role) -> None:
    other = signed_in_client(app, "other", role)[0]
    for path in (AT, f"{AT}/cases", f"{AT}/measures"):
        assert other.get(path).status_code == 403


def test_the_registry_reads_and_does_not_pay(app: Flask) -> None:
    registry = signed_in_client(app, "daicho", Role.REGISTRY)[0]
    assert registry.get(AT).status_code == 200
    assert post(registry, f"{AT}/find").status_code == 403
