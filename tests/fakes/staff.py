"""Staff for tests: accounts that are ready to sign in, their codes, and a signed-in client."""

import re
from datetime import timedelta

import pyotp
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.staff.models import Account, SpentStep
from disaster.staff.permissions import Role

PASSWORD = "kaki no ki ni suzume 3 wa"
# As ``passwords.hashed`` makes it, but quick: what a sign-in costs is written in the hash, and a tenth of many tests' time went into it.
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def make_account(login: str, *roles: Role, name: str = "") -> Account:
    """An account with ``PASSWORD`` and a second factor; needs an application context."""
    account = Account(
        login=login,
        name=name or f"{login}さん",
        roles=list(roles),
        password_hash=_HASH,
        totp_secret=pyotp.random_base32(),
        created_at=clock.now(),
    )
    with transaction() as session:
        session.add(account)
    return account


def code(account: Account, steps: int = 0) -> str:
    """The code that the person's authenticator shows now, or ``steps`` of 30 seconds later."""
    return pyotp.TOTP(account.totp_secret or "").at(clock.now() + timedelta(seconds=30 * steps))


def fresh_code(account_id: int) -> str:
    """A code that the person has not used for anything yet."""
    forget_codes()
    return code(db.session.get_one(Account, account_id))


def forget_codes() -> None:
    """Let codes that were used count as unused, as if 30 seconds had passed."""
    with transaction() as session:
        session.query(SpentStep).delete()
    db.session.rollback()


def csrf_token(client: FlaskClient, path: str = "/staff/login") -> str:
    """The token out of a form of this client's session."""
    found = _TOKEN.search(client.get(path).get_data(as_text=True))
    assert found, f"no form with a token at {path}"
    return found.group(1)


def sign_in(client: FlaskClient, account: Account) -> FlaskClient:
    """Sign in through the real pages."""
    token = csrf_token(client)
    first = client.post("/staff/login", data={"csrf_token": token, "login": account.login, "password": PASSWORD})
    assert first.status_code == 303, first.get_data(as_text=True)
    second = client.post("/staff/code", data={"csrf_token": csrf_token(client, "/staff/code"), "code": code(account)})
    assert second.status_code == 303, second.get_data(as_text=True)
    return client


def signed_in_client(app: Flask, login: str, *roles: Role) -> tuple[FlaskClient, Account]:
    """A new person with these roles, and a client in which they are signed in."""
    account = make_account(login, *roles)
    return sign_in(app.test_client(), account), account
