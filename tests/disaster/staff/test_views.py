"""The sign-in pages, as a browser meets them."""

import re
import secrets
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from disaster.core import audit, clock
from disaster.core.extensions import db
from disaster.staff import accounts
from disaster.staff.models import StaffSession, Throttle
from disaster.staff.permissions import Role
from disaster.staff.views import safe_next
from tests.fakes.staff import PASSWORD, code, csrf_token, make_account, sign_in, signed_in_client


def _password_step(client: FlaskClient, login: str, password: str, **more: str):  # type: ignore[no-untyped-def]
    environ = {"REMOTE_ADDR": more.pop("address", "192.0.2.1")}
    data = {"csrf_token": csrf_token(client), "login": login, "password": password, **more}
    return client.post("/staff/login", data=data, environ_overrides=environ)


def test_a_person_signs_in_with_password_and_code_and_lands_at_headquarters(app: Flask) -> None:
    person = make_account("honbu", Role.OPERATOR)
    client = app.test_client()
    assert _password_step(client, "HONBU", PASSWORD).location == "/staff/code"
    assert client.get("/staff/account").status_code == 303  # the password alone opens nothing
    token = csrf_token(client, "/staff/code")
    assert client.post("/staff/code", data={"csrf_token": token, "code": code(person)}).location == "/headquarters/"
    assert "honbuさん" in client.get("/staff/account").get_data(as_text=True)


def test_who_does_not_work_at_headquarters_lands_on_the_first_page_of_their_own_work(app: Flask) -> None:
    client = sign_in(app.test_client(), make_account("fukushi", Role.WELFARE))
    assert client.get("/staff/login").location == "/welfare/"
    at_the_door = sign_in(app.test_client(), make_account("hinanjo", Role.SHELTER))
    assert at_the_door.get("/staff/login").location == "/shelter/desk"


