"""The people, households and stays that one batch of events touches: read together, changed in memory, written together."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Select, Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from disaster.core import sealed
from registry.intake import codes as short_codes
from registry.intake import merging, projection, stays
from registry.intake.merging import Doc
from registry.intake.projection import SEAL, TABLES
from registry.models.people import Household, Person, Resident, Stay
from registry.protection import meetings, protecting
from registry.search import indexing
from registry.vocabulary import ExitReason, Kind, Protection

_PEOPLE: Table = Person.__table__  # type: ignore[assignment]
_STAYS: Table = Stay.__table__  # type: ignore[assignment]
_HOUSEHOLDS: Table = Household.__table__  # type: ignore[assignment]
_OF_STAYS = (_STAYS.c.id, _STAYS.c.doc, _STAYS.c.ended_at, _STAYS.c.exit_reason, _STAYS.c.confirmed)
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_WHOSE: BindParameter[str] = bindparam("people", expanding=True)
_BY_ID: dict[Kind, Select[Any]] = {
    Kind.HOUSEHOLD: select(_HOUSEHOLDS.c.id, _HOUSEHOLDS.c.doc).where(_HOUSEHOLDS.c.id.in_(_IDS)),
    Kind.PERSON: select(_PEOPLE.c.id, _PEOPLE.c.doc, _PEOPLE.c.merged_into).where(_PEOPLE.c.id.in_(_IDS)),
    Kind.STAY: select(*_OF_STAYS).where(_STAYS.c.id.in_(_IDS) | _STAYS.c.person_id.in_(_WHOSE)),
}
_HOLDERS = select(_HOUSEHOLDS.c.id, _HOUSEHOLDS.c.code).where(
    _HOUSEHOLDS.c.code.in_(bindparam("codes", expanding=True))
)
_INSERT = {kind: insert(table) for kind, table in TABLES.items()}
_UPDATE = {kind: update(table).where(table.c.id == bindparam("_id")) for kind, table in TABLES.items()}


@dataclass(slots=True)
class Entity:
    """One document in memory. ``was``: how a stay stands in the table; ``verdict``: how it was judged now."""

    kind: Kind
    id: str
    doc: Doc
    known: bool  # in the table
    changed: bool = False
    was: stays.Verdict | None = None
    verdict: stays.Verdict | None = None
    merged_into: str | None = None


class Entities:
    """A unit of work inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: dict[tuple[Kind, str], Entity] = {}
        self._followed: set[str] = set()  # people of whom all stays are here
        self._opened, self._sealed = sealed.opener(SEAL), sealed.sealer(SEAL)

    def load(self, kind: Kind, ids: Iterable[str], people: Iterable[str] = ()) -> None:
        """Read the documents that are not here yet; what the table does not know becomes an empty one.

        Of stays, also all stays of these ``people``.
        """
        missing = {number for number in ids if (kind, number) not in self._found}
        unread = set(people) - self._followed
        if not missing and not unread:
            return
        self._followed |= unread
        wanted = {"ids": list(missing), **({"people": list(unread)} if kind == Kind.STAY else {})}
        self._take(kind, self._session.connection().execute(_BY_ID[kind], wanted))
        for number in missing:
            self._found.setdefault((kind, number), Entity(kind, number, Doc(), known=False))

    def get(self, kind: Kind, number: str) -> Entity:
        """One that was loaded."""
        return self._found[kind, number]

    def changed(self, kind: Kind) -> list[Entity]:
        """Those of a kind that an event changed."""
        return [entity for entity in self._found.values() if entity.changed and entity.kind == kind]

    def load_stays(self, people: Iterable[str]) -> None:
        """Read all stays of these people that are not here yet."""
        self.load(Kind.STAY, (), people)

    def is_new(self, kind: Kind, number: str) -> bool:
        """Whether it was looked for and no table knows it yet."""
        found = self._found.get((kind, number))
        return found is not None and not found.known

    def stays(self) -> list[Entity]:
        """All stays that are here."""
        return [entity for entity in self._found.values() if entity.kind == Kind.STAY]

    def _take(self, kind: Kind, rows: Iterable[Any]) -> None:
        for row in rows:
            if (kind, row.id) in self._found:
                continue
            entity = Entity(kind, row.id, merging.load(self._opened(row.doc)), known=True)
            if kind == Kind.STAY:
                end = projection.millis(row.ended_at) if row.ended_at else None
                entity.was = stays.Verdict(end, row.exit_reason, row.confirmed)
            elif kind == Kind.PERSON:
                entity.merged_into = row.merged_into
            self._found[kind, row.id] = entity

    def flush(self, incident_id: int, at: datetime) -> None:
        """Write what changed."""
        for kind in (Kind.HOUSEHOLD, Kind.PERSON, Kind.STAY):
            changed = self.changed(kind)
            if not changed:
                continue
            rows = [self._row(entity, at) for entity in changed]
            if kind == Kind.HOUSEHOLD:
                self._one_code_each(rows)
            hidden = self._known_residents(rows) if kind == Kind.PERSON else []
            if kind == Kind.STAY:  # one confirmed a person: those that stop holding go first
                rows.sort(key=lambda row: (row["confirmed"], row["id"]))
            known = {entity.id for entity in changed if entity.known}
            self._write(kind, rows, known, {"incident_id": incident_id, "created_at": at})
            if kind == Kind.PERSON:
                indexing.Indexer(self._session).put([indexing.person(row) for row in rows], fresh=not known)
            if hidden:
                mine = select(_PEOPLE.c.id).where(_PEOPLE.c.resident_id.in_(hidden))
                protecting.raise_to(self._session, self._session.scalars(mine), Protection.HIDDEN)
            if kind == Kind.PERSON:
                protecting.inherit_in(self._session, {row["household_id"] for row in rows if row["household_id"]})
            if kind == Kind.STAY:
                meetings.note(self._session, at)
            for entity in changed:
                entity.known, entity.changed, entity.was = True, False, entity.verdict
        self._session.expire_all()

    def _row(self, entity: Entity, at: datetime) -> dict[str, Any]:
        doc = self._sealed(merging.dump(entity.doc))
        row = {**projection.columns(entity.kind, entity.doc), "id": entity.id, "doc": doc, "updated_at": at}
        if entity.kind == Kind.STAY:
            row["confirmed"] = False
            if entity.verdict:
                end, reason, row["confirmed"] = entity.verdict
                row.update(ended_at=projection.instant(end), exit_reason=ExitReason(reason) if reason else None)
        return row

    def _write(self, kind: Kind, rows: list[dict[str, Any]], known: set[str], first: dict[str, Any]) -> None:
        changes = [{**row, "_id": row["id"]} for row in rows if row["id"] in known]
        if changes:
            self._session.connection().execute(_UPDATE[kind], changes)
        fresh = [{**row, **first} for row in rows if row["id"] not in known]
        if fresh:
            self._session.connection().execute(_INSERT[kind], fresh)

    def _one_code_each(self, rows: list[dict[str, Any]]) -> None:
        """A code that two tablets gave out without knowing of each other stays with the household that was made first; the other gets a new one."""
        codes = {row["code"] for row in rows if row["code"]}
        if not codes:
            return
        held = self._session.connection().execute(_HOLDERS, {"codes": list(codes)})
        holders = {row.code: row.id for row in held}

        def another(code: str, household: str) -> str | None:
            def free(wanted: str) -> bool:
                if wanted not in holders:
                    found = self._session.connection().execute(_HOLDERS, {"codes": [wanted]}).first()
                    holders[wanted] = found.id if found else household
                return bool(holders[wanted] == household)

            return short_codes.another(code, household, free)

        for row in sorted(rows, key=lambda row: row["id"]):
            holder = holders.get(row["code"], row["id"]) if row["code"] else row["id"]
            if holder < row["id"]:
                row["code"] = another(row["code"], row["id"])
            elif holder > row["id"]:
                theirs = another(row["code"], holder)
                self._session.execute(update(_HOUSEHOLDS).where(_HOUSEHOLDS.c.id == holder).values(code=theirs))
            if row["code"]:
                holders[row["code"]] = row["id"]

    def _known_residents(self, rows: list[dict[str, Any]]) -> list[int]:
        """Take out what the residents' list does not know (any more); those of it who are protected."""
        numbers = {row["resident_id"] for row in rows if row["resident_id"] is not None}
        if not numbers:
            return []
        query = select(Resident.id, Resident.hidden).where(Resident.id.in_(numbers))
        known = {row.id: row.hidden for row in self._session.execute(query)}
        for row in rows:
            if row["resident_id"] not in known:
                row["resident_id"] = None
        return [number for number, hidden in known.items() if hidden]
