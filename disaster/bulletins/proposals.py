"""Proposals: what the rules want drafted, kept in step with the telegrams. Nothing here sends anything."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from disaster.bulletins import rules, streams
from disaster.bulletins.history import Event, Outlook, Report, replay
from disaster.bulletins.models import Phenomenon, Proposal, Telegram
from disaster.bulletins.rules import Rule, Wish
from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Missing, Stale
from disaster.core.extensions import db
from disaster.core.municipality import municipality

ACTOR = "system:bulletins"
FUTURE = timedelta(minutes=10)  # clocks of two machines may differ by this much
_OLD = timedelta(days=1)
_HISTORY = 300  # telegrams of a stream that are replayed; a river's stream has no natural end
_KIND_JA = {
    "elderly": "高齢者等避難",
    "evacuate": "避難指示",
    "emergency": "緊急安全確保",
    "lift": "解除",
    "shelters": "避難所開設",
    "notice": "お知らせ",
}


def open_proposals() -> Sequence[Proposal]:
    """Proposals that wait for a person, the newest first, real ones before drills."""
    wanted = select(Proposal).where(Proposal.status == "open").order_by(Proposal.drill, Proposal.id.desc())
    return db.session.scalars(wanted).all()


def get(proposal_id: int) -> Proposal:
    """One proposal.

    Raises:
        Missing: there is none with this id.
    """
    found = db.session.get(Proposal, proposal_id)
    if found is None:
        raise Missing("この提案は見つかりません。")
    return found


def mark_used(session: Session, proposal_id: int, alert_id: int) -> None:
    """Note in the caller's transaction that an alert was drafted from this proposal.

    Raises:
        Stale: it was used, put aside or withdrawn in the meantime.
    """
    values = {"status": "used", "alert_id": alert_id}
    if not _change(session, Proposal.id == proposal_id, "open", values):
        raise Stale("この提案は、すでに使われたか、取り下げられています。最新の電文を確かめてください。")


def dismiss(proposal_id: int, *, actor: str) -> None:
    """Put a proposal aside; the same event and phase proposes nothing again.

    Raises:
        Stale: it is no longer open.
    """
    with transaction() as session:
        if not _change(session, Proposal.id == proposal_id, "open", {"status": "dismissed"}):
            raise Stale("この提案は、すでに使われたか、取り下げられています。")
        audit.record(session, "proposal.dismiss", actor=actor, subject=f"proposal:{proposal_id}")


def settle(session: Session, stream: str, now: datetime) -> bool:
    """Bring the state and the proposals of a stream in step with its telegrams, inside the caller's transaction.

    The answer is whether somebody has already decided on the proposal of this event and phase, so that none is made again.
    """
    rule = rules.load(municipality()).for_type(stream.removeprefix(streams.DRILL))
    outlook = replay(_reports(session, stream, now), rule.threshold if rule else 99)
    _remember(session, stream, outlook)
    if rule:
        wanted = rules.wish(rule, outlook) if outlook and not _covered_elsewhere(session, stream) else None
        _withdraw_others(session, stream, outlook, wanted)
        if wanted and outlook and outlook.event:
            return _propose(session, stream, rule, wanted, outlook, outlook.event, now)
    return False


def _reports(session: Session, stream: str, now: datetime) -> list[Report]:
    limit = rules.load(municipality()).max_age_hours
    wanted = (
        select(Telegram)
        .where(Telegram.stream == stream, Telegram.report_at <= now + FUTURE)
        .order_by(Telegram.report_at.desc())
        .limit(_HISTORY)
    )
    return [
        Report(
            id=found.id,
            type=found.type or "",
            info_type=found.info_type,
            event_id=found.event_id,
            report_at=found.report_at,
            step=found.town_step,
            words=found.town_words,
            active=found.town_active,
            fresh=found.source != "feed" or found.report_at > now - timedelta(hours=limit),
        )
        for found in session.scalars(wanted)
    ]


def _remember(session: Session, stream: str, outlook: Outlook | None) -> None:
    """Keep what holds now, for the pages; a stream whose every telegram was withdrawn holds nothing."""
    town = municipality().jma.city_code
    row = session.scalar(select(Phenomenon).where(Phenomenon.stream == stream, Phenomenon.city_code == town))
    if outlook is None:
        if row is not None:
            session.delete(row)
        return
    if row is None:
        row = Phenomenon(stream=stream, city_code=town, drill=stream.startswith(streams.DRILL))
        session.add(row)
    row.type, row.step, row.words = outlook.latest.type, outlook.latest.step, outlook.latest.words
    row.active = outlook.latest.active
    row.since, row.report_at, row.telegram_id = outlook.since, outlook.latest.report_at, outlook.latest.id


def _covered_elsewhere(session: Session, stream: str) -> bool:
    """VXWW50 adds to VPWW56 and says the same: it proposes only where no VPWW56 of the prefecture ever came."""
    if "VXWW50:" not in stream:
        return False
    other = stream.replace("VXWW50:", "VPWW56:")
    return session.scalar(select(func.count()).where(Telegram.stream == other)) != 0


def _withdraw_others(session: Session, stream: str, outlook: Outlook | None, wanted: Wish | None) -> None:
    open_ones = session.scalars(select(Proposal).where(Proposal.stream == stream, Proposal.status == "open")).all()
    event = outlook.event if outlook else None
    for found in open_ones:
        if wanted and event and found.phase == wanted.phase and _same_event(found, event):
            continue
        if _change(session, Proposal.id == found.id, "open", {"status": "withdrawn"}):
            audit.record(session, "proposal.withdraw", actor=ACTOR, subject=f"proposal:{found.id}")


def _same_event(proposal: Proposal, event: Event) -> bool:
    """An older telegram that arrives late moves an event's start, so the time counts and not the key alone."""
    return event.covers(proposal.report_at)


