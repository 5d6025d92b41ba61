"""What headquarters sees of the bulletins, as plain data for any page: proposals, what holds now, how old the news is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from disaster.bulletins import proposals, rules
from disaster.bulletins.feed import NAMES, NAMES_JA, STALE, STOPPED
from disaster.bulletins.models import FeedState, Phenomenon, Proposal, Telegram
from disaster.core import clock
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.settings import settings

RECENT = timedelta(days=3)
_LISTED = 50
_NAMES = {
    "VPWW58": "暴風・暴風雪",
    "VPWW59": "波浪",
    "VPWW60": "大雪",
    "VPWW61": "雷・濃霧など",
    "VXSE51": "震度速報",
}


@dataclass(frozen=True)
class FeedLine:
    """The health of one feed; ``age_minutes`` since it was last taken in whole, None for never."""

    name: str
    checked_at: datetime | None
    succeeded_at: datetime | None
    age_minutes: int | None
    stale: bool
    problem: str


@dataclass(frozen=True)
class PhenomenonLine:
    """What holds for one phenomenon; ``level`` is 警戒レベル相当 of 気象庁, None for earthquakes and where nothing is in force."""

    name: str
    words: str
    level: int | None
    in_force: bool
    quake: bool
    since: datetime
    report_at: datetime
    age_minutes: int
    telegram_id: int
    drill: bool


@dataclass(frozen=True)
class Summary:
    """Everything for the headquarters' page."""

    at: datetime
    proposals: tuple[Proposal, ...]
    phenomena: tuple[PhenomenonLine, ...]
    feeds: tuple[FeedLine, ...]
    feeds_on: bool

    @property
    def stale(self) -> bool:
        """Whether the newest news may be missing."""
        return self.feeds_on and any(feed.stale for feed in self.feeds)


def summary(now: datetime | None = None) -> Summary:
    """The state of the bulletins now."""
    now = now or clock.now()
    return Summary(now, tuple(proposals.open_proposals()), _phenomena(now), feeds(now), settings().jma_feeds)


def _minutes(now: datetime, then: datetime) -> int:
    return max(0, int((now - then).total_seconds() // 60))


def _phenomena(now: datetime) -> tuple[PhenomenonLine, ...]:
    """What is in force, and what ended or shook within three days."""
    table = rules.load(municipality())
    wanted = select(Phenomenon).where(Phenomenon.city_code == municipality().jma.city_code)
    lines = []
    for found in db.session.scalars(wanted.order_by(Phenomenon.drill, Phenomenon.report_at.desc())):
        rule = table.for_type(found.type)
        quake = found.type.startswith("VXSE")
        if now - found.report_at > RECENT and (quake or not found.active):
            continue
        lines.append(
            PhenomenonLine(
                name=rule.name if rule else _NAMES.get(found.type, found.type),
                words=found.words,
                level=None if quake else found.step,
                in_force=found.active and not quake,
                quake=quake,
                since=found.since,
                report_at=found.report_at,
                age_minutes=_minutes(now, found.report_at),
                telegram_id=found.telegram_id,
                drill=found.drill,
            )
        )
    return tuple(lines)


def feeds(now: datetime) -> tuple[FeedLine, ...]:
    """The health of the feeds."""
    known = {state.name: state for state in db.session.scalars(select(FeedState))}
    return tuple(_feed(name, known.get(name), now) for name in NAMES)


def _feed(name: str, state: FeedState | None, now: datetime) -> FeedLine:
    if state is None or state.succeeded_at is None:
        problem = state.problem if state else ""
        return FeedLine(NAMES_JA[name], state.checked_at if state else None, None, None, True, problem)
    stopped = state.feed_updated_at is not None and now - state.feed_updated_at > STOPPED
    problem = state.problem or ("フィードの更新が止まっています。" if stopped else "")
    return FeedLine(
        NAMES_JA[name],
        state.checked_at,
        state.succeeded_at,
        _minutes(now, state.succeeded_at),
        stopped or now - state.succeeded_at > STALE,
        problem,
    )


def recent_telegrams(now: datetime | None = None) -> list[Telegram]:
    """Telegrams that concern the municipality, by their time of announcement, the newest first."""
    since = (now or clock.now()) - timedelta(days=30)
    wanted = select(Telegram).where(Telegram.relevant, Telegram.received_at > since)
    return list(db.session.scalars(wanted.order_by(Telegram.report_at.desc(), Telegram.id.desc()).limit(_LISTED)))
