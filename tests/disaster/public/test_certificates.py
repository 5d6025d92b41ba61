"""Residents apply without an account, a cookie or JavaScript; nothing they type is compared with any register; the progress page has one wrong answer."""

import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from disaster.core import audit
from disaster.core.extensions import db
from disaster.staff.models import Throttle
from registry.damage import applying, issuing, numbers, surveys
from registry.damage.surveys import Finding
from registry.damage.vocabulary import State
from registry.models.certificates import ApplicationFile, DamageApplication
from tests.registry.damage.cases import CHIEF, FORM, OFFICER, SURVEYOR, Case, case, photograph, resident_household


def key_of(client: FlaskClient) -> str:
    return key_at(client, client.get("/certificates/apply").headers["Location"])


def key_at(client: FlaskClient, address: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', client.get(address).get_data(as_text=True))
    assert found
    return found[1]


def sent(client: FlaskClient, **changes: str) -> TestResponse:
    return client.post("/certificates/apply", data={**FORM, "key": key_of(client), **changes})


def applications() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(DamageApplication)) or 0


class TestApplying:
    """The form, the number, the receipt, the photographs."""

    def test_a_birth_date_of_more_than_120_years_ago_passes_when_it_is_confirmed(self, client: FlaskClient) -> None:
        old = "明治30年4月12日"
        asked = sent(client, birth=old)
        assert (asked.status_code, applications()) == (422, 0)
        assert f'name="birth_confirmed" value="{old}"' in asked.text
        assert "まちがいない" not in sent(client, birth="").text
        assert sent(client, birth=old, birth_confirmed=old).status_code == 303
        assert applications() == 1

    def test_from_the_form_to_the_number(self, client: FlaskClient) -> None:
        answer = sent(client)
        assert answer.status_code == 303
        page = client.get(answer.headers["Location"])
        shown = re.search(r'certificates__number number">(\d{3}-\d{3}-\d{3}-\d)<', page.get_data(as_text=True))
        assert shown
        row = db.session.scalars(select(DamageApplication)).one()
        assert (numbers.shown(row.number), row.channel, row.received_by, row.state) == (
            shown[1],
            "online",
            "resident",
            State.RECEIVED,
        )
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in page.headers
        assert "山田" not in page.get_data(as_text=True)  # the receipt's address may be seen over a shoulder

    def test_the_receipt_as_pdf(self, client: FlaskClient) -> None:
        made = client.get(sent(client).headers["Location"] + ".pdf")
        assert (made.status_code, made.mimetype, made.get_data()[:5]) == (200, "application/pdf", b"%PDF-")

    def test_the_same_form_twice_is_one_application(self, client: FlaskClient) -> None:
        key = key_of(client)
        first, second = (client.post("/certificates/apply", data={**FORM, "key": key}) for _ in range(2))
        assert second.headers["Location"] == first.headers["Location"] + "?again=1"
        assert "受付番号は変わりません" in client.get(second.headers["Location"]).get_data(as_text=True)
        assert applications() == 1

    def test_who_goes_back_and_sends_again_has_one_application_and_reads_what_was_taken(
        self, client: FlaskClient
    ) -> None:
        opened = client.get("/certificates/apply").headers["Location"]
        assert key_at(client, opened) == key_at(client, opened)
        assert client.get("/certificates/apply").headers["Location"] != opened
        for name in ("山田 花子", "山田 華子"):
            answer = client.post("/certificates/apply", data={**FORM, "key": key_at(client, opened), "name": name})
        assert applications() == 1
        assert "あとから変えた内容は届いていません" in client.get(answer.headers["Location"]).get_data(as_text=True)

    def test_neighbours_who_open_one_link_are_two_applicants_with_receipts_of_their_own(
        self, client: FlaskClient
    ) -> None:
        key = key_of(client)
        other = {"name": "鈴木 一", "birth": "S40.1.2"}
        first = client.post("/certificates/apply", data={**FORM, "key": key}).headers["Location"]
        second = client.post("/certificates/apply", data={**FORM, **other, "key": key}).headers["Location"]
        again = client.post("/certificates/apply", data={**FORM, **other, "key": key}).headers["Location"]
        assert again == second + "?again=1"
        assert first != second
        assert "again" not in second
        assert key not in second
        assert applications() == 2

    def test_what_is_wrong_is_listed_in_the_order_of_the_page(self, client: FlaskClient) -> None:
        page = client.post("/certificates/apply", data={"key": key_of(client)}).get_data(as_text=True)
        summary = page[page.index('id="errors"') : page.index("</ul></div>", page.index('id="errors"'))]
        places = [page.index(f'id="{name}"') for name in re.findall(r'href="#(\w+)"', summary)]
        assert len(places) == 8
        assert places == sorted(places)

    def test_what_was_typed_stays_when_something_is_wrong(self, client: FlaskClient) -> None:
        answer = sent(client, phone="1234", name="渡邉\U000e0110 花子", damage="1行目\n2行目<b>")
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert 'value="渡邉\U000e0110 花子"' in page
        assert "1行目\n2行目&lt;b&gt;" in page
        assert re.search(r'id="phone"[^>]*aria-invalid="true"', page)
        assert re.search(r'value="owner" checked', page)
        assert applications() == 0

    def test_a_registered_person_and_a_stranger_get_the_same_answer(self, client: FlaskClient) -> None:
        resident_household("h1", FORM["name"])
        known, stranger = (
            client.get(sent(client, name=name).headers["Location"]) for name in (FORM["name"], "誰でもない 人")
        )

        def bare(answer: TestResponse) -> str:
            return re.sub(r"\d{3}-\d{3}-\d{3}-\d|/receipt/[\w-]+|data:image[^\"]+", "", answer.get_data(as_text=True))

        assert bare(known) == bare(stranger)

    def test_another_site_cannot_fill_it_in(self, client: FlaskClient) -> None:
        answer = client.post("/certificates/apply", data=FORM, headers={"Sec-Fetch-Site": "cross-site"})
        assert (answer.status_code, applications()) == (403, 0)

    def test_too_many_from_one_network_wait_and_lose_nothing(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(applying, "PER_HOUR", 1)
        sent(client)
        answer = sent(client, name="鈴木 一")
        assert (answer.status_code, applications()) == (429, 1)
        assert "入力した内容は残っています" in answer.get_data(as_text=True)
        assert 'value="鈴木 一"' in answer.get_data(as_text=True)

    def test_photographs_follow_and_a_bad_one_is_said(self, client: FlaskClient) -> None:
        place = sent(client).headers["Location"]
        good = client.post(
            f"{place}/files",
            data={"files": [(io.BytesIO(photograph()), "a.jpg"), (io.BytesIO(photograph(color="red")), "b.jpg")]},
        )
        assert good.headers["Location"].endswith("?sent=2")
        bad = client.post(f"{place}/files", data={"files": [(io.BytesIO(b"GIF89a"), "photo.jpg")]})
        assert bad.status_code == 422
        assert "受け付けられません" in bad.get_data(as_text=True)
        assert db.session.scalar(select(func.count()).select_from(ApplicationFile)) == 2

    def test_a_receipt_that_nobody_has_is_not_there(self, client: FlaskClient) -> None:
        assert client.get("/certificates/receipt/" + "x" * 32).status_code == 404
        assert (
            client.post(
                "/certificates/receipt/" + "x" * 32 + "/files", data={"files": (io.BytesIO(photograph()), "a.jpg")}
            ).status_code
            == 404
        )

    def test_no_record_names_anybody(self, client: FlaskClient) -> None:
        sent(client)
        for entry in db.session.scalars(select(audit.AuditEntry)):
            assert "山田" not in entry.detail + entry.subject


class TestProgress:
    """Number and birth date, throttled; one answer for every wrong pair."""

    def looked(self, client: FlaskClient, number: str, birth: str = "昭和60年4月12日") -> tuple[int, str]:
        answer = client.post("/certificates/progress", data={"number": number, "birth": birth})
        body = answer.get_data(as_text=True)
        return answer.status_code, re.sub(r'value="[^"]*"', "", body)

    def test_the_right_pair_in_any_notation(self, app: Flask, client: FlaskClient) -> None:
        here = case()
        status, page = self.looked(client, f" {numbers.shown(here.row.number)} ", "1985/4/12")
        assert status == 200
        assert "調査の順番をお待ちください" in page
        assert "山田 花子" not in page

    def test_every_wrong_pair_is_one_answer(self, app: Flask, client: FlaskClient) -> None:
        number = case().row.number
        answers = {
            self.looked(client, number, "1985-04-13"),
            self.looked(client, numbers.new_application()),
            self.looked(client, "1234567890"),
            self.looked(client, "なし", "きのう"),
            self.looked(client, "", ""),
        }
        assert len(answers) == 1
        assert answers.pop()[0] == 422

    def test_guesses_wait_and_the_owner_elsewhere_does_not(self, app: Flask, client: FlaskClient) -> None:
        number = case().row.number
        for day in range(1, 7):
            self.looked(client, number, f"1985-05-0{day}")
        assert self.looked(client, number)[0] == 429
        elsewhere = client.post(
            "/certificates/progress",
            data={"number": number, "birth": "1985-04-12"},
            environ_base={"REMOTE_ADDR": "203.0.113.9"},
        )
        assert elsewhere.status_code == 200
        assert db.session.scalar(select(func.count()).select_from(Throttle)) == 1

    def test_another_survey_is_asked_for_after_reading_that_the_grade_may_fall(
        self, app: Flask, client: FlaskClient
    ) -> None:
        here = case()
        issued(here)
        pair = {"number": here.row.number, "birth": "1985-04-12", "reason": "二階も傾いている"}
        page = client.post("/certificates/progress", data=pair).get_data(as_text=True)
        assert "いまより軽くなることもあります" in page
        refused = client.post("/certificates/progress/again", data=pair)
        assert (refused.status_code, here.row.state) == (422, State.ISSUED)
        assert "二階も傾いている" in refused.get_data(as_text=True)
        assert client.post("/certificates/progress/again", data={**pair, "understood": "1"}).status_code == 200
        assert here.row.state is State.AGAIN


def issued(here: Case) -> None:
    survey = here.survey
    surveys.judge(survey.id, Finding("25", "inside", surveyors=(2,)), seen=survey.version, actor=SURVEYOR)
    surveys.approve([survey.id], account_id=3, actor=CHIEF)
    issuing.issue(here.application, actor=OFFICER)
