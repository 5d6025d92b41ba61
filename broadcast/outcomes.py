"""Writing outcomes into the ledger: only forward, every one appended as an event, many in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from broadcast.channels.contract import Accepted, Channel, Code, InDoubt, Outcome, Refused
from broadcast.models.audience import Contact
from broadcast.models.delivery import PUBLIC, Delivery, DeliveryEvent, Status

SETTLE_AFTER = timedelta(seconds=2)
MOST_TRIES = {Code.UNKNOWN: 8, Code.REJECTED: 3}  # THROTTLED goes on until expiry
NO_TEXT = Refused(Code.CONTENT, retryable=False, detail="no text was frozen for this channel")
LEFT = Refused(Code.OPTED_OUT, retryable=False, detail="left before sending")
_ADVANCE = (
    update(Delivery)
    .where(Delivery.id == bindparam("b_id"), Delivery.status < Status.ACCEPTED)
    .values(
        status=bindparam("b_status"),
        provider_id=bindparam("b_provider_id"),
        code=bindparam("b_code"),
        detail=bindparam("b_detail"),
        due_at=bindparam("b_due_at"),
        updated_at=bindparam("b_at"),
        lease_owner=None,
        lease_until=None,
    )
)


@dataclass(frozen=True, slots=True)
class Result:
    """One delivery's outcome with what the retry rule needs."""

    delivery_id: int
    contact_id: int
    attempts: int
    outcome: Outcome


def record(session: Session, channel: Channel, results: Sequence[Result], at: datetime) -> None:
    """Advance the rows and append the events, in the caller's transaction."""
    if not results:
        return
    rows = [_row(channel, result, at) for result in results]
    session.connection().execute(_ADVANCE, rows)
    session.connection().execute(
        insert(DeliveryEvent),
        [
            {"delivery_id": r["b_id"], "at": at, "status": r["b_status"], "code": r["b_code"], "detail": r["b_detail"]}
            for r in rows
        ],
    )
    _stop_contacts(session, results, at)


def _row(channel: Channel, result: Result, at: datetime) -> dict[str, Any]:
    status, due, code, detail, provider_id = Status.ACCEPTED, at, "", "", None
    match result.outcome:
        case Accepted(provider):
            provider_id = provider or None
        case InDoubt(detail):
            status, due = Status.UNCERTAIN, at + SETTLE_AFTER
        case Refused(reason, retryable, detail):
            code = reason.value
            if retryable and result.attempts < MOST_TRIES.get(reason, 10_000):
                status, due = Status.QUEUED, at + timedelta(seconds=_wait(channel, result.attempts))
            else:
                status = _ends(reason)
    return {
        "b_id": result.delivery_id,
        "b_status": int(status),
        "b_provider_id": provider_id,
        "b_code": code,
        "b_detail": detail[:120],
        "b_due_at": due,
        "b_at": at,
    }


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


def attempts_of(session: Session, delivery_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Contact and tries per delivery."""
    rows = session.execute(
        select(Delivery.id, Delivery.contact_id, Delivery.attempts).where(Delivery.id.in_(delivery_ids))
    )
    return {row.id: (row.contact_id, row.attempts) for row in rows}
