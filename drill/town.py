"""The installation under test: a fresh data folder with migrated tables, residents, and people who approve."""

import contextlib
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.installation import Installation
from broadcast.alert import lifecycle
from disaster.app import create_app
from disaster.core import schema
from disaster.core.extensions import db
from disaster.core.settings import PREFIX, load


@contextlib.contextmanager
def installed(residents: int, given: Mapping[str, str], folder: Path | None = None) -> Iterator[Installation]:
    """Make it, with its application context, in a folder that goes away at the end.

    Args:
        residents: how many, one e-mail address each (``resident<number>@example.jp``, contact ``number``).
        given: settings by their field's name, beyond those of every drill.
        folder: where to make the data folder; the system's temporary folder otherwise.
    """
    with tempfile.TemporaryDirectory(prefix="disaster-drill-", dir=folder) as name:
        fields = {
            "data_dir": name,
            "secret_key": secrets.token_hex(32),
            "data_key": secrets.token_hex(32),
            "jma_feeds": "false",
            "speech": "false",
            "log_level": "WARNING",
            "mail_from": "bosai@town.example",
            **given,
        }
        variables = {f"{PREFIX}{field.upper()}": value for field, value in fields.items()}
        app = create_app(load(variables))
        with app.app_context():
            schema.upgrade()
            town = Installation(app, Path(name), variables)
            town.fill(residents)
            try:
                yield town
            finally:
                db.session.remove()
                db.engine.dispose()


def mail_settings(port: int) -> dict[str, str]:
    """Settings for a mail server on this machine."""
    return {"smtp_host": "127.0.0.1", "smtp_port": str(port), "smtp_starttls": "off"}


def approved(town: Installation) -> int:
    """An alert to everyone, submitted and approved by two people; its id."""
    alert_id, seen = town.submit()
    approver, code = town.approver()
    lifecycle.approve(alert_id, approver, seen, code=code)
    return alert_id
