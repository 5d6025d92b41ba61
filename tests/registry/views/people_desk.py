"""Somebody of the staff on the pages about people."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from disaster.core.db import transaction
from disaster.staff.models import Account
from disaster.staff.permissions import Role
from registry.models.people import ShelterStaff
from tests.fakes.staff import csrf_token, signed_in_client


@dataclass
class Officer:
    """One signed-in person."""

    client: FlaskClient
    account: Account

    def get(self, path: str, status: int = 200) -> str:
        """The text of a page."""
        response = self.client.get(path)
        assert response.status_code == status, (path, response.status_code)
        return response.get_data(as_text=True)

    def post(self, path: str, **form: Any) -> TestResponse:
        """Send a form."""
        token = csrf_token(self.client, "/staff/account")
        return self.client.post(path, data={"csrf_token": token, **form})

    def told(self, path: str, **form: Any) -> str:
        """Send a form and follow to the page that tells what happened."""
        answer = self.post(path, **form)
        assert answer.status_code == 303, (path, answer.status_code, answer.get_data(as_text=True)[:2000])
        return self.get(answer.headers["Location"])


def officer(app: Flask, role: Role, *own: int, login: str = "") -> Officer:
    """Somebody with this role who works at these shelters."""
    client, account = signed_in_client(app, login or f"{role}-{'-'.join(map(str, own))}", role)
    with transaction() as session:
        session.add_all(ShelterStaff(account_id=account.id, shelter_id=shelter) for shelter in own)
    return Officer(client, account)
