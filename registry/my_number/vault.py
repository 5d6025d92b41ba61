"""Enter, show and remove a number. Off unless ``DISASTER_MY_NUMBER_KEY`` is set; each act stands in the log of its own, in the same transaction.

The key is of this purpose alone: who holds the data key opens no number, and the backup of one is worth nothing without the other.
"""

import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Forbidden, Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.core.sealed import SealBroken
from disaster.core.settings import settings
from disaster.core.text import clean_line
from registry.models.ledger import Victim
from registry.models.my_number import MyNumber, MyNumberLog
from registry.my_number import digits

OFF = "個人番号は、この町では使っていません。"
ELSEWHERE = "この個人番号は、台帳のほかの人にもう記録されています。番号を確かめてください。"
NONE = "この人の個人番号は、記録されていません。"
GENESIS = "0" * 64
_NONCE = 12


def on() -> bool:
    """Whether this installation uses My Number."""
    return bool(settings().my_number_key.get_secret_value())


def enter(victim_id: str, typed: str, purpose: str, *, actor: str) -> None:
    """Note somebody's number.

    Raises:
        Forbidden: it is off. Missing: no such entry.
        Invalid: no number, no purpose, or somebody else's. Stale: there is one already.
    """
    _needs_to_be_on()
    number, purpose = digits.read(typed), _purposed(purpose)
    with transaction() as session:
        audit.in_a_row(session)
        if session.get(Victim, victim_id) is None:
            raise Missing
        holder = session.scalar(select(MyNumber.victim_id).where(MyNumber.digest == _digest(number)))
        already = session.get(MyNumber, victim_id)
        if already is not None:
            raise Stale("この人の個人番号は、もう記録されています。入れ直すときは、先に消してください。")
        if holder:
            raise Invalid(ELSEWHERE, {"my_number": ELSEWHERE})
        row = MyNumber(
            victim_id=victim_id, value=_seal(number, victim_id), digest=_digest(number), at=clock.now(), by=actor
        )
        session.add(row)
        _log(session, "entered", victim_id, purpose, actor)


def show(victim_id: str, purpose: str, *, actor: str) -> str:
    """The number, for a purpose; recorded before it is seen.

    Raises:
        Forbidden, Missing, Invalid
    """
    _needs_to_be_on()
    purpose = _purposed(purpose)
    with transaction() as session:
        audit.in_a_row(session)
        row = session.get(MyNumber, victim_id)
        if row is None:
            raise Missing(NONE)
        number = _open(row.value, victim_id)
        _log(session, "shown", victim_id, purpose, actor)
    return number


def remove(victim_id: str, purpose: str, *, actor: str) -> None:
    """Take the number out (wrong one, or no longer needed: 番号法 requires it to be deleted then).

    Raises:
        Forbidden, Missing, Invalid
    """
    _needs_to_be_on()
    purpose = _purposed(purpose)
    with transaction() as session:
        audit.in_a_row(session)
        row = session.get(MyNumber, victim_id)
        if row is None:
            raise Missing(NONE)
        session.delete(row)
        _log(session, "removed", victim_id, purpose, actor)


def held(victims: list[str]) -> set[str]:
    """Of whom a number is held: the fact alone (規則8条の5第6号 of the ledger's report)."""
    return set(db.session.scalars(select(MyNumber.victim_id).where(MyNumber.victim_id.in_(victims)))) if on() else set()


def log(victim_id: str) -> list[MyNumberLog]:
    """What was done with one person's number, the newest first."""
    return list(
        db.session.scalars(
            select(MyNumberLog).where(MyNumberLog.victim_id == victim_id).order_by(MyNumberLog.id.desc())
        )
    )


def broken() -> int | None:
    """The first entry of the log that does not follow from the one before; None where all do."""
    before, number = GENESIS, 0
    for entry in db.session.scalars(select(MyNumberLog).order_by(MyNumberLog.id)):
        if entry.id != number + 1 or not hmac.compare_digest(entry.hash, _chained(before, entry)):
            return number + 1
        before, number = entry.hash, entry.id
    return None


def _log(session: Session, action: str, victim_id: str, purpose: str, actor: str) -> None:
    last = session.execute(select(MyNumberLog.id, MyNumberLog.hash).order_by(MyNumberLog.id.desc()).limit(1)).first()
    entry = MyNumberLog(
        id=last.id + 1 if last else 1, at=clock.now(), actor=actor, action=action, victim_id=victim_id, purpose=purpose
    )
    entry.hash = _chained(last.hash if last else GENESIS, entry)
    session.add(entry)
    audit.record(session, f"my_number.{action}", actor=actor, subject=f"victim:{victim_id}")


def _chained(before: str, entry: MyNumberLog) -> str:
    parts = (before, str(entry.id), entry.at.isoformat(), entry.actor, entry.action, entry.victim_id, entry.purpose)
    return hmac.new(_derived("log"), "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def _needs_to_be_on() -> None:
    if not on():
        raise Forbidden(OFF)


def _purposed(purpose: str) -> str:
    return clean_line(purpose, field="purpose", label="利用する事務", limit=200, required=True)


def _seal(number: str, victim_id: str) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_derived("seal")).encrypt(nonce, number.encode(), victim_id.encode())


def _open(value: bytes, victim_id: str) -> str:
    try:
        return AESGCM(_derived("seal")).decrypt(value[:_NONCE], value[_NONCE:], victim_id.encode()).decode()
    except InvalidTag:
        raise SealBroken("a My Number was changed, or DISASTER_MY_NUMBER_KEY is another one") from None


def _digest(number: str) -> str:
    return hmac.new(_derived("digest"), number.encode(), hashlib.sha256).hexdigest()


def _derived(purpose: str) -> bytes:
    return _key(settings().my_number_key.get_secret_value(), purpose)


@lru_cache(maxsize=8)
def _key(configured: str, purpose: str) -> bytes:
    info = f"disaster/my-number/{purpose}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(bytes.fromhex(configured))
