"""What staff enter on a page goes the tablets' way: an event with a fresh id, taken like any other, with its audit record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.errors import Invalid
from disaster.incidents import exercise
from registry.intake import ids, taking
from registry.intake.batch import Source
from registry.intake.entities import Entities
from registry.intake.merging import TOGETHER
from registry.intake.projection import TABLES, millis
from registry.intake.schemas import Event
from registry.vocabulary import Kind, Outcome


@dataclass(frozen=True, slots=True)
class Entry:
    """What a page sets on one person, household or stay (times in milliseconds). ``shelter_id``: at which it was entered.

    ``seen``: the events whose values were on the screen, by field; without it, those that stand now.
    """

    kind: Kind
    entity: str
    fields: Mapping[str, Any]
    shelter_id: int | None = None
    seen: Mapping[str, Sequence[str]] | None = None


def enter(
    session: Session,
    kind: Kind,
    entity: str,
    fields: Mapping[str, Any],
    *,
    actor: str,
    shelter_id: int | None = None,
    seen: Mapping[str, Sequence[str]] | None = None,
) -> Outcome:
    """Enter one change in the caller's transaction; see ``enter_all``."""
    return enter_all(session, [Entry(kind, entity, fields, shelter_id, seen)], actor=actor)[0]


def enter_all(session: Session, entries: Sequence[Entry], *, actor: str) -> list[Outcome]:
    """Enter changes that belong together, in the caller's transaction, with an audit record for each.

    Raises:
        Invalid: one of them cannot be; the caller's transaction ends with nothing changed.
    """
    audit.in_a_row(session)
    at = clock.now()
    events = _events(session, entries, millis(at))
    taken = taking.take_all(session, events, Source(None, actor, at))
    for event, found in zip(events, taken, strict=True):
        if found.outcome == Outcome.INVALID:
            raise Invalid(found.why)
        detail = {"event": event.id, "fields": sorted(event.fields)}
        audit.record(session, "registry.entered", actor=actor, subject=f"{event.kind}:{event.entity}", detail=detail)
    return [found.outcome for found in taken]


def _events(session: Session, entries: Sequence[Entry], at: int) -> list[Event]:
    entities, window = Entities(session), exercise.current()
    marked: dict[str, Any] = {"exercise": window.id} if window else {}
    for kind in TABLES:
        entities.load(kind, (entry.entity for entry in entries if entry.kind == kind))
    before: dict[tuple[str, str], list[str]] = {}  # what the entries before set
    events = []
    for number, entry in enumerate(entries):
        base = dict(entry.seen or {})
        if entry.seen is None and entry.kind in TABLES:
            base = dict(entities.get(entry.kind, entry.entity).doc.seen(set(entry.fields) - TOGETHER))
        fresh = ids.new(at)
        for name in entry.fields:
            if name not in TOGETHER and (earlier := before.get((entry.entity, name))):
                base[name] = [*base.get(name, ()), *earlier]
            before[entry.entity, name] = [*before.get((entry.entity, name), []), fresh]
        events.append(
            Event(
                id=fresh,
                kind=entry.kind,
                entity=entry.entity,
                seq=number,
                at=at,
                shelter=entry.shelter_id,
                base={name: list(named) for name, named in base.items()},
                fields=dict(entry.fields),
                **marked,
            )
        )
    return events
