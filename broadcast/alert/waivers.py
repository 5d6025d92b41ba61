"""A channel that sent nothing stays red until it is done or waived with a reason.

In a town one medium was forgotten and its alert went out two days later, lifting an order that stood. So a late one is never sent as new, and
nobody can forget it either: the officer says that it was told by hand (the radio read out, a post typed in), or why it is left out.
"""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from broadcast.channels.registry import LABELS
from broadcast.models.alert import Alert, AlertEvent
from broadcast.models.trust import ChannelWaiver
from broadcast.sending import ledger
from broadcast.sending.ledger import ChannelProgress
from disaster.core import audit
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.core.text import clean_text
from disaster.staff import accounts
from disaster.staff.permissions import Permission

ENDED_ON_PURPOSE = frozenset({"stopped", "superseded", "off", "reached"})


def silent(one: ChannelProgress) -> bool:
    """Whether the channel sent nothing and nobody meant it to: nothing was taken, nothing waits, and it was not stopped."""
    sent = one.accepted or one.waiting
    return bool(one.total) and not sent and not set(one.reasons) <= ENDED_ON_PURPOSE


def decide(alert_id: int, channel: str, actor: int, *, by_hand: bool, reason: str) -> None:
    """Say what became of a channel that sent nothing.

    Raises:
        Missing: the alert was not approved, or has no such channel.
        Stale: it did send, or this was decided already.
        Invalid: no reason.
    """
    accounts.check_permission(actor, Permission.ALERT_COMPOSE)
    reason = clean_text(reason, field="reason", label="理由", limit=400)
    if not reason:
        raise Invalid("理由を入力してください。", {"reason": "理由を入力してください。"})
    transmission = ledger.transmission_of(alert_id)
    progress = {one.channel: one for one in ledger.progress(transmission.id)} if transmission else {}
    if transmission is None or channel not in progress:
        raise Missing("この配信に、この手段はありません。")
    if not silent(progress[channel]):
        raise Stale("この手段では、もう送られているか、送信を待っています。")
    try:
        with transaction() as session:
            session.add(
                ChannelWaiver(
                    transmission_id=transmission.id,
                    channel=channel,
                    by_hand=by_hand,
                    reason=reason,
                    decided_by=actor,
                    decided_at=now(),
                )
            )
            detail = {"channel": channel, "by_hand": by_hand}
            who, what = f"account:{actor}", f"alert:{alert_id}"
            audit.record(session, "channel.waived", actor=who, subject=what, detail=detail)
            _log(session, alert_id, channel, actor, by_hand=by_hand, reason=reason)
    except IntegrityError:
        raise Stale("この手段は、ほかの人がもう決めています。") from None


def _log(session: Session, alert_id: int, channel: str, actor: int, *, by_hand: bool, reason: str) -> None:
    """A line in the alert's history."""
    version = session.scalar(select(Alert.version).where(Alert.id == alert_id)) or 1
    note, verb = f"{LABELS.get(channel, channel)}：{reason}", "told_by_hand" if by_hand else "waived"
    session.add(AlertEvent(alert_id=alert_id, at=now(), actor_id=actor, verb=verb, version=version, note=note))


def of(transmission_id: int) -> dict[str, ChannelWaiver]:
    """What was decided, by channel."""
    found = db.session.scalars(select(ChannelWaiver).where(ChannelWaiver.transmission_id == transmission_id))
    return {one.channel: one for one in found}
