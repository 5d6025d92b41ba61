"""The life of an alert: every allowed move stands in one table, and a state changes only by compare-and-set.

Eight people who press at the same moment send once. A second person approves: neither the one who drafted, nor anyone who edited,
nor the one who submitted. What is approved is the very version, text and audience that were on the screen.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session

from broadcast.alert import breaker, compose, ending, nudge
from broadcast.alert.preview import Preview, preview
from broadcast.audience import fanout
from broadcast.cap.vocabulary import Kind, Mode, MsgType
from broadcast.models.alert import Alert, AlertEvent, State, Transmission
from broadcast.models.delivery import Status
from broadcast.sending import tallies
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.errors import DomainError, Forbidden, Invalid, Stale
from disaster.core.extensions import db
from disaster.core.settings import settings
from disaster.core.text import clean_text
from disaster.shelters import state
from disaster.staff import accounts, second_factor
from disaster.staff.permissions import Permission

MOVES: dict[str, tuple[tuple[State, ...], State]] = {
    "submitted": ((State.DRAFT, State.RETURNED), State.PENDING),
    "returned": ((State.PENDING,), State.RETURNED),
    "rejected": ((State.PENDING,), State.REJECTED),
    "withdrawn": ((State.DRAFT, State.PENDING, State.RETURNED), State.WITHDRAWN),
    "expired": ((State.DRAFT, State.PENDING, State.RETURNED), State.EXPIRED),
    "approved": ((State.PENDING,), State.APPROVED),
    "sent_alone": ((State.DRAFT, State.RETURNED, State.PENDING), State.APPROVED),
    "started": ((State.APPROVED,), State.SENDING),
    "finished": ((State.APPROVED, State.SENDING), State.SENT),
    "resumed": ((State.SENT,), State.SENDING),  # failover has found another channel for somebody
    "stopped": ((State.APPROVED, State.SENDING), State.STOPPED),
}
AUTHORS = ("drafted", "edited", "submitted")
NOT_ALONE = "一人で緊急送信できるのは、避難情報（警戒レベル3〜5）とその訂正・解除・取消だけです。"
GROWTH = 0.01  # subscribers who joined while the approver read


@dataclass(frozen=True, slots=True)
class Seen:
    """What stood on the approver's screen: version, digest of texts and audience, and the number of people that was ticked."""

    version: int
    digest: str
    people: int


def submit(alert_id: int, version: int, actor: int) -> None:
    """Ask for approval.

    Raises:
        Invalid: something is missing, named per field.
        Stale: it was changed or decided meanwhile.
    """
    accounts.check_permission(actor, Permission.ALERT_COMPOSE)
    with transaction() as session:
        alert = compose.get(alert_id)
        missing = compose.missing(alert)
        if missing:
            raise Invalid("まだ提出できません。", dict(missing))
        moved = _move(session, "submitted", alert_id, version, submitted_by=actor, submitted_at=now())
        compose.log(session, alert_id, "submitted", actor, version=moved)


def give_back(alert_id: int, version: int, actor: int, reason: str) -> None:
    """Return it for correction (差戻し); the reason is for the author."""
    _decide("returned", alert_id, version, actor, reason)


def reject(alert_id: int, version: int, actor: int, reason: str) -> None:
    """Refuse it for good (却下)."""
    _decide("rejected", alert_id, version, actor, reason)


def _decide(verb: str, alert_id: int, version: int, actor: int, reason: str) -> None:
    reason = _required(reason, "理由")
    accounts.check_permission(actor, Permission.ALERT_APPROVE)
    with transaction() as session:
        moved = _move(session, verb, alert_id, version)
        compose.log(session, alert_id, verb, actor, version=moved, note=reason)


def withdraw(alert_id: int, version: int, actor: int) -> None:
    """Take a draft back (取下げ); nothing that was approved can be withdrawn."""
    accounts.check_permission(actor, Permission.ALERT_COMPOSE)
    with transaction() as session:
        moved = _move(session, "withdrawn", alert_id, version)
        compose.log(session, alert_id, "withdrawn", actor, version=moved)


