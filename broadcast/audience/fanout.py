"""Freezing an approved alert and writing one delivery per recipient, a town's in the transaction of the approval."""

from datetime import datetime

from sqlalchemy import case, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from broadcast.alert import content_json, ending
from broadcast.alert.preview import Preview
from broadcast.audience import choosing
from broadcast.audience.choosing import Addressed
from broadcast.cap.vocabulary import Kind, Language, Mode, MsgType
from broadcast.channels import registry
from broadcast.governing import switches
from broadcast.models.alert import Alert, Transmission
from broadcast.models.audience import Contact, Subscriber
from broadcast.models.delivery import PUBLIC, Delivery, DeliveryEvent, Status
from broadcast.models.fanout import Fanout, Phase
from broadcast.sending import tallies
from disaster.core.municipality import municipality

CANCEL_RANK, CORRECTION_RANK = 0, 1
KIND_RANK = {Kind.EMERGENCY: 2, Kind.EVACUATE: 3, Kind.ELDERLY: 4, Kind.LIFT: 5, Kind.SHELTERS: 6, Kind.NOTICE: 7}
COLUMNS = (
    "transmission_id",
    "channel",
    "contact_id",
    "language",
    "rank",
    "status",
    "code",
    "attempts",
    "due_at",
    "updated_at",
    "detail",
)
HEAD = 5_000  # of a town's addresses that are written in the transaction of the approval
WEB = "web"  # the residents' page and the open feeds: there the alert stands from the instant of approval


def rank_of(msg_type: MsgType, kind: Kind) -> int:
    """Place of a transmission in the queue, lower first: what takes back or corrects overtakes everything."""
    if msg_type == MsgType.CANCEL:
        return CANCEL_RANK
    return CORRECTION_RANK if msg_type == MsgType.UPDATE and kind != Kind.LIFT else KIND_RANK[kind]


def freeze(session: Session, alert: Alert, seen: Preview, *, at: datetime) -> Transmission:
    """Write the transmission and its deliveries; texts and audience are those that ``seen`` shows.

    A small town's deliveries are written here and now, and so is whomever a follow-up is for. Of a larger town those who need support and the
    ``HEAD`` first are, and the rest is left to the worker (``spreading``), as is all of a prefecture: the page, the feeds and the radio have the
    alert with this commit, and the first messages go while the rest is still being written.
    """
    transmission = Transmission(
        alert_id=alert.id,
        identifier=f"{municipality().code}-{at:%Y%m%d%H%M%S}-{alert.id}",
        mode=alert.mode,
        msg_type=alert.msg_type,
        kind=alert.kind,
        rank=rank_of(alert.msg_type, alert.kind),
        content=content_json.dump(seen.content),
        texts=content_json.dump_texts(seen.texts),
        digest=seen.digest,
        people=seen.reach.people,
        sent_at=at,
        expires_at=alert.expires_at,
    )
    session.add(transmission)
    session.flush()
    first = None
    if alert.references_id:  # first, so that nothing of the old one can start while the audience is read
        first = _supersede(session, alert.references_id, at)
    _write_public(session, transmission)
    if seen.reach.people > ending.AT_ONCE:
        _leave_to_worker(session, transmission, Phase.SUPPORT)
        return transmission
    if seen.reach.people > HEAD and not alert.references_id:
        _write_head(session, alert, transmission)
        return transmission
    write(session, alert, transmission, choosing.addressed(alert, choosing.REACHED_OR_MAYBE))
    if choosing.is_cancel(alert) and first and tallies.standing(session, first, [Status.SENDING]):
        _leave_to_worker(session, transmission, Phase.HELD)
    return transmission


def _write_head(session: Session, alert: Alert, transmission: Transmission) -> None:
    """The lanes begin with these: 5,000 rows are written in a sixth of the time that 26,000 take."""
    last = session.scalar(select(Contact.id).order_by(Contact.id).offset(HEAD - 1).limit(1)) or 0
    addressed = choosing.addressed(alert, choosing.REACHED_OR_MAYBE)
    write(session, alert, transmission, addressed.where(or_(Subscriber.support_needed, Contact.id <= last)))
    _leave_to_worker(session, transmission, Phase.OTHERS, last)


