"""A list that an officer uploaded and has not decided about: kept sealed for an hour, for that officer alone."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from broadcast.importing import taking
from broadcast.importing.report import Report
from broadcast.models.subscribing import UploadedList
from disaster.core import clock, sealed
from disaster.core.db import transaction
from disaster.core.errors import Missing, Stale
from disaster.core.extensions import db

KEPT = timedelta(hours=1)
MOST = 5  # undecided lists of one person; the oldest goes
_PURPOSE = "upload"
_NAME = "アップロードした一覧"


def keep(content: bytes, account_id: int) -> str:
    """Put a list aside; its key. It is read first, so that what is no list is never kept.

    Raises:
        Invalid: the file is no such list.
    """
    taking.take_in(content, _NAME, dry_run=True)
    key = secrets.token_urlsafe(24)
    kept = sealed.seal(content.decode("latin-1"), _PURPOSE)
    mine = select(UploadedList.id).where(UploadedList.account_id == account_id).order_by(UploadedList.id.desc())
    with transaction() as session:
        older = session.scalars(mine.offset(MOST - 1)).all()
        session.execute(delete(UploadedList).where(UploadedList.id.in_(older)))
        session.add(UploadedList(key=key, account_id=account_id, content=kept, created_at=clock.now()))
    return key


def preview(key: str, account_id: int) -> Report:
    """What taking it in would do now.

    Raises:
        Missing: there is no such list of this person any more.
    """
    return taking.take_in(_content(key, account_id), _NAME, dry_run=True)


def accept(key: str, account_id: int, actor: str, *, skip_bad: bool) -> Report:
    """Take it in, once: the list is gone afterwards.

    Raises:
        Missing: there is no such list of this person any more.
        Stale: it was just taken in by another press of the button.
    """
    content = _content(key, account_id)
    with transaction() as session:
        taken = session.execute(delete(UploadedList).where(UploadedList.key == key).returning(UploadedList.id)).scalar()
    if taken is None:
        raise Stale("この一覧は、もう取り込まれています。")
    return taking.take_in(content, _NAME, skip_bad=skip_bad, actor=actor)


def discard(key: str, account_id: int) -> None:
    """Throw it away."""
    with transaction() as session:
        mine = (UploadedList.key == key, UploadedList.account_id == account_id)
        session.execute(delete(UploadedList).where(*mine))


def forget(at: datetime) -> int:
    """Wipe what nobody decided about within an hour; how many."""
    old = UploadedList.created_at <= at - KEPT
    if db.session.scalar(select(UploadedList.id).where(old).limit(1)) is None:
        return 0
    with transaction() as session:
        return len(session.execute(delete(UploadedList).where(old).returning(UploadedList.id)).all())


def _content(key: str, account_id: int) -> bytes:
    if not key.isascii() or not key.isprintable() or len(key) > 48:
        raise Missing()
    mine = (UploadedList.key == key, UploadedList.account_id == account_id)
    kept = db.session.scalar(select(UploadedList.content).where(*mine, UploadedList.created_at > clock.now() - KEPT))
    if kept is None:
        raise Missing("この一覧は、もうありません（取り込み済みか、1時間が過ぎました）。もう一度選んでください。")
    return sealed.unseal(kept, _PURPOSE).encode("latin-1")
