"""Calls: what became of each, and what follows from it. One delivery may need several calls; each report counts once, in any order.

A key press is arrival, whatever else is reported. A call that somebody or a machine took stays ACCEPTED, with code ``answered`` or
``machine``: nobody confirmed. A busy or silent telephone goes back into the queue and is dialled again later; when that was done often
enough it is given up, with code ``unanswered``. Reports that come before our own commit of the call are kept as events; ``sweep`` draws
their consequences afterwards.
"""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from broadcast.alert.content_json import load_message
from broadcast.cap.vocabulary import Mode
from broadcast.channels import registry
from broadcast.channels.call_reports import ENDS, UNDERSTOOD, CallReport, KeyPress, Progress, source_id
from broadcast.channels.contract import Code, Message
from broadcast.channels.voice import VoiceChannel
from broadcast.governing import governed
from broadcast.models.alert import Transmission
from broadcast.models.delivery import Delivery, DeliveryEvent, Status
from broadcast.sending import tallies
from broadcast.sending.reference import delivery_of
from disaster.core.base import UtcTime
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db

CHANNEL = "voice"
ANSWERED, MACHINE, UNREPORTED = "answered", "machine", "unreported"  # codes of an ACCEPTED call: how far it came
SILENT_AFTER = timedelta(minutes=2)  # then Twilio is asked how a call went
GIVE_UP_ASKING = timedelta(minutes=30)
ASK_AT_ONCE = 10  # calls that are asked for in one round
_KEY, _MACHINE = f"key{UNDERSTOOD}", "machine"


def reported(report: CallReport, delivery_id: int | None = None) -> bool:
    """Take one report; whether it was new and for a call of ours."""
    status = Status.QUEUED if report.progress is Progress.MISSED else Status.ACCEPTED
    events = [(report.status, status)] + ([(_MACHINE, Status.ACCEPTED)] if report.machine else [])
    return _take(report.sid, report.reference, events, delivery_id)


def taken_by_machine(sid: str, reference: str) -> bool:
    """An answering machine or a fax took the call."""
    return _take(sid, reference, [(_MACHINE, Status.ACCEPTED)])


def pressed(press: KeyPress) -> bool:
    """Somebody pressed the key that says the message was understood: that is arrival."""
    if press.key != UNDERSTOOD:
        return False
    return _take(press.sid, press.reference, [(_KEY, Status.DELIVERED)])


def words(reference: str) -> Message | None:
    """The text of the call with this reference as it was approved, to say it again; None for a call that is none of ours."""
    delivery_id = delivery_of(reference)
    found = db.session.execute(
        select(Delivery.language, Transmission.texts)
        .join(Transmission, Transmission.id == Delivery.transmission_id)
        .where(Delivery.id == delivery_id, Delivery.channel == CHANNEL)
    ).one_or_none()
    texts = found.texts.get(CHANNEL, {}) if found else {}
    plain = texts.get(str(found.language)) or texts.get("ja") if found else None
    return load_message(plain) if plain else None


def sweep(at: datetime) -> int:
    """Draw the consequences of reports that came before our own commit of their call; how many calls moved."""
    found = [row.id for row in db.session.execute(_told(), {"at": at})]
    db.session.rollback()
    for delivery_id in found:
        with transaction() as session:
            _draw(session, _locked(session, delivery_id), at)
    return len(found)


@cache
def _told() -> Select[int, str | None]:
    """Waiting calls of whose end an event is there already. Built once: it is asked every second, by every worker."""
    names = [literal("twilio:") + Delivery.provider_id + f":{end}" for end in (*ENDS, _MACHINE)]
    told = select(DeliveryEvent.id).where(DeliveryEvent.source_id.in_(names)).exists()
    return _waiting().where(told)


def ask(at: datetime) -> int:
    """Ask Twilio for calls of which nothing was reported: without reports a busy telephone would never be dialled again; how many."""
    channel = registry.channels(Mode.LIVE).get(CHANNEL)
    if not isinstance(channel, VoiceChannel):
        return 0
    silent = _waiting().where(Delivery.updated_at < at - SILENT_AFTER).order_by(Delivery.updated_at).limit(ASK_AT_ONCE)
    found = db.session.execute(silent, {"at": at}).all()
    db.session.rollback()
    for row in found:
        report = channel.ask(row.provider_id)
        if report and report.progress is not Progress.UNDER_WAY:
            reported(report, row.id)
        else:
            _still_waiting(row.id, row.provider_id, at)
    return len(found)


def _still_waiting(delivery_id: int, sid: str, at: datetime) -> None:
    """Ask again later; after half an hour nobody will know."""
    with transaction() as session:
        first = session.scalar(
            select(func.max(DeliveryEvent.at)).where(
                DeliveryEvent.delivery_id == delivery_id, DeliveryEvent.status == Status.ACCEPTED
            )
        )
        code = UNREPORTED if first and at - first > GIVE_UP_ASKING else ""
        _move(session, delivery_id, Delivery.provider_id == sid, code=code, at=at)


def _waiting() -> Select[int, str | None]:
    """Calls that were made and of whose end nothing is known, in alerts that stand at ``:at``."""
    return (
        select(Delivery.id, Delivery.provider_id)
        .join(Transmission, Transmission.id == Delivery.transmission_id)
        .where(
            under_way(),
            Transmission.expires_at > bindparam("at", type_=UtcTime),
            Delivery.channel == CHANNEL,
            Delivery.status == Status.ACCEPTED,
            Delivery.code == "",
            Delivery.provider_id.is_not(None),
        )
    )


