"""Which applications exist for an account, and by what name: protected households are there for cleared officers only, others have an alias."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select, false, func, or_, select, true

from disaster.core import audit
from disaster.core.db import transaction
from disaster.core.errors import Missing
from disaster.core.extensions import db
from disaster.staff.models import Account
from disaster.staff.permissions import Permission, granted
from registry.access import viewing
from registry.access.cells import Group
from registry.access.clearance import cleared
from registry.damage import given, members, numbers
from registry.damage.given import Given
from registry.damage.vocabulary import TENURES, State
from registry.models.certificates import DamageApplication, Survey
from registry.models.damage import Dwelling, Occupancy
from registry.vocabulary import SECRET

NO_APPLICATION = "この申請はありません。"
COVERED = "所在を秘匿しています。連絡は、秘匿担当に頼んでください。"
MOST = 300


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list."""

    id: str
    number: str
    kind_ja: str
    state: State
    name: str
    place: str
    received_at: datetime
    self_judged: bool
    version: int


def purpose(account: Account) -> str:
    """What an account looks at certificates for: the work on them, or paying aid by them."""
    works = (Permission.CERTIFICATES_RECEIVE, Permission.CERTIFICATES_SURVEY)
    return "certificate" if any(granted(account.role_list, one) for one in works) else "aid"


def known_to(account: Account, incident: int | None) -> ColumnElement[bool]:
    """The condition that leaves out applications of households that do not exist for the account."""
    if cleared(account) or incident is None:
        return true()
    hidden = members.hidden_households(incident)
    return or_(DamageApplication.household_id.is_(None), DamageApplication.household_id.not_in(hidden))


def known_dwellings(account: Account, incident: int | None) -> ColumnElement[bool]:
    """The same for buildings and their surveys: where only protected people live, the address is theirs."""
    if cleared(account) or incident is None:
        return true()
    hidden = members.hidden_households(incident)
    theirs = select(Occupancy.dwelling_id).where(Occupancy.household_id.in_(hidden))
    others = select(DamageApplication.dwelling_id).where(
        DamageApplication.dwelling_id.is_not(None), known_to(account, incident)
    )
    return or_(Dwelling.id.not_in(theirs), Dwelling.id.in_(others))


def dwelling(account: Account, incident: int, dwelling_id: str) -> None:
    """Refuse a building that does not exist for the account.

    Raises:
        Missing
    """
    if not db.session.scalar(select(Dwelling.id).where(Dwelling.id == dwelling_id, known_dwellings(account, incident))):
        raise Missing("この建物はありません。")


def survey(account: Account, survey_id: int) -> Survey:
    """A survey of a building that exists for the account.

    Raises:
        Missing
    """
    row = db.session.get(Survey, survey_id)
    known = select(Dwelling.id).where(
        Dwelling.id == (row.dwelling_id if row else ""), known_dwellings(account, row.incident_id if row else None)
    )
    if row is None or db.session.scalar(known) is None:
        raise Missing("この調査はありません。")
    return row


def counts(account: Account, incident: int | None) -> dict[State, int]:
    """Applications by state."""
    query = select(DamageApplication.state, func.count()).where(
        DamageApplication.incident_id == incident, known_to(account, incident)
    )
    rows = db.session.execute(query.group_by(DamageApplication.state)).all()
    return {row[0]: row[1] for row in rows}


def listed(
    account: Account,
    incident: int | None,
    *,
    states: Sequence[State] = (),
    number: str = "",
    area: str = "",
    words: str = "",
    ids: Sequence[str] | None = None,
    start: int = 0,
    most: int = MOST,
) -> list[Listed]:
    """Applications, the oldest first, ``most`` from the one at ``start`` on; ``number`` finds one by its whole number, ``ids`` leaves these only.

    ``words``: each in the place or in a name of the household, where nobody's whereabouts are secret.
    """
    query = select(DamageApplication).where(DamageApplication.incident_id == incident, known_to(account, incident))
    if states:
        query = query.where(DamageApplication.state.in_(states))
    if number:
        query = query.where(DamageApplication.number == (numbers.typed(number) or ""))
    if area:
        query = query.where(DamageApplication.area_code == area)
    for word in words.split()[:5]:
        covered = false() if cleared(account) else DamageApplication.household_id.in_(members.secret_households())
        called = DamageApplication.household_id.in_(members.called(word)) & ~covered
        query = query.where(DamageApplication.place.contains(word, autoescape=True) | called)
    if ids is not None:
        query = query.where(DamageApplication.id.in_(ids))
    query = query.order_by(DamageApplication.received_at, DamageApplication.id)
    rows = list(db.session.scalars(query.offset(start).limit(most)))
    names = _names(account, rows)
    return [
        Listed(
            row.id,
            numbers.shown(row.number),
            row.kind.ja,
            row.state,
            names[row.id],
            row.place,
            row.received_at,
            row.self_judged,
            row.version,
        )
        for row in rows
    ]


