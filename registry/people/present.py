"""Who is at a shelter: the list of the desk, the nightly roll call, and the list for the wall."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from disaster.core import clock, sealed
from disaster.core.db import transaction
from disaster.core.errors import Missing
from disaster.core.extensions import db
from disaster.staff.models import Account
from registry.access import own_shelters, viewing
from registry.access.cells import PURPOSES, Group, cells
from registry.access.viewing import NO_RECORD, Seen
from registry.intake import codes, entering, exercises, merging
from registry.intake.entering import Entry
from registry.intake.projection import SEAL
from registry.models.people import Household, Person, Stay
from registry.people.facts import age_band, today
from registry.vocabulary import Kind, Protection, Safety


@dataclass(frozen=True, slots=True)
class Here:
    """One person at a shelter, as a list shows it: masked where the table asks for a purpose and none was named."""

    seen: Seen
    stay: Stay
    name: str
    kana: str
    band: str
    household: str
    masked: bool
    drill: bool = False  # entered in an exercise only

    @property
    def out(self) -> bool:
        """外泊中."""
        return self.stay.out_until is not None and self.stay.out_until > clock.now()

    def seen_tonight(self, night: date) -> bool:
        """Whether the roll call of that night has found the person."""
        return self.stay.seen_on == night


def tonight() -> date:
    """The day to which a roll call belongs: until six in the morning (JST) that of the evening before."""
    return clock.jst(clock.now() - timedelta(hours=6)).date()


def at(account: Account, shelter_id: int, purpose: str = "") -> list[Here]:
    """Everybody whom the account may see at a shelter, by 区画 and kana; recorded as one look at a list.

    Raises:
        Missing: the account sees nobody of this shelter.
    """
    if not cells(account.role_list, own=shelter_id in own_shelters.of(account))[Group.STAY].reads:
        raise Missing(NO_RECORD)
    rows = _rows(shelter_id)
    stays = {person.id: stay for stay, person in rows}
    people = [seen for seen in viewing.visible(account, (person for _, person in rows)) if seen.reads(Group.STAY)]
    named = purpose in PURPOSES
    drill = exercises.among([seen.person.id for seen in people])
    found = [_here(seen, stays[seen.person.id], named, seen.person.id in drill) for seen in people]
    with transaction() as session:
        viewing.record_list(session, account, f"shelter:{shelter_id}", len(found), purpose if named else "masked")
    return sorted(found, key=lambda one: (one.stay.slot, one.household, one.kana, one.seen.person.id))


def named(here: Sequence[Here], sought: str) -> list[Here]:
    """Those of a list whom a name, a reading or the code of a wristband or slip means."""
    code = codes.read(sought)
    if code is None:
        return [one for one in here if sought in one.name or sought in one.kana]
    homes = {one.household for one in here}
    rows = db.session.execute(select(Household.id, Household.code, Household.doc).where(Household.id.in_(homes)))
    opened = sealed.opener(SEAL)
    found = {row.id for row in rows if code in (row.code, *merging.load(opened(row.doc)).all("code"))}
    return [one for one in here if one.household in found]


def call_roll(account: Account, shelter_id: int, stays: Sequence[str]) -> int:
    """Note who was seen tonight; how many. Others' stays among the numbers are left alone.

    Raises:
        Missing
    """
    here = {one.stay.id: one for one in at(account, shelter_id, "desk")}
    night = tonight()
    wanted = [
        here[number]
        for number in dict.fromkeys(stays)
        if number in here and here[number].seen.writes(Group.STAY) and not here[number].seen_tonight(night)
    ]
    with transaction() as session:
        fields = {"seen_on": night.isoformat()}
        entries = [Entry(Kind.STAY, one.stay.id, _back(one, fields), shelter_id) for one in wanted]
        entering.enter_all(session, entries, actor=account.actor)
    return len(wanted)


def wall(account: Account, shelter_id: int) -> list[tuple[str, str]]:
    """Names with kana for the wall: those who agreed to be posted, are kept secret in no way, and are not known to be dead.

    Raises:
        Missing
    """
    listed = [one for one in at(account, shelter_id, "desk") if not one.seen.alias]
    ids = {one.seen.person.household_id for one in listed} - {None}
    agreed = set(
        db.session.scalars(
            select(Household.id).where(Household.id.in_(ids), Household.consent["posting"].as_boolean().is_(True))
        )
    )
    shown = [
        one.seen
        for one in listed
        if one.seen.person.household_id in agreed
        and one.seen.person.protection == Protection.NONE
        and one.seen.person.safety != Safety.DEAD
        and not one.seen.person.provisional
    ]
    return sorted((kana(one.person), viewing.full_name(one.person)) for one in shown)


def kana(person: Person) -> str:
    """The kana in one piece."""
    return person.kana or " ".join(part for part in (person.kana_family, person.kana_given) if part)


def _back(one: Here, fields: dict[str, str]) -> dict[str, str | None]:
    return {**fields, "out_until": None} if one.stay.out_until else dict(fields)


def _rows(shelter_id: int) -> list[tuple[Stay, Person]]:
    """Stays that hold, with the entries that remain of those who stay."""
    entry = aliased(Person)
    mine = select(Stay, Person).join(entry, entry.id == Stay.person_id)
    mine = mine.join(Person, Person.id == func.coalesce(entry.merged_into, entry.id))
    mine = mine.where(Stay.shelter_id == shelter_id, Stay.confirmed, Stay.ended_at.is_(None))
    return [(stay, person) for stay, person in db.session.execute(mine.where(Person.removed_at.is_(None)))]


def _here(seen: Seen, stay: Stay, named: bool, drill: bool) -> Here:
    person = seen.person
    masked = seen.cells[Group.NAME].purpose and not named and not seen.alias
    name, said = (seen.name, "" if seen.alias else kana(person))
    if "".join(name.split()) == "".join(said.split()):
        said = ""  # who is known by their reading only is named once
    if masked:
        name, said = f"{(person.family or person.name or person.kana_family)[:1] or '？'}＊＊＊", ""
    band = "" if seen.alias else age_band(person, today())
    return Here(seen, stay, name, said, band, person.household_id or "", masked, drill)