def test_the_page_that_was_asked_for_opens_after_the_sign_in(app: Flask) -> None:
    person = make_account("kanri", Role.ADMIN)
    client = app.test_client()
    asked = client.get("/staff/accounts?x=1")
    assert asked.status_code == 303
    assert asked.location == "/staff/login?next=%2Fstaff%2Faccounts%3Fx%3D1"
    assert 'name="next" value="/staff/accounts?x=1"' in client.get(asked.location).get_data(as_text=True)
    _password_step(client, "kanri", PASSWORD, next="/staff/accounts?x=1")
    token = csrf_token(client, "/staff/code")
    answer = client.post("/staff/code", data={"csrf_token": token, "code": code(person)})
    assert answer.location == "/staff/accounts?x=1"


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "http:evil.example",
]
ELSEWHERE += [
    "/\t/evil.example",
    "\n//evil.example",
    " //evil.example",
    "///evil.example",
    "/%0d%0aX: y\r\nX: y",
    "evil.example",
    "",
    "?x",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_the_sign_in_sends_nobody_to_another_site(target: str) -> None:
    assert safe_next(target) == ""


def test_a_foreign_target_is_ignored_on_the_whole_way(app: Flask) -> None:
    person = make_account("honbu", Role.OPERATOR)
    client = app.test_client()
    _password_step(client, "honbu", PASSWORD, next="//evil.example/")
    token = csrf_token(client, "/staff/code")
    assert client.post("/staff/code", data={"csrf_token": token, "code": code(person)}).location == "/headquarters/"


@pytest.mark.parametrize("login", ["honbu", "nobody", "", "x" * 5000, "hon bu", "honbu\x00", "本部"])
def test_a_wrong_password_and_an_unknown_login_get_the_same_answer_and_keep_what_was_typed(
    app: Flask, login: str
) -> None:
    make_account("honbu", Role.OPERATOR)
    answer = _password_step(app.test_client(), login, "wrong password")
    assert answer.status_code == 422
    assert accounts.WRONG in answer.get_data(as_text=True)
    assert f'value="{login[:80]}"' in answer.get_data(as_text=True)


@pytest.mark.parametrize("state", ["disabled", "without second factor", "without password"])
def test_an_account_that_is_not_ready_does_not_open(app: Flask, state: str) -> None:
    person = make_account("honbu", Role.OPERATOR)
    db.session.get(type(person), person.id)
    changes = {
        "disabled": {"active": False},
        "without second factor": {"totp_secret": None},
        "without password": {"password_hash": ""},
    }
    for name, value in changes[state].items():
        setattr(person, name, value)
    db.session.commit()
    assert _password_step(app.test_client(), "honbu", PASSWORD).status_code == 422


def test_a_thousand_guesses_open_nothing_and_the_person_gets_in_from_another_address(app: Flask) -> None:
    person = make_account("honbu", Role.OPERATOR)
    client = app.test_client()
    token = csrf_token(client)
    opened, looked_at = 0, 0
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for number in range(1000):
            guess = PASSWORD if number % 50 == 49 else f"guess number {number}"  # even the right one, while blocked
            data = {"csrf_token": token, "login": "honbu", "password": guess}
            answer = client.post("/staff/login", data=data, environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
            opened += answer.status_code == 303
            looked_at += answer.status_code == 422
            traveller.shift(timedelta(milliseconds=300))
    assert opened == 0
    assert looked_at <= 12
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        elsewhere = app.test_client()
        assert _password_step(elsewhere, "honbu", PASSWORD, address="198.51.100.7").status_code == 303
        token = csrf_token(elsewhere, "/staff/code")
        assert elsewhere.post("/staff/code", data={"csrf_token": token, "code": code(person)}).status_code == 303


def test_a_thousand_codes_open_nothing(app: Flask) -> None:
    make_account("honbu", Role.OPERATOR)
    client = app.test_client()
    _password_step(client, "honbu", PASSWORD)
    token = csrf_token(client, "/staff/code")
    answers = [
        client.post("/staff/code", data={"csrf_token": token, "code": f"{secrets.randbelow(1000):06}"})
        for _ in range(1000)
    ]
    assert all(answer.status_code in (422, 429) for answer in answers)
    assert sum(answer.status_code == 422 for answer in answers) <= 8


def test_the_wait_is_told_in_words_and_ends(app: Flask) -> None:
    make_account("honbu", Role.OPERATOR)
    client = app.test_client()
    for _ in range(6):
        answer = _password_step(client, "honbu", "wrong password")
    assert answer.status_code == 429
    assert re.search("あと[0-9]+秒待ってから", answer.get_data(as_text=True))
    with time_machine.travel(clock.now() + timedelta(seconds=6)):
        assert _password_step(client, "honbu", PASSWORD).status_code == 303
    assert db.session.scalar(select(Throttle.failures)) is None  # forgiven


def test_a_sign_in_without_the_token_of_the_form_is_refused(app: Flask) -> None:
    make_account("honbu", Role.OPERATOR)
    client = app.test_client()
    answer = client.post("/staff/login", data={"login": "honbu", "password": PASSWORD})
    assert answer.status_code == 400
    assert "何も処理されていません" in answer.get_data(as_text=True)


def test_signing_out_ends_a_stolen_copy_of_the_cookie(app: Flask) -> None:
    client = sign_in(app.test_client(), make_account("honbu", Role.OPERATOR))
    stolen = client.get_cookie("session")
    assert stolen is not None
    client.post("/staff/logout", data={"csrf_token": csrf_token(client, "/staff/account")})
    thief = app.test_client()
    thief.set_cookie("session", stolen.value)
    assert thief.get("/staff/account").status_code == 303


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(app: Flask) -> None:
    answer = _password_step(app.test_client(), "honbu", PASSWORD)
    cookie = app.test_client().get("/staff/login").headers["Set-Cookie"]
    assert answer.status_code == 422
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize(
    ("role", "alive", "over"), [(Role.OPERATOR, 29, 31), (Role.SHELTER, 4, 6), (Role.WELFARE, 14, 16)]
)
def test_a_session_ends_when_nobody_does_anything(app: Flask, role: Role, alive: int, over: int) -> None:
    client, _ = signed_in_client(app, "person", role)
    start = clock.now()
    with time_machine.travel(start + timedelta(minutes=alive)):
        assert client.get("/staff/account").status_code == 200
    with time_machine.travel(start + timedelta(minutes=alive + over)):
        assert client.get("/staff/account").status_code == 303
        assert "しばらく操作がなかったため" in client.get("/staff/login").get_data(as_text=True)


def test_a_page_that_polls_by_itself_does_not_keep_the_session_alive(app: Flask) -> None:
    client, _ = signed_in_client(app, "honbu", Role.OPERATOR)
    start = clock.now()
    for minute in (10, 20, 29):
        with time_machine.travel(start + timedelta(minutes=minute)):
            assert client.get("/staff/account", headers={"HX-Request": "true"}).status_code == 200
    with time_machine.travel(start + timedelta(minutes=31)):
        assert client.get("/staff/account", headers={"HX-Request": "true"}).status_code == 401


def test_a_session_ends_after_twelve_hours_whatever_is_done(app: Flask) -> None:
    client, _ = signed_in_client(app, "honbu", Role.OPERATOR)
    start = clock.now()
    for quarter in range(1, 48):
        with time_machine.travel(start + timedelta(minutes=15 * quarter)):
            assert client.get("/staff/account").status_code == 200
    with time_machine.travel(start + timedelta(hours=12, minutes=1)):
        assert client.get("/staff/account").status_code == 303


@pytest.mark.parametrize("jump", [timedelta(hours=2), timedelta(days=3), timedelta(hours=-2), timedelta(days=-3)])
def test_a_clock_that_jumps_ends_the_session_and_a_new_sign_in_works(app: Flask, jump: timedelta) -> None:
    client, person = signed_in_client(app, "honbu", Role.OPERATOR)
    for _ in range(6):
        _password_step(app.test_client(), "honbu", "wrong password")  # a block must not last three days either
    with time_machine.travel(clock.now() + jump):
        assert client.get("/staff/account").status_code == 303
        other = app.test_client()
        sign_in(other, person)
        assert other.get("/staff/account").status_code == 200


def test_what_was_typed_survives_the_end_of_the_session(app: Flask) -> None:
    client, person = signed_in_client(app, "kanri", Role.ADMIN)
    token = csrf_token(client, "/staff/accounts")
    typed = {
        "login": "new",
        "name": "新しい\n<b>人",
        "roles": ["operator", "approver"],
        "code": "123456",
        "csrf_token": token,
    }
    with time_machine.travel(clock.now() + timedelta(minutes=40)):
        answer = client.post("/staff/accounts", data=typed)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 401
        assert "まだ送られていません" in page
        assert page.count('name="roles"') == 2
        assert "&lt;b&gt;人" in page
        assert "123456" not in page
        sign_in(client, person)  # in another tab of the same browser
        again = client.post("/staff/accounts", data={**typed, "code": code(person, 1)})  # the old page, its old token
    assert again.status_code != 400
    assert accounts.find("new") is None  # the name holds a line end and is refused as ever, in its place
    assert "改行なしで" in again.get_data(as_text=True)


def test_another_person_at_the_same_browser_gets_a_new_form_token(app: Flask) -> None:
    client, _ = signed_in_client(app, "first", Role.OPERATOR)
    old = csrf_token(client, "/staff/account")
    with time_machine.travel(clock.now() + timedelta(minutes=40)):
        client.get("/staff/account")
        sign_in(client, make_account("second", Role.OPERATOR))
        answer = client.post("/staff/account/sessions", data={"csrf_token": old})
    assert answer.status_code == 400


def test_a_new_password_ends_the_other_sessions(app: Flask) -> None:
    here, person = signed_in_client(app, "honbu", Role.OPERATOR)
    with time_machine.travel(clock.now() + timedelta(seconds=31)):
        there = sign_in(app.test_client(), person)
    data = {"csrf_token": csrf_token(here, "/staff/account"), "password_old": PASSWORD}
    data |= {"password": "yama no ue no kumo 7 tsu", "password_again": "yama no ue no kumo 7 tsu"}
    assert "パスワードを変えました" in here.post("/staff/account/password", data=data).get_data(as_text=True)
    assert here.get("/staff/account").status_code == 200
    assert there.get("/staff/account").status_code == 303
    assert accounts.check_password("honbu", "yama no ue no kumo 7 tsu").id == person.id


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"password_old": "wrong"}, "いまのパスワードが違います"),
        ({"password": "short", "password_again": "short"}, "12文字以上"),
        ({"password_again": "another one"}, "1回目と違います"),
        ({"password": "touin-bousai-2026", "password_again": "touin-bousai-2026"}, "推測されやすい"),
    ],
)
def test_a_refused_password_says_why(app: Flask, change: dict[str, str], sentence: str) -> None:
    client, _ = signed_in_client(app, "honbu", Role.OPERATOR)
    data = {"csrf_token": csrf_token(client, "/staff/account"), "password_old": PASSWORD}
    data |= {"password": "yama no ue no kumo 7 tsu", "password_again": "yama no ue no kumo 7 tsu"} | change
    answer = client.post("/staff/account/password", data=data)
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)


