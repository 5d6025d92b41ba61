"""Rehearsal of every route (通信試験): each channel proves itself with a real round trip, on a schedule and when a person asks.

A personal channel sends one fixed text through the real channel object to the town's own test recipients and waits for what a real alert would
wait for: acceptance, and arrival where the provider reports it. A public channel proves that the provider knows us, without posting. Nothing of
it is an alert: it has tables of its own, and no text but ``texts/rehearsal.py``.
"""

import secrets
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from datetime import time as clock_time

import structlog
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from broadcast.cap.vocabulary import Mode
from broadcast.channels import registry
from broadcast.channels.call_reports import CallReport, Progress
from broadcast.channels.contract import (
    Accepted,
    Channel,
    ChannelDown,
    InDoubt,
    Outcome,
    Provable,
    Refused,
    SilentWire,
    Target,
)
from broadcast.channels.receipt import Receipt
from broadcast.governing import governed, switches
from broadcast.models.alert import Alert, State
from broadcast.models.trust import Rehearsal, RehearsalMessage, RehearsalState
from broadcast.proving import rehearsal_recipients, station
from broadcast.texts import rehearsal as texts
from disaster.core import audit
from disaster.core.clock import JST, jst, now
from disaster.core.db import transaction
from disaster.core.errors import Stale
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.staff import accounts
from disaster.staff.permissions import Permission

log = structlog.get_logger()
CONFIRMED_WITHIN = timedelta(minutes=10)  # then a provider that reports arrival counts as silent
BROKEN_OFF = timedelta(minutes=3)  # a rehearsal that runs without having sent anything: its worker is gone
APART = timedelta(minutes=2)  # between two that people ask for
UNDER_WAY = (RehearsalState.REQUESTED, RehearsalState.RUNNING)
_NEWER = {"sending": 0, "doubt": 1, "accepted": 2, "failed": 3, "delivered": 4}
NO_MEANS = "試験用の宛先がないので、確かめていません。"


def request(actor: int) -> int:
    """Ask for a rehearsal of every channel now; how many channels.

    Raises:
        Stale: one is under way or was just asked for.
    """
    accounts.check_permission(actor, Permission.SENDING_SETTINGS)
    at = now()
    with transaction() as session:
        lately = select(Rehearsal.id).where(
            (Rehearsal.state.in_(UNDER_WAY)) | ((Rehearsal.requested_at > at - APART) & (Rehearsal.requested_by > 0))
        )
        if session.scalar(lately.limit(1)) is not None:
            raise Stale("通信試験は、いま行っているか、終わったばかりです。2分ほど待ってください。")
        number = _write(session, f"by-hand-{secrets.token_hex(8)}", actor, at)
        audit.record(session, "rehearsal.requested", actor=f"account:{actor}", detail={"channels": number})
    return number


def run() -> int:
    """The worker's duty: what is due by the schedule, what was asked for, and what has waited long enough; how many ran."""
    at = now()
    _close(at)
    _schedule(at)
    ran = 0
    while (rehearsal := _claim(now())) is not None:
        _perform(rehearsal)
        ran += 1
    return ran


def heard(channel: str, reference: str, provider_id: str, state: str, detail: str = "") -> bool:
    """A provider's report on a test message (``accepted``, ``delivered``, ``failed``); whether it is one of ours. Forward only."""
    mine = [RehearsalMessage.reference == reference] if reference else [RehearsalMessage.provider_id == provider_id]
    found = db.session.scalar(select(RehearsalMessage.id).where(*mine)) if reference or provider_id else None
    if found is None:
        return False
    older = [name for name, rank in _NEWER.items() if rank < _NEWER[state]]
    with transaction() as session:
        session.execute(
            update(RehearsalMessage)
            .where(RehearsalMessage.id == found, RehearsalMessage.state.in_(older))
            .values(state=state, detail=detail[:120], at=now())
        )
    _close(now())
    return True


