"""What a list means for the shelters that stand: new, changed, the same, missing; where sources disagree and which value stands."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from disaster.core.tables import plain
from disaster.shelters import claims
from disaster.shelters.claims import Word
from disaster.shelters.map import metres
from disaster.shelters.models import Shelter
from disaster.shelters.record import Fault, Note, Record

NEAR = 500.0  # metres within which the same name and kind is the same place
MOVED = 100.0  # metres from which a place that moves is told
TEXTS = ("name", "kana", "name_en", "address", "accepts", "remark")


@dataclass(frozen=True, slots=True)
class Change:
    """A shelter that the list says otherwise: ``fields`` is ``{field: [before, after]}``."""

    source_id: str
    name: str
    fields: dict[str, list[Any]]


@dataclass(slots=True)
class Report:
    """What an import does, or would do. ``missing`` are shelters of the same kind that the list does not have (they stay).

    ``linked`` are places that another list numbers otherwise, found by name and place. ``conflicts`` name the ``shelter``, the ``field``, what
    ``stands`` and what was ``said`` (source, date, value). ``elsewhere`` counts rows of other municipalities that were left out.
    """

    file: str
    shape: str = ""
    encoding: str = ""
    source: str = ""
    source_date: str = ""
    codes: list[str] = field(default_factory=list)
    elsewhere: int = 0
    unused: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    same: int = 0
    linked: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    applied: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data, for ``--json``."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Plan:
    """One record, the shelter it is about (None: a new one), and the columns to write. ``leads``: the list now describes the place;
    ``said_on`` is the date of what the same source said before."""

    record: Record
    shelter: Shelter | None
    columns: dict[str, Any]
    changes: dict[str, list[Any]]
    leads: bool
    said_on: date | None


def known(session: Session) -> list[Shelter]:
    """Every shelter with what the sources say of it."""
    return list(session.scalars(select(Shelter).options(selectinload(Shelter.claims)).order_by(Shelter.id)))


def compare(
    shelters: list[Shelter], records: Sequence[Record], source: str, source_date: date, report: Report
) -> list[Plan]:
    """What each record means; counts into the report."""
    places, taken, plans = _Places(shelters, source), set[int](), []
    for record in records:
        shelter = places.find(record)
        if shelter is not None and shelter.id in taken:
            reason = f"{record.name}は、同じ一覧の前の行と同じ避難所を指しています。"
            report.faults.append(Fault(record.number, reason))
            continue
        plan = _plan(record, shelter, source, source_date)
        plans.append(plan)
        if shelter is not None:
            taken.add(shelter.id)
        _count(plan, source, source_date, report)
    kinds = {record.kind for record in records}
    report.missing = [one.name for one in shelters if one.kind in kinds and one.id not in taken]
    dates = [plan.said_on for plan in plans if plan.said_on and plan.said_on > source_date]
    if dates:
        text = f"同じ資料の、より新しいもの（{max(dates).isoformat()}）が取り込まれています。"
        report.notes.insert(0, Note(0, "", text))
    return plans


class _Places:
    """Finds the shelter that a record is about: by the source's own number, the national id, or name, kind and place."""

    def __init__(self, shelters: list[Shelter], source: str) -> None:
        self._by_ref = {
            claim.ref: shelter for shelter in shelters for claim in shelter.claims if claim.source == source
        }
        self._by_id = {shelter.source_id: shelter for shelter in shelters}
        self._by_name: dict[tuple[str, str], list[Shelter]] = {}
        for shelter in shelters:
            if all(claim.source != source for claim in shelter.claims):
                self._by_name.setdefault((shelter.kind, plain(shelter.name)), []).append(shelter)

    def find(self, record: Record) -> Shelter | None:
        found = self._by_ref.get(record.source_id)
        for number in (record.source_id, record.facts.get("id", "")):
            same = self._by_id.get(number)
            if found is None and same is not None and same.kind == record.kind:
                found = same
        if found is not None:
            return found
        near = [
            shelter
            for shelter in self._by_name.get((record.kind, plain(record.name)), [])
            if metres(shelter.lat, shelter.lng, record.lat, record.lng) <= NEAR
        ]
        return near[0] if len(near) == 1 else None


def _plan(record: Record, shelter: Shelter | None, source: str, source_date: date) -> Plan:
    word = Word(source, source_date, {name: str(value) for name, value in record.says.items()}, record.facts)
    if shelter is None:
        columns: dict[str, Any] = {name: getattr(record, name) for name in (*TEXTS, "kind", "lat", "lng", "welfare")}
        return Plan(record, None, columns, {}, True, None)
    before = next((claim for claim in shelter.claims if claim.source == source), None)
    leads = shelter.source == source or source_date >= shelter.source_date
    columns = _described(record, shelter, source, leads)
    others = [one for one in claims.words_of(shelter) if one.source != source]
    after = columns | claims.merged([*others, word])
    changes = {
        name: [getattr(shelter, name), value] for name, value in after.items() if getattr(shelter, name) != value
    }
    changes = {name: [_plain(value) for value in pair] for name, pair in changes.items()}
    same = before is not None and before.says == word.says and (before.facts or {}) == record.facts
    if not changes and not same:
        changes["source"] = [f"{source} {before.source_date.isoformat()}" if before else "", f"{source} {source_date}"]
    return Plan(record, shelter, columns, changes, leads, before.source_date if before else None)


def _described(record: Record, shelter: Shelter, source: str, leads: bool) -> dict[str, Any]:
    """Name, place and words: of the newest list; what a list leaves empty is not taken from another."""
    own = shelter.source == source
    columns: dict[str, Any] = {}
    for name in TEXTS:
        given, stands = getattr(record, name), getattr(shelter, name)
        keeps = not given and (not own or name in ("kana", "name_en"))
        columns[name] = given if (leads and not keeps) or not stands else stands
    columns["welfare"] = bool(columns["accepts"])
    for name in ("kind", "lat", "lng"):
        columns[name] = getattr(record if leads else shelter, name)
    return columns


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value


def _count(plan: Plan, source: str, source_date: date, report: Report) -> None:
    record, shelter = plan.record, plan.shelter
    if shelter is None:
        report.new.append(record.name)
        return
    if plan.changes:
        report.changed.append(Change(record.source_id, record.name, plan.changes))
    else:
        report.same += 1
    if plan.said_on is None and shelter.source_id not in (record.source_id, record.facts.get("id")):
        report.linked.append(record.name)
    away = metres(shelter.lat, shelter.lng, record.lat, record.lng)
    if away > MOVED:
        text = f"位置が、いまの登録と約{away:,.0f}m離れています（{'一覧のほうにします' if plan.leads else '変えません'}）。"
        report.notes.append(Note(record.number, record.name, text))
    word = Word(source, source_date, {name: str(value) for name, value in record.says.items()}, record.facts)
    others = [one for one in claims.words_of(shelter) if one.source != source]
    report.conflicts += [
        {"shelter": shelter.name, "field": one.field, "stands": one.stands, "said": [list(said) for said in one.said]}
        for one in claims.disagreements([*others, word])
    ]
