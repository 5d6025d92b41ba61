"""The one way in: an event of a tablet, a file or a staff page is kept for ever and brought into the tables (DESIGN section 5).

Everything here stands in the caller's transaction. A batch is read, judged and written with a fixed number of statements. One bad event
never fails the others: it is put aside with its reason (``Quarantined``) and stays on the tablet.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, Table, bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from disaster.core import audit, sealed
from disaster.core.errors import Invalid
from disaster.shelters.models import Shelter
from registry.intake import conflicts, fields
from registry.intake.batch import Batch, Ready, Source
from registry.intake.conflicts import Found
from registry.intake.schemas import Event
from registry.models.intake import IntakeEvent, Quarantined
from registry.vocabulary import ConflictKind, Outcome

SEAL = "intake"  # purpose of the events' seal
REUSED = "同じ番号で別の内容の記録が、先に届いています。"
_EVENTS: Table = IntakeEvent.__table__  # type: ignore[assignment]
_INSERT = insert(_EVENTS)
_STORED = select(_EVENTS.c.id, _EVENTS.c.payload_hash).where(_EVENTS.c.id.in_(bindparam("ids", expanding=True)))
_SHELTERS: Select[int] = select(Shelter.__table__.c.id).where(
    Shelter.__table__.c.id.in_(bindparam("ids", expanding=True))
)


class Taken(NamedTuple):
    """What became of an event; ``why`` where a person at the tablet has to know."""

    outcome: Outcome
    why: str = ""


class Read(NamedTuple):
    """An event with all that can be said of it before the register is looked at, and where it comes from.

    ``text``: what is kept, with its ``digest`` and ``sealed``; empty where it cannot be kept. ``values``: its fields, accepted. ``wrong``: why it
    cannot be taken.
    """

    event: Event
    source: Source
    text: str = ""
    digest: str = ""
    sealed: bytes = b""
    values: Mapping[str, Any] = {}
    wrong: Invalid | None = None


def read_all(events: Iterable[Event], source: Source) -> list[Read]:
    """Look at events before the transaction in which they are taken: arithmetic for which nobody else has to wait. Wrong ones are told later."""
    seal = sealed.sealer(SEAL)
    return [_read(event, source, seal) for event in events]


def _read(event: Event, source: Source, seal: Callable[[str], bytes]) -> Read:
    try:
        text = fields.canonical(event)
    except Invalid as error:
        return Read(event, source, wrong=error)
    kept = Read(event, source, text, hashlib.sha256(text.encode()).hexdigest(), seal(text))
    try:
        return kept._replace(values=fields.accepted(event, source.offset_ms))
    except Invalid as error:
        return kept._replace(wrong=error)


def take(
    session: Session, event: Event, *, device_id: int | None, actor: str, received_at: datetime, offset_ms: int = 0
) -> Outcome:
    """Take one event. ``offset_ms``: what is added to the tablet's times to get ours."""
    source = Source(device_id, actor, received_at, offset_ms)
    return take_all(session, [event], source)[0].outcome


def take_all(session: Session, events: Sequence[Event], source: Source) -> list[Taken]:
    """Take a batch, in its order; one answer for each.

    An event that is here already changes nothing (IDENTICAL); the same id with other content is put aside and shown (CONFLICT).
    What is INVALID is put aside and may be sent again, when what was missing is there.
    """
    return take_from(session, read_all(events, source))


def take_from(session: Session, brought: Sequence[Read]) -> list[Taken]:
    """The same for events that several brought at once, and that were read: as many statements as for one."""
    if not brought:
        return []
    session.flush()
    audit.in_a_row(session)
    gate = _Gate(session, brought)
    fresh, ready = gate.opened()
    last = brought[-1].source
    batch = Batch(session, at=last.received_at, actor=last.actor)
    batch.load(ready)
    for item in ready:
        try:
            batch.apply(item)
        except Invalid as error:
            gate.refuse(fresh.pop(item.event.id), error)
    batch.flush()
    if fresh:
        session.connection().execute(_INSERT, [_row(item, batch.outcomes[item.event.id]) for item in fresh.values()])
    return gate.answers(batch.outcomes)


