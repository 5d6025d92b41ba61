"""One-time set-up links: the first administrator, new people, lost telephones; and the commands that print them."""

import re
from datetime import timedelta

import pyotp
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from disaster.core import clock
from disaster.core.extensions import db
from disaster.core.settings import Settings
from disaster.staff import accounts, samples, setup
from disaster.staff.cli import staff as group
from disaster.staff.models import Account
from disaster.staff.permissions import Role
from tests.fakes.staff import csrf_token, make_account

NEW_PASSWORD = "yama no ue no kumo 7 tsu"


def _path(link: str) -> str:
    return "/staff/setup/" + link.rsplit("/", 1)[1]


def _secret(page: str) -> str:
    found = re.search(r"入力します：<br><code>([A-Z2-7 ]+)</code>", page)
    assert found
    return found[1].replace(" ", "")


def _fill(client: FlaskClient, path: str, **changes: str):  # type: ignore[no-untyped-def]
    page = client.get(path).get_data(as_text=True)
    data = {"csrf_token": csrf_token(client, path), "password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
    data["code"] = pyotp.TOTP(_secret(page)).at(clock.now())
    return client.post(path, data=data | changes)


def test_a_fresh_installation_has_no_usable_account(app: Flask, client: FlaskClient) -> None:
    assert accounts.everyone() == []
    token = csrf_token(client)
    for login, password in (("admin", "admin"), ("root", ""), ("kanri", samples.PASSWORD), ("honbu", samples.PASSWORD)):
        assert (
            client.post("/staff/login", data={"csrf_token": token, "login": login, "password": password}).status_code
            == 422
        )


def test_the_first_start_makes_one_administrator(app: Flask, client: FlaskClient) -> None:
    link = setup.first_start_link()
    assert link
    page = _fill(client, _path(link), login="Suzuki", name="鈴木 一").get_data(as_text=True)
    assert len(re.findall(r"<li><code>[2-9A-Z]{5}-[2-9A-Z]{5}</code>", page)) == 10
    person = accounts.find("suzuki")
    assert person is not None
    assert person.ready
    assert person.roles == [Role.ADMIN]
    assert setup.first_start_link() is None
    assert client.get(_path(link)).status_code == 410


def test_of_two_first_start_links_only_the_last_works(app: Flask, client: FlaskClient) -> None:
    first, second = setup.first_start_link(), setup.first_start_link()
    assert client.get(_path(first or "")).status_code == 410
    assert client.get(_path(second or "")).status_code == 200


def test_a_first_start_link_dies_when_an_account_comes_by_another_way(app: Flask, client: FlaskClient) -> None:
    link = setup.first_start_link()
    accounts.add("honbu", "本部 花子", [Role.OPERATOR], actor="cli")
    assert client.get(_path(link or "")).status_code == 410


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"code": "000000"}, "確認コードが違います"),
        ({"code": ""}, "確認コードを入力してください"),
        ({"password": "short", "password_again": "short"}, "12文字以上"),
        ({"password_again": "something else"}, "1回目と違います"),
        ({"login": "鈴木"}, "半角の英小文字"),
        ({"login": ""}, "ログインIDを入力してください"),
        ({"name": "\x07"}, "使えない文字"),
        ({"name": ""}, "氏名を入力してください"),
    ],
)
def test_a_mistake_keeps_what_was_typed_and_the_link(
    app: Flask, client: FlaskClient, change: dict[str, str], words: str
) -> None:
    path = _path(setup.first_start_link() or "")
    answer = _fill(client, path, **({"login": "suzuki", "name": "鈴木 𠮷"} | change))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "＊" in page
    assert words in page
    if "name" not in change:
        assert 'value="鈴木 𠮷"' in page
    assert NEW_PASSWORD not in page
    assert accounts.everyone() == []
    assert _fill(client, path, login="suzuki", name="鈴木").status_code == 200


