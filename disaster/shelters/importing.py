"""Taking a shelter list in: first what would change, then the change itself, all or nothing, as often as one likes."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.core.municipality import Municipality, municipality
from disaster.shelters import claims, reading
from disaster.shelters.models import Shelter, ShelterState
from disaster.shelters.preview import Plan, Report, compare, known
from disaster.shelters.reading import Listed
from disaster.shelters.record import Note, Record
from disaster.shelters.vocabulary import Crowding, Opening, ShelterKind

SHIPPED = {ShelterKind.EMERGENCY: "gsi_emergency_{code}.json", ShelterKind.EVACUATION: "gsi_evacuation_{code}.json"}
SHIPPED_DATE = date(2025, 10, 27)


def take_in(
    content: bytes,
    name: str,
    *,
    source_date: date,
    kind: ShelterKind | None = None,
    source: str = "",
    dry_run: bool = False,
    skip_bad: bool = False,
    actor: str = "cli",
) -> Report:
    """Take a list in; the second time nothing changes. With a faulty record nothing is taken in at all, unless ``skip_bad``.

    ``source`` is whom to credit; without it, 国土地理院 for its lists and 「…オープンデータ」 for the standard ones.

    Raises:
        Invalid: the file is no such list.
    """
    town = municipality()
    listed = reading.read(content, kind, own_code=town.code, town=town.name)
    names = names_of(town)
    records = [_with_names(record, names.get(record.source_id)) for record in listed.records]
    credit = source or listed.source
    if dry_run or (listed.faults and not skip_bad):
        return _planned(db.session(), name, listed, records, credit, source_date)[0]
    faulty = {fault.number for fault in listed.faults}
    records = [record for record in records if record.number not in faulty]
    with transaction() as session:
        report, plans = _planned(session, name, listed, records, credit, source_date)
        faulty = {fault.number for fault in report.faults}
        if faulty and not skip_bad:
            session.rollback()
            return report
        for plan in plans:
            if plan.record.number not in faulty:
                _apply(session, plan, credit, source_date)
        counts = {"file": Path(name).name, "new": len(report.new), "changed": len(report.changed), "same": report.same}
        audit.record(session, "shelters.import", actor=actor, detail=counts)
    report.applied = True
    return report


def import_list(
    path: Path,
    kind: ShelterKind | None = None,
    source_date: date = SHIPPED_DATE,
    *,
    source: str = "",
    dry_run: bool = False,
    skip_bad: bool = False,
    actor: str = "cli",
) -> Report:
    """Take in a list that lies in a file.

    Raises:
        Invalid: the file is no such list.
        OSError: it cannot be read.
    """
    with path.open("rb") as opened:
        content = opened.read(reading.LIMITS.most_bytes + 1)
    return take_in(
        content, path.name, source_date=source_date, kind=kind, source=source, dry_run=dry_run, skip_bad=skip_bad,
        actor=actor,
    )  # fmt: skip


def import_shipped(municipality: Municipality, *, actor: str = "cli") -> list[Report]:
    """Take in the lists that lie in the municipality's folder."""
    files = {kind: municipality.file(name.format(code=municipality.code)) for kind, name in SHIPPED.items()}
    return [import_list(path, kind, actor=actor) for kind, path in files.items() if path.exists()]


def names_of(municipality: Municipality) -> dict[str, dict[str, str]]:
    """Readings and English names by 共通ID, from the municipality's folder; empty where it has none."""
    path = municipality.file("shelter_names.json")
    found: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))["names"] if path.exists() else {}
    return found


def _with_names(record: Record, names: dict[str, str] | None) -> Record:
    return replace(record, kana=names["kana"], name_en=names["name_en"]) if names else record


def _planned(
    session: Session, file: str, listed: Listed, records: list[Record], source: str, source_date: date
) -> tuple[Report, list[Plan]]:
    report = Report(
        file, shape=listed.shape, encoding=listed.encoding, source=source, source_date=source_date.isoformat(),
        codes=listed.codes, elsewhere=listed.elsewhere, unused=listed.unused, faults=list(listed.faults),
        notes=list(listed.notes),
    )  # fmt: skip
    own = municipality()
    if listed.codes and own.code not in listed.codes:
        text = f"この一覧は{own.name}（{own.code}）のものではありません（団体コード：{'、'.join(listed.codes[:5])}）。"
        report.notes.insert(0, Note(0, "", text))
    plans = compare(known(session), records, source, source_date, report)
    return report, plans


def _apply(session: Session, plan: Plan, source: str, source_date: date) -> None:
    shelter = plan.shelter
    if shelter is None:
        state = ShelterState(opening=Opening.CLOSED, crowding=Crowding.UNKNOWN, changed_by="", version=0)
        shelter = Shelter(source_id=plan.record.source_id, state=state, claims=[], source="", source_date=date.min)
        session.add(shelter)
    elif not plan.changes and plan.said_on and plan.said_on >= source_date:
        return
    for name, value in plan.columns.items():
        setattr(shelter, name, value)
    if plan.leads:
        shelter.source, shelter.source_date = source, source_date
    shelter.updated_at = clock.now()
    claims.put(shelter, source, source_date, plan.record.says, ref=plan.record.source_id, facts=plan.record.facts)
    shelter.state.version += 1  # pages that were rendered from the old list are no longer fresh