def of_receipt(channel: str, receipt: Receipt) -> bool:
    """A report on a message that is no delivery's: whether it is on a test message."""
    state = {"accepted": "accepted", "delivered": "delivered"}.get(receipt.status, "failed")
    return heard(channel, receipt.reference, receipt.provider_id, state, receipt.detail)


def of_call(report: CallReport) -> bool:
    """The same of a call: that it was answered proves the way there, whoever or whatever answered."""
    state = {Progress.UNDER_WAY: "accepted", Progress.ANSWERED: "delivered", Progress.MISSED: "failed"}
    return heard("voice", report.reference, report.sid, state[report.progress], report.status)


def messages(rehearsal_id: int) -> list[RehearsalMessage]:
    """The test messages of a rehearsal."""
    found = select(RehearsalMessage).where(RehearsalMessage.rehearsal_id == rehearsal_id)
    return list(db.session.scalars(found.order_by(RehearsalMessage.id)))


def set_up() -> list[str]:
    """Live channels that would send now."""
    live = registry.channels(Mode.LIVE)
    return [name for name, channel in live.items() if not channel.problems() and not switches.off(name)]


def means(name: str) -> bool:
    """Whether there is anything to prove a channel with."""
    channel = registry.channels(Mode.LIVE)[name]
    return _prover(channel) is not None or (channel.personal and name in rehearsal_recipients.channels())


def _prover(channel: Channel) -> Callable[[], None] | None:
    """What proves a channel without sending: its provider's own question, or the station's polls."""
    if isinstance(channel, Provable):
        return channel.prove
    return station.prove if channel.name == "radio" else None


def _schedule(at: datetime) -> None:
    """Once a day, as soon as the set time has come; never while a live alert is on its way."""
    if not governed.is_on("rehearsal") or f"{jst(at):%H:%M}" < governed.value("rehearsal_time"):
        return
    slot = f"{jst(at):%Y-%m-%d}"
    since = datetime.combine(jst(at).date(), clock_time.fromisoformat(governed.value("rehearsal_time")), JST)
    done = (Rehearsal.slot == slot) | (Rehearsal.requested_at.between(since, at))  # one by hand counts for the day
    known = set(db.session.scalars(select(Rehearsal.channel).where(done)))
    due = {name for name in set_up() if means(name)} - known
    sending = db.session.scalar(
        select(Alert.id).where(Alert.state.in_((State.APPROVED, State.SENDING)), Alert.mode == Mode.LIVE).limit(1)
    )
    if due and sending is None:
        with transaction() as session:
            _write(session, slot, None, at)


def _write(session: Session, slot: str, actor: int | None, at: datetime) -> int:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    names = [name for name in set_up() if means(name)]
    for name in names:
        row = {"channel": name, "slot": slot, "state": RehearsalState.REQUESTED, "cause": ""}
        row |= {"requested_by": actor, "requested_at": at}  # type: ignore[dict-item]
        session.execute(dialect.insert(Rehearsal).values(**row).on_conflict_do_nothing())
    return len(names)


def _claim(at: datetime) -> Rehearsal | None:
    """The next one that waits, for this worker alone."""
    waiting = db.session.scalar(
        select(Rehearsal.id).where(Rehearsal.state == RehearsalState.REQUESTED).order_by(Rehearsal.id).limit(1)
    )
    db.session.rollback()
    if waiting is None:
        return None
    with transaction() as session:
        taken = session.execute(
            update(Rehearsal)
            .where(Rehearsal.id == waiting, Rehearsal.state == RehearsalState.REQUESTED)
            .values(state=RehearsalState.RUNNING, started_at=at)
            .returning(Rehearsal.id)
        ).first()
        return session.get(Rehearsal, waiting, populate_existing=True) if taken else None


def _perform(rehearsal: Rehearsal) -> None:
    number, name = rehearsal.id, rehearsal.channel
    try:
        channel = registry.channels(Mode.LIVE)[name]
        recipients = rehearsal_recipients.of(name) if channel.personal else []
        if recipients:
            _send(channel, _written(number, recipients))
            _close(now())
        elif prove := _prover(channel):
            prove()
            _finish(number, RehearsalState.PROVEN)
        else:
            _finish(number, RehearsalState.FAILED, NO_MEANS)
    except ChannelDown as down:
        _finish(number, RehearsalState.FAILED, str(down))
    except Exception as error:
        log.exception("rehearsal failed", channel=name)
        _finish(number, RehearsalState.FAILED, f"プログラムの中で問題が起きました（{type(error).__name__}）。")