def visible_ids(account: Account, incident: int | None) -> Select[str]:
    """A query for the ids of all applications that exist for the account."""
    return select(DamageApplication.id).where(DamageApplication.incident_id == incident, known_to(account, incident))


def found(account: Account, application_id: str) -> DamageApplication:
    """An application that exists for the account, without a record: for steps, which record themselves.

    Raises:
        Missing
    """
    row = (
        db.session.get(DamageApplication, application_id)
        if len(application_id) == 36 and application_id.isascii()
        else None
    )
    if row is None:
        raise Missing(NO_APPLICATION)
    known = select(DamageApplication.id).where(
        DamageApplication.id == application_id, known_to(account, row.incident_id)
    )
    if db.session.scalar(known) is None:
        raise Missing(NO_APPLICATION)
    return row


def there(account: Account, application_id: str) -> bool:
    """Whether an application exists for the account."""
    try:
        found(account, application_id)
    except Missing:
        return False
    return True


def opened(account: Account, application_id: str) -> tuple[DamageApplication, Given, list[members.Named]]:
    """Look at an application: what was given and who belongs to its household; recorded. Names of protected people are aliases.

    Raises:
        Missing
    """
    found(account, application_id)
    with transaction() as session:
        row = found(account, application_id)
        people = members.of(session, row.household_id) if row.household_id else []
        if row.household_id:
            about = f"affected_household:{row.household_id}"
            groups = [str(group) for group in (Group.NAME, Group.BIRTH, Group.HOUSEHOLD)]
            detail = {"groups": groups, "purpose": purpose(account)}
            audit.record(session, "person.viewed", actor=account.actor, subject=about, detail=detail)
        viewing.record_paper(session, account, "application.viewed", f"application:{row.id}", purpose(account))
        what = given.opened(row.given)
        aliased = _aliased(account, [row.household_id]) if row.household_id else set()
    if row.household_id in aliased:
        people = [members.Named(one.victim_id, viewing.alias(one.victim_id), one.relation, one.head) for one in people]
        what = _covered(what, viewing.alias(row.household_id or ""))
    return row, what, people


def others(account: Account, row: DamageApplication) -> list[tuple[str, str]]:
    """Head and tenure of the other households of the building that exist for the account: the second family of the house, its landlord."""
    query = select(Occupancy).where(
        Occupancy.dwelling_id == (row.dwelling_id or ""), Occupancy.household_id != (row.household_id or "")
    )
    if not cleared(account):
        query = query.where(Occupancy.household_id.not_in(members.hidden_households(row.incident_id)))
    rows = list(db.session.scalars(query.order_by(Occupancy.household_id)))
    heads = members.heads(db.session(), [one.household_id for one in rows])
    aliased = _aliased(account, [one.household_id for one in rows])
    return [
        (viewing.alias(one.household_id) if one.household_id in aliased else heads.get(one.household_id, ""), TENURES.get(one.tenure, ""))
        for one in rows
    ]  # fmt: skip


def _covered(what: Given, name: str) -> Given:
    """What somebody wrote whose whereabouts are secret, without who and where they are; the house that was damaged stays, for it is surveyed."""
    return replace(
        what, name=name, kana="", birth_raw="", head="", address=COVERED, phone="", email="", members="", remarks=""
    )  # fmt: skip


def _aliased(account: Account, household_ids: Sequence[str | None]) -> set[str]:
    if cleared(account):
        return set()
    levels = members.protection(db.session(), [one for one in household_ids if one])
    return {household for household, level in levels.items() if level in SECRET}


def _names(account: Account, rows: Sequence[DamageApplication]) -> dict[str, str]:
    """The head's name where the household is known, otherwise who applied."""
    households = [row.household_id for row in rows if row.household_id]
    heads = members.heads(db.session(), households)
    aliased = _aliased(account, households)
    names: dict[str, str] = {}
    for row in rows:
        if row.household_id in aliased:
            names[row.id] = viewing.alias(row.household_id or "")
        else:
            names[row.id] = heads.get(row.household_id or "", "") or given.opened(row.given).name
    return names