def test_other_devices_can_be_signed_out(app: Flask) -> None:
    here, person = signed_in_client(app, "honbu", Role.OPERATOR)
    with time_machine.travel(clock.now() + timedelta(seconds=31)):
        there = sign_in(app.test_client(), person)
    assert "2台" in here.get("/staff/account").get_data(as_text=True)
    here.post("/staff/account/sessions", data={"csrf_token": csrf_token(here, "/staff/account")})
    assert there.get("/staff/account").status_code == 303
    assert here.get("/staff/account").status_code == 200


def test_new_recovery_codes_need_the_second_factor_and_end_the_old_ones(app: Flask) -> None:
    client, person = signed_in_client(app, "honbu", Role.OPERATOR)
    token = csrf_token(client, "/staff/account")
    assert client.post("/staff/account/recovery-codes", data={"csrf_token": token, "code": "000000"}).status_code == 422
    page = client.post("/staff/account/recovery-codes", data={"csrf_token": token, "code": code(person)}).get_data(
        as_text=True
    )
    assert len(re.findall(r"<li><code>[2-9A-Z]{5}-[2-9A-Z]{5}</code>", page)) == 10


def test_a_recovery_code_opens_the_account_once(app: Flask) -> None:
    person = make_account("honbu", Role.OPERATOR)
    spare = accounts.new_recovery_codes(person.id)[0]
    for expected in (303, 422):
        client = app.test_client()
        _password_step(client, "honbu", PASSWORD)
        token = csrf_token(client, "/staff/code")
        typed = spare.lower().replace("-", " ")
        assert client.post("/staff/code", data={"csrf_token": token, "code": typed}).status_code == expected


