"""Histories that several tablets and headquarters write without knowing of each other, and the state that the register makes of them."""

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import delete, select

from disaster.core import sealed
from disaster.core.db import transaction
from disaster.core.extensions import db
from registry.intake import taking
from registry.intake.batch import Source
from registry.intake.schemas import Event
from registry.models.changes import RegisterChange
from registry.models.intake import Device, IntakeEvent, Quarantined
from registry.models.people import Conflict, Household, Person, Stay, Tally
from registry.models.search import SearchEntry
from registry.vocabulary import ConflictKind

NOON = datetime(2026, 11, 23, 3, tzinfo=UTC)
MS = 1_795_402_800_000
MINUTE = 60_000
DERIVED = (Tally, Conflict, Stay, Person, Household, SearchEntry, RegisterChange, IntakeEvent, Quarantined)
_KINDS = {"person": Person, "household": Household, "stay": Stay}
_CHOICES: dict[str, dict[str, Sequence[Any]]] = {
    "person": {
        "family": ["見本", "例田", None],
        "kana": ["ミホン", "レイダ"],
        "age": [4, 40, 80],
        "care": [["infant"], ["device", "elderly"], []],
        "removed": [True, False],
    },
    "household": {"surname": ["見本", "例田"], "phone": ["090-0000-0001", None], "consent": [{"relatives": True}, {}]},
    "stay": {
        "start": [MS + n * 15 * MINUTE for n in range(6)],
        "end": [None, *(MS + n * 15 * MINUTE for n in range(3, 9))],
        "reason": ["home", "car", "correction", None],
        "place": ["shelter", "car", "hospital"],
        "slot": ["A1", "B2"],
        "seen_on": ["2026-11-23", "2026-11-24"],
    },
}


def identifier(group: int, number: int) -> str:
    """An id that is the same in every run."""
    return f"0193{group:04x}-0000-7000-8000-{number:012x}"


PEOPLE = [identifier(1, n) for n in range(3)]
HOMES = [identifier(2, n) for n in range(2)]
STAYS = [identifier(3, n) for n in range(5)]
OF_STAY = {stay: PEOPLE[n % 3] for n, stay in enumerate(STAYS)}


@st.composite
def histories(draw: st.DrawFn, shelters: Sequence[int], longest: int = 24) -> list[tuple[int, Event]]:
    """Events with the number of the tablet that wrote each (None: headquarters), in the order in which they were written."""
    written: list[tuple[int, Event]] = []
    for number in range(draw(st.integers(2, longest))):
        device = draw(st.integers(1, 3))
        kind = draw(st.sampled_from(["person", "household", "stay", "stay", "stay", "tally"]))
        entity = draw(
            st.sampled_from({"person": PEOPLE, "household": HOMES, "stay": STAYS}.get(kind, [identifier(4, number)]))
        )
        shelter = draw(st.sampled_from(shelters))
        fields = _fields(draw, kind, entity, shelters, shelter)
        said = {
            "id": identifier(9, number),
            "kind": kind,
            "entity": entity,
            "seq": number,
            "at": MS + draw(st.integers(-3, 3)) * 20 * MINUTE,  # clocks are wrong
            "shelter": shelter,
            "base": _base(draw, written, kind, entity, fields),
            "fields": fields,
        }
        written.append((device, Event.model_validate(said)))
    return written


def _fields(draw: st.DrawFn, kind: str, entity: str, shelters: Sequence[int], shelter: int) -> dict[str, Any]:
    if kind == "tally":
        return draw(
            st.sampled_from([{"total": 5}, {"delta": 2}, {"delta": -1}, {"total": 0}, {"delta": 3, "children": 1}])
        )
    known = _CHOICES[kind]
    names = draw(st.lists(st.sampled_from(sorted(known)), min_size=1, max_size=3, unique=True))
    fields = {name: draw(st.sampled_from(known[name])) for name in names}
    if kind == "person" and draw(st.booleans()):
        fields["household"] = draw(st.sampled_from(HOMES))
    if kind == "stay":
        if draw(st.integers(0, 3)):
            fields |= {"person": OF_STAY[entity], "start": draw(st.sampled_from(known["start"])), "shelter": shelter}
        if not draw(st.integers(0, 7)):
            fields["person"] = draw(st.sampled_from(PEOPLE))  # somebody corrects whose stay it is
        if not draw(st.integers(0, 5)):
            fields["confirmed_over"] = draw(st.sampled_from(STAYS))
    return fields