def _leave_to_worker(session: Session, transmission: Transmission, phase: Phase, after: int = 0) -> None:
    upto = session.scalar(select(func.max(Contact.id))) or 0
    begun = transmission.sent_at
    session.add(Fanout(transmission_id=transmission.id, phase=int(phase), after=after, upto=upto, started_at=begun))


def write(session: Session, alert: Alert, transmission: Transmission, addressed: Addressed) -> int:
    """One INSERT … SELECT for everyone of ``addressed``, people who need support first; how many rows. In the caller's transaction."""
    contacts = addressed.subquery()
    unready = switches.unready(alert.mode)
    ready = [name for name in registry.channels(alert.mode) if name not in unready]
    configured = contacts.c.channel.in_(ready)
    off = contacts.c.channel.in_([name for name, code in unready.items() if code == switches.CODE])
    rows = select(
        literal(transmission.id),
        contacts.c.channel,
        contacts.c.id,
        contacts.c.language,
        literal(transmission.rank * 10) + case((contacts.c.support_needed, 0), else_=1),
        case((configured, Status.QUEUED.value), else_=Status.SKIPPED.value),
        case((configured, ""), (off, switches.CODE), else_="config"),
        literal(0),
        literal(transmission.sent_at, Delivery.due_at.type),
        literal(transmission.sent_at, Delivery.updated_at.type),
        literal(""),
    ).order_by(contacts.c.id)
    done = session.connection().execute(insert(Delivery).from_select(COLUMNS, rows))
    return int(done.rowcount)


def _write_public(session: Session, transmission: Transmission) -> None:
    """One delivery for each channel that speaks to everyone; the page and the feeds have it with this commit."""
    unready = switches.unready(transmission.mode)
    for channel in registry.channels(transmission.mode).values():
        if not channel.personal:
            code = unready.get(channel.name, "")
            session.add(_public(transmission, channel.name, Status.SKIPPED if code else Status.QUEUED, code))
    if transmission.mode == Mode.LIVE:
        web = _public(transmission, WEB, Status.ACCEPTED, "")
        session.add(web)
        session.flush()
        session.add(DeliveryEvent(delivery_id=web.id, at=transmission.sent_at, status=Status.ACCEPTED))


def _public(transmission: Transmission, channel: str, status: Status, code: str) -> Delivery:
    return Delivery(
        transmission_id=transmission.id,
        channel=channel,
        contact_id=PUBLIC,
        language=Language.JA,
        rank=transmission.rank * 10,
        status=status,
        code=code,
        due_at=transmission.sent_at,
        updated_at=transmission.sent_at,
    )


def _supersede(session: Session, first_alert_id: int, at: datetime) -> int | None:
    """What is still queued of the alert that this one corrects, cancels or lifts is not sent any more; its transmission.

    From ``stopped_at`` on no lane takes anything of it. The rows are marked here where they are few, else by the worker.
    """
    first = session.scalar(select(Transmission.id).where(Transmission.alert_id == first_alert_id))
    if first is None:
        return None
    session.execute(
        update(Transmission).where(Transmission.id == first, Transmission.stopped_at.is_(None)).values(stopped_at=at)
    )
    close(session, first, at)
    if tallies.standing(session, first, [Status.QUEUED]) <= ending.AT_ONCE:
        ending.end_queued(session, first, Status.SKIPPED, ending.SUPERSEDED, at)
    return first


def close(session: Session, transmission_id: int, at: datetime) -> None:
    """Write no more of an audience. A chunk that is being written is waited for, so that what was written is known."""
    session.execute(
        update(Fanout)
        .where(Fanout.transmission_id == transmission_id, Fanout.finished_at.is_(None))
        .values(finished_at=at)
        .execution_options(synchronize_session=False)
    )