def approve(alert_id: int, actor: int, seen: Seen, *, code: str) -> int:
    """Approve what was seen and put it on its way in one transaction; the transmission's number.

    ``code`` is a fresh second factor.

    Raises:
        Forbidden: the person wrote, edited or submitted it, or may not approve.
        Stale: it was changed or decided meanwhile, or the people it reaches are no longer those that were ticked.
        Invalid: the second factor is wrong.
    """
    accounts.check_permission(actor, Permission.ALERT_APPROVE)
    _check_second_person(db.session(), alert_id, actor)
    _check_seen(compose.get(alert_id), seen, State.PENDING)
    second_factor.fresh(actor, code)
    with transaction() as session:
        sent = _release(session, "approved", alert_id, actor, seen)
    nudge.workers()
    return sent


def send_alone(alert_id: int, actor: int, seen: Seen, *, code: str, reason: str) -> int:
    """A lone officer's emergency send: levels 3 to 5 and what takes them back, with a reason, reviewed afterwards.

    Raises:
        as ``approve``; Invalid also for a missing reason or an incomplete alert.
    """
    accounts.check_permission(actor, Permission.ALERT_EMERGENCY)
    reason = _required(reason, "一人で送る理由")
    alert = compose.get(alert_id)
    if not may_go_alone(alert):
        raise Forbidden(NOT_ALONE)
    missing = compose.missing(alert)
    if missing:
        raise Invalid("まだ送信できません。", dict(missing))
    _check_seen(alert, seen, *MOVES["sent_alone"][0])
    second_factor.fresh(actor, code)
    with transaction() as session:
        sent = _release(session, "sent_alone", alert_id, actor, seen, note=reason)
    nudge.workers()
    return sent


def may_go_alone(alert: Alert) -> bool:
    """Whether one person may send it in an emergency: an order, its lift, or a cancel; never a plain notice, a correction into one included."""
    return alert.kind not in (Kind.NOTICE, Kind.SHELTERS) or alert.msg_type == MsgType.CANCEL


def _release(session: Session, verb: str, alert_id: int, actor: int, seen: Seen, note: str = "") -> int:
    at = now().replace(microsecond=0)  # CAP knows whole seconds
    version = _move(session, verb, alert_id, seen.version, approved_by=actor, approved_at=at, emergency_reason=note)
    if verb == "approved":  # asked after the move: from here on nobody can edit or submit it meanwhile
        _check_second_person(session, alert_id, actor)
    alert = session.get_one(Alert, alert_id, populate_existing=True)
    if alert.expires_at <= at:
        raise Stale("期限を過ぎています。期限を直してから、もう一度提出してください。")
    shown = preview(alert)
    if shown.digest != seen.digest:
        raise Stale("文面か対象が、画面で見たものから変わっています。もう一度確かめてください。")
    _check_people(alert, shown, seen)
    breaker.check(session, alert)
    _claim_reference(session, alert)
    transmission = fanout.freeze(session, alert, shown, at=at)
    if alert.mode == Mode.LIVE and alert.msg_type != MsgType.CANCEL and alert.kind != Kind.LIFT:
        state.open_announced(session, alert.shelters, actor=f"account:{actor}")
    compose.log(session, alert_id, verb, actor, version=version, note=note)
    return transmission.id


def _check_seen(alert: Alert, seen: Seen, *states: State) -> None:
    """Tell a stale page at once, before the second factor is used up; the transaction checks again."""
    if alert.version != seen.version or alert.state not in states:
        raise _stale(alert)


def _check_people(alert: Alert, shown: Preview, seen: Seen) -> None:
    """A follow-up goes to whomever the first one reached, and that may still be growing."""
    people = shown.reach.people
    if alert.references_id or seen.people <= people <= seen.people + max(5, int(seen.people * GROWTH)):
        return
    raise Stale(f"送信先が{seen.people:,}人から{people:,}人に変わりました。もう一度確かめてください。")


def _claim_reference(session: Session, alert: Alert) -> None:
    """An alert is corrected, cancelled or lifted by one follow-up at a time; the next one speaks of the newest."""
    if alert.references_id is None:
        return
    first = session.get_one(Alert, alert.references_id, with_for_update=True)
    if first.mode != alert.mode:
        raise Forbidden("訓練の配信と本番の配信は、続報としてつなげません。")
    other = session.scalar(
        select(Transmission.alert_id)
        .join(Alert, Alert.id == Transmission.alert_id)
        .where(Alert.references_id == alert.references_id, Alert.id != alert.id)
    )
    if other:
        raise Stale("この配信には、すでに別の訂正・取消・解除が送られています。新しいほうから作り直してください。")