def _base(draw: st.DrawFn, written: list[tuple[int, Event]], kind: str, entity: str, fields: dict[str, Any]) -> Any:
    """What the writer may have seen: any of the events before that set the same field."""
    base = {}
    for name in fields:
        before = [e.id for _, e in written if e.kind == kind and e.entity == entity and name in e.fields]
        seen = draw(st.lists(st.sampled_from(before), unique=True, max_size=3)) if before else []
        if seen and name != "confirmed_over":
            base[name] = seen
    return base


def take(written: Iterable[tuple[int, Event]]) -> list[str]:
    """Take one batch in, device by device as they come; the outcomes."""
    outcomes: list[str] = []
    with transaction() as session:
        for device, event in written:
            source = Source(device, f"device:{device}", NOON, 0)
            outcomes += [str(found.outcome) for found in taking.take_all(session, [event], source)]
    return outcomes


def take_batch(device: int, events: Sequence[Event]) -> list[str]:
    """Take the events of one tablet as one batch."""
    with transaction() as session:
        found = taking.take_all(session, events, Source(device, f"device:{device}", NOON, 0))
    return [str(taken.outcome) for taken in found]


def shuffled(written: list[tuple[int, Event]], chance: random.Random) -> list[tuple[int, list[Event]]]:
    """The same as calls of the tablets: in any order, in parts of any size, some sent several times."""
    sent = [*written, *chance.choices(written, k=len(written) // 2)]
    chance.shuffle(sent)
    calls: list[tuple[int, list[Event]]] = []
    for device, event in sent:
        if calls and calls[-1][0] == device and chance.random() < 0.7:
            calls[-1][1].append(event)
        else:
            calls.append((device, [event]))
    return calls


def clear() -> None:
    """An empty register; the shelters stay."""
    with transaction() as session:
        for model in DERIVED:
            session.execute(delete(model))
        if session.scalar(select(Device.id).limit(1)) is None:
            for number in (1, 2, 3):
                session.add(Device(id=number, shelter_id=1, name=f"{number}", enrolled_by="cli", enrolled_at=NOON))


def state() -> dict[str, Any]:
    """Everything that the events made, but when it was made."""
    opened = sealed.opener("registry")
    db.session.rollback()
    found: dict[str, Any] = {}
    for kind, model in _KINDS.items():
        table = model.__table__
        rows = db.session.execute(select(table)).mappings()
        found[kind] = {
            row["id"]: {
                name: opened(row["doc"]) if name == "doc" else value
                for name, value in row.items()
                if name not in ("created_at", "updated_at", "incident_id")
            }
            for row in rows
        }
    waiting = select(Conflict).where(Conflict.resolved_at.is_(None))
    # Whether somebody must look at an entry that was taken out does depend on the order: who sees more is told more.
    found["conflicts"] = {
        row.key: row.sides for row in db.session.scalars(waiting) if row.kind != ConflictKind.AFTER_MERGE
    }
    found["tallies"] = {row.id: (row.at, row.total, row.delta) for row in db.session.scalars(select(Tally))}
    found["events"] = set(db.session.scalars(select(IntakeEvent.id)))
    return found


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """What is not the same in two states, each in a line."""
    found = []
    for part in one:
        mine, theirs = one[part], other[part]
        if not isinstance(mine, dict):
            found += [f"{part}: {mine ^ theirs}"] if mine != theirs else []
            continue
        for key in sorted(mine.keys() | theirs.keys()):
            here, there = mine.get(key), theirs.get(key)
            if isinstance(here, dict) and isinstance(there, dict):
                found += [f"{part} {key} {n}: {here[n]!r} != {there[n]!r}" for n in here if here[n] != there[n]]
            elif here != there:
                found.append(f"{part} {key}: {here!r} != {there!r}")
    return found


def later(minutes: int) -> datetime:
    """A moment of the history."""
    return NOON + timedelta(minutes=minutes)
