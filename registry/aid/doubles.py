"""Who would be paid twice: cases that look like one, for a person to look at before money goes out; and who was never told."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.aid.states import CaseState
from registry.models.aid import AidCase
from registry.models.certificates import Certificate
from registry.models.ledger import AffectedHousehold, AffectedMember, Victim

COUNTED = (CaseState.APPLIED, CaseState.EXAMINING, CaseState.DECIDED, CaseState.PAID)


@dataclass(frozen=True, slots=True)
class Double:
    """Cases of one measure that may be one. ``why``: person, account or building."""

    why: str
    cases: tuple[int, ...]

    @property
    def ja(self) -> str:
        """The reason in words."""
        return {
            "person": "同じ人が、二つの世帯に入っています",
            "account": "振込先が同じです",
            "building": "同じ建物に、二つの世帯の申請があります（二世帯住宅なら、それぞれ対象です）",
        }[self.why]


def doubles(session: Session, incident: int) -> list[Double]:
    """Everything that looks like the same aid twice, each set of cases once."""
    cases = list(session.scalars(select(AidCase).where(AidCase.incident_id == incident, AidCase.state.in_(COUNTED))))
    found: dict[tuple[int, ...], Double] = {}
    for why, keys in (
        ("person", _people(session, cases)),
        ("account", {case.id: {case.account_digest} if case.account_digest else set() for case in cases}),
        ("building", _buildings(session, cases)),
    ):
        groups: dict[tuple[str, object], list[int]] = defaultdict(list)
        for case in cases:
            for key in keys.get(case.id, ()):
                groups[case.programme, key].append(case.id)
        for numbers in groups.values():
            if len(numbers) > 1:
                found.setdefault(tuple(sorted(numbers)), Double(why, tuple(sorted(numbers))))
    return list(found.values())


def untold(session: Session, incident: int) -> list[AidCase]:
    """Eligible as far as is known and never contacted (支援漏れ): those whose last day comes first."""
    wanted = select(AidCase).where(AidCase.incident_id == incident, AidCase.state == CaseState.POSSIBLE)
    return sorted(session.scalars(wanted), key=lambda case: (case.until or date.max, case.id))


def _people(session: Session, cases: Sequence[AidCase]) -> dict[int, set[object]]:
    """The people behind each case, those who are one person counted as one; households that were put right included."""
    numbers = {case.household_id for case in cases if case.household_id}
    before = dict(session.execute(select(AffectedHousehold.id, AffectedHousehold.corrected_from)).all())
    rows = session.execute(
        select(AffectedMember.household_id, Victim.id, Victim.same_as)
        .join(Victim, Victim.id == AffectedMember.victim_id)
        .where(AffectedMember.household_id.in_(numbers))
    )
    of_household: dict[str, set[object]] = defaultdict(set)
    for household, victim, same_as in rows:
        of_household[household].add(same_as or victim)
    found: dict[int, set[object]] = {}
    for case in cases:
        if case.victim_id:
            found[case.id] = {case.victim_id}
        elif case.household_id:
            found[case.id] = of_household[case.household_id] | of_household[before.get(case.household_id) or ""]
    return found


def _buildings(session: Session, cases: Sequence[AidCase]) -> dict[int, set[object]]:
    papers = {case.certificate_id for case in cases if case.certificate_id}
    rows = session.execute(select(Certificate.id, Certificate.dwelling_id).where(Certificate.id.in_(papers)))
    dwelling = dict(rows.all())
    return {
        case.id: {dwelling[case.certificate_id]}
        for case in cases
        if case.certificate_id and dwelling.get(case.certificate_id)
    }
