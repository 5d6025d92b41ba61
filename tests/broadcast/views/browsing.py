"""A person at a browser without JavaScript: opens a page, fills in the form that is on it, presses its button."""

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from disaster.staff.models import Account
from disaster.staff.permissions import Role
from tests.fakes.staff import code, forget_codes, signed_in_client

Values = dict[str, str | list[str]]


@dataclass
class Form:
    """A form as it stands on a page, with what a browser would send of it."""

    action: str
    values: Values
    buttons: list[str] = field(default_factory=list)


@dataclass
class Person:
    """Somebody who is signed in."""

    client: FlaskClient
    account: Account

    def open(self, path: str) -> str:
        """The page as text."""
        answer = self.client.get(path)
        assert answer.status_code == 200, (answer.status_code, answer.get_data(as_text=True)[:2000])
        return answer.get_data(as_text=True)

    def form(self, path: str, action: str) -> Form:
        """The form of the page that goes to ``action`` (the end of its address)."""
        return form_in(self.open(path), action)

    def press(self, path: str, action: str, /, **changes: Any) -> TestResponse:
        """Open the page, change fields of the form, send it."""
        return self.send(self.form(path, action), **changes)

    def send(self, form: Form, /, **changes: Any) -> TestResponse:
        """Send a form that was opened before; None takes a field out."""
        values = {name: value for name, value in {**form.values, **changes}.items() if value is not None}
        return self.client.post(form.action, data=values)

    def code(self) -> str:
        """A fresh second factor, as often as a test needs one."""
        forget_codes()
        return code(self.account)


def person(app: Flask, login: str, *roles: Role) -> Person:
    """A new person, signed in."""
    return Person(*signed_in_client(app, login, *roles))


def form_in(page: str, action: str) -> Form:
    """The form of a page with this action."""
    for element in html.fromstring(page).forms:
        if (element.action or "").split("#")[0].endswith(action):
            values: Values = {}
            for name, value in element.form_values():
                known = values.setdefault(name, [])
                assert isinstance(known, list)
                known.append(value)
            buttons = [button.text_content().strip() for button in element.iter("button")]
            return Form(element.action, values, buttons)
    raise AssertionError(f"no form to {action} on the page:\n{text_of(page)[:1500]}")


def text_of(page: str) -> str:
    """What a person reads."""
    return " ".join(html.fromstring(page).text_content().split())
