"""How each channel last proved itself, for the headquarters page, the page of settings and ``disaster check``."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from broadcast.models.trust import Rehearsal, RehearsalState
from broadcast.proving.rehearsal import NO_MEANS, UNDER_WAY, means, set_up
from disaster.core.clock import day_and_time, jst, now
from disaster.core.extensions import db

GOOD_FOR = timedelta(hours=26)  # a day and a little; then "last proven" is too old


@dataclass(frozen=True, slots=True)
class Proof:
    """How a channel last did: ``state`` is proven, failed, old, running, never or none (nothing to prove it with)."""

    channel: str
    state: str
    words: str
    at: datetime | None


def proofs() -> list[Proof]:
    """Every live channel that is set up, in the order of the headquarters page."""
    at = now()
    newest = select(func.max(Rehearsal.id)).group_by(Rehearsal.channel)
    last = {row.channel: row for row in db.session.scalars(select(Rehearsal).where(Rehearsal.id.in_(newest)))}
    proven_at = dict(
        db.session.execute(
            select(Rehearsal.channel, func.max(Rehearsal.finished_at))
            .where(Rehearsal.state == RehearsalState.PROVEN)
            .group_by(Rehearsal.channel)
        ).all()
    )
    return [_proof(name, last.get(name), proven_at.get(name), at) for name in set_up()]


def last(most: int = 30) -> list[Rehearsal]:
    """The newest rehearsals, newest first."""
    return list(db.session.scalars(select(Rehearsal).order_by(Rehearsal.id.desc()).limit(most)))


def _proof(channel: str, last_one: Rehearsal | None, proven_at: datetime | None, at: datetime) -> Proof:
    if last_one is None:
        return Proof(channel, "never" if means(channel) else "none", "" if means(channel) else NO_MEANS, None)
    if last_one.state in UNDER_WAY:
        return Proof(channel, "running", "いま確かめています", proven_at)
    if last_one.state == RehearsalState.FAILED:
        return Proof(channel, "failed", last_one.cause, last_one.finished_at)
    old = proven_at is None or at - proven_at > GOOD_FOR
    return Proof(channel, "old" if old else "proven", "", proven_at)


def said(at: datetime) -> str:
    """``今日 05:00``, ``昨日 05:00``, ``11月20日(金) 05:00``."""
    days = (jst(now()).date() - jst(at).date()).days
    return {0: f"今日 {jst(at):%H:%M}", 1: f"昨日 {jst(at):%H:%M}"}.get(days) or day_and_time(at)
