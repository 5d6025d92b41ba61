"""A whole installation for measuring: a fresh data folder, residents, staff, and the worker and web processes that a town would run."""

import contextlib
import os
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pyotp
from flask import Flask
from sqlalchemy import insert

from broadcast.alert import compose, lifecycle
from broadcast.alert.compose import Draft
from broadcast.alert.lifecycle import Seen
from broadcast.alert.preview import preview
from broadcast.cap.vocabulary import Hazard, Kind, Language, Mode
from broadcast.models.audience import Contact, Subscriber
from broadcast.models.trust import GovernedValue
from disaster.app import create_app
from disaster.core import sealed
from disaster.core.base import Base
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.core.settings import PREFIX, load
from disaster.staff.models import Account
from disaster.staff.permissions import Role

ROOT = Path(__file__).parent.parent
RADIO_TOKEN = "bench-radio"
START_PATIENCE = 60.0  # seconds
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback only, whatever proxy there is


@dataclass
class Installation:
    """A town with residents; needs its application context for the steps."""

    app: Flask
    folder: Path
    variables: dict[str, str]
    operator: int = 0

    def environment(self) -> dict[str, str]:
        """Variables of the processes."""
        return {**os.environ, **self.variables, "PYTHONPATH": str(ROOT)}

    def fill(self, residents: int, channel: str = "email") -> None:
        """The residents, one address each on this channel, for all areas."""
        at = now()
        with transaction() as session:
            self.operator = _account(session, "honbu", Role.OPERATOR)
            session.execute(
                insert(Subscriber),
                [
                    {"language": Language.JA, "support_needed": number % 20 == 0, "all_areas": True, "created_at": at}
                    for number in range(residents)
                ],
            )
            session.execute(
                insert(Contact),
                [_contact(number, channel) for number in range(1, residents + 1)],
            )
            for name in ("sends_per_hour", "sends_per_hour_area"):  # as many alerts as there are rounds
                session.add(GovernedValue(name=name, value="100000", change_id=0, changed_at=at))

    def submit(self) -> tuple[int, Seen]:
        """An evacuation order for the whole town that waits for approval, and what the approver sees."""
        draft = Draft(
            kind=Kind.EVACUATE,
            hazard=Hazard.FLOOD,
            expires_at=now() + timedelta(hours=6),
            whole_town=True,
            situation="員弁川の水位が氾濫危険水位を超え、さらに上がる見込みです。",
        )
        alert_id = compose.create(self.operator, draft, mode=Mode.LIVE, key=secrets.token_hex(8))
        lifecycle.submit(alert_id, compose.get(alert_id).version, self.operator)
        alert = compose.get(alert_id)
        shown = preview(alert)
        return alert_id, Seen(alert.version, shown.digest, shown.reach.people)

    def approver(self) -> tuple[int, str]:
        """A new second person, and a function's worth of code: account id and the six digits that hold now."""
        secret = pyotp.random_base32()
        with transaction() as session:
            number = _account(session, f"shonin-{secrets.token_hex(4)}", Role.APPROVER, secret)
        return number, pyotp.TOTP(secret).at(now())


def _account(session: object, login: str, role: Role, secret: str | None = None) -> int:
    account = Account(login=login, name=login, roles=[role], password_hash="x", totp_secret=secret, created_at=now())
    session.add(account)  # type: ignore[attr-defined]
    session.flush()  # type: ignore[attr-defined]
    return account.id


def _contact(number: int, channel: str) -> dict[str, object]:
    address = {"email": f"resident{number}@example.jp", "sms": f"+8190{number:08d}"}[channel]
    return {
        "subscriber_id": number,
        "channel": channel,
        "address": sealed.seal(address, "contact"),
        "digest": sealed.digest(address, "contact"),
        "token": f"{number:06d}-{secrets.token_urlsafe(12)}",
        "route": "example.jp" if channel == "email" else "",
        "active": True,
        "stopped_why": "",
    }


@contextlib.contextmanager
def installed(
    smtp_port: int, residents: int, *, channel: str = "email", more: dict[str, str] | None = None
) -> Iterator[Installation]:
    """Make the installation in a folder that goes away at the end; ``more`` are further settings by name."""
    with tempfile.TemporaryDirectory(prefix="disaster-bench-") as name:
        given = {
            "data_dir": name,
            "secret_key": secrets.token_hex(32),
            "data_key": secrets.token_hex(32),
            "jma_feeds": "false",
            "speech": "false",
            "log_level": "WARNING",
            "smtp_host": "127.0.0.1",
            "smtp_port": str(smtp_port),
            "smtp_starttls": "off",
            "mail_from": "bosai@town.example",
            "radio_token": RADIO_TOKEN,
            **(more or {}),
        }
        variables = {f"{PREFIX}{key.upper()}": value for key, value in given.items()}
        app = create_app(load(variables))
        with app.app_context():
            Base.metadata.create_all(db.engine)
            town = Installation(app, Path(name), variables)
            town.fill(residents, channel)
            yield town
            db.session.remove()
            db.engine.dispose()


@contextlib.contextmanager
def worker(town: Installation) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process, ready to send; there may be several."""
    journals = town.folder / "wire"
    before = len(list(journals.glob("*email*")))
    with (town.folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.named_worker"], cwd=ROOT, env=town.environment(), stdout=log, stderr=log
        )
        try:
            _wait_for(lambda: len(list(journals.glob("*email*"))) > before, town.folder / "worker.log")
            yield process
        finally:
            process.terminate()
            process.wait(30)


@contextlib.contextmanager
def web(town: Installation, port: int) -> Iterator[str]:
    """The web server; gives its address."""
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]
    command += ["--bind", f"127.0.0.1:{port}", "disaster.wsgi:app"]
    with (town.folder / "web.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=town.environment(), stdout=log, stderr=log)
        try:
            _wait_for(lambda: _answers(f"{url}/feeds/radio.json"), town.folder / "web.log")
            yield url
        finally:
            process.terminate()
            process.wait(30)


def fetch(url: str) -> str:
    """The text at an address of the installation."""
    with _OPENER.open(url, timeout=5) as answer:
        text: str = answer.read().decode()
    return text


def _answers(url: str) -> bool:
    try:
        return bool(fetch(url)) or True
    except OSError:
        return False


def _wait_for(ready: Callable[[], object], log: Path) -> None:
    until = time.monotonic() + START_PATIENCE
    while time.monotonic() < until:
        if ready():
            return
        time.sleep(0.1)
    raise RuntimeError(f"a process did not start in {START_PATIENCE} s:\n{log.read_text(errors='replace')[-3000:]}")