def under_way() -> ColumnElement[bool]:
    """The transmission has calls of whose end nothing is known; a drill rings nowhere."""
    ringing = tallies.number_of(Transmission.id, CHANNEL, Status.ACCEPTED, "")
    return and_(Transmission.mode == Mode.LIVE, ringing > 0)


def _take(sid: str, reference: str, events: list[tuple[str, Status]], delivery_id: int | None = None) -> bool:
    """Keep the events and draw their consequences, in one transaction."""
    delivery_id = delivery_id or (delivery_of(reference) if reference else None)
    at = now()
    with transaction() as session:
        delivery = _locked(session, delivery_id, sid)
        if delivery is None:
            return False
        over = _known(session, sid, ENDS)
        new = [name for name, status in events if _append(session, delivery.id, sid, name, status, at)]
        if new and not over and delivery.status in (Status.SENDING, Status.UNCERTAIN):
            _move(session, delivery.id, code="", at=at, provider_id=sid, status=Status.ACCEPTED)
            delivery = _locked(session, delivery.id)
        _draw(session, delivery, at, sid)
    return bool(new)


def _locked(session: Session, delivery_id: int | None, sid: str = "") -> Delivery | None:
    """The delivery of a call, by our own reference first; no other report and no lane moves it meanwhile."""
    which: ColumnElement[bool] = Delivery.id == delivery_id if delivery_id else Delivery.provider_id == sid
    return session.scalars(
        select(Delivery)
        .where(which, Delivery.channel == CHANNEL)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _append(session: Session, delivery_id: int, sid: str, name: str, status: Status, at: datetime) -> bool:
    """Whether the event is new."""
    code = {Status.QUEUED: str(Code.UNANSWERED)}.get(status, MACHINE if name == _MACHINE else "")
    values = {
        "delivery_id": delivery_id,
        "at": at,
        "status": int(status),
        "code": code,
        "detail": name,
        "source_id": source_id(sid, name),
    }
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(DeliveryEvent).values(values).on_conflict_do_nothing(index_elements=["source_id"])
    return session.execute(statement.returning(DeliveryEvent.id)).scalar() is not None


def _known(session: Session, sid: str, names: tuple[str, ...]) -> set[str]:
    """Which of these events of a call were reported."""
    wanted = {source_id(sid, name): name for name in names}
    return {wanted[found] for found in session.scalars(
        select(DeliveryEvent.source_id).where(DeliveryEvent.source_id.in_(wanted))
    ) if found}  # fmt: skip


def _draw(session: Session, delivery: Delivery | None, at: datetime, sid: str = "") -> None:
    """What follows from everything that is known of the delivery's present call (``sid`` where it has none)."""
    if delivery is None or delivery.status == Status.DELIVERED:
        return
    if _known(session, sid or delivery.provider_id or "", (_KEY,)):
        _move(session, delivery.id, code="", at=at, provider_id=sid or delivery.provider_id, status=Status.DELIVERED)
        return
    if delivery.status != Status.ACCEPTED or delivery.code == MACHINE or not delivery.provider_id:
        return
    known = _known(session, delivery.provider_id, (*ENDS, _MACHINE))
    if known - {"completed", _MACHINE}:
        _missed(session, delivery, next(iter(known - {"completed", _MACHINE})), at)
    elif known:
        code = MACHINE if _MACHINE in known else ANSWERED
        _move(session, delivery.id, Delivery.code != code, code=code, at=at)


def _missed(session: Session, delivery: Delivery, how: str, at: datetime) -> None:
    """Dial again later, or give up."""
    transmission = session.get_one(Transmission, delivery.transmission_id)
    misses = session.scalar(
        select(func.count()).select_from(DeliveryEvent).where(
            DeliveryEvent.delivery_id == delivery.id, DeliveryEvent.code == str(Code.UNANSWERED),
            DeliveryEvent.source_id.is_not(None),
        )
    ) or 1  # fmt: skip
    waits, redials = _schedule()
    again = misses <= redials and transmission.stopped_at is None and transmission.expires_at > at
    due = at + timedelta(seconds=waits[min(misses, len(waits)) - 1]) if again else at
    _move(
        session, delivery.id, code=str(Code.UNANSWERED), at=at, detail=how, due_at=due,
        status=Status.QUEUED if again else Status.FAILED, provider_id=None if again else delivery.provider_id,
    )  # fmt: skip
    if not again:
        values = {"delivery_id": delivery.id, "at": at, "status": int(Status.FAILED), "code": str(Code.UNANSWERED)}
        session.execute(insert(DeliveryEvent).values(**values, detail=how))


def _schedule() -> tuple[tuple[int, ...], int]:
    channel = registry.channels(Mode.LIVE).get(CHANNEL)
    redials = governed.override("redials", getattr(channel, "redials", 3))
    return channel.retry_seconds if channel else (60,), redials


def _move(session: Session, delivery_id: int, *where: ColumnElement[bool], at: datetime, **values: Any) -> None:
    if "status" in values:
        values |= {"status": int(values["status"]), "lease_owner": None, "lease_until": None}
    session.execute(update(Delivery).where(Delivery.id == delivery_id, *where).values(updated_at=at, **values))
