"""Take what a tablet sends, or what was carried from it as a file: opened, taken in, and answered entry by entry.

Sending again what was sent already changes nothing and is answered the same, so whoever got no answer just sends again.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import ValidationError
from sqlalchemy.orm import Session

from disaster.core import audit
from registry.intake import conflicts, taking
from registry.intake.batch import Source
from registry.intake.conflicts import Found
from registry.intake.schemas import Event, Item
from registry.intake.taking import Read
from registry.models.intake import Device
from registry.tablets import devices, seals
from registry.tablets.devices import NotYours, Tablet
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
    """What one call brings, opened and read. ``entries`` in the order in which they came."""

    device_id: int
    shelter_id: int
    source: Source
    entries: Sequence[Read | Bad]
    waiting: int | None = None

    @property
    def by_itself(self) -> bool:
        """Whether the tablet sent it, and nobody carried it."""
        return self.source.actor == f"device:{self.device_id}"


def parcel(
    device: Device | Tablet,
    items: Sequence[Mapping[str, Any]],
    *,
    actor: str,
    at: datetime,
    offset_ms: int,
    waiting: int | None,
) -> Parcel:
    """Open and read what came from a tablet; before the transaction, because it is arithmetic that takes milliseconds.

    Raises:
        NoKey
    """
    entries: list[Bad | None] = []
    sealed: list[Item] = []
    for raw in items:
        try:
            sealed.append(Item.model_validate(raw))
            entries.append(None)
        except ValidationError:
            entries.append(Bad(_id_of(raw), _text_of(raw), NO_EVENT))
    found = [_event(item, content, device) for item, content in zip(sealed, seals.opened(sealed), strict=True)]
    source = Source(device.id, actor, at, offset_ms)
    read = iter(taking.read_all((event for event in found if isinstance(event, Event)), source))
    told = iter([next(read) if isinstance(event, Event) else event for event in found])
    whole = [next(told) if entry is None else entry for entry in entries]
    return Parcel(device.id, device.shelter_id, source, whole, waiting)


def take(session: Session, parcels: Sequence[Parcel]) -> list[list[Result] | NotYours]:
    """Take parcels in, in the caller's transaction, with one audit record for each; all of them with as many statements as one.

    A tablet that was revoked since it knocked is answered so, and nothing of its parcel is taken.
    """
    audit.in_a_row(session)
    revoked = _seen(session, parcels)
    counted = [parcel for parcel in parcels if parcel.device_id not in revoked or not parcel.by_itself]
    brought = [entry for parcel in counted for entry in parcel.entries if isinstance(entry, Read)]
    taken = iter(taking.take_from(session, brought))
    done = {id(parcel): _results(session, parcel, taken) for parcel in counted}
    audit.record_all(session, [_record(parcel, done[id(parcel)]) for parcel in counted])
    return [done[id(parcel)] if id(parcel) in done else NotYours("revoked") for parcel in parcels]


def _results(session: Session, parcel: Parcel, taken: Iterator[taking.Taken]) -> list[Result]:
    results = []
    for entry in parcel.entries:
        if isinstance(entry, Read):
            outcome, why = next(taken)
            results.append(Result(entry.event.id, outcome, why))
        else:
            taking.quarantine(session, entry.id, entry.text, entry.why, parcel.source)
            results.append(Result(entry.id, Outcome.INVALID, entry.why))
    return results


def _record(parcel: Parcel, results: Sequence[Result]) -> tuple[str, str, str, dict[str, Any]]:
    counts = Counter(str(result.status) for result in results)
    subject = f"shelter:{parcel.shelter_id}"
    return "intake.synced", parcel.source.actor, subject, {"device": parcel.device_id, **counts}


def _seen(session: Session, parcels: Sequence[Parcel]) -> set[int]:
    """Note the calls of the tablets themselves, and whose clock is far off; those that were revoked since they knocked."""
    calls = {parcel.device_id: parcel for parcel in parcels if parcel.by_itself}
    revoked = devices.called(
        session,
        [
            {
                "id": number,
                "at": call.source.received_at,
                "waiting": call.waiting,
                "offset": round(call.source.offset_ms / 1000),
            }
            for number, call in calls.items()
        ],
    )
    for number, call in calls.items():
        if abs(call.source.offset_ms) > devices.FAR_OFF * 1000 and number not in revoked:
            _clock(session, call)
    return revoked


def _event(item: Item, content: bytes | None, device: Device | Tablet) -> Event | Bad:
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


def _clock(session: Session, call: Parcel) -> None:
    """Tell a person once for each size of the error."""
    source = call.source
    key = f"{ConflictKind.CLOCK}:{call.device_id}:{round(source.offset_ms / 3_600_000)}"
    minutes = str(round(source.offset_ms / 60_000))
    found = Found(ConflictKind.CLOCK, f"device:{call.device_id}", [], shelter_id=call.shelter_id, detail=minutes)
    conflicts.settle(session, {key: found}, at=source.received_at, actor=source.actor)


def _id_of(raw: Mapping[str, Any]) -> str:
    return raw["id"][:64] if isinstance(raw.get("id"), str) else ""


def _text_of(raw: Mapping[str, Any]) -> str:
    return json.dumps(raw, sort_keys=True)[:100_000]
