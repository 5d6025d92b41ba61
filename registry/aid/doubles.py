"""Who would be paid twice: cases that look like one, for a person to look at before money goes out."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Subquery, func, select, union_all
from sqlalchemy.orm import Session

from registry.aid.states import CaseState
from registry.models.aid import AidCase
from registry.models.certificates import Certificate
from registry.models.ledger import AffectedHousehold, AffectedMember, Victim

_Query = Select[*tuple[Any, ...]]
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
    found: dict[tuple[int, ...], Double] = {}
    for why, parts in (("person", _people()), ("account", [_accounts()]), ("building", [_buildings()])):
        counted = (AidCase.incident_id == incident) & AidCase.state.in_(COUNTED)
        mine = union_all(*(part.where(counted) for part in parts)).subquery()
        groups: dict[tuple[str, str], list[int]] = defaultdict(list)
        for case, programme, key in session.execute(_repeated(mine)):
            groups[programme, key].append(case)
        for numbers in groups.values():
            found.setdefault(tuple(sorted(numbers)), Double(why, tuple(sorted(numbers))))
    return list(found.values())


def _repeated(keys: Subquery) -> _Query:
    """Of case, measure and key those that are there more than once, counted by the database: a town has tens of thousands."""
    once = select(keys.c.id, keys.c.programme, keys.c.key).distinct().subquery()
    number = func.count().over(partition_by=(once.c.programme, once.c.key)).label("number")
    counted = select(once, number).subquery()
    query = select(counted.c.id, counted.c.programme, counted.c.key).where(counted.c.number > 1)
    return query.order_by(counted.c.id)


def _people() -> list[_Query]:
    """The people behind each case, those who are one person counted as one; households that were put right included."""
    case = select(AidCase.id, AidCase.programme, func.coalesce(Victim.same_as, Victim.id).label("key"))
    own = case.join(Victim, Victim.id == AidCase.victim_id)
    lived = case.where(AidCase.victim_id.is_(None))
    now = lived.join(AffectedMember, AffectedMember.household_id == AidCase.household_id)
    before = lived.join(AffectedHousehold, AffectedHousehold.id == AidCase.household_id).join(
        AffectedMember, AffectedMember.household_id == AffectedHousehold.corrected_from
    )
    return [own, *(one.join(Victim, Victim.id == AffectedMember.victim_id) for one in (now, before))]


def _accounts() -> _Query:
    return select(AidCase.id, AidCase.programme, AidCase.account_digest.label("key")).where(
        AidCase.account_digest.is_not(None)
    )


def _buildings() -> _Query:
    return (
        select(AidCase.id, AidCase.programme, Certificate.dwelling_id.label("key"))
        .join(Certificate, Certificate.id == AidCase.certificate_id)
        .where(Certificate.dwelling_id.is_not(None))
    )