def _propose(
    session: Session, stream: str, rule: Rule, wanted: Wish, outlook: Outlook, event: Event, now: datetime
) -> bool:
    earlier = [each for each in session.scalars(_of_stream(stream)) if _same_event(each, event)]
    of_phase = [each for each in earlier if each.phase == wanted.phase]
    falling = wanted.phase != "lift" and wanted.step < event.peak
    if wanted.phase == "lift" and not earlier:
        return False  # nobody was asked to act in this event
    if falling and any(each.status == "used" for each in earlier):
        return True  # a higher step was acted on; going down is the officers' own decision
    if of_phase:
        _reopen(session, of_phase[-1])
        return of_phase[-1].status in ("used", "dismissed")
    if outlook.latest.fresh and not _too_many(session, now):
        _add(session, stream, rule, wanted, outlook.latest, event, now)
    return False


def _of_stream(stream: str) -> Any:
    return select(Proposal).where(Proposal.stream == stream).order_by(Proposal.id)


def _reopen(session: Session, proposal: Proposal) -> None:
    """What was withdrawn because the step rose holds again when the step falls back and nobody acted on the higher one."""
    if _change(session, Proposal.id == proposal.id, "withdrawn", {"status": "open"}):
        audit.record(session, "proposal.reopen", actor=ACTOR, subject=f"proposal:{proposal.id}")


def _too_many(session: Session, now: datetime) -> bool:
    cap = rules.load(municipality()).hourly_cap
    lately = select(func.count()).select_from(Proposal).where(Proposal.created_at > now - timedelta(hours=1))
    if (session.scalar(lately) or 0) < cap:
        return False
    audit.record(session, "proposal.held_back", actor=ACTOR, detail={"hourly_cap": cap})
    return True


def _add(session: Session, stream: str, rule: Rule, wanted: Wish, latest: Report, event: Event, now: datetime) -> None:
    drill = stream.startswith(streams.DRILL)
    proposal = Proposal(
        created_at=now,
        stream=stream,
        event_key=f"{stream}@{clock.iso_jst(event.start.report_at)}",
        phase=wanted.phase,
        hazard=rule.hazard,
        kind=wanted.kind,
        level_equivalent=None if rule.quake else wanted.step,
        title=f"{'【訓練】' if drill else ''}{rule.name}：{_KIND_JA.get(wanted.kind, wanted.kind)}の検討",
        reason=_reason(session, rule, wanted, latest, now),
        report_at=latest.report_at,
        telegram_id=latest.id,
        status="open",
        drill=drill,
    )
    try:
        with session.begin_nested():
            session.add(proposal)
    except IntegrityError:
        return  # another process proposed the same event and phase at this moment
    detail = {"event": proposal.event_key, "phase": wanted.phase, "kind": wanted.kind}
    audit.record(session, "proposal.create", actor=ACTOR, subject=f"proposal:{proposal.id}", detail=detail)


def _reason(session: Session, rule: Rule, wanted: Wish, latest: Report, now: datetime) -> str:
    telegram = session.get(Telegram, latest.id)
    office = telegram.office if telegram else "気象庁"
    old = now - latest.report_at > _OLD
    mark, year = ("【1日以上前の電文】", f"{clock.jst(latest.report_at).year}年") if old else ("", "")
    said = f"{mark}{office}が{year}{clock.day_and_time(latest.report_at)}に発表した「{latest.words}」"
    if wanted.phase == "lift":
        return f"{said}により、警戒レベル3相当を下回りました。発令中の避難情報があれば、解除を検討してください。判断するのは町です。"
    equivalent = "" if rule.quake else f"（警戒レベル{wanted.step}相当）"
    return f"{said}{equivalent}による提案です。発令するかどうかは町が判断します。"


def _change(session: Session, which: Any, before: str, values: dict[str, Any]) -> bool:
    done = session.execute(update(Proposal).where(which, Proposal.status == before).values(**values))
    return cast("CursorResult[Any]", done).rowcount == 1
