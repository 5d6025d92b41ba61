"""The outbox of confirmation messages: sent by the worker at once and outside of every alert, lost by nothing, doubled once at most.

A message is claimed with a lease and sent by the real channel. Whoever is killed in between leaves a lease that runs out: the provider is
asked first, and what it cannot tell is repeated a single time under the same reference.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import and_, or_, select, update

from broadcast.cap.vocabulary import Language, Mode
from broadcast.channels import registry
from broadcast.channels.contract import (
    Accepted,
    Channel,
    ChannelDown,
    Code,
    InDoubt,
    Message,
    Outcome,
    Refused,
    SilentWire,
    Target,
)
from broadcast.governing import switches
from broadcast.models.subscribing import Pending
from broadcast.subscribers import addresses, asking, links
from broadcast.texts import optin
from broadcast.texts.optin import Office
from disaster.core import clock, sealed
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.settings import settings

log = structlog.get_logger()
LEASE = timedelta(minutes=3)
RETRY = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
DOWN = timedelta(minutes=1)
MOST_TRIES = 6
AT_ONCE = 20
_MAIL_PAGE = "/subscribe/confirm/"


@dataclass(frozen=True, slots=True)
class _Claimed:
    """One message that is ours until the lease ends; ``lost`` when somebody before us may have sent it."""

    id: int
    handle: str
    purpose: str
    channel: str
    address: bytes
    language: Language
    count: int
    attempt: int
    doubts: int
    lost: bool


def send_due() -> int:
    """Send what is due; how many messages were taken up."""
    at = clock.now()
    waits = or_(
        and_(Pending.state == "queued", Pending.due_at <= at),
        and_(Pending.state == "sending", Pending.leased_until <= at),
    )
    due = db.session.scalars(select(Pending.id).where(waits).order_by(Pending.due_at, Pending.id).limit(AT_ONCE)).all()
    taken = 0
    for pending_id in due:
        claimed = _claim(pending_id, at)
        if claimed is not None:
            taken += 1
            _send(claimed)
    return taken


def _claim(pending_id: int, at: datetime) -> _Claimed | None:
    """Take one by compare-and-set on what was seen; None where another worker was faster or its owner confirmed meanwhile."""
    with transaction() as session:
        row = session.get_one(Pending, pending_id, populate_existing=True)
        lost = row.state == "sending"
        seen = (Pending.state == row.state, Pending.attempts == row.attempts, Pending.address.is_not(None))
        if not lost and row.state != "queued":
            return None
        ours = session.execute(
            update(Pending)
            .where(Pending.id == pending_id, *seen)
            .values(
                state="sending",
                leased_until=at + LEASE,
                attempts=Pending.attempts + 1,
                doubts=Pending.doubts + int(lost),
            )
            .returning(Pending.attempts, Pending.doubts)
        ).one_or_none()
        if ours is None or row.address is None:
            return None
        return _Claimed(
            row.id,
            row.handle,
            row.purpose,
            row.channel,
            row.address,
            Language(row.language),
            row.messages,
            ours.attempts,
            ours.doubts,
            lost,
        )


def _send(claimed: _Claimed) -> None:
    channel = registry.channels(Mode.LIVE).get(claimed.channel)
    try:
        if channel is None or switches.off(claimed.channel):
            raise ChannelDown(f"the channel {claimed.channel} is not in service")
        message, target = _message(claimed), _target(claimed)
        outcome = channel.settle(message, target) if claimed.lost else None
        if outcome is None and claimed.doubts > 1:
            outcome = Accepted("unknown")  # it was on its way twice: a third one would be a nuisance
        _record(claimed, outcome or _sent(channel, message, target))
    except ChannelDown as down:
        log.warning("confirmation not sent", channel=claimed.channel, cause=str(down))
        _later(claimed, DOWN, tries=claimed.attempt - 1)
    except sealed.SealBroken:
        _record(claimed, Refused(Code.CONFIG, retryable=False, detail="the address does not open"))


def _sent(channel: Channel, message: Message, target: Target) -> Outcome:
    outcome: Outcome = next(iter(channel.send(message, [target], SilentWire())))[1]
    if isinstance(outcome, InDoubt):
        return channel.settle(message, target) or outcome
    return outcome


def _record(claimed: _Claimed, outcome: Outcome) -> None:
    """Sent, to be tried again, or failed for good; what is in doubt is repeated once, after the lease."""
    if isinstance(outcome, InDoubt):
        return  # the lease runs out, and the next one asks again
    if isinstance(outcome, Refused) and outcome.retryable and claimed.attempt < MOST_TRIES:
        _later(claimed, RETRY[min(claimed.attempt, len(RETRY)) - 1], tries=claimed.attempt)
        return
    failed = isinstance(outcome, Refused)
    _write(
        claimed, state="failed" if failed else "sent", why=outcome.code.value if isinstance(outcome, Refused) else ""
    )
    log.info("confirmation", channel=claimed.channel, outcome="failed" if failed else "sent")


def _later(claimed: _Claimed, wait: timedelta, *, tries: int) -> None:
    _write(claimed, state="queued", due_at=clock.now() + wait, attempts=tries)


def _write(claimed: _Claimed, **values: object) -> None:
    """Only what is still ours: a confirmation that came meanwhile, or another worker after the lease, stands."""
    with transaction() as session:
        session.execute(
            update(Pending)
            .where(Pending.id == claimed.id, Pending.state == "sending", Pending.attempts == claimed.attempt)
            .values(**values)
        )


def _target(claimed: _Claimed) -> Target:
    address = sealed.unseal(claimed.address, addresses.PURPOSE)
    reference = links.reference(claimed.handle, claimed.count)
    return Target(claimed.id, reference, address, attempt=claimed.attempt)


def _message(claimed: _Claimed) -> Message:
    town = municipality()
    contact = town.contact
    office = Office(town.name, town.kana, town.name_en, contact.department, contact.department_en, contact.phone)
    by_link = claimed.channel == "email"
    secret = _link(claimed.handle) if by_link else links.six_digits(claimed.handle)
    manage = claimed.purpose == asking.MANAGE
    return optin.confirmation(claimed.channel, claimed.language, office, secret=secret, manage=manage)


def _link(handle: str) -> str:
    return settings().link(_MAIL_PAGE + links.signer(links.CONFIRM)(handle))
