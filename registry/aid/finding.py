"""Who may be eligible: cases are found from certificates and from what is known of people, and follow them until somebody has decided.

Run again and again it changes nothing that stands. A certificate that comes out different opens a review of what was decided or paid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
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
from registry.damage import current
from registry.damage.vocabulary import LANDLORD, TENANT
from registry.ledger import households
from registry.models.aid import AidCase, AidEvent, AidReview
from registry.models.certificates import Certificate
from registry.models.damage import Occupancy
from registry.models.ledger import AffectedHousehold, AffectedMember, Victim
from registry.models.people import Person
from registry.vocabulary import Safety

SYSTEM = "system:aid"
_TRIGGERS = {"dead": Safety.DEAD, "severe": Safety.SEVERE}


@dataclass(frozen=True, slots=True)
class Found:
    """What one run changed."""

    new: int = 0
    changed: int = 0
    reviews: int = 0


def find() -> Found:
    """Look through everybody of the running disaster; in one transaction, with one audit record where something changed."""
    with transaction() as session:
        audit.in_a_row(session)
        incident = session.get(Incident, running.running() or 0)
        if incident is None:
            return Found()
        known = measures(session, incident)
        cases = {(case.programme, case.unit_id): case for case in _cases(session, incident.id)}
        work = _Work(session, incident.id, known, cases)
        work.households()
        work.people()
        found = Found(work.new, work.changed, work.reviews)
        if found != Found():
            detail = {"new": found.new, "changed": found.changed, "reviews": found.reviews}
            audit.record(session, "aid.found", actor=SYSTEM, subject=f"incident:{incident.id}", detail=detail)
        return found


class _Work:
    """One run."""

    def __init__(
        self,
        session: Session,
        incident: int,
        known: Mapping[str, Measure],
        cases: dict[tuple[str, str], AidCase],
    ) -> None:
        self._session, self._incident, self._measures, self._cases = session, incident, known, cases
        self._at = clock.now()
        self._tenures: dict[tuple[str, str], str] = {}
        self.new = self.changed = self.reviews = 0

    def households(self) -> None:
        """Measures for households and buildings, by the certificate that stands."""
        self._hand_over()
        rows = {row.id: row for row in self._session.scalars(_standing(self._incident))}
        papers = current.many(self._session, list(rows))
        self._tenures = {
            (row.dwelling_id, row.household_id): row.tenure for row in self._session.scalars(select(Occupancy))
        }
        touched = {case.household_id for case in self._cases.values() if case.victim_id is None and case.household_id}
        for number in sorted({*papers, *touched}):
            household = rows.get(number) or self._session.get(AffectedHousehold, number)
            if household is None:
                continue
            paper = papers.get(number) if number in rows else None
            for measure in self._measures.values():
                if measure.programme.unit != "person":
                    self._one(measure, household, paper)

    def _hand_over(self) -> None:
        """Cases of a household that was put right are those of the one that stands in its place, unless that has such a case of its own."""
        into = households.successors(self._session, self._incident)
        for case in list(self._cases.values()):
            fresh = into.get(case.household_id or "")
            unit = into.get(case.unit_id, case.unit_id)
            taken = unit != case.unit_id and (case.programme, unit) in self._cases
            if fresh is None or taken:
                continue
            del self._cases[case.programme, case.unit_id]
            case.household_id, case.unit_id = fresh, unit
            self._cases[case.programme, unit] = case

    def people(self) -> None:
        """Measures for the dead and the badly hurt, as the register knows them."""
        for measure in self._measures.values():
            wanted = _TRIGGERS.get(measure.programme.trigger)
            if wanted is None:
                continue
            rows = self._session.execute(
                select(Victim.id, Person.safety)
                .join(Person, Person.id == Victim.person_id)
                .where(Victim.incident_id == self._incident, Victim.same_as.is_(None))
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
        """Whether it is for who lived there, or for who owns the house: of one dwelling both may have a certificate (家主と借家人)."""
        tenure = self._tenures.get(((paper.dwelling_id if paper else None) or "", household.id))
        shut_out = {"occupants": LANDLORD, "owners": TENANT}.get(measure.programme.whom)
        return tenure is None or tenure != shut_out

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
            yen=amount(measure.programme, facts).yen,
            until=measure.until,
            created_at=self._at,
            changed_at=self._at,
        )
        self._session.add(case)
        self._session.flush()
        self._cases[measure.programme.key, unit] = case
        self._session.add(AidEvent(case_id=case.id, state=case.state, yen=case.yen, at=self._at, by=SYSTEM))
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


def _standing(incident: int) -> Select[Any]:
    return select(AffectedHousehold).where(
        AffectedHousehold.incident_id == incident, AffectedHousehold.void_at.is_(None)
    )


def _cases(session: Session, incident: int) -> list[AidCase]:
    return list(session.scalars(select(AidCase).where(AidCase.incident_id == incident)))


def _household_of(session: Session, victim_id: str | None) -> str | None:
    wanted = (
        select(AffectedMember.household_id)
        .join(AffectedHousehold, AffectedHousehold.id == AffectedMember.household_id)
        .where(AffectedMember.victim_id == victim_id, AffectedHousehold.void_at.is_(None))
    )
    return session.scalar(wanted)
