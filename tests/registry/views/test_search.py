"""The page on which people are found: nothing without a purpose, recorded, and the same page whether a protected person is there or not."""

import io
import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from disaster.core.audit import AuditEntry
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.staff.models import Account
from disaster.staff.permissions import Role
from registry.models.people import Resident, ShelterStaff
from registry.residents import taking
from registry.vocabulary import Protection
from tests.fakes.staff import csrf_token, signed_in_client
from tests.registry.people.entries import arrive, protect
from tests.registry.residents.lists import ROWS, listed
from tests.registry.views.desks import shelter_named

PATH = "/registry/search"


@pytest.fixture
def town(app: Flask) -> Flask:
    taking.take_in(lambda: io.BytesIO(listed()), "jumin.csv")
    return app


def _ask(client: FlaskClient, words: str, why: str = "inquiry") -> tuple[int, str]:
    answer = client.post(PATH, data={"csrf_token": csrf_token(client, PATH), "words": words, "why": why})
    return answer.status_code, answer.get_data(as_text=True)


def _client(app: Flask, role: Role) -> FlaskClient:
    return signed_in_client(app, str(role), role)[0]


def test_a_search_shows_who_was_found_and_is_recorded(town: Flask) -> None:
    status, page = _ask(_client(town, Role.REGISTRY), "やまだ")
    assert status == 200
    assert "山田　太郎" in page
    assert "山田　花子" in page
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "people.searched")).one()
    assert json.loads(entry.detail)["purpose"] == "inquiry"
    assert "やまだ" not in entry.detail
    numbers = db.session.scalars(select(Resident.id).where(Resident.name.contains("山田"))).all()
    assert json.loads(entry.detail)["residents"] == sorted(numbers)


def test_without_a_purpose_nobody_is_shown_and_the_words_stay(town: Flask) -> None:
    status, page = _ask(_client(town, Role.REGISTRY), "やまだ", "")
    assert status == 422
    assert 'value="やまだ"' in page
    assert "山田　太郎" not in page
    status, page = _ask(_client(town, Role.WELFARE), "", "inquiry")
    assert status == 422


def test_a_protected_resident_and_nobody_are_the_same_page(town: Flask) -> None:
    client = _client(town, Role.REGISTRY)
    pages = [_ask(client, words)[1] for words in ("スズキ サブロウ", "スズモ サブロチ")]
    assert "見つかりません" in pages[0]
    plain = [re.sub(r'value="[^"]*"', "", page) for page in pages]
    assert plain[0] == plain[1]
    assert "鈴木　三郎" in _ask(_client(town, Role.PROTECTION), "スズキ サブロウ")[1]


def test_shelter_staff_find_strangers_by_the_whole_only(town: Flask) -> None:
    client = _client(town, Role.SHELTER)
    assert "山田　太郎" not in _ask(client, "ヤマダ")[1]
    assert "山田　太郎" in _ask(client, "ヤマダ タロウ S60.4.12")[1]


def test_who_may_open_it(app: Flask) -> None:
    opened = {role: _client(app, role).get(PATH).status_code for role in Role}
    allowed = {Role.APPROVER, Role.SHELTER, Role.WELFARE, Role.REGISTRY, Role.PROTECTION}
    assert {role for role, status in opened.items() if status == 200} == allowed
    assert len(ROWS) == 5


def test_whose_whereabouts_are_secret_is_led_to_by_no_true_name(app: Flask) -> None:
    place = shelter_named("神田小学校")
    hidden = arrive(place, family="秘川", kana_family="ヒカワ", birth="S60.4.12")
    arrive(place, family="開川", kana_family="ヒカワ", given="次郎", age=71)
    desk, officer = _client(app, Role.SHELTER), _client(app, Role.REGISTRY)
    with transaction() as session:
        account = session.scalars(select(Account).where(Account.login == str(Role.SHELTER))).one()
        session.add(ShelterStaff(account_id=account.id, shelter_id=place))
    assert "秘川" in _ask(desk, "ヒカワ")[1]
    protect(hidden, Protection.WHEREABOUTS)
    for client in (desk, officer):
        page = _ask(client, "ヒカワ")[1]
        assert "秘川" not in page
        assert "71歳（聞いた年齢）" in page
        assert "見つかりません" in _ask(client, "ヒカワ ハナコ S60.4.12")[1]
    assert "秘川" in _ask(_client(app, Role.PROTECTION), "ヒカワ")[1]
