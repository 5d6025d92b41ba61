"""Cases with the names of those they are for, of those who exist for the account; counts leave out the same."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session

from disaster.staff.models import Account
from registry.aid.programmes import shipped
from registry.aid.states import CaseState
from registry.ledger import sight
from registry.models.aid import AidCase, AidReview
from registry.models.ledger import AffectedHousehold, AffectedMember, Victim


@dataclass(frozen=True, slots=True)
class Shown:
    """A case and whom it is for: the head of the household, or the person."""

    case: AidCase
    victim_id: str
    name: str
    address: str
    measure: str
    money: bool  # the measure gives or lends money
    up_to: bool = False  # the amount is a most, not a payment

    @property
    def conditional(self) -> bool:
        """Nothing by the grade alone: the family gets it once the house had to be pulled down."""
        return self.money and self.case.due == 0


@dataclass(frozen=True, slots=True)
class Untold:
    """Somebody who may have several measures and was told of none; ``until``: the nearest last day that is not over."""

    name: str
    household_id: str | None
    shown: tuple[Shown, ...]
    until: date | None


def untold(session: Session, account: Account, incident: int, today: date, most: int) -> tuple[list[Untold], int]:
    """Eligible as far as is known and never contacted (支援漏れ), put together by whom they are for, the nearest last day first and what is over
    after what is not: the first ``most``, and how many there are.
    """
    mine = (AidCase.incident_id == incident) & (AidCase.state == CaseState.POSSIBLE) & known(account)
    unit = func.coalesce(AidCase.household_id, AidCase.victim_id)
    number = session.scalar(select(func.count(unit.distinct())).where(mine)) or 0
    nearest = func.min(sql_case((AidCase.until >= today, AidCase.until)))
    first = (
        select(unit).where(mine).group_by(unit).order_by(nearest.is_(None), nearest, func.min(AidCase.id)).limit(most)
    )
    groups: dict[str, list[Shown]] = {one: [] for one in session.scalars(first)}
    cases = (
        select(AidCase).where(mine, unit.in_(list(groups))).order_by(AidCase.until.is_(None), AidCase.until, AidCase.id)
    )
    for one in visible(session, account, list(session.scalars(cases))):
        groups[one.case.household_id or one.victim_id].append(one)
    found = [
        Untold(
            group[0].name,
            group[0].case.household_id,
            tuple(group),
            min((one.case.until for one in group if one.case.until and one.case.until >= today), default=None),
        )
        for group in groups.values()
        if group
    ]
    return found, number


def visible(session: Session, account: Account, cases: Sequence[AidCase]) -> list[Shown]:
    """Those of these cases whose people exist for the account, in their order."""
    heads = _heads(session, [case.household_id for case in cases if case.household_id and not case.victim_id])
    wanted = {case.victim_id for case in cases if case.victim_id} | {victim for victim, _ in heads.values()}
    known = select(Victim).where(Victim.id.in_(wanted), sight.known_to(account))
    people = {one.victim.id: one.name for one in sight.named(session, account, list(session.scalars(known)))}
    found, known_measures = [], shipped()
    for case in cases:
        head, address = heads.get(case.household_id or "", ("", ""))
        victim = case.victim_id or head
        if victim in people:
            measure = known_measures.get(case.programme)
            word, money = (measure.name, measure.amount.kind != "none") if measure else (case.programme, True)
            up_to = measure is not None and (measure.amount.kind == "limit" or measure.amount.limit)
            found.append(Shown(case, victim, people[victim], address, word, money, up_to))
    return found


def page(
    session: Session, account: Account, incident: int, programme: str, state: str, place: int, size: int
) -> tuple[list[Shown], bool]:
    """One page of the cases of a measure in a state (all where these are empty), and whether more follow."""
    query = select(AidCase).where(AidCase.incident_id == incident, known(account))
    if programme in shipped():
        query = query.where(AidCase.programme == programme)
    if state in set(CaseState):
        query = query.where(AidCase.state == CaseState(state))
    query = query.order_by(AidCase.until.is_(None), AidCase.until, AidCase.id).offset(place * size).limit(size + 1)
    rows = list(session.scalars(query))
    return visible(session, account, rows[:size]), len(rows) > size


def counts(session: Session, account: Account, incident: int) -> dict[str, dict[CaseState, int]]:
    """How many cases of each measure stand in each state."""
    found: dict[str, dict[CaseState, int]] = {key: {} for key in shipped()}
    rows = session.execute(
        select(AidCase.programme, AidCase.state, func.count())
        .where(AidCase.incident_id == incident, known(account))
        .group_by(AidCase.programme, AidCase.state)
    )
    for programme, state, number in rows:
        found.setdefault(programme, {})[state] = number
    return found


def reviews(session: Session, account: Account, incident: int, most: int) -> list[tuple[AidReview, Shown]]:
    """The first ``most`` of the reviews that wait for somebody, the oldest first."""
    query = select(AidReview, AidCase).join(AidCase, AidCase.id == AidReview.case_id)
    rows = session.execute(query.where(_waiting(account, incident)).order_by(AidReview.id).limit(most)).all()
    shown = {one.case.id: one for one in visible(session, account, [case for _, case in rows])}
    return [(review, shown[case.id]) for review, case in rows if case.id in shown]


def reviews_number(session: Session, account: Account, incident: int) -> int:
    """How many reviews wait."""
    query = select(func.count()).select_from(AidReview).join(AidCase, AidCase.id == AidReview.case_id)
    return session.scalar(query.where(_waiting(account, incident))) or 0


def _waiting(account: Account, incident: int) -> ColumnElement[bool]:
    return (AidCase.incident_id == incident) & AidReview.closed_at.is_(None) & known(account)


def unsettled(session: Session, account: Account, incident: int) -> list[Shown]:
    """Paid cases that came to another amount since, for which something is still to be paid or to come back."""
    decided = func.coalesce(AidCase.yen_by_hand, AidCase.yen, 0)
    rows = (
        select(AidCase)
        .where(AidCase.incident_id == incident, AidCase.state == CaseState.PAID)
        .where(decided != func.coalesce(AidCase.paid_yen, 0))
    )
    return visible(session, account, list(session.scalars(rows.order_by(AidCase.id))))


def reviews_of(session: Session, case_id: int) -> list[AidReview]:
    """Every review of one case, open or decided, the oldest first."""
    return list(session.scalars(select(AidReview).where(AidReview.case_id == case_id).order_by(AidReview.id)))


def of_household(session: Session, account: Account, household_id: str) -> list[Shown]:
    """What one household may have or has applied for."""
    rows = select(AidCase).where(AidCase.household_id == household_id, AidCase.state != CaseState.EXCLUDED)
    return visible(session, account, list(session.scalars(rows.order_by(AidCase.id))))


def by_ids(session: Session, numbers: Collection[int]) -> list[AidCase]:
    """Cases by their numbers."""
    return list(session.scalars(select(AidCase).where(AidCase.id.in_(numbers)).order_by(AidCase.id)))


def names() -> dict[str, str]:
    """The measures' names by key."""
    return {key: programme.name for key, programme in shipped().items()}


def known(account: Account) -> ColumnElement[bool]:
    """The condition on ``aid_cases`` that leaves out those of people who do not exist for the account."""
    people = select(Victim.id).where(sight.known_to(account))
    heads = select(AffectedMember.household_id).where(AffectedMember.head, AffectedMember.victim_id.in_(people))
    return or_(
        AidCase.victim_id.in_(people),
        and_(AidCase.victim_id.is_(None), AidCase.household_id.in_(heads)),
    )


def _heads(session: Session, households: Iterable[str]) -> dict[str, tuple[str, str]]:
    rows = session.execute(
        select(AffectedMember.household_id, AffectedMember.victim_id, AffectedHousehold.address)
        .join(AffectedHousehold, AffectedHousehold.id == AffectedMember.household_id)
        .where(AffectedMember.household_id.in_(set(households)), AffectedMember.head)
    )
    return {household: (victim, address) for household, victim, address in rows}
