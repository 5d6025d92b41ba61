"""Take what a tablet sends, or what was carried from it as a file: opened, taken in, and answered entry by entry.

Sending again what was sent already changes nothing and is answered the same, so whoever got no answer just sends again.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import ValidationError
from sqlalchemy.orm import Session

from disaster.core import audit
from registry import conflicts, intake, seals, tablets
from registry.batch import Source
from registry.conflicts import Found
from registry.models.intake import Device
from registry.schemas import Event, Item
from registry.vocabulary import ConflictKind, Kind, Outcome

NOT_SEALED = "この記録は開けません。壊れているか、別のサーバーのためのものです。"
NO_EVENT = "この記録の形が正しくありません。"
OTHER_SHELTER = "この端末は別の避難所のものです。"
_OF_THE_PLACE = frozenset({Kind.TALLY, Kind.CROWDING, Kind.OPENING})


class Result(NamedTuple):
    """What became of one entry."""

    id: str
    status: Outcome
    why: str = ""

    def as_dict(self) -> dict[str, str]:
        """For the answer."""
        return {"id": self.id, "status": str(self.status), **({"why": self.why} if self.why else {})}


@dataclass(frozen=True, slots=True)
class Bad:
    """An entry that is no event: what came, for a person to look at, and why."""

    id: str
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one call brings, opened. ``entries`` in the order in which they came."""

    device: Device
    source: Source
    entries: Sequence[Event | Bad]
    waiting: int | None = None


def parcel(
    device: Device, items: Sequence[Mapping[str, Any]], *, actor: str, at: datetime, offset_ms: int, waiting: int | None
) -> Parcel:
    """Open what came from a tablet; before the transaction, because it is arithmetic that takes milliseconds.

    Raises:
        NoKey
    """
    entries: list[Event | Bad | None] = []
    sealed: list[Item] = []
    for raw in items:
        try:
            sealed.append(Item.model_validate(raw))
            entries.append(None)
        except ValidationError:
            entries.append(Bad(_id_of(raw), _text_of(raw), NO_EVENT))
    found = iter([_event(item, content, device) for item, content in zip(sealed, seals.opened(sealed), strict=True)])
    whole = [next(found) if entry is None else entry for entry in entries]
    return Parcel(device, Source(device.id, actor, at, offset_ms), whole, waiting)


def take(session: Session, parcels: Sequence[Parcel]) -> list[list[Result]]:
    """Take parcels in, in the caller's transaction, with one audit record for each.

    Raises:
        NotYours: the tablet was revoked meanwhile; only where a tablet sends itself.
    """
    audit.in_a_row(session)
    return [_take(session, one) for one in parcels]


def _take(session: Session, one: Parcel) -> list[Result]:
    source = one.source
    if source.actor == f"device:{one.device.id}":
        offset = round(source.offset_ms / 1000)
        tablets.seen(session, one.device.id, source.received_at, waiting=one.waiting, offset=offset)
        if abs(offset) > tablets.FAR_OFF:
            _clock(session, one.device, source)
    taken = iter(intake.take_all(session, [e for e in one.entries if isinstance(e, Event)], source))
    results = []
    for entry in one.entries:
        if isinstance(entry, Event):
            outcome, why = next(taken)
            results.append(Result(entry.id, outcome, why))
        else:
            intake.quarantine(session, entry.id, entry.text, entry.why, source)
            results.append(Result(entry.id, Outcome.INVALID, entry.why))
    counts = Counter(str(result.status) for result in results)
    detail = {"device": one.device.id, **counts}
    audit.record(
        session, "intake.synced", actor=source.actor, subject=f"shelter:{one.device.shelter_id}", detail=detail
    )
    return results


def _event(item: Item, content: bytes | None, device: Device) -> Event | Bad:
    if content is None:
        return Bad(item.id, json.dumps(item.model_dump(), sort_keys=True), NOT_SEALED)
    try:
        event = Event.model_validate_json(content)
    except ValidationError:
        return Bad(item.id, ascii(content), NO_EVENT)
    if event.id != item.id:
        return Bad(item.id, ascii(content), NO_EVENT)
    if event.kind in _OF_THE_PLACE and event.shelter not in (None, device.shelter_id):
        return Bad(item.id, ascii(content), OTHER_SHELTER)
    return event


def _clock(session: Session, device: Device, source: Source) -> None:
    """Tell a person once for each size of the error."""
    key = f"{ConflictKind.CLOCK}:{device.id}:{round(source.offset_ms / 3_600_000)}"
    found = Found(
        ConflictKind.CLOCK,
        f"device:{device.id}",
        [],
        shelter_id=device.shelter_id,
        detail=f"{round(source.offset_ms / 60_000)}",
    )
    conflicts.settle(session, {key: found}, at=source.received_at, actor=source.actor)


def _id_of(raw: Mapping[str, Any]) -> str:
    return raw["id"][:64] if isinstance(raw.get("id"), str) else ""


def _text_of(raw: Mapping[str, Any]) -> str:
    return json.dumps(raw, sort_keys=True)[:100_000]
