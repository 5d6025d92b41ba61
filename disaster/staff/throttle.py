"""Guesses are slowed down for one account from one address: the wait doubles, and the person still gets in from elsewhere.

Each guess is counted before it is looked at, in a transaction of its own, so a hundred guesses at the same moment count as a hundred.
"""

import ipaddress
from datetime import datetime, timedelta

from flask import has_request_context, request
from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.orm import Session

from disaster.core import clock
from disaster.core.base import UtcTime
from disaster.core.db import transaction
from disaster.core.errors import DomainError
from disaster.core.sealed import digest
from disaster.staff.models import Throttle

FREE = 5  # guesses without a wait; a person mistypes
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN = timedelta(hours=24)


_INSERT = text(
    "INSERT INTO throttles (key, failures, last_at, blocked_until) VALUES (:key, 0, :now, :now) ON CONFLICT (key) DO NOTHING"
).bindparams(bindparam("now", type_=UtcTime))


class TooMany(DomainError):
    """Too many wrong guesses; the sentence says how long to wait."""

    status = 429

    def __init__(self, wait: timedelta) -> None:
        seconds = int(wait.total_seconds()) + 1
        spoken = f"{seconds}秒" if seconds < 60 else f"{-(-seconds // 60)}分"
        super().__init__(
            f"間違いが続いたため、しばらく受け付けられません。あと{spoken}待ってから、もう一度入力してください。"
        )
        self.seconds = seconds


def guess(subject: str) -> str:
    """Count one guess for ``subject`` from the requesting address; the key is for ``forgive``.

    Raises:
        TooMany: it comes too early; it was not counted and must not be looked at.
    """
    key = digest(f"{subject}\n{_network()}", "throttle")
    now = clock.now()
    with transaction() as session:
        session.execute(_INSERT, {"key": key, "now": now})
        row = session.execute(select(Throttle).where(Throttle.key == key).with_for_update()).scalar_one()
        # A wait longer than the longest can only come from a clock that was set back; it locks nobody out.
        if now < row.blocked_until <= now + LONGEST_WAIT:
            raise TooMany(row.blocked_until - now)
        row.failures = row.failures + 1 if now - row.last_at < FORGOTTEN else 1
        row.last_at = now
        row.blocked_until = now + _wait(row.failures)
        _sweep(session, now)
    return key


def forgive(session: Session, key: str) -> None:
    """The guess was right: forget the failures, in the caller's transaction."""
    session.execute(delete(Throttle).where(Throttle.key == key))


def network_digest() -> str:
    """The network of the requesting address without telling it, for limits that are kept elsewhere."""
    return digest(_network(), "network")


def _wait(failures: int) -> timedelta:
    if failures < FREE:
        return timedelta(0)
    doublings: int = min(failures - FREE, 16)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def _sweep(session: Session, now: datetime) -> None:
    session.execute(delete(Throttle).where(Throttle.last_at < now - FORGOTTEN))


def _network() -> str:
    """The address the request came from; of IPv6 the /64, which one subscriber holds as a whole."""
    if not has_request_context() or not request.remote_addr:
        return ""
    try:
        address = ipaddress.ip_address(request.remote_addr)
    except ValueError:
        return request.remote_addr
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
