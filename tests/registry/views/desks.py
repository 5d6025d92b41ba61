"""A shelter's desk in a browser without a screen: one signed-in person at one shelter."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from disaster.core.db import transaction
from disaster.core.municipality import municipality
from disaster.shelters import directory, importing, state
from disaster.shelters.vocabulary import Opening
from disaster.staff.models import Account
from disaster.staff.permissions import Role
from registry.models.people import ShelterStaff
from tests.fakes.staff import csrf_token, signed_in_client


@dataclass
class Desk:
    """``at`` is the address of the shelter's desk."""

    client: FlaskClient
    account: Account
    shelter: int

    @property
    def at(self) -> str:
        """The address."""
        return f"/shelter/desk/{self.shelter}"

    def get(self, path: str = "") -> str:
        """The text of a page that opens."""
        response = self.client.get(path if path.startswith("/headquarters") else self.at + path)
        assert response.status_code == 200, response.status_code
        return response.get_data(as_text=True)

    def post(self, path: str, **form: Any) -> TestResponse:
        """Send a form with the token of this session."""
        token = csrf_token(self.client, "/staff/account")
        address = path if path.startswith("/headquarters") else self.at + path
        return self.client.post(address, data={"csrf_token": token, **form})

    def state(self) -> Opening:
        """Whether the shelter is open."""
        return directory.by_ids([self.shelter])[0].state.opening


def shelter_named(name: str) -> int:
    """The number of one of the town's 指定避難所; the list is taken in where it is not yet."""
    importing.import_shipped(municipality())
    return next(s.id for s in directory.all_shelters() if s.name == name and s.kind == "evacuation")


def desk(
    app: Flask, name: str = "神田小学校", role: Role = Role.SHELTER, *, opened: bool = True, own: bool = True
) -> Desk:
    """Somebody with this role at this shelter."""
    number = shelter_named(name)
    if opened:
        state.set_opening(number, Opening.OPEN, seen=1, actor="account:1")
    client, account = signed_in_client(app, f"{role}-{number}", role)
    if own:
        with transaction() as session:
            session.add(ShelterStaff(account_id=account.id, shelter_id=number))
    return Desk(client, account, number)
