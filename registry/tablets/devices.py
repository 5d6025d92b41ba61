"""Tablets: enrolled by headquarters for one shelter with a code that works once, known by a token of which only a digest is kept, revoked at once."""

import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import DomainError, Invalid, Missing
from disaster.core.extensions import db
from disaster.core.sealed import digest
from disaster.core.text import clean_line
from disaster.shelters.models import Shelter
from disaster.staff import throttle
from registry.models.intake import Device

_TABLE: Table = Device.__table__  # type: ignore[assignment]
_KNOCKS = select(_TABLE.c.id, _TABLE.c.shelter_id, _TABLE.c.name, _TABLE.c.revoked_at).where(
    _TABLE.c.token_digest == bindparam("digest")
)
_STILL = select(_TABLE.c.id).where(_TABLE.c.id.in_(bindparam("ids", expanding=True)), _TABLE.c.revoked_at.is_(None))
_CALLED = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("_id"), _TABLE.c.revoked_at.is_(None))
    .values(seen_at=bindparam("at"), waiting=bindparam("waits"), clock_offset=bindparam("offset"))
)
CODE_LASTS = timedelta(minutes=15)
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that is mistaken for another
FAR_OFF = 10 * 60  # seconds that a clock may be wrong before a person is told
_RIGHT = 60  # within so many seconds a tablet's clock counts as right: what is left is the way of the message


class NotYours(DomainError):
    """The call carries no token that counts. ``why``: ``unknown`` or ``revoked``."""

    status = 401

    def __init__(self, why: str) -> None:
        told = {
            "revoked": "この端末の登録は、本部で取り消されました。入力した記録は消さずに、本部に連絡してください。",
            "unknown": "この端末は登録されていません。入力した記録は消さずに、本部に連絡してください。",
        }
        super().__init__(told[why])
        self.why = why


class WrongCode(DomainError):
    """The code was mistyped, used before, or is too old."""

    status = 403

    def __init__(self) -> None:
        super().__init__("登録コードが違うか、期限が切れています。本部に新しいコードを出してもらってください。")


def invite(shelter_id: int, name: str, *, actor: str) -> tuple[int, str]:
    """Make a code for one tablet of a shelter: its number and the code (``ABCD-2345``), which is told once and kept as a digest.

    Raises:
        Invalid: there is no such shelter, or the name cannot be kept.
    """
    name = _name(name)
    code = "".join(secrets.choice(_LETTERS) for _ in range(8))
    at = clock.now()
    with transaction() as session:
        if session.get(Shelter, shelter_id) is None:
            raise Invalid("避難所を選んでください。", {"shelter": "避難所を選んでください。"})
        device = Device(
            shelter_id=shelter_id,
            name=name,
            code_digest=digest(code, "device code"),
            code_until=at + CODE_LASTS,
            enrolled_by=actor,
            enrolled_at=at,
        )
        session.add(device)
        session.flush()
        audit.record(
            session, "device.invited", actor=actor, subject=f"device:{device.id}", detail={"shelter": shelter_id}
        )
    return device.id, f"{code[:4]}-{code[4:]}"


def enrol(code: str, name: str) -> tuple[Device, str]:
    """Use a code: the tablet and its token. Of two that use it at once, one gets it.

    Raises:
        WrongCode
        TooMany: from this network too many were wrong.
        Invalid: the name cannot be kept.
    """
    name = _name(name) if name else ""
    typed = "".join(letter for letter in unicodedata.normalize("NFKC", code).upper() if letter.isalnum())
    key = throttle.guess("device code")
    token, at = secrets.token_urlsafe(32), clock.now()
    with transaction() as session:
        waits = (
            (Device.code_digest == digest(typed[:40], "device code"))
            & (Device.code_until > at)
            & Device.revoked_at.is_(None)
            & Device.token_digest.is_(None)
        )
        values = {"token_digest": digest(token, "device token"), "code_digest": None, "seen_at": at}
        number = session.scalar(update(Device).where(waits).values(**values).returning(Device.id))
        if number is None:
            raise WrongCode
        device = session.get_one(Device, number, populate_existing=True)
        device.name = name or device.name
        throttle.forgive(session, key)
        audit.record(session, "device.enrolled", actor=f"device:{number}", subject=f"device:{number}")
    return device, token


class Tablet(NamedTuple):
    """A tablet that showed a token that counts."""

    id: int
    shelter_id: int
    name: str


def of_token(token: str) -> Tablet:
    """The tablet that shows this token. Asked anew for each call: a revoked one is refused at once.

    Raises:
        NotYours
    """
    shown = {"digest": digest(token[:200], "device token")}
    found = db.session.connection().execute(_KNOCKS, shown).first()
    if found is None:
        raise NotYours("unknown")
    if found.revoked_at is not None:
        raise NotYours("revoked")
    return Tablet(found.id, found.shelter_id, found.name)


def seen(session: Session, device_id: int, at: datetime) -> None:
    """Note that it called, in the caller's transaction.

    Raises:
        NotYours: it was revoked since it knocked.
    """
    mine = (Device.id == device_id) & Device.revoked_at.is_(None)
    found = session.execute(
        update(Device).where(mine).values(seen_at=at).returning(Device.id).execution_options(synchronize_session=False)
    )
    if found.first() is None:
        raise NotYours("revoked")


def called(session: Session, calls: Sequence[Mapping[str, Any]]) -> set[int]:
    """Note several calls at once (``id``, ``at``, ``waiting``, ``offset``), in the caller's transaction; those that were revoked meanwhile."""
    if not calls:
        return set()
    connection = session.connection()
    values = [
        {"_id": call["id"], "at": call["at"], "waits": call["waiting"] or 0, "offset": call["offset"]} for call in calls
    ]
    if connection.execute(_CALLED, values).rowcount == len(values):
        return set()
    ids = [call["id"] for call in calls]
    return set(ids) - set(connection.scalars(_STILL, {"ids": ids}))


def revoke(device_id: int, *, actor: str) -> None:
    """End it at once; also a code that was not used yet. What the tablet still holds can be carried to headquarters as a file.

    Raises:
        Missing
    """
    at = clock.now()
    with transaction() as session:
        device = session.get(Device, device_id)
        if device is None:
            raise Missing("この端末はありません。")
        if device.revoked_at is not None:
            return
        device.revoked_at, device.code_digest = at, None
        audit.record(session, "device.revoked", actor=actor, subject=f"device:{device_id}")


def clock_error(device_now: int, at: datetime) -> int:
    """Milliseconds to be added to a tablet's times to get ours; ``device_now``: its clock at the moment it sent."""
    behind = int(at.timestamp() * 1000) - device_now
    return behind if abs(behind) > _RIGHT * 1000 else 0


def digit(device_id: int, shelter_id: int) -> int:
    """Which tablet of its shelter it is, 0 to 9, in the codes it gives out: ten of one shelter do not give out the same ones."""
    before = select(func.count()).select_from(Device).where(Device.shelter_id == shelter_id, Device.id < device_id)
    return (db.session.scalar(before) or 0) % 10


def letters(shelter_id: int) -> str:
    """A shelter in two letters (more beyond 529 shelters), for the codes on slips and wristbands that its tablets give out without a network."""
    found, rest = "", shelter_id - 1
    while rest or len(found) < 2:
        rest, place = divmod(rest, 23)
        found = _LETTERS[place] + found
    return found


def _name(name: str) -> str:
    return clean_line(name, field="name", label="端末の名前", limit=40)