class _Gate:
    """Looks at each event of a batch before anything is changed: is it known, can it be understood."""

    def __init__(self, session: Session, brought: Sequence[Read]) -> None:
        self._session, self._brought = session, brought
        self._answers: dict[int, Taken] = {}
        self._refused: dict[str, Taken] = {}

    def opened(self) -> tuple[dict[str, Read], list[Ready]]:
        """The events that are new, by id, and the same with their fields."""
        stored, shelters = self._stored(), self._shelters()
        fresh: dict[str, Read] = {}
        ready: list[Ready] = []
        for place, item in enumerate(self._brought):
            event = item.event
            if not item.digest:
                self._unkept(place, item)
                continue
            before = stored.get(event.id) or (fresh[event.id].digest if event.id in fresh else item.digest)
            if before != item.digest:
                self._answers[place] = self._reused(item)
            elif event.id in stored:
                self._answers[place] = Taken(Outcome.IDENTICAL)
            elif event.id not in fresh and event.id not in self._refused:
                try:
                    if item.wrong:
                        raise item.wrong
                    fields.placed(event, item.values, shelters)
                    ready.append(Ready(event, item.values, item.source))
                    fresh[event.id] = item
                except Invalid as error:
                    self.refuse(item, error)
        return fresh, ready

    def refuse(self, item: Read, error: Invalid) -> None:
        """Put aside what cannot be taken, with the reason."""
        quarantine(self._session, item.event.id, item.text, _reason(error), item.source)
        self._refused[item.event.id] = Taken(Outcome.INVALID, _reason(error))

    def answers(self, outcomes: Mapping[str, Outcome]) -> list[Taken]:
        """One for each event, in order; a second copy in the same batch is IDENTICAL."""
        said: set[str] = set()
        for place, item in enumerate(self._brought):
            if place in self._answers:
                continue
            number = item.event.id
            again = number in said and number not in self._refused
            said.add(number)
            outcome = Outcome.IDENTICAL if again else outcomes.get(number, Outcome.INVALID)
            self._answers[place] = self._refused.get(number) or Taken(outcome)
        return [self._answers[place] for place in range(len(self._brought))]

    def _unkept(self, place: int, item: Read) -> None:
        why = _reason(item.wrong) if item.wrong else ""
        quarantine(self._session, item.event.id, ascii(item.event), why, item.source)
        self._answers[place] = Taken(Outcome.INVALID, why)

    def _reused(self, item: Read) -> Taken:
        quarantine(self._session, item.event.id, item.text, REUSED, item.source)
        subject, key = f"{item.event.kind}:{item.event.entity}", f"{ConflictKind.REUSED_ID}:{item.event.id}"
        found = Found(ConflictKind.REUSED_ID, subject, [item.event.id])
        at, actor = item.source.received_at, item.source.actor
        conflicts.settle(self._session, {key: found}, at=at, actor=actor)
        return Taken(Outcome.CONFLICT, REUSED)

    def _stored(self) -> dict[str, str]:
        ids = list({item.event.id for item in self._brought})
        return {row.id: row.payload_hash for row in self._session.connection().execute(_STORED, {"ids": ids})}

    def _shelters(self) -> set[int]:
        named = {number for item in self._brought for number in fields.shelters_named(item.event)}
        if not named:
            return set()
        return set(self._session.connection().scalars(_SHELTERS, {"ids": list(named)}))


def quarantine(session: Session, event_id: str, text: str, why: str, source: Source) -> None:
    """Keep what cannot be taken for a person, once: ``text`` is what came."""
    values = {
        "event_id": event_id[:64],
        "payload_hash": hashlib.sha256(text.encode(errors="replace")).hexdigest(),
        "device_id": source.device_id,
        "received_at": source.received_at,
        "why": why[:200],
        "payload": text,
    }
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(Quarantined).values(**values).on_conflict_do_nothing())


def _row(item: Read, outcome: Outcome) -> dict[str, Any]:
    event, source = item.event, item.source
    return {
        "id": event.id,
        "entity": event.entity,
        "kind": str(event.kind),
        "device_id": source.device_id,
        "seq": event.seq,
        "actor": source.actor,
        "shelter_id": event.shelter,
        "at": fields.shifted(event.at, source.offset_ms),
        "received_at": source.received_at,
        "payload": item.sealed,
        "payload_hash": item.digest,
        "outcome": outcome,
        "exercise_id": event.exercise,
    }


def _reason(error: Invalid) -> str:
    return "".join(dict.fromkeys([error.message, *error.fields.values()]))