def _written(number: int, recipients: Iterable[tuple[int, str]]) -> list[Target]:
    """The test messages in their table first, so that a report that comes at once finds its own."""
    rows = [(RehearsalMessage(contact_id=one, reference=str(uuid.uuid4())), address) for one, address in recipients]
    with transaction() as session:
        for row, _ in rows:
            row.rehearsal_id, row.state, row.detail, row.at = number, "sending", "", now()
            session.add(row)
        session.flush()
        return [Target(row.id, row.reference, address) for row, address in rows]


def _send(channel: Channel, targets: list[Target]) -> None:
    town = municipality()
    message = texts.render(channel.name, town.name, town.kana, town.contact.department)
    for target, outcome in channel.send(message, targets, SilentWire()):
        state, provider_id, detail = _told(outcome)
        older = [name for name, rank in _NEWER.items() if rank < _NEWER[state]]
        with transaction() as session:
            session.execute(
                update(RehearsalMessage)
                .where(RehearsalMessage.id == target.delivery_id, RehearsalMessage.state.in_(older))
                .values(state=state, detail=detail[:120], at=now())
            )
            session.execute(
                update(RehearsalMessage)
                .where(RehearsalMessage.id == target.delivery_id)
                .values(provider_id=provider_id[:128] or None)
            )


def _told(outcome: Outcome) -> tuple[str, str, str]:
    match outcome:
        case Accepted(provider_id):
            return "accepted", provider_id, ""
        case Refused(code, _, detail):
            return "failed", "", f"{code} {detail}"
        case InDoubt(detail):
            return "doubt", "", detail


def _close(at: datetime) -> None:
    """End the rehearsals whose messages have told all, or told nothing for too long."""
    running = db.session.scalars(select(Rehearsal).where(Rehearsal.state == RehearsalState.RUNNING)).all()
    for rehearsal in running:
        channel = registry.channels(Mode.LIVE).get(rehearsal.channel)
        verdict = _verdict(channel, rehearsal, messages(rehearsal.id), at)
        if verdict is not None:
            _finish(rehearsal.id, *verdict)
    db.session.rollback()


def _verdict(
    channel: Channel | None, rehearsal: Rehearsal, sent: list[RehearsalMessage], at: datetime
) -> tuple[RehearsalState, str] | None:
    age = at - (rehearsal.started_at or at)
    if not sent:
        broken = age > BROKEN_OFF
        return (RehearsalState.FAILED, "途中で止まりました。もう一度行ってください。") if broken else None
    failed = [one for one in sent if one.state == "failed"]
    if failed:
        return RehearsalState.FAILED, f"{len(failed)}件の試験用の宛先に送れませんでした（{failed[0].detail.strip()}）。"
    good = ("delivered",) if channel is not None and channel.confirms else ("accepted", "delivered")
    if all(one.state in good for one in sent):
        return RehearsalState.PROVEN, ""
    if age > CONFIRMED_WITHIN:
        silent = [one for one in sent if one.state not in good]
        return RehearsalState.FAILED, f"{len(silent)}件で、10分たっても届いたという報告がありません。"
    return None


def _finish(number: int, state: RehearsalState, cause: str = "") -> None:
    with transaction() as session:
        done = session.execute(
            update(Rehearsal)
            .where(Rehearsal.id == number, Rehearsal.state == RehearsalState.RUNNING)
            .values(state=state, cause=cause[:200], finished_at=now())
            .returning(Rehearsal.channel)
        ).scalar()
        if done is not None:
            detail = {"channel": done, "proven": state == RehearsalState.PROVEN}
            audit.record(
                session, "rehearsal.finished", actor="system:worker", subject=f"rehearsal:{number}", detail=detail
            )
