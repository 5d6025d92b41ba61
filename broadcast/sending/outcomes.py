"""Writing outcomes into the ledger: only forward, every one appended as an event, many in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Insert, Update, bindparam, func, insert, literal, literal_column, select, update
from sqlalchemy.orm import Session

from broadcast.channels.contract import Accepted, Channel, Code, InDoubt, Outcome, Refused
from broadcast.models.audience import Contact
from broadcast.models.delivery import PUBLIC, Delivery, DeliveryEvent, Status
from broadcast.sending import many
from broadcast.subscribers import flagging
from disaster.core.base import UtcTime

SETTLE_AFTER = timedelta(seconds=2)
MOST_TRIES = {
    Code.REJECTED: 3
}  # what is refused for the moment is tried until expiry: a mail server may be ill for an hour
OWN_TRIES = 8  # of what fails by an error of our own
MOST_DOUBTS = 8  # times that something is sent of which nobody can tell whether it arrived; it then stays in doubt
NO_TEXT = Refused(Code.CONTENT, retryable=False, detail="no text was frozen for this channel")
LEFT = Refused(Code.OPTED_OUT, retryable=False, detail="left before sending")
UNANSWERED = InDoubt("no answer from the channel")
_LONGEST_ID, _LONGEST_DETAIL = 128, 120
_EVENT = ["delivery_id", "at", "status", "code", "detail"]
_NOBODY = "{}"


class Result(NamedTuple):
    """One delivery's outcome with what the retry rule needs."""

    delivery_id: int
    contact_id: int
    attempts: int
    outcome: Outcome


class _Place(NamedTuple):
    """Where an outcome puts a delivery."""

    status: Status
    code: str
    due_at: Any


def record(session: Session, channel: Channel, results: Sequence[Result], at: datetime) -> None:
    """Advance the rows and append the events, in the caller's transaction: two statements for each kind of outcome."""
    accepted(session, as_given({r.delivery_id: r.outcome for r in results if isinstance(r.outcome, Accepted)}), at)
    groups: dict[_Place, dict[int, str | None]] = {}
    for result in results:
        if isinstance(result.outcome, Accepted):
            continue
        place, detail = _placed(channel, result.attempts, result.outcome, at)
        groups.setdefault(place, {})[result.delivery_id] = _fit(detail, _LONGEST_DETAIL)
    for place, details in groups.items():
        _append(session, place, details, at)
        number, detail_of = many.pairs(session, details)
        session.connection().execute(_advancing(place, number, at, {"detail": detail_of}))
    if groups:
        _stop_contacts(session, results, at)
        _flag_contacts(session, channel.name, results, at)


def as_given(taken: Mapping[int, Accepted]) -> str:
    """Deliveries that the provider took, with its names for them, as ``accepted`` takes them; made before the database is held."""
    return many.text({i: _fit(outcome.provider_id, _LONGEST_ID) or None for i, outcome in taken.items()})


def accepted(session: Session, given: str, at: datetime) -> None:
    """The short way of nearly all: the provider took them (``as_given``)."""
    if given == _NOBODY:
        return
    append, advance = _accepting(many.dialect(session))
    connection, values = session.connection(), {many.GIVEN: given, "at": at}
    connection.execute(append, values)
    connection.execute(advance, values)


@cache
def _accepting(name: str) -> tuple[Insert, Update]:
    """Event and advance, built once: building them anew took as long as the database's own work."""
    number, provider_id = many.given_pairs(name)
    at = bindparam("at", type_=UtcTime)
    status: ColumnElement[int] = literal_column(str(int(Status.ACCEPTED)))
    nothing: ColumnElement[str] = literal_column("''")
    append = insert(DeliveryEvent).from_select(_EVENT, select(number, at, status, nothing, nothing))
    named = {"detail": "", "provider_id": func.coalesce(provider_id, Delivery.provider_id)}
    return append, _advancing(_Place(Status.ACCEPTED, "", at), number, at, named)


def _append(session: Session, place: _Place, details: Mapping[int, str | None], at: datetime) -> None:
    number, detail = many.pairs(session, details)
    found = select(number, literal(at, DeliveryEvent.at.type), literal(int(place.status)), literal(place.code), detail)
    session.connection().execute(insert(DeliveryEvent).from_select(_EVENT, found))


def _advancing(place: _Place, number: ColumnElement[int], at: Any, named: dict[str, Any]) -> Update:
    """Only forward: what was accepted or has an end stays as it is."""
    return (
        update(Delivery)
        .where(Delivery.id == number, Delivery.status < Status.ACCEPTED)
        .values(
            status=int(place.status),
            code=place.code,
            due_at=place.due_at,
            updated_at=at,
            lease_owner=None,
            lease_until=None,
            **named,
        )
    )


def _placed(channel: Channel, attempts: int, outcome: Refused | InDoubt, at: datetime) -> tuple[_Place, str]:
    if isinstance(outcome, InDoubt):
        return _Place(Status.UNCERTAIN, "", at + SETTLE_AFTER), outcome.detail
    reason = outcome.code
    if outcome.retryable and attempts < MOST_TRIES.get(reason, 10_000):
        due = at + timedelta(seconds=_wait(channel, attempts))
        return _Place(Status.QUEUED, reason.value, due), outcome.detail
    return _Place(_ends(reason), reason.value, at), outcome.detail


def own_failure(attempts: int, detail: str) -> Refused:
    """Something of ours went wrong (a key, a text): tried again, because somebody may set it right, but not for ever."""
    return Refused(Code.UNKNOWN, retryable=attempts < OWN_TRIES, detail=detail)


def _fit(said: str, length: int) -> str:
    """What a provider said as every database takes it: one answer that none takes would keep back all beside it."""
    if len(said) <= length and said.isprintable() and said.isascii():
        return said
    return "".join(letter for letter in said[:length] if letter.isprintable())


def before_repeat(channel: Channel, attempts: int) -> timedelta:
    """How long to wait before something in doubt is sent again: once at once, then on the channel's schedule."""
    return timedelta(seconds=_wait(channel, attempts - 1)) if attempts > 1 else timedelta(0)


def later(at: datetime, seconds: float) -> datetime:
    """An instant after another."""
    return at + timedelta(seconds=seconds)


def _wait(channel: Channel, attempts: int) -> int:
    schedule = channel.retry_seconds
    return schedule[min(attempts, len(schedule)) - 1]


def _ends(code: Code) -> Status:
    return {Code.ADDRESS: Status.UNDELIVERABLE, Code.OPTED_OUT: Status.SKIPPED}.get(code, Status.FAILED)


def _stop_contacts(session: Session, results: Iterable[Result], at: datetime) -> None:
    """A person who said no to the provider is not written to again."""
    left = [
        r.contact_id
        for r in results
        if isinstance(r.outcome, Refused) and r.outcome.code == Code.OPTED_OUT and r.contact_id != PUBLIC
    ]
    if left:
        session.execute(
            update(Contact)
            .where(Contact.id.in_(left), Contact.active)
            .values(active=False, stopped_at=at, stopped_why=Code.OPTED_OUT)
        )


def _flag_contacts(session: Session, channel: str, results: Iterable[Result], at: datetime) -> None:
    """An address that was refused for good waits for an officer's look; a mail server may refuse one for other reasons (R9)."""
    about_address = (Code.ADDRESS, Code.REJECTED) if channel == "email" else (Code.ADDRESS,)
    failed = [
        (r.contact_id, r.outcome.detail)
        for r in results
        if isinstance(r.outcome, Refused) and not r.outcome.retryable and r.outcome.code in about_address
    ]
    flagging.flag(session, failed, flagging.REFUSED, at)
