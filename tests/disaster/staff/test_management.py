"""Pages for accounts and the audit log."""

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from disaster.core import clock
from disaster.core.extensions import db
from disaster.staff import accounts
from disaster.staff.models import Account
from disaster.staff.permissions import Role
from tests.fakes.staff import code, csrf_token, make_account, sign_in, signed_in_client


@pytest.fixture
def manager(app: Flask) -> tuple[FlaskClient, Account]:
    return signed_in_client(app, "kanri", Role.ADMIN)


def _post(manager: tuple[FlaskClient, Account], path: str, *, with_code: bool = True, **data: object):  # type: ignore[no-untyped-def]
    client, person = manager
    token = csrf_token(client, "/staff/accounts")
    return client.post(path, data={"csrf_token": token, **({"code": code(person)} if with_code else {}), **data})


NEW = {"login": "tanaka", "name": "田中 𠮷江", "roles": ["operator", "shelter"]}


def test_a_new_person_gets_a_link_and_no_password(manager: tuple[FlaskClient, Account]) -> None:
    answer = _post(manager, "/staff/accounts", **NEW)
    assert answer.status_code == 201
    assert re.search(r"http://127\.0\.0\.1:8000/staff/setup/[\w-]{32}", answer.get_data(as_text=True))
    person = accounts.find("tanaka")
    assert person is not None
    assert (person.name, person.roles, person.ready) == ("田中 𠮷江", [Role.OPERATOR, Role.SHELTER], False)
    assert "本人の設定待ち" in manager[0].get("/staff/accounts").get_data(as_text=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"login": "KANRI"}, "もう使われています"),
        ({"login": "あ"}, "半角の英小文字"),
        ({"login": ""}, "ログインIDを入力してください"),
        ({"name": " "}, "氏名を入力してください"),
        ({"name": "x" * 61}, "60文字まで"),
        ({"roles": []}, "役割を1つ以上"),
        ({"roles": ["emperor"]}, "役割を1つ以上"),
        ({"code": "000000"}, "確認コードが違います"),
    ],
)
def test_a_refused_person_is_explained_and_keeps_the_form(
    manager: tuple[FlaskClient, Account], change: dict[str, object], words: str
) -> None:
    answer = _post(manager, "/staff/accounts", **(NEW | change))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in page
    if "name" not in change:
        assert 'value="田中 𠮷江"' in page
    if "roles" not in change:
        assert re.search(r'value="shelter" checked', page)
    assert accounts.find("tanaka") is None


def test_giving_power_asks_for_the_second_factor_once_in_five_minutes(manager: tuple[FlaskClient, Account]) -> None:
    assert _post(manager, "/staff/accounts", with_code=False, **NEW).status_code == 422
    assert _post(manager, "/staff/accounts", **NEW).status_code == 201
    assert _post(manager, "/staff/accounts", with_code=False, **(NEW | {"login": "sato"})).status_code == 201
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        assert _post(manager, "/staff/accounts", with_code=False, **(NEW | {"login": "ito"})).status_code == 422


def test_roles_count_from_the_next_click_on(app: Flask, manager: tuple[FlaskClient, Account]) -> None:
    theirs, person = signed_in_client(app, "honbu", Role.OPERATOR)
    assert theirs.get("/staff/audit").status_code == 403
    assert _post(manager, f"/staff/accounts/{person.id}/roles", roles=["approver"]).status_code == 303
    assert theirs.get("/staff/audit").status_code == 200


def test_nobody_changes_the_own_roles(manager: tuple[FlaskClient, Account]) -> None:
    person = manager[1]
    answer = _post(manager, f"/staff/accounts/{person.id}/roles", roles=["admin", "approver", "operator"])
    assert answer.status_code == 403
    assert accounts.find("kanri").roles == [Role.ADMIN]  # type: ignore[union-attr]


def test_a_disabled_person_is_out_at_once_and_can_come_back(app: Flask, manager: tuple[FlaskClient, Account]) -> None:
    theirs, person = signed_in_client(app, "honbu", Role.OPERATOR)
    assert _post(manager, f"/staff/accounts/{person.id}/disable", with_code=False).status_code == 303
    assert theirs.get("/staff/account").status_code == 303
    assert "停止中" in manager[0].get(f"/staff/accounts/{person.id}").get_data(as_text=True)
    assert _post(manager, f"/staff/accounts/{person.id}/enable").status_code == 303
    assert theirs.get("/staff/account").status_code == 303  # the old session stays ended
    with time_machine.travel(clock.now() + timedelta(seconds=60)):
        sign_in(theirs, person)


def test_the_last_manager_cannot_be_locked_out(manager: tuple[FlaskClient, Account]) -> None:
    answer = _post(manager, f"/staff/accounts/{manager[1].id}/disable")
    assert answer.status_code == 409
    assert "管理できる人がいなくなる" in answer.get_data(as_text=True)
    make_account("second", Role.ADMIN)
    assert _post(manager, f"/staff/accounts/{manager[1].id}/disable").status_code == 303


def test_an_unknown_person_is_not_found(manager: tuple[FlaskClient, Account]) -> None:
    assert manager[0].get("/staff/accounts/999").status_code == 404


def test_a_hostile_name_is_shown_and_not_run(manager: tuple[FlaskClient, Account]) -> None:
    _post(manager, "/staff/accounts", **(NEW | {"name": '"><script>alert(1)</script>'}))
    for path in ("/staff/accounts", "/staff/audit", f"/staff/accounts/{accounts.find('tanaka').id}"):  # type: ignore[union-attr]
        page = manager[0].get(path).get_data(as_text=True)
        assert "<script>alert" not in page


def test_the_audit_page_tells_in_words_and_verifies(app: Flask, manager: tuple[FlaskClient, Account]) -> None:
    _post(manager, "/staff/accounts", **NEW)
    page = manager[0].get("/staff/audit").get_data(as_text=True)
    assert "アカウントを追加した" in page
    assert "kanriさん" in page
    assert "田中 𠮷江" in page
    assert "書き換えられていません" in manager[0].get("/staff/audit?verify=1").get_data(as_text=True)
    for trigger in ("audit_entries_no_update", "audit_entries_no_delete"):
        db.session.execute(text(f"DROP TRIGGER {trigger}"))
    db.session.execute(text("UPDATE audit_entries SET actor = 'cli' WHERE id = 2"))
    db.session.commit()
    broken = manager[0].get("/staff/audit?verify=1").get_data(as_text=True)
    assert "変えられたか、消されています" in broken
    assert "記録番号 2" in broken
