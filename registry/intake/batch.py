"""What a batch of events does to the tables: read once, change in memory, write once; all inside the caller's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from disaster.core.errors import Invalid
from disaster.incidents import running
from disaster.shelters import told
from disaster.shelters.desk.openings import Occupied
from disaster.shelters.vocabulary import Crowding, Opening
from registry.intake import conflicts, merging, settling
from registry.intake.conflicts import Found
from registry.intake.entities import Entities, Entity
from registry.intake.fields import shifted
from registry.intake.projection import TABLES, instant
from registry.intake.schemas import Event
from registry.models.people import Tally
from registry.vocabulary import ConflictKind, Kind, Outcome

_TALLIES: Table = Tally.__table__  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a batch comes from. ``device_id`` None: a page of the staff. ``offset_ms``: what is added to the tablet's times to get ours."""

    device_id: int | None
    actor: str
    received_at: datetime
    offset_ms: int = 0


class Ready(NamedTuple):
    """An event that passed the gate, with its fields as values of the register and where it comes from."""

    event: Event
    values: Mapping[str, Any]
    source: Source

    @property
    def at(self) -> int:
        """When it was, in milliseconds, on our clock."""
        return shifted(self.event.at, self.source.offset_ms)


class Batch:
    """The work on one batch; ``outcomes`` by event id. ``at``, ``actor``: under which what follows from all of it is noted."""

    def __init__(self, session: Session, *, at: datetime, actor: str) -> None:
        self._session, self._received_at, self._actor = session, at, actor
        self._incident = running.ensure(session, actor=actor)
        self._entities = Entities(session)
        self._conflicts: dict[str, Found | None] = {}
        self._people: set[str] = set()
        self._moved: set[str] = set()
        self._stays: list[tuple[str, str]] = []  # event and stay
        self._tallies: list[dict[str, Any]] = []
        self.outcomes: dict[str, Outcome] = {}

    def load(self, ready: list[Ready]) -> None:
        """Read what these events are about, kind by kind."""
        whose = {item.values["person"] for item in ready if item.event.kind == Kind.STAY and item.values.get("person")}
        for kind in TABLES:
            ids = (item.event.entity for item in ready if item.event.kind == kind)
            self._entities.load(kind, ids, whose if kind == Kind.STAY else ())

    def base_of(self, kind: Kind, entity: str, names: Mapping[str, Any]) -> dict[str, list[str]]:
        """What stands in these fields now, for who decides about it now."""
        return self._entities.get(kind, entity).doc.seen(set(names) - merging.TOGETHER)

    def apply(self, item: Ready) -> None:
        """Bring one event in.

        Raises:
            Invalid: it cannot be; nothing was changed by it.
        """
        event = item.event
        if event.kind in TABLES:
            self.outcomes[event.id] = self._write(item)
        elif event.shelter is None:
            raise Invalid("どの避難所のことか分かりません。", {"shelter": "どの避難所のことか分かりません。"})
        elif event.kind == Kind.TALLY:
            self._tallies.append(self._tally(item, event.shelter))
            self.outcomes[event.id] = Outcome.NEW
        else:
            self.flush()  # whether everybody has an exit counts those of this batch too
            self.outcomes[event.id] = Outcome.UPDATED if self._state(item, event.shelter) else Outcome.OLD

    def flush(self) -> None:
        """Write what was changed since the last time."""
        if self._people:
            present, concerned = settling.settle(self._session, self._entities, self._people, self._moved)
            self._conflicts.update(present)
            for event, stay in self._stays:
                if stay in concerned and self.outcomes.get(event) in (Outcome.NEW, Outcome.UPDATED):
                    self.outcomes[event] = Outcome.CONFLICT
        self._entities.flush(self._incident, self._received_at)
        if self._tallies:
            self._session.connection().execute(insert(_TALLIES), self._tallies)
        conflicts.settle(self._session, self._conflicts, at=self._received_at, actor=self._actor)
        for done in (self._people, self._moved, self._stays, self._tallies, self._conflicts):
            done.clear()

    def _write(self, item: Ready) -> Outcome:
        event, values = item.event, item.values
        entity = self._entities.get(event.kind, event.entity)
        doc, first = entity.doc, not entity.doc.heads
        before = {} if first else {name: doc.get(name) for name in values}
        split = set() if first else {name for name in values if merging.differing(doc, name)}
        merging.write(
            doc,
            values,
            event=event.id,
            at=item.at,
            device=item.source.device_id or 0,
            seq=event.seq,
            base=event.base,
        )
        entity.changed = True
        contradicts = not first and self._contradictions(entity, event, set(values), split)
        if event.kind == Kind.STAY:
            self._stay(event, doc, before)
        if event.kind == Kind.PERSON and self._after_the_end(entity, event):
            return Outcome.CONFLICT
        if contradicts or first:
            return Outcome.CONFLICT if contradicts else Outcome.NEW
        if any(not merging.same(before[name], doc.get(name)) for name in values):
            return Outcome.UPDATED
        said = all(merging.same(value, doc.get(name)) for name, value in values.items())
        return Outcome.IDENTICAL if said else Outcome.OLD

    def _contradictions(self, entity: Entity, event: Event, names: set[str], split: set[str]) -> bool:
        """Note the fields that have, or had, several values; whether this event is one side of any."""
        subject, found = f"{entity.kind}:{entity.id}", False
        for name in sorted(names):
            sides = [head.event for head in entity.doc.heads.get(name, ())]
            if merging.differing(entity.doc, name):
                seen = Found(ConflictKind.FIELD, subject, sides, field=name, shelter_id=event.shelter)
                self._conflicts[conflicts.field_key(subject, name)] = seen
                found |= event.id in sides
            elif name in split:
                self._conflicts[conflicts.field_key(subject, name)] = None
        return found

    def _stay(self, event: Event, doc: merging.Doc, before: Mapping[str, Any]) -> None:
        whose, was = doc.get("person"), before.get("person")
        self._people.update(person for person in (whose, was) if person)
        if was and was != whose:
            self._moved.add(was)
        self._stays.append((event.id, event.entity))

    def _after_the_end(self, entity: Entity, event: Event) -> bool:
        """Whether this says something about an entry that was merged or taken out before; a person looks at it."""
        removed = entity.doc.head("removed")
        sides = [event.id] if entity.merged_into else []
        if removed and removed.value:
            heads = [head for name, heads in entity.doc.heads.items() for head in heads if name != "removed"]
            sides += [head.event for head in heads if head[:4] > removed[:4] and head.event != removed.event]
        if not sides:
            return False
        key = f"{ConflictKind.AFTER_MERGE}:{entity.id}"
        already = self._conflicts.get(key)
        both = sorted({*sides, *(already.sides if already else ())})
        subject = f"person:{entity.merged_into or entity.id}"
        self._conflicts[key] = Found(ConflictKind.AFTER_MERGE, subject, both, shelter_id=event.shelter)
        return event.id in sides

    def _tally(self, item: Ready, shelter_id: int) -> dict[str, Any]:
        event, values = item.event, item.values
        said = {name: values.get(name) for name in ("total", "delta", "children", "elderly")}
        counts = {name: value if name == "total" else value or 0 for name, value in said.items()}
        return {
            "id": event.id,
            "incident_id": self._incident,
            "shelter_id": shelter_id,
            "at": item.at,
            **counts,
        }

    def _state(self, item: Ready, shelter_id: int) -> bool:
        values, actor, received_at = item.values, item.source.actor, item.source.received_at
        at = min(instant(item.at) or received_at, received_at)
        if item.event.kind == Kind.CROWDING:
            word = Crowding(values["crowding"])
            return told.crowding(self._session, shelter_id, word, at=at, actor=actor)
        try:
            with self._session.begin_nested():
                word_ = Opening(values["opening"])
                return told.opening(
                    self._session,
                    shelter_id,
                    word_,
                    at=at,
                    actor=actor,
                    reason=values.get("reason") or "",
                    drill=item.event.exercise is not None,
                )
        except Occupied as error:
            raise Invalid(error.message, error.fields) from error
