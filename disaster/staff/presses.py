"""One press of a button is one record: the same form sent again (a second press, the back button, a network that repeats) leads to the first result.

A page gives each form a key of its own. What was sent, with its key, is remembered as a digest in the transaction that writes the record; a form
that was changed before it was sent again is another one.
"""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import request
from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from werkzeug.datastructures import MultiDict

from disaster.core import audit, clock, sealed
from disaster.core.base import Base, UtcTime
from disaster.core.db import transaction
from disaster.core.extensions import db

FIELD = "form_key"
KEPT = timedelta(days=30)  # no page stays open longer
_LONGEST = 64  # letters of a key
_NOT_SAID = ("csrf_token", "code")  # differ from press to press


class PressedForm(Base):
    """A form that was sent: the keyed digest of what it said, by whom and where to, and the id of the record that it made."""

    __tablename__ = "pressed_forms"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    result: Mapped[str] = mapped_column(String(48))
    at: Mapped[datetime] = mapped_column(UtcTime, index=True)


def new_key() -> str:
    """The key of a form that is about to be shown."""
    return secrets.token_urlsafe(18)


def of_page() -> str:
    """The key for a form of the page that is being answered: that of the form that was sent, where it is shown again."""
    return request.form.get(FIELD) or new_key()


def of(path: str, typed: Mapping[str, str], actor: str) -> str:
    """The digest of a form that was sent to ``path``; empty where it has no key."""
    key = typed.get(FIELD, "")
    if not key or len(key) > _LONGEST:
        return ""
    listed = typed.to_dict(flat=False) if isinstance(typed, MultiDict) else {name: [typed[name]] for name in typed}
    said = {name: values for name, values in listed.items() if name not in _NOT_SAID}
    return sealed.digest(json.dumps([path, actor, said], sort_keys=True), "pressed-form")


def before(session: Session, pressed: str) -> str | None:
    """What this very form made before; nobody else sends it until the caller's transaction ends."""
    if not pressed:
        return None
    audit.in_a_row(session)
    return session.scalar(select(PressedForm.result).where(PressedForm.digest == pressed))


def made(pressed: str) -> str | None:
    """What this very form made, before anything is looked at anew."""
    return db.session.scalar(select(PressedForm.result).where(PressedForm.digest == pressed)) if pressed else None


def keep(session: Session, pressed: str, result: object) -> None:
    """Remember what it made, in the caller's transaction."""
    if pressed:
        session.add(PressedForm(digest=pressed, result=str(result), at=clock.now()))
        session.flush()


def forget(at: datetime) -> int:
    """Wipe what is too old to be sent again; how many."""
    old = PressedForm.at <= at - KEPT
    if db.session.scalar(select(PressedForm.digest).where(old).limit(1)) is None:
        return 0
    with transaction() as session:
        return len(session.execute(delete(PressedForm).where(old).returning(PressedForm.digest)).all())