def test_a_code_opens_the_account_once(app: Flask) -> None:
    person = make_account("honbu", Role.OPERATOR)
    with time_machine.travel(clock.now(), tick=False):
        sign_in(app.test_client(), person)
        client = app.test_client()
        _password_step(client, "honbu", PASSWORD)
        token = csrf_token(client, "/staff/code")
        answer = client.post("/staff/code", data={"csrf_token": token, "code": code(person)})
    assert answer.status_code == 422
    assert "もう使われました" in answer.get_data(as_text=True)


def test_the_password_step_does_not_wait_for_ever_for_the_code(app: Flask) -> None:
    person = make_account("honbu", Role.OPERATOR)
    client = app.test_client()
    _password_step(client, "honbu", PASSWORD)
    token = csrf_token(client, "/staff/code")
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        assert client.post("/staff/code", data={"csrf_token": token, "code": code(person)}).status_code == 422
        assert client.get("/staff/code").location == "/staff/login"


def test_signing_in_is_written_to_the_audit_log_without_what_was_typed(app: Flask) -> None:
    person = make_account("honbu", Role.OPERATOR)
    _password_step(app.test_client(), "honbu", "canary-password")
    sign_in(app.test_client(), person)
    entries = db.session.scalars(select(audit.AuditEntry)).all()
    assert [entry.action for entry in entries] == ["staff.sign_in_refused", "staff.sign_in"]
    assert all(entry.actor == f"account:{person.id}" and "canary" not in entry.detail for entry in entries)


def test_the_database_holds_no_token_of_a_session(app: Flask) -> None:
    client = sign_in(app.test_client(), make_account("honbu", Role.OPERATOR))
    with client.session_transaction() as cookie:
        token = cookie["staff"]
    stored = db.session.scalars(select(StaffSession.digest)).one()
    assert token != stored
    assert len(stored) == 64


def test_the_sample_codes_exist_in_the_demonstration_only(client: FlaskClient) -> None:
    assert client.get("/staff/sample-codes").status_code == 404
    assert "mihon" not in client.get("/staff/login").get_data(as_text=True)


def test_a_login_name_that_no_database_takes_is_answered_like_any_unknown_one(app_on_any_database: Flask) -> None:
    client = app_on_any_database.test_client()
    token = csrf_token(client)
    answer = client.post("/staff/login", data={"csrf_token": token, "login": "a\0b", "password": "x\0y"})
    assert answer.status_code == 422
    assert "ログインIDかパスワードが違います" in answer.get_data(as_text=True)
