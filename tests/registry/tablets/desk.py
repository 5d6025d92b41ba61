"""A tablet that speaks to the application under test."""

from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bench.tablet import Tablet, call
from disaster.core import clock, keyfiles
from registry.intake.projection import millis
from registry.tablets import devices


@lru_cache(maxsize=1)
def private_key() -> str:
    """A key of this test run."""
    with TemporaryDirectory() as folder:
        keyfiles.create_missing(Path(folder))
        return keyfiles.read(Path(folder), {})["intake_private_key"]


def with_key(app: Flask) -> None:
    """Give the installation a key for tablets."""
    from pydantic import SecretStr

    config = app.extensions["disaster.settings"]
    app.extensions["disaster.settings"] = config.model_copy(update={"intake_private_key": SecretStr(private_key())})


class Desk:
    """An enrolled tablet with its token."""

    def __init__(self, app: Flask, shelter: int, name: str = "受付1") -> None:
        with_key(app)
        self.client: FlaskClient = app.test_client()
        self.number, code = devices.invite(shelter, name, actor="account:1")
        answer = self.client.post("/api/v1/devices/enrol", json={"code": code, "name": name})
        assert answer.status_code == 201, answer.get_data(as_text=True)
        self.enrolled: dict[str, Any] = answer.get_json()
        self.token = self.enrolled["token"]
        self.tablet = Tablet(shelter, self.enrolled["seal"])

    def get(self, path: str) -> TestResponse:
        """Ask with the token."""
        return self.client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {self.token}"})

    def send(self, items: list[dict[str, Any]], now: int | None = None, **more: Any) -> TestResponse:
        """Send sealed entries."""
        body = call(items, self.now() if now is None else now, **more)
        return self.client.post("/api/v1/sync", json=body, headers={"Authorization": f"Bearer {self.token}"})

    def statuses(self, items: list[dict[str, Any]], now: int | None = None) -> list[str]:
        """What became of these entries."""
        answer = self.send(items, now)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return [result["status"] for result in answer.get_json()["results"]]

    @staticmethod
    def now() -> int:
        """Our clock in milliseconds."""
        return millis(clock.now())
