"""Take in a telegram: read it, store it, bring state and proposals in step. The same step for the feed and for a person."""

import hashlib
import zlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from disaster.bulletins import proposals, streams, telegram
from disaster.bulletins.models import Telegram
from disaster.bulletins.reading.facts import Bulletin, Unreadable
from disaster.bulletins.streams import Standing
from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from disaster.core.municipality import municipality


class Source(StrEnum):
    """Where a telegram came from."""

    FEED = "feed"
    HAND = "hand"  # a file that an officer loaded
    SAMPLE = "sample"  # a sample of the demo


_DECIDED = "この事象のこの段階の提案は、すでに使ったか、使わないことにしてあります。"


@dataclass(frozen=True)
class Received:
    """What became of it: ``new`` is False for a repetition; ``note`` is a sentence for the officer."""

    telegram_id: int
    new: bool
    note: str


def receive(data: bytes, *, name: str, source: Source, actor: str, now: datetime | None = None) -> Received:
    """Store a telegram once and settle its stream; ``name`` is its address in the feed or its file name.

    Raises:
        Invalid: it cannot be read; the sentence says why.
    """
    now = now or clock.now()
    digest = hashlib.sha256(data).hexdigest()
    document = name[:300] if source is Source.FEED else f"hand:{digest}"
    try:
        bulletin = telegram.read(data, name.rsplit("/", 1)[-1])
    except Unreadable as error:
        raise Invalid(str(error), {"file": str(error)}) from None
    reported = bulletin.reported_at
    if reported is None:
        raise Invalid("発表時刻（ReportDateTime）が読めません。", {"file": "発表時刻（ReportDateTime）が読めません。"})
    with transaction() as session:
        known = session.scalar(select(Telegram.id).where((Telegram.document == document) | (Telegram.digest == digest)))
        if known is not None:
            return Received(known, False, "この電文はすでに読み込んでいます。")
        row = _row(session, bulletin, reported, now)
        row.document, row.digest, row.source = document, digest, source.value
        row.body = zlib.compress(data) if row.relevant else None
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:
            return Received(0, False, "この電文はすでに読み込んでいます。")
        decided = bool(row.stream) and proposals.settle(session, row.stream, now)
        if source is not Source.FEED:
            audit.record(session, "telegram.load", actor=actor, subject=f"telegram:{row.id}", detail={"type": row.type})
        return Received(row.id, True, _note(row) + (_DECIDED if decided else ""))


def _row(session: Session, bulletin: Bulletin, reported: datetime, now: datetime) -> Telegram:
    found = _joined(session, bulletin, streams.standing(bulletin, municipality().jma))
    return Telegram(
        received_at=now,
        type=bulletin.type,
        title=bulletin.title[:120],
        status=bulletin.status[:10],
        info_type=bulletin.info_type[:10],
        report_at=reported,
        event_id=bulletin.event_id[:120],
        serial=bulletin.serial[:10],
        office=bulletin.office[:120],
        head_title=bulletin.head_title[:120],
        headline=bulletin.headline[:2000],
        relevant=found.relevant,
        stream=found.stream[:120] if found.relevant else "",
        town_step=found.step,
        town_active=found.active,
        town_words=found.words,
        held=reported > now + proposals.FUTURE,
    )


def _joined(session: Session, bulletin: Bulletin, found: Standing) -> Standing:
    """Join a telegram that names no area (取消), or names the municipality no longer, to the stream it belongs to."""
    if found.relevant or not found.stream:
        return found
    kind = bulletin.type or ""
    mine = Telegram.stream == found.stream
    if not bulletin.areas and not kind.startswith(("VXSE", "VXKO")):
        prefix = streams.DRILL if bulletin.status == "訓練" else ""
        mine = Telegram.stream.startswith(f"{prefix}{kind}:", autoescape=True)
    known = session.scalar(select(Telegram.stream).where(mine).order_by(Telegram.report_at.desc()).limit(1))
    words = found.words or bulletin.info_type
    return Standing(known, True, found.step, words, found.active) if known else found


def _note(row: Telegram) -> str:
    if row.status == "試験":
        return "試験の電文です。保存だけして、提案は作りません。"
    if row.drill:
        return "訓練の電文です。提案は訓練用だけになります。"
    if row.held:
        return "発表時刻が未来の電文です。その時刻になるまで、提案には使いません。"
    if not row.relevant:
        return "この電文には、この市町村に関わる区域がありません。"
    return "読み込みました。"


def release_held(now: datetime) -> None:
    """Let telegrams count whose future time of announcement has come."""
    due = select(Telegram.id).where(Telegram.held, Telegram.report_at <= now + proposals.FUTURE)
    if db.session.scalar(due.limit(1)) is None:
        return
    with transaction() as session:
        for found in session.scalars(select(Telegram).where(Telegram.id.in_(due))).all():
            found.held = False
            if found.stream:
                proposals.settle(session, found.stream, now)
