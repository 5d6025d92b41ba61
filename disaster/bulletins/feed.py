"""The Atom feeds of 気象庁: polled each minute, the long one at the start and after a gap.

The feed is no authority: every document is fetched, and its own Control/Status tells whether it is 訓練 or 試験. Nothing here
raises for trouble of the network; what went wrong stands in the feed's state as one sentence, and what was known stays.
"""

import contextlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from disaster.bulletins import download, entries, intake
from disaster.bulletins.download import Answer, Refused
from disaster.bulletins.entries import Entry, Feed
from disaster.bulletins.models import FeedState, Telegram
from disaster.bulletins.reading.document import MAX_BYTES
from disaster.bulletins.streams import R06
from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.errors import DomainError
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.settings import settings

NAMES = ("extra", "eqvol")
NAMES_JA = {"extra": "随時（警報・土砂災害・洪水など）", "eqvol": "地震・火山"}
GAP = timedelta(minutes=10)  # the short feed holds about ten minutes
STALE = timedelta(minutes=3)  # two polls missed
STOPPED = timedelta(hours=4)  # even in calm weather 降灰予報 and 府県気象情報 come every three hours
_BETWEEN = timedelta(seconds=30)
_DOCUMENTS = 80  # a poll; the rest comes with the next one
ACTOR = "system:worker"
_log = logging.getLogger(__name__)


def poll() -> None:
    """Ask each feed once, take in what is new, and keep how it went."""
    config = settings()
    if not config.jma_feeds:
        return
    for name in NAMES:
        try:
            _poll_feed(name)
        except Exception:
            _log.exception("the feed %s could not be taken in", name)
            with contextlib.suppress(DomainError, SQLAlchemyError):
                _keep(name, problem="電文を取り込む途中で問題が起きました。次の回にやり直します。")
    with contextlib.suppress(DomainError):
        intake.release_held(clock.now())


@dataclass
class _Taken:
    """How the documents of one poll went."""

    problem: str = ""
    complete: bool = True


def _poll_feed(name: str) -> None:
    now = clock.now()
    if not _claim(name, now):
        return
    state = db.session.get(FeedState, name)
    long = state is None or state.succeeded_at is None or now - state.succeeded_at > GAP
    try:
        answer = _ask(name, state, long)
        feed = entries.parse(answer.data) if answer.data is not None else None
    except Refused as error:
        _keep(name, problem=str(error))
        return
    if feed is None:
        _keep(name, succeeded=True)
        return
    went_back = bool(state and feed.updated and state.feed_updated_at and feed.updated < state.feed_updated_at)
    taken = _take_in(feed)
    problem = taken.problem or ("フィードの時刻が前回より戻りました。" if went_back else "")
    known = answer if taken.complete and not long else None
    _keep(name, problem=problem, succeeded=taken.complete, answer=known, updated=None if went_back else feed.updated)


def _claim(name: str, now: datetime) -> bool:
    """Whether this process may ask now: of several workers one does, in each half minute."""
    with transaction() as session:
        if session.get(FeedState, name) is None:
            session.add(FeedState(name=name, etag="", last_modified="", problem=""))
            session.flush()
        free = FeedState.checked_at.is_(None) | (FeedState.checked_at < now - _BETWEEN)
        wanted = update(FeedState).where(FeedState.name == name, free).values(checked_at=now)
        return cast("CursorResult[Any]", session.execute(wanted)).rowcount == 1


def _ask(name: str, state: FeedState | None, long: bool) -> Answer:
    config = settings()
    url = download.allowed(f"{config.jma_feed_url.rstrip('/')}/{name}{'_l' if long else ''}.xml", *_limits())
    if long or state is None:
        return download.get(url, limit=download.FEED_BYTES)
    return download.get(url, limit=download.FEED_BYTES, etag=state.etag, last_modified=state.last_modified)


def _limits() -> tuple[str, frozenset[str]]:
    config = settings()
    return config.jma_feed_url, frozenset(host.strip().lower() for host in config.jma_hosts.split(",") if host.strip())


def _take_in(feed: Feed) -> _Taken:
    wanted = entries.concerning(feed, municipality().jma, _knows_r06)
    new = _unknown(wanted)
    taken = _Taken()
    if len(new) > _DOCUMENTS:
        taken.complete, taken.problem = False, "新しい電文が多いため、続きは次の回に取り込みます。"
    for entry in new[:_DOCUMENTS]:
        _take_one(entry, taken)
    return taken


def _take_one(entry: Entry, taken: _Taken) -> None:
    """Fetch and take in one document; what could not be fetched is asked for again, what cannot be read is not waited for."""
    try:
        url = download.allowed(entry.url, *_limits())
    except Refused as error:
        taken.problem = str(error)
        return
    try:
        answer = download.get(url, limit=MAX_BYTES)
    except Refused as error:
        taken.problem, taken.complete = str(error), taken.complete and error.gone
        return
    try:
        intake.receive(answer.data or b"", name=_document(entry), source=intake.Source.FEED, actor=ACTOR)
    except DomainError as error:
        taken.problem = f"読めない電文がありました（{error.message}）"
        taken.complete = taken.complete and error.status == 422
    except OperationalError:
        raise  # the database is not there: that is no fault of the telegram
    except Exception:  # nothing that one telegram holds may keep back those after it
        db.session.rollback()
        _log.exception("a telegram could not be taken in")
        taken.problem = "取り込めない電文がありました。気象庁のホームページで確かめてください。"


def _document(entry: Entry) -> str:
    return entry.url.split("#", 1)[0][:300]


def _unknown(wanted: list[Entry]) -> list[Entry]:
    by_document = {_document(entry): entry for entry in wanted}
    known = set(db.session.scalars(select(Telegram.document).where(Telegram.document.in_(by_document))))
    return [entry for document, entry in by_document.items() if document not in known]


def _knows_r06() -> bool:
    wanted = select(Telegram.id).where(Telegram.type.in_(R06), Telegram.status == "通常").limit(1)
    return db.session.scalar(wanted) is not None


def _keep(
    name: str,
    *,
    problem: str = "",
    succeeded: bool = False,
    answer: Answer | None = None,
    updated: datetime | None = None,
) -> None:
    """Keep how the poll went; the validators only of a short feed whose entries are all committed."""
    now = clock.now()
    with transaction() as session:
        state = session.get_one(FeedState, name)
        state.problem = problem[:300]
        if succeeded:
            state.succeeded_at = now
        if answer:
            state.etag, state.last_modified = answer.etag[:200], answer.last_modified[:60]
        if updated:
            state.feed_updated_at = updated
