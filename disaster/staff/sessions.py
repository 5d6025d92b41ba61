"""Who is signed in: a random token in the signed cookie, its digest in the database, so that signing out ends it for a stolen copy too."""

import secrets
from datetime import UTC, datetime, timedelta

from flask import request, session
from sqlalchemy import func, select, true, update
from sqlalchemy.orm import Session

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.core.sealed import digest
from disaster.core.settings import settings
from disaster.staff.models import Account, StaffSession
from disaster.staff.permissions import Permission, granted

ABSOLUTE = timedelta(hours=12)  # a shift
IDLE_HEADQUARTERS = timedelta(minutes=30)
IDLE_REGISTERS = timedelta(minutes=15)  # welfare and registry: lists of people on the screen
IDLE_SHELTER = timedelta(minutes=5)  # a tablet that many hands hold
_CLOCK_STEP = timedelta(minutes=2)  # a session from the future by more than this is not believed
_TOUCH = timedelta(seconds=30)

_TOKEN = "staff"  # noqa: S105 - the name of a key
_SEEN = "seen"
_LAST = "last_account"  # whose session ran out in this browser
_CSRF = "csrf_token"
_CACHE = "disaster.staff.account"


def start(account: Account) -> None:
    """Begin a session in this browser. Only the CSRF token of the same person's run-out session stays, so that a page which was
    filled in before can still be sent."""
    kept = session.get(_CSRF) if session.get(_LAST) == account.id else None
    token = secrets.token_urlsafe(32)
    now = clock.now()
    with transaction() as writing:
        writing.add(StaffSession(account_id=account.id, digest=_digest(token), started_at=now))
    session.clear()
    session[_TOKEN] = token
    session[_SEEN] = int(now.timestamp())
    if kept:
        session[_CSRF] = kept
    request.environ.pop(_CACHE, None)


def end() -> None:
    """End the session of this browser, and every copy of its cookie."""
    token = session.get(_TOKEN)
    if token:
        with transaction() as writing:
            ended = update(StaffSession).where(StaffSession.digest == _digest(token), StaffSession.ended_at.is_(None))
            writing.execute(ended.values(ended_at=clock.now()))
    session.clear()
    request.environ.pop(_CACHE, None)


def end_all(writing: Session, account_id: int, *, but_this: bool = False) -> None:
    """End every session of a person, in the caller's transaction; ``but_this`` spares the one that asks."""
    ended = update(StaffSession).where(StaffSession.account_id == account_id, StaffSession.ended_at.is_(None))
    if but_this and session.get(_TOKEN):
        ended = ended.where(StaffSession.digest != _digest(session[_TOKEN]))
    writing.execute(ended.values(ended_at=clock.now()))


def count_open(account_id: int) -> int:
    """On how many devices a person may still be signed in."""
    since = clock.now() - ABSOLUTE
    mine = select(func.count()).where(StaffSession.account_id == account_id, StaffSession.ended_at.is_(None))
    return db.session.scalar(mine.where(StaffSession.started_at > since)) or 0


def signed_in() -> Account | None:
    """The person whose session this request carries, detached from the database session; looked up once a request."""
    if _CACHE not in request.environ:
        request.environ[_CACHE] = _load()
    found: Account | None = request.environ[_CACHE]
    return found


def ran_out() -> bool:
    """Whether this browser had a session that is over now."""
    return _LAST in session


def _load() -> Account | None:
    token = session.get(_TOKEN)
    if not token:
        return None
    row = db.session.execute(
        select(Account, StaffSession.started_at)
        .join(StaffSession, StaffSession.account_id == Account.id)
        .where(StaffSession.digest == _digest(token), StaffSession.ended_at.is_(None), Account.active)
        .where(Account.sample.is_(False) if not settings().demo else true())
    ).first()
    if row is None:
        session.pop(_TOKEN)
        return None
    account, started = row
    db.session.expunge(account)  # a step that rolls back does not empty it
    if not _alive(account, started):
        session.pop(_TOKEN)
        session[_LAST] = account.id
        return None
    _touch()
    return account


def _alive(account: Account, started: datetime) -> bool:
    now = clock.now()
    seen = datetime.fromtimestamp(session.get(_SEEN, 0), UTC)
    future = max(started, seen) - now > _CLOCK_STEP
    return not future and now - started < ABSOLUTE and now - seen < idle_limit(account)


def idle_limit(account: Account) -> timedelta:
    """How long a session lives without a person doing anything."""
    if granted(account.roles, Permission.HEADQUARTERS_VIEW):
        return IDLE_HEADQUARTERS
    return IDLE_SHELTER if granted(account.roles, Permission.SHELTERS_STATE) else IDLE_REGISTERS


def _touch() -> None:
    """Note that somebody is there; a page that polls by itself (htmx, GET) is nobody."""
    if request.method == "GET" and "HX-Request" in request.headers:
        return
    now = int(clock.now().timestamp())
    if now - session.get(_SEEN, 0) >= _TOUCH.total_seconds():
        session[_SEEN] = now


def _digest(token: str) -> str:
    return digest(token, "session")
