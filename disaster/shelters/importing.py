"""Taking a shelter list in: first what would change, then the change itself, all or nothing, as often as one likes."""

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.core.municipality import Municipality
from disaster.shelters import claims, gsi
from disaster.shelters.gsi import Fault, Record
from disaster.shelters.models import Shelter, ShelterState
from disaster.shelters.vocabulary import Crowding, Opening, ShelterKind

SHIPPED = {ShelterKind.EMERGENCY: "gsi_emergency_{code}.json", ShelterKind.EVACUATION: "gsi_evacuation_{code}.json"}
SHIPPED_DATE = date(2025, 10, 27)
_FIELDS = ("kind", "name", "kana", "name_en", "address", "lat", "lng", "welfare", "accepts", "remark", "capacity")


@dataclass(frozen=True, slots=True)
class Change:
    """A shelter that the list says otherwise: ``fields`` is ``{field: [before, after]}``."""

    source_id: str
    name: str
    fields: dict[str, list[Any]]


@dataclass(slots=True)
class Report:
    """What an import does, or would do. ``missing`` are shelters of the same kind that the list does not have (they stay)."""

    file: str
    new: list[str] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    same: int = 0
    missing: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    applied: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data, for ``--json``."""
        return asdict(self)


def import_gsi(
    path: Path,
    kind: ShelterKind | None = None,
    source_date: date = SHIPPED_DATE,
    *,
    dry_run: bool = False,
    actor: str = "cli",
    names: dict[str, dict[str, str]] | None = None,
) -> Report:
    """Take in a list of 国土地理院, keyed by 共通ID; the second time nothing changes.

    ``names`` adds what the list has not: ``{共通ID: {"kana": …, "name_en": …}}``. With a faulty record nothing is taken in at all.

    Raises:
        Invalid: the file is no such list.
    """
    records, faults = gsi.read(path, kind)
    records = [_with_names(record, (names or {}).get(record.source_id)) for record in records]
    faults += _doubles(records)
    if dry_run or faults:
        report = _compare(db.session(), path.name, records)
        report.faults = faults
        return report
    with transaction() as session:
        report = _compare(session, path.name, records)
        _apply(session, records, report, source_date)
        counts = {"file": path.name, "new": len(report.new), "changed": len(report.changed), "same": report.same}
        audit.record(session, "shelters.import", actor=actor, detail=counts)
    report.applied = True
    return report


def import_shipped(municipality: Municipality, *, actor: str = "cli") -> list[Report]:
    """Take in the lists that lie in the municipality's folder."""
    files = {kind: municipality.file(name.format(code=municipality.code)) for kind, name in SHIPPED.items()}
    names = names_of(municipality)
    return [import_gsi(path, kind, actor=actor, names=names) for kind, path in files.items() if path.exists()]


def names_of(municipality: Municipality) -> dict[str, dict[str, str]]:
    """Readings and English names by 共通ID, from the municipality's folder; empty where it has none."""
    path = municipality.file("shelter_names.json")
    found: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))["names"] if path.exists() else {}
    return found


def _with_names(record: Record, names: dict[str, str] | None) -> Record:
    return replace(record, kana=names["kana"], name_en=names["name_en"]) if names else record


def _doubles(records: list[Record]) -> list[Fault]:
    seen: set[str] = set()
    found = []
    for number, record in enumerate(records, start=1):
        if record.source_id in seen:
            found.append(Fault(number, f"共通ID {record.source_id} が2回あります。"))
        seen.add(record.source_id)
    return found


def _known(session: Session, records: list[Record]) -> dict[str, Shelter]:
    wanted = {record.source_id for record in records}
    return {s.source_id: s for s in session.scalars(select(Shelter).where(Shelter.source_id.in_(wanted)))}


def _compare(session: Session, file: str, records: list[Record]) -> Report:
    known, report = _known(session, records), Report(file)
    for record in records:
        shelter = known.get(record.source_id)
        if shelter is None:
            report.new.append(record.name)
        elif fields := _differences(shelter, record):
            report.changed.append(Change(record.source_id, record.name, fields))
        else:
            report.same += 1
    kinds = {record.kind for record in records}
    absent = select(Shelter.name).where(
        Shelter.kind.in_(kinds), Shelter.source_id.not_in({r.source_id for r in records})
    )
    report.missing = list(session.scalars(absent))
    return report


def _differences(shelter: Shelter, record: Record) -> dict[str, list[Any]]:
    fields = {name: [getattr(shelter, name), getattr(record, name)] for name in _FIELDS}
    fields = {name: pair for name, pair in fields.items() if pair[0] != pair[1]}
    claim = next((c for c in shelter.claims if c.source == gsi.SOURCE), None)
    said = claim.says if claim else {}
    says = {hazard: str(value) for hazard, value in record.says.items()}
    for hazard in sorted(said.keys() | says.keys()):
        if said.get(hazard) != says.get(hazard):
            fields[hazard] = [said.get(hazard, "unknown"), says.get(hazard, "unknown")]
    return fields


def _apply(session: Session, records: list[Record], report: Report, source_date: date) -> None:
    known, changed = _known(session, records), {change.source_id for change in report.changed}
    for record in records:
        shelter = known.get(record.source_id)
        if shelter is None:
            shelter = _created(record)
            session.add(shelter)
        elif record.source_id not in changed and shelter.source_date >= source_date:
            continue
        for name in _FIELDS:
            setattr(shelter, name, getattr(record, name))
        shelter.source, shelter.source_date, shelter.updated_at = gsi.SOURCE, source_date, clock.now()
        claims.put(shelter, gsi.SOURCE, source_date, record.says)
        shelter.state.version += 1  # pages that were rendered from the old list are no longer fresh


def _created(record: Record) -> Shelter:
    state = ShelterState(opening=Opening.CLOSED, crowding=Crowding.UNKNOWN, changed_by="", version=0)
    return Shelter(source_id=record.source_id, state=state, claims=[])