def _check_second_person(session: Session, alert_id: int, actor: int) -> None:
    wrote = session.scalar(
        select(AlertEvent.id)
        .where(AlertEvent.alert_id == alert_id, AlertEvent.actor_id == actor, AlertEvent.verb.in_(AUTHORS))
        .limit(1)
    )
    if wrote:
        raise Forbidden("起案・変更・提出した人は承認できません。ほかの承認者に頼んでください。")


def stop(alert_id: int, actor: int) -> int:
    """Stop what is still queued; how many messages were kept back. What went out stays out and needs a cancel."""
    accounts.check_permission(actor, Permission.ALERT_COMPOSE)
    with transaction() as session:
        version = _move(session, "stopped", alert_id, None, finished_at=now())
        transmission = session.scalars(select(Transmission).where(Transmission.alert_id == alert_id)).one()
        transmission.stopped_at = now()
        session.flush()
        fanout.close(session, transmission.id, now())
        kept = tallies.standing(session, transmission.id, [Status.QUEUED])
        if kept <= ending.AT_ONCE:  # from ``stopped_at`` on no lane takes any of them; the worker marks what is more
            ending.end_queued(session, transmission.id, Status.SKIPPED, ending.STOPPED, now())
        compose.log(session, alert_id, "stopped", actor, version=version, note=f"{kept}件を止めました")
    return kept


def review(alert_id: int, actor: int, note: str) -> None:
    """Another person's review of an emergency send, afterwards (事後確認)."""
    accounts.check_permission(actor, Permission.ALERT_APPROVE)
    _check_second_person(db.session(), alert_id, actor)
    note = _required(note, "確認の記録")
    with transaction() as session:
        done = session.execute(
            update(Alert)
            .where(
                Alert.id == alert_id,
                Alert.emergency_reason != "",
                Alert.reviewed_by.is_(None),
                Alert.approved_by != actor,
            )
            .values(reviewed_by=actor, reviewed_at=now())
            .returning(Alert.version)
        ).scalar()
        if done is None:
            raise Stale("すでに確認されているか、本人の送信です。")
        compose.log(session, alert_id, "reviewed", actor, version=done, note=note)


def expire_drafts() -> int:
    """End drafts that nobody touched for ``draft_hours``, so that an old text never goes out; how many."""
    before = now() - timedelta(hours=settings().draft_hours)
    sources, target = MOVES["expired"]
    with transaction() as session:
        ended = session.execute(
            update(Alert)
            .where(Alert.state.in_(sources), Alert.updated_at < before)
            .values(state=target, finished_at=now())
            .returning(Alert.id, Alert.version)
        ).all()
        for alert_id, version in ended:
            compose.log(session, alert_id, "expired", None, version=version)
    return len(ended)


def _move(session: Session, verb: str, alert_id: int, version: int | None, **values: int | str | datetime) -> int:
    """The compare-and-set; the version that moved.

    Raises:
        Stale: the alert is not in a state from which this move is allowed, or not in this version.
    """
    sources, target = MOVES[verb]
    statement: Update = update(Alert).where(Alert.id == alert_id, Alert.state.in_(sources))
    if version is not None:
        statement = statement.where(Alert.version == version)
    moved = session.execute(
        statement.values(state=target, updated_at=now(), **values).returning(Alert.version)
    ).scalar()
    if moved is None:
        raise _stale(session.get_one(Alert, alert_id, populate_existing=True))
    return moved


def _stale(alert: Alert) -> DomainError:
    if alert.approved_at and alert.approved_by:
        account = accounts.get(alert.approved_by)
        return Stale(f"すでに{account.name if account else '別の人'}さんが承認し、送信しています。")
    if alert.state in EDITING:
        return Stale("内容が変わっています。新しい内容を確かめてから、もう一度押してください。")
    return Stale(f"この配信はいま「{alert.state_word}」です。画面を開き直してください。")


EDITING = (State.DRAFT, State.PENDING, State.RETURNED)


def _required(text: str, label: str) -> str:
    text = clean_text(text, field="reason", label=label, limit=400)
    if not text:
        raise Invalid(f"{label}を入力してください。", {"reason": f"{label}を入力してください。"})
    return text
