"""Who may be eligible: cases are found from certificates and from what is known of people, and follow them until somebody has decided.

Run again and again it changes nothing that stands. A certificate that comes out different opens a review of what was decided or paid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.incidents import running
from disaster.incidents.models import Incident
from registry.aid.amounts import Facts, amount, eligible
from registry.aid.measures import Measure, measures
from registry.aid.programmes import Choice, Circumstance
from registry.aid.states import FIXED, OPEN_ENDED, UNDECIDED, CaseState
from registry.damage import current, owners
from registry.damage.vocabulary import LANDLORD, TENANT
from registry.ledger import households
from registry.models.aid import AidCase, AidEvent, AidReview
from registry.models.certificates import Certificate, DamageApplication
from registry.models.damage import Occupancy
from registry.models.ledger import AffectedHousehold, AffectedMember, Victim
from registry.models.people import Person
from registry.vocabulary import Safety

SYSTEM = "system:aid"
_TOGETHER = 500  # households
_TRIGGERS = {"dead": Safety.DEAD, "severe": Safety.SEVERE}


@dataclass(frozen=True, slots=True)
class Found:
    """What one run changed."""

    new: int = 0
    changed: int = 0
    reviews: int = 0


def find() -> Found:
    """Look through everybody of the running disaster, so many households at a time: each part is a transaction with one audit record where something
    changed, so that nobody else waits for the whole town, and what a killed run left is done by the next.
    """
    incident = running.running()
    if incident is None:
        return Found()
    with transaction() as session:
        audit.in_a_row(session)
        _hand_over(session, incident)
        numbers = _concerned(session, incident)
    parts = [numbers[start : start + _TOGETHER] for start in range(0, len(numbers), _TOGETHER)] or [[]]
    found = [_part(incident, part, people=place == len(parts)) for place, part in enumerate(parts, start=1)]
    return Found(
        *(sum(figures) for figures in zip(*((one.new, one.changed, one.reviews) for one in found), strict=True))
    )


def _part(incident: int, numbers: Sequence[str], *, people: bool) -> Found:
    with transaction() as session:
        audit.in_a_row(session)
        work = _Work(session, incident, measures(session, session.get_one(Incident, incident)))
        work.households(numbers)
        if people:
            work.people()
        work.end()
        found = Found(work.new, work.changed, work.reviews)
        if found != Found():
            detail = {"new": found.new, "changed": found.changed, "reviews": found.reviews}
            audit.record(session, "aid.found", actor=SYSTEM, subject=f"incident:{incident}", detail=detail)
        return found


def _concerned(session: Session, incident: int) -> list[str]:
    """The households with a paper that stands, and those with a case."""
    papers = (
        select(DamageApplication.household_id)
        .join(Certificate, Certificate.application_id == DamageApplication.id)
        .where(DamageApplication.incident_id == incident, Certificate.void_at.is_(None))
    )
    cases = select(AidCase.household_id).where(AidCase.incident_id == incident, AidCase.victim_id.is_(None))
    return sorted({number for query in (papers, cases) for number in session.scalars(query.distinct()) if number})


def _hand_over(session: Session, incident: int) -> None:
    """Cases of a household that was put right are those of the one that stands in its place, unless that has such a case of its own."""
    into = households.successors(session, incident)
    both = sorted({*into, *into.values()})
    cases: dict[tuple[str, str], AidCase] = {}
    for start in range(0, len(both), _TOGETHER):
        chunk = both[start : start + _TOGETHER]
        mine = AidCase.household_id.in_(chunk) | AidCase.unit_id.in_(chunk)
        rows = session.scalars(select(AidCase).where(AidCase.incident_id == incident, mine))
        cases |= {(case.programme, case.unit_id): case for case in rows}
    for case in list(cases.values()):
        fresh = into.get(case.household_id or "")
        unit = into.get(case.unit_id, case.unit_id)
        if fresh is None or (unit != case.unit_id and (case.programme, unit) in cases):
            continue
        del cases[case.programme, case.unit_id]
        case.household_id, case.unit_id = fresh, unit
        cases[case.programme, unit] = case


class _Work:
    """One part of a run."""

    def __init__(self, session: Session, incident: int, known: Mapping[str, Measure]) -> None:
        self._session, self._incident, self._measures = session, incident, known
        self._cases: dict[tuple[str, str], AidCase] = {}
        self._fresh: list[AidCase] = []
        self._at = clock.now()
        self._tenures: dict[tuple[str, str], str] = {}
        self._owner_known: set[str] = set()
        self._owners: set[tuple[str, str]] = set()  # (building, household)
        self.new = self.changed = self.reviews = 0

    def households(self, numbers: Sequence[str]) -> None:
        """Measures for households and buildings, by the certificate that stands."""
        mine = AffectedHousehold.id.in_(numbers)
        rows = {row.id: row for row in self._session.scalars(select(AffectedHousehold).where(mine))}
        papers = current.many(self._session, [number for number, row in rows.items() if row.void_at is None])
        lived = self._session.scalars(select(Occupancy).where(Occupancy.household_id.in_(numbers)))
        self._tenures = {(row.dwelling_id, row.household_id): row.tenure for row in lived}
        buildings = [paper.dwelling_id for paper in papers.values() if paper.dwelling_id]
        self._owner_known, self._owners = owners.owned(self._session, buildings)
        theirs = AidCase.household_id.in_(numbers) | AidCase.unit_id.in_(buildings)
        self._know(theirs & AidCase.victim_id.is_(None))
        for number, household in sorted(rows.items()):
            for measure in self._measures.values():
                if measure.programme.unit != "person":
                    self._one(measure, household, papers.get(number))

    def end(self) -> None:
        """Write down how the new cases began."""
        self._session.flush()
        self._session.add_all(
            AidEvent(case_id=case.id, state=case.state, yen=case.yen, at=self._at, by=SYSTEM) for case in self._fresh
        )

    def _know(self, which: ColumnElement[bool]) -> None:
        rows = self._session.scalars(select(AidCase).where(AidCase.incident_id == self._incident, which))
        self._cases |= {(case.programme, case.unit_id): case for case in rows}

    def people(self) -> None:
        """Measures for the dead and the badly hurt, as the register knows them."""
        self._know(AidCase.victim_id.is_not(None))
        for measure in self._measures.values():
            wanted = _TRIGGERS.get(measure.programme.trigger)
            if wanted is None:
                continue
            cases_of = select(AidCase.victim_id).where(
                AidCase.programme == measure.programme.key, AidCase.victim_id.is_not(None)
            )
            rows = self._session.execute(
                select(Victim.id, Person.safety)
                .join(Person, Person.id == Victim.person_id)
                .where(Victim.incident_id == self._incident, Victim.same_as.is_(None))
                .where((Person.safety == wanted) | Victim.id.in_(cases_of))
            ).all()
            for victim, safety in rows:
                case = self._cases.get((measure.programme.key, victim))
                if safety == wanted and case is None and measure.open:
                    self._add(measure, victim, Facts(), victim_id=victim)
                elif case is not None and safety != wanted and case.state in OPEN_ENDED:
                    self._set(case, CaseState.EXCLUDED, case.yen)

    def _one(self, measure: Measure, household: AffectedHousehold, paper: Certificate | None) -> None:
        unit = (paper.dwelling_id if paper and measure.programme.unit == "dwelling" else None) or household.id
        case = self._cases.get((measure.programme.key, unit)) or self._cases.get((measure.programme.key, household.id))
        facts = facts_of(case, paper, household.size)
        entitled = measure.open and paper is not None and (eligible(measure.programme, facts) or _might(measure, facts))
        entitled = entitled and self._for_whom(measure, paper, household)
        if case is None:
            if entitled and paper is not None:
                self._add(measure, unit, facts, household_id=household.id, paper=paper)
            return
        if case.household_id != household.id:
            return  # the building's other household has it
        self._follow(case, measure, facts, paper, entitled)

    def _for_whom(self, measure: Measure, paper: Certificate | None, household: AffectedHousehold) -> bool:
        """Whether it is for who lived there, or for who owns the house: of one dwelling both may have a certificate (家主と借家人).

        Who lives in another's house without being a tenant owns it only where nobody else is known to.
        """
        building = (paper.dwelling_id if paper else None) or ""
        tenure = self._tenures.get((building, household.id))
        if measure.programme.whom == "occupants":
            return tenure != LANDLORD
        if measure.programme.whom == "both" or (building, household.id) in self._owners:
            return True
        return tenure in ("owner", LANDLORD) or (tenure != TENANT and building not in self._owner_known)

    def _follow(self, case: AidCase, measure: Measure, facts: Facts, paper: Certificate | None, entitled: bool) -> None:
        yen = amount(measure.programme, facts).yen if paper else case.yen
        if case.state in FIXED:
            number = paper.id if paper else None
            other_size = case.victim_id is None and case.size not in (None, facts.size) and yen != case.yen
            if number != case.certificate_id or other_size:
                self._review(case, paper, yen if paper else 0)
            return
        case.certificate_id = paper.id if paper else case.certificate_id
        case.grade, case.size, case.until = facts.grade, facts.size, measure.until
        case.programme_version = measure.version
        if case.state in OPEN_ENDED:
            back = CaseState.INFORMED if case.informed_at else CaseState.POSSIBLE
            state = CaseState.EXCLUDED if not entitled else back if case.state == CaseState.EXCLUDED else case.state
            if state != case.state or yen != case.yen:
                self._set(case, state, yen)
        elif case.state in UNDECIDED and yen != case.yen:
            self._set(case, case.state, yen)

    def _add(
        self,
        measure: Measure,
        unit: str,
        facts: Facts,
        *,
        household_id: str | None = None,
        victim_id: str | None = None,
        paper: Certificate | None = None,
    ) -> None:
        household = household_id or _household_of(self._session, victim_id)
        case = AidCase(
            incident_id=self._incident,
            programme=measure.programme.key,
            programme_version=measure.version,
            unit_id=unit,
            household_id=household,
            victim_id=victim_id,
            certificate_id=paper.id if paper else None,
            state=CaseState.POSSIBLE,
            grade=facts.grade,
            size=facts.size if household_id else None,
            circumstances=[],
            choices=[],
            yen=amount(measure.programme, facts).yen,
            until=measure.until,
            created_at=self._at,
            changed_at=self._at,
        )
        self._session.add(case)
        self._fresh.append(case)
        self._cases[measure.programme.key, unit] = case
        self.new += 1

    def _set(self, case: AidCase, state: CaseState, yen: int | None) -> None:
        case.state, case.yen, case.changed_at = state, yen, self._at
        case.version += 1
        self._session.add(AidEvent(case_id=case.id, state=state, yen=yen, at=self._at, by=SYSTEM))
        self.changed += 1

    def _review(self, case: AidCase, paper: Certificate | None, yen: int | None) -> None:
        """Open a review, once for each certificate (NULLs are told apart by hand)."""
        known = select(AidReview.id).where(
            AidReview.case_id == case.id,
            AidReview.certificate_id == paper.id if paper else AidReview.certificate_id.is_(None),
        )
        if self._session.scalar(known.limit(1)) is not None:
            return
        before = case.paid_yen if case.paid_yen is not None else case.due
        values = {
            "case_id": case.id,
            "certificate_id": paper.id if paper else None,
            "grade_before": case.grade,
            "grade_after": paper.grade if paper else None,
            "yen_before": before,
            "yen_after": yen,
            "opened_at": self._at,
            "outcome": "",
        }
        dialect = postgresql if self._session.get_bind().dialect.name == "postgresql" else sqlite
        self._session.execute(dialect.insert(AidReview).values(**values).on_conflict_do_nothing())
        self.reviews += 1


def facts_of(case: AidCase | None, paper: Certificate | None, size: int) -> Facts:
    """What an amount of this case depends on."""
    return Facts(
        grade=paper.grade if paper else case.grade if case else None,
        size=size,
        circumstances=frozenset(Circumstance(word) for word in (case.circumstances if case else ())),
        choices=frozenset(Choice(word) for word in (case.choices if case else ())),
    )


def _might(measure: Measure, facts: Facts) -> bool:
    """Whether a house of this grade counts once it has to be pulled down: then the family is told of it."""
    return facts.grade in measure.programme.demolished_from


def _household_of(session: Session, victim_id: str | None) -> str | None:
    wanted = (
        select(AffectedMember.household_id)
        .join(AffectedHousehold, AffectedHousehold.id == AffectedMember.household_id)
        .where(AffectedMember.victim_id == victim_id, AffectedHousehold.void_at.is_(None))
    )
    return session.scalar(wanted)
