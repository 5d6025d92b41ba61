"""The officers' page of subscribers: numbers that tell on nobody, and the town's list by upload, look, confirm."""

import io
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from broadcast.importing import uploads
from broadcast.models.audience import Contact, Subscriber
from broadcast.models.subscribing import UploadedList
from disaster.core import clock
from disaster.core.audit import AuditEntry
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from tests.broadcast.town import Town
from tests.broadcast.views.browsing import Person, form_in, person, text_of

PAGE = "/headquarters/subscribers"
LIST = "番号,氏名,メール,地区\n1,見本 太郎,taro@gmail.com,中上\n2,見本 花子,hanako@gmail.com,長深\n"


@pytest.fixture
def officer(app: Flask) -> Person:
    """Somebody who may."""
    return person(app, "honbu", Role.OPERATOR)


def uploaded(officer: Person, text: str) -> str:
    """Choose the file and press the button; the preview's address."""
    form = officer.form(PAGE, "/import")
    data = {**form.values, "file": (io.BytesIO(text.encode()), "一覧.csv")}
    answer = officer.client.post(form.action, data=data, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.headers["Location"])


def people() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Subscriber)) or 0


def test_nothing_is_taken_in_before_it_was_looked_at_and_confirmed(officer: Person) -> None:
    where = uploaded(officer, LIST)
    page = officer.open(where)
    assert "まだ取り込んでいません" in page
    assert "氏名" in page, "a column that is not read is named"
    assert people() == 0
    answer = officer.press(where, where)
    assert answer.status_code == 303
    assert "取り込みました（新規 2人、変更 0人）" in officer.open(PAGE)
    assert people() == 2
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "subscribers.import")).one()
    assert entry.actor == officer.account.actor


def test_pressing_twice_takes_it_in_once(officer: Person) -> None:
    where = uploaded(officer, LIST)
    form = officer.form(where, where)
    assert officer.send(form).status_code == 303
    assert officer.send(form).status_code == 404
    assert people() == 2


def test_rows_with_mistakes_are_named_by_line_and_left_out_by_a_button_that_says_so(officer: Person) -> None:
    where = uploaded(officer, LIST + "3,見本,secret-address,東京\n")
    page = officer.open(where)
    assert "secret-address" not in page
    assert "メールアドレスの形が正しくありません" in page
    form = form_in(page, where)
    assert "誤りのある1行を除いて、2人分を取り込む" in " ".join(form.buttons)
    officer.send(form)
    assert people() == 2


def test_a_list_can_be_thrown_away_and_is_gone_after_an_hour(officer: Person) -> None:
    where = uploaded(officer, LIST)
    officer.press(where, "/discard")
    assert officer.client.get(where).status_code == 404
    where = uploaded(officer, LIST)
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        assert uploads.forget(clock.now()) == 1
    assert people() == 0


def test_only_a_few_undecided_lists_are_kept(officer: Person) -> None:
    for _ in range(uploads.MOST + 3):
        uploaded(officer, LIST)
    assert db.session.scalar(select(func.count()).select_from(UploadedList)) == uploads.MOST


def test_another_officer_sees_nothing_of_it_and_it_is_sealed(app: Flask, officer: Person) -> None:
    where = uploaded(officer, LIST)
    other = person(app, "honbu2", Role.OPERATOR)
    assert other.client.get(where).status_code == 404
    db.session.rollback()
    kept = db.session.scalars(select(UploadedList.content)).one()
    assert b"gmail" not in kept


def test_no_file_and_no_list_are_said_at_the_field(officer: Person) -> None:
    form = officer.form(PAGE, "/import")
    answer = officer.client.post(form.action, data=form.values, content_type="multipart/form-data")
    assert (answer.status_code, "一覧のファイルを選んでください" in answer.get_data(as_text=True)) == (422, True)
    data = {**form.values, "file": (io.BytesIO(b"PK\x03\x04"), "x.xlsx")}
    answer = officer.client.post(form.action, data=data, content_type="multipart/form-data")
    assert "CSV UTF-8" in answer.get_data(as_text=True)


def test_who_may_not_is_refused(app: Flask, client: FlaskClient) -> None:
    assert client.get(PAGE).status_code == 303
    desk = person(app, "hinanjo", Role.SHELTER)
    assert desk.client.get(PAGE).status_code == 403
    assert desk.client.post(f"{PAGE}/import").status_code in (400, 403)


def test_numbers_are_told_and_small_ones_are_not(app: Flask, officer: Person) -> None:
    town = Town(app)
    for number in range(7):
        town.resident(number, area="24324-01")
    town.resident(50, area="24324-26", channels=("sms",))
    page = text_of(officer.open(PAGE)).replace(" ", "")
    assert "登録している人8人" in page
    assert "メール7件" in page
    assert "SMS1〜4件" in page
    assert "城山一丁目1〜4人" in page
    assert "大字中上7人" in page
    assert "大字長深0人" in page


def test_an_empty_town_is_told_what_to_do(officer: Person) -> None:
    page = officer.open(PAGE)
    assert "/subscribe/sheet" in page
    assert db.session.scalar(select(func.count()).select_from(Contact)) == 0
