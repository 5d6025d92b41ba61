"""A list that an officer uploaded and has not decided about: kept sealed for an hour, for that officer alone.

``kind`` says what the list is of (shelters, residents), ``about`` what was chosen beside the file; neither holds personal data.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core import clock, sealed
from disaster.core.base import Base, BigId, UtcTime
from disaster.core.db import transaction
from disaster.core.errors import Missing, Stale
from disaster.core.extensions import db

KEPT = timedelta(hours=1)
MOST = 3  # undecided lists of one person and kind; the oldest goes
_PURPOSE = "upload"


class KeptUpload(Base):
    """The file, sealed, until its officer decides, and for an hour at most."""

    __tablename__ = "kept_uploads"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(48), unique=True)
    account_id: Mapped[int] = mapped_column(BigId)
    kind: Mapped[str] = mapped_column(String(16))
    about: Mapped[dict[str, Any]] = mapped_column(JSON)
    content: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    created_at: Mapped[datetime] = mapped_column(UtcTime, index=True)


@dataclass(frozen=True, slots=True)
class Upload:
    """What was kept."""

    content: bytes
    about: dict[str, Any]


def keep(kind: str, content: bytes, about: dict[str, Any], account_id: int) -> str:
    """Put a list aside; its key. Read it first, so that what is no list is never kept."""
    key = secrets.token_urlsafe(24)
    kept = sealed.seal(content.decode("latin-1"), _PURPOSE)
    now = clock.now()
    mine = select(KeptUpload.id).where(KeptUpload.account_id == account_id, KeptUpload.kind == kind)
    with transaction() as session:
        older = session.scalars(mine.order_by(KeptUpload.id.desc()).offset(MOST - 1)).all()
        session.execute(delete(KeptUpload).where(KeptUpload.id.in_(older) | (KeptUpload.created_at <= now - KEPT)))
        session.add(KeptUpload(key=key, account_id=account_id, kind=kind, about=about, content=kept, created_at=now))
    return key


def look(kind: str, key: str, account_id: int) -> Upload:
    """What was kept under the key.

    Raises:
        Missing: there is no such list of this person any more.
    """
    if not key.isascii() or not key.isprintable() or len(key) > 48:
        raise Missing()
    mine = (KeptUpload.key == key, KeptUpload.account_id == account_id, KeptUpload.kind == kind)
    fresh = KeptUpload.created_at > clock.now() - KEPT
    found = db.session.execute(select(KeptUpload.content, KeptUpload.about).where(*mine, fresh)).one_or_none()
    if found is None:
        raise Missing("この一覧は、もうありません（取り込み済みか、1時間が過ぎました）。もう一度選んでください。")
    return Upload(sealed.unseal(found.content, _PURPOSE).encode("latin-1"), found.about)


def take(kind: str, key: str, account_id: int) -> Upload:
    """The same, once: it is gone afterwards.

    Raises:
        Missing: there is no such list of this person any more.
        Stale: it was just taken by another press of the button.
    """
    found = look(kind, key, account_id)
    with transaction() as session:
        taken = session.execute(delete(KeptUpload).where(KeptUpload.key == key).returning(KeptUpload.id)).scalar()
    if taken is None:
        raise Stale("この一覧は、もう取り込まれています。")
    return found


def discard(kind: str, key: str, account_id: int) -> None:
    """Throw it away."""
    with transaction() as session:
        mine = (KeptUpload.key == key, KeptUpload.account_id == account_id, KeptUpload.kind == kind)
        session.execute(delete(KeptUpload).where(*mine))


def forget(at: datetime) -> int:
    """Wipe what nobody decided about within an hour; how many."""
    old = KeptUpload.created_at <= at - KEPT
    if db.session.scalar(select(KeptUpload.id).where(old).limit(1)) is None:
        return 0
    with transaction() as session:
        return len(session.execute(delete(KeptUpload).where(old).returning(KeptUpload.id)).all())
