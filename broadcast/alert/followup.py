"""Follow-ups of an alert that was sent (訂正・延長・解除・取消): linked drafts with their texts ready, one press away.

What was sent is never deleted. A 解除 ends a danger that was real, a 取消 takes back what was issued by mistake (誤報); the two are
different acts with different words (Hawaii 2018 took 38 minutes for want of a prepared correction).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select

from broadcast.alert import compose
from broadcast.alert.compose import Draft, Origin
from broadcast.cap.vocabulary import Hazard, Kind, Mode, MsgType
from broadcast.models.alert import Alert
from broadcast.sending import ledger
from disaster.core.clock import now
from disaster.core.errors import Stale
from disaster.core.extensions import db

LONGER = timedelta(hours=12)
SHOWN = timedelta(hours=6)  # how long the page shows a lift or a cancel


class FollowUp(StrEnum):
    """What can be done about an alert that is out."""

    CORRECT = "correct"
    EXTEND = "extend"
    LIFT = "lift"
    CANCEL = "cancel"

    @property
    def ja(self) -> str:
        """The word on the buttons."""
        return {"correct": "訂正", "extend": "延長", "lift": "解除", "cancel": "取消（誤報）"}[self]


@dataclass(frozen=True, slots=True)
class _Plan:
    msg_type: MsgType
    draft: Draft


def possible(alert: Alert) -> tuple[FollowUp, ...]:
    """Which follow-ups make sense for this alert: nothing follows a cancel, and only an order can be lifted."""
    if ledger.transmission_of(alert.id) is None or alert.msg_type == MsgType.CANCEL or ledger.follow_up_of(alert.id):
        return ()
    if alert.kind == Kind.LIFT:
        return (FollowUp.CORRECT, FollowUp.CANCEL)
    if Kind(alert.kind).level is None:
        return (FollowUp.CORRECT, FollowUp.EXTEND, FollowUp.CANCEL)
    return tuple(FollowUp)


def prepare(alert_id: int, what: FollowUp, actor: int, *, key: str) -> int:
    """Create the linked draft; its number. The same ``key`` again gives the same draft.

    Raises:
        Missing: there is no such alert.
        Stale: it is not out, or another follow-up was sent already.
    """
    first = compose.get(alert_id)
    if ledger.transmission_of(alert_id) is None:
        raise Stale("この配信はまだ送信されていないので、続報は作れません。")
    later = ledger.follow_up_of(alert_id)
    if later is not None:
        raise Stale(f"この配信には、すでに続報（配信{later.alert_id}）が送られています。そちらから作ってください。")
    if what not in possible(first):
        raise Stale(f"この配信に{what.ja}は作れません。")
    plan = _plan(first, what)
    origin = Origin(msg_type=plan.msg_type, references_id=alert_id)
    return compose.create(actor, plan.draft, mode=Mode(first.mode), key=key, origin=origin)


def _plan(first: Alert, what: FollowUp) -> _Plan:
    same = _as_before(first)
    if what == FollowUp.CORRECT:
        return _Plan(MsgType.UPDATE, replace(same, expires_at=_ahead(first.expires_at)))
    if what == FollowUp.EXTEND:
        until = min(max(first.expires_at, now()) + LONGER, now() + compose.LONGEST - timedelta(minutes=1))
        return _Plan(MsgType.UPDATE, replace(same, expires_at=until))
    shown = replace(same, expires_at=now() + SHOWN, correction="")
    if what == FollowUp.CANCEL:
        return _Plan(MsgType.CANCEL, shown)
    lifted = replace(shown, kind=Kind.LIFT, lifted_kind=same.kind, shelters=(), situation="", action="")
    return _Plan(MsgType.UPDATE, lifted)


def _as_before(first: Alert) -> Draft:
    return Draft(
        kind=Kind(first.kind),
        hazard=Hazard(first.hazard),
        expires_at=first.expires_at,
        whole_town=first.whole_town,
        areas=tuple(first.areas),
        shelters=tuple(first.shelters),
        title=first.title,
        situation=first.situation,
        action=first.action,
        lifted_kind=Kind(first.lifted_kind) if first.lifted_kind else None,
    )


def _ahead(expires_at: datetime) -> datetime:
    """The same end, or some hours from now where it is over (a correction must still be readable)."""
    return expires_at if expires_at > now() else now() + SHOWN


def prepared(alert_id: int) -> list[Alert]:
    """Follow-ups of this alert that are being written and are not out yet."""
    return list(
        db.session.scalars(
            select(Alert).where(Alert.references_id == alert_id, Alert.state.in_(compose.EDITABLE)).order_by(Alert.id)
        )
    )
