"""Subscribing a browser: its own words (endpoint and keys) are the proof that it is there, and the secret by which it changes and leaves.

Whoever knows an endpoint has it from the browser or from the push service; so knowing it is enough to leave, and nothing is told to others.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from broadcast.channels.push_services import PushServices, Subscription, address_of, from_plain
from broadcast.models.audience import Contact
from broadcast.models.hooks import HookEvent
from broadcast.subscribers import addresses, enrolment, subscribing
from broadcast.subscribers.addresses import BadAddress
from broadcast.subscribers.enrolment import Choice
from disaster.core import audit
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.errors import DomainError, Invalid
from disaster.core.extensions import db
from disaster.core.settings import settings

CHANNEL = "webpush"
PER_HOUR = 3000  # browsers in an hour over all; more is nobody's rush but a flood


class TooManyBrowsers(DomainError):
    """More browsers were subscribed from one network, or by everybody together, than the page is for."""

    status = 429

    def __init__(self) -> None:
        super().__init__(
            "申し込みが続いているため、いまは受け付けられません。1時間ほど待って、もう一度お試しください。"
        )


def subscribe(given: Mapping[str, Any], choice: Choice, client: str) -> int:
    """Enrol a browser with its choice; the contact's id. The same browser again changes its choice.

    ``given`` is what ``PushSubscription.toJSON()`` makes, ``client`` names the asker's network without telling it.

    Raises:
        Invalid: it is no subscription, or of a push service that is not known.
        TooManyBrowsers: the limits are reached.
    """
    address = _address(given)
    with transaction() as session:
        _count(session, client)
        contact_id = enrolment.enrol(session, CHANNEL, address, choice, source="self", confirmed_at=now())
        detail = {"channel": CHANNEL, "purpose": "join"}
        audit.record(session, "contact.confirmed", actor="resident", subject=f"contact:{contact_id}", detail=detail)
    return contact_id


def renew(old_endpoint: str, given: Mapping[str, Any]) -> bool:
    """The browser got another subscription from its push service: it takes the old one's place; whether that was one of ours.

    Raises:
        Invalid: the new one is no subscription, or of a push service that is not known.
    """
    address = _address(given)
    if old_endpoint == given["endpoint"]:
        return contact_of(old_endpoint) is not None
    found = _known(old_endpoint)
    if found is None:
        return False
    contact_id, subscriber_id = found
    with transaction() as session:
        old = session.get_one(Contact, contact_id)
        if not old.active:
            return False
        renewed = enrolment.enrol(
            session, CHANNEL, address, None, source="self", confirmed_at=now(), subscriber_id=subscriber_id
        )
        old.active, old.stopped_at, old.stopped_why = False, now(), "address"
        audit.record(session, "contact.confirmed", actor="resident", subject=f"contact:{renewed}")
    return True


def leave(endpoint: str) -> bool:
    """Write no more to this browser; whether it was written to."""
    return subscribing.stop_address(CHANNEL, json.dumps({"endpoint": endpoint}), subscribing.OPTED_OUT)


def contact_of(endpoint: str) -> int | None:
    """The contact of a browser that is written to."""
    found = _known(endpoint)
    return found[0] if found else None


def _known(endpoint: str) -> tuple[int, int] | None:
    try:
        digest = addresses.found_by(CHANNEL, json.dumps({"endpoint": endpoint}))
    except BadAddress:
        return None
    row = db.session.execute(
        select(Contact.id, Contact.subscriber_id).where(
            Contact.channel == CHANNEL, Contact.digest == digest, Contact.active
        )
    ).first()
    return (row[0], row[1]) if row else None


def _address(given: Mapping[str, Any]) -> str:
    subscription: Subscription | None = from_plain(given)
    services = PushServices(settings().webpush_hosts, settings().webpush_stand_in)
    if subscription is None:
        raise Invalid("このブラウザからの登録を読み取れませんでした。ブラウザを新しくして、もう一度お試しください。")
    if settings().webpush_stand_in and not services.allows(subscription.endpoint):
        raise Invalid("お試し用では、見本のブラウザにだけ通知します。本物の通知は外に送りません。")
    if not services.allows(subscription.endpoint):
        raise Invalid("このブラウザの通知の仕組みには対応していません。ほかの方法で登録してください。")
    return address_of(given)


def _count(session: Any, client: str) -> None:
    """Count this request against the limits of its network and of all, in the caller's transaction."""
    at = now()
    mine, hour = f"push:{client[:32]}:", at - timedelta(hours=1)
    counted = select(func.count()).select_from(HookEvent).where(HookEvent.at > hour)
    number = session.scalar(counted.where(HookEvent.id.startswith(mine))) or 0
    everybody = session.scalar(counted.where(HookEvent.id.startswith("push:"))) or 0
    if number >= settings().subscribe_per_client_hour or everybody >= PER_HOUR:
        raise TooManyBrowsers
    session.add(HookEvent(id=f"{mine}{at.timestamp():.6f}", at=at))