def test_looking_at_a_link_does_not_use_it_up(app: Flask, client: FlaskClient) -> None:
    person = accounts.add("honbu", "本部 花子", [Role.OPERATOR], actor="cli")
    path = _path(setup.link_for(person, actor="cli"))
    secrets = {_secret(client.get(path).get_data(as_text=True)) for _ in range(3)}
    assert len(secrets) == 1
    assert client.head(path).status_code == 200
    answer = _fill(client, path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert _fill_again(client, path) == 410


def _fill_again(client: FlaskClient, path: str) -> int:
    return client.post(path, data={"csrf_token": csrf_token(client), "password": NEW_PASSWORD}).status_code


def test_a_link_ends_after_a_day(app: Flask, client: FlaskClient) -> None:
    person = accounts.add("honbu", "本部 花子", [Role.OPERATOR], actor="cli")
    path = _path(setup.link_for(person, actor="cli"))
    with time_machine.travel(clock.now() + timedelta(hours=24, seconds=1)):
        assert client.get(path).status_code == 410


@pytest.mark.parametrize("token", ["x", "a" * 32, "' OR 1=1 --", "%00", "../login"])
def test_an_invented_link_opens_nothing(app: Flask, client: FlaskClient, token: str) -> None:
    setup.first_start_link()
    assert client.get(f"/staff/setup/{token}").status_code in (404, 410)


def test_a_new_link_replaces_password_and_telephone_and_ends_sessions(app: Flask, client: FlaskClient) -> None:
    person = make_account("honbu", Role.OPERATOR)
    before = person.totp_secret
    assert _fill(client, _path(setup.link_for(person, actor="cli"))).status_code == 200
    db.session.expire_all()
    person = accounts.find("honbu")
    assert person is not None
    assert person.totp_secret != before
    assert accounts.check_password("honbu", NEW_PASSWORD).id == person.id


def test_the_qr_code_is_made_here_and_names_the_town(app: Flask) -> None:
    person = accounts.add("honbu", "本部 花子", [Role.OPERATOR], actor="cli")
    link = setup.opened(setup.link_for(person, actor="cli").rsplit("/", 1)[1])
    assert setup.qr_code(link, person.login).startswith("data:image/svg+xml")


def test_the_database_holds_neither_token_nor_secret_in_the_clear(app: Flask, settings: Settings) -> None:
    token = (setup.first_start_link() or "").rsplit("/", 1)[1]
    secret = setup.opened(token).totp_secret
    person = make_account("honbu", Role.OPERATOR)
    db.session.remove()
    db.engine.dispose()
    stored = b"".join(file.read_bytes() for file in settings.data_dir.iterdir() if file.is_file())
    assert token.encode() not in stored
    assert secret.encode() not in stored
    assert (person.totp_secret or "").encode() not in stored


def test_the_link_uses_the_public_address(settings: Settings, app: Flask) -> None:
    app.extensions["disaster.settings"] = settings.model_copy(update={"public_url": "https://bousai.example.lg.jp/"})
    assert (setup.first_start_link() or "").startswith("https://bousai.example.lg.jp/staff/setup/")


def test_the_command_adds_a_person_and_prints_the_link(app: Flask, client: FlaskClient) -> None:
    runner = app.test_cli_runner()
    result = runner.invoke(group, ["add", "honbu", "--name", "本部 花子", "--role", "operator", "--role", "approver"])
    assert result.exit_code == 0
    link = result.output.splitlines()[0]
    assert client.get(_path(link)).status_code == 200
    again = runner.invoke(group, ["add", "honbu", "--name", "本部 花子", "--role", "operator"])
    assert again.exit_code == 1
    assert "もう使われています" in again.output
    assert "honbu\t本部 花子\toperator,approver\tnot set up" in runner.invoke(group, ["list"]).output
    assert runner.invoke(group, ["disable", "honbu"]).exit_code == 0
    assert "disabled" in runner.invoke(group, ["list"]).output
    assert client.get(_path(link)).status_code == 410


def test_a_password_from_standard_input_still_needs_the_second_factor(app: Flask) -> None:
    runner = app.test_cli_runner()
    arguments = ["add", "honbu", "--name", "本部", "--role", "operator", "--password-stdin"]
    assert "推測されやすい" in runner.invoke(group, arguments, input="touin-bousai-2026\n").output
    assert runner.invoke(group, arguments, input=f"{NEW_PASSWORD}\n").exit_code == 0
    person = accounts.find("honbu")
    assert person is not None
    assert person.password_hash.startswith("$argon2id$")
    assert not person.ready


def test_the_command_gives_the_first_link_once_there_is_nobody(app: Flask) -> None:
    runner = app.test_cli_runner()
    assert "/staff/setup/" in runner.invoke(group, ["setup-link"]).output
    make_account("honbu", Role.OPERATOR)
    assert "name one" in runner.invoke(group, ["setup-link"]).output
    assert "/staff/setup/" in runner.invoke(group, ["setup-link", "honbu"]).output
    assert runner.invoke(group, ["setup-link", "nobody"]).exit_code == 1


def test_sample_accounts_are_refused_without_the_demonstration(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="--demo"):
        accounts.seed_demo()


def test_sample_accounts_open_in_the_demonstration_only(app: Flask, settings: Settings, client: FlaskClient) -> None:
    app.extensions["disaster.settings"] = settings.model_copy(update={"demo": True})
    accounts.seed_demo()
    accounts.seed_demo()
    assert [len(db.session.scalars(select(Account)).all()), setup.first_start_link()] == [len(samples.SAMPLES), None]
    page = client.get("/staff/login").get_data(as_text=True)
    assert "見本" in page
    for sample in samples.SAMPLES:
        assert accounts.check_password(sample.login, samples.PASSWORD).login == sample.login
        assert sample.login in page
    data = {"csrf_token": csrf_token(client), "login": "honbu", "password": samples.PASSWORD}
    client.post("/staff/login", data=data)
    sample_code = re.search(r'data-login="honbu">(\d{6})<', client.get("/staff/sample-codes").get_data(as_text=True))
    assert sample_code
    data = {"csrf_token": csrf_token(client, "/staff/code"), "code": sample_code[1]}
    assert client.post("/staff/code", data=data).status_code == 303
    assert client.get("/staff/account").status_code == 200
    # The same database in earnest: nobody gets in with what everybody knows, and the first link is offered.
    app.extensions["disaster.settings"] = settings
    assert client.get("/staff/account").status_code == 303
    data = {"csrf_token": csrf_token(client), "login": "honbu", "password": samples.PASSWORD}
    assert client.post("/staff/login", data=data).status_code == 422
    assert setup.first_start_link()
