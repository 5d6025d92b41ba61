"""Counts for the report to the prefecture (災害対策基本法施行規則 別表第一): people, buildings, households; from surveys that were approved.

The report knows 全壊, 半壊, 一部破損: 大規模半壊, 中規模半壊 and 半壊 are 半壊 there, 準半壊 and less 一部破損. A flooded house
below 半壊 counts under 床上 or 床下浸水 and not under 一部破損 (火災・災害等即報要領 第4号様式). り災世帯 are those of 全壊, 半壊 and 床上浸水.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.damage.grades import Grade
from registry.damage.vocabulary import LANDLORD, Flood, SurveyState
from registry.models.certificates import Survey
from registry.models.damage import Dwelling, Occupancy
from registry.models.ledger import AffectedHousehold
from registry.models.people import Person
from registry.protection.small_numbers import suppressed
from registry.vocabulary import Safety


class Line(StrEnum):
    """One line of the report about dwellings."""

    TOTAL = "total"
    HALF = "half"
    PART = "part"
    ABOVE = "above"
    BELOW = "below"

    @property
    def ja(self) -> str:
        """The word of the form."""
        return {"total": "全壊", "half": "半壊", "part": "一部破損", "above": "床上浸水", "below": "床下浸水"}[self]


STRUCK = (Line.TOTAL, Line.HALF, Line.ABOVE)
_HALF = (Grade.LARGE_HALF, Grade.MIDDLE_HALF, Grade.HALF)


@dataclass(slots=True)
class Row:
    """棟, 世帯, 人員 of one line."""

    buildings: int = 0
    households: int = 0
    people: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report. ``not_approved``: surveys that are judged and still wait for approval, so the counts will rise."""

    dead: int
    missing: int
    severe: int
    light: int
    dwellings: dict[Line, Row]
    others: int
    others_slight: int
    struck_households: int
    struck_people: int
    not_approved: int

    def lines(self) -> list[tuple[str, str, int, str]]:
        """As rows of a table: group, what, number, unit."""
        found = [("人的被害", "死者", self.dead, "人"), ("人的被害", "行方不明者", self.missing, "人")]
        found += [("人的被害", "重傷者", self.severe, "人"), ("人的被害", "軽傷者", self.light, "人")]
        for line, row in self.dwellings.items():
            group = f"住家被害（{line.ja}）"
            found += [
                (group, "棟数", row.buildings, "棟"),
                (group, "世帯数", row.households, "世帯"),
                (group, "人員", row.people, "人"),
            ]
        found += [("非住家被害", "全壊・半壊", self.others, "棟"), ("非住家被害", "そのほか", self.others_slight, "棟")]
        found += [
            ("り災", "り災世帯数", self.struck_households, "世帯"),
            ("り災", "り災人員", self.struck_people, "人"),
        ]
        return found


def without_small(lines: Sequence[tuple[str, str, int, str]]) -> list[tuple[str, str, int | None, str]]:
    """The rows for who may see counts only: None for numbers below five, and for what would let one be worked out from り災人員 and り災世帯数."""
    struck = {f"住家被害（{line.ja}）" for line in STRUCK}
    sets: dict[tuple[str, str], dict[str, int]] = {}
    for group, what, number, unit in lines:
        family = "struck" if group in struck else group
        sets.setdefault((family, unit), {})[f"{group} {what}"] = number
    shown: dict[str, int | None] = {}
    for (family, _), parts in sets.items():
        shown.update(suppressed(parts, total_shown=family == "struck"))
    return [(group, what, shown[f"{group} {what}"], unit) for group, what, _, unit in lines]


def line_of(grade: Grade, flood: Flood) -> Line:
    """Where a dwelling counts."""
    if grade is Grade.TOTAL:
        return Line.TOTAL
    if grade in _HALF:
        return Line.HALF
    if flood is Flood.ABOVE:
        return Line.ABOVE
    return Line.BELOW if flood is Flood.BELOW else Line.PART


def counted(session: Session, incident: int | None) -> Report:
    """Count now. A household with several buildings counts once, under the worst of them."""
    safety = _people(session, incident)
    dwellings: dict[Line, Row] = {line: Row() for line in Line}
    worst: dict[str, tuple[int, Line, int]] = {}
    others = others_slight = 0
    residents = _residents(session, incident)
    for survey, dwelling in _standing(session, incident):
        if dwelling.kind != "dwelling":
            heavy = survey.grade in (Grade.TOTAL, *_HALF)
            others, others_slight = others + heavy, others_slight + (not heavy)
            continue
        assert survey.grade is not None
        line = line_of(survey.grade, survey.flood)
        dwellings[line].buildings += 1
        for household, size in residents.get(dwelling.id, ()):
            rank = list(Line).index(line) if line in STRUCK else 10 + list(Line).index(line)
            worst[household] = min(worst.get(household, (99, line, size)), (rank, line, size))
    for _, line, size in worst.values():
        dwellings[line].households += 1
        dwellings[line].people += size
    waiting = select(func.count()).where(Survey.incident_id == incident, Survey.state == SurveyState.JUDGED)
    return Report(
        safety[Safety.DEAD], safety[Safety.MISSING], safety[Safety.SEVERE], safety[Safety.LIGHT], dwellings, others, others_slight,
        sum(dwellings[line].households for line in STRUCK), sum(dwellings[line].people for line in STRUCK), session.scalar(waiting) or 0,
    )  # fmt: skip


def _people(session: Session, incident: int | None) -> dict[Safety, int]:
    query = (
        select(Person.safety, func.count())
        .where(Person.incident_id == incident, Person.merged_into.is_(None), Person.removed_at.is_(None))
        .group_by(Person.safety)
    )
    found = dict.fromkeys(Safety, 0)
    for safety, number in session.execute(query):
        found[safety] = number
    return found


def _standing(session: Session, incident: int | None) -> Sequence[tuple[Survey, Dwelling]]:
    """The judgement of each building that was approved last."""
    latest = (
        select(func.max(Survey.id))
        .where(Survey.incident_id == incident, Survey.state == SurveyState.APPROVED)
        .group_by(Survey.dwelling_id)
    )
    query = select(Survey, Dwelling).join(Dwelling, Dwelling.id == Survey.dwelling_id).where(Survey.id.in_(latest))
    return [(survey, dwelling) for survey, dwelling in session.execute(query)]


def _residents(session: Session, incident: int | None) -> dict[str, list[tuple[str, int]]]:
    query = (
        select(Occupancy.dwelling_id, AffectedHousehold.id, AffectedHousehold.size)
        .join(AffectedHousehold, AffectedHousehold.id == Occupancy.household_id)
        .join(Dwelling, Dwelling.id == Occupancy.dwelling_id)
        .where(AffectedHousehold.incident_id == incident, AffectedHousehold.void_at.is_(None))
        .where(Occupancy.tenure != LANDLORD)
    )
    found: dict[str, list[tuple[str, int]]] = {}
    for dwelling, household, size in session.execute(query):
        found.setdefault(dwelling, []).append((household, size))
    return found
