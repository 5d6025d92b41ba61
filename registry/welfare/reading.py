"""What a page says of one person: contacts, equipment, every version of the assessment, referrals with their steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from disaster.core.errors import Missing
from disaster.core.extensions import db
from disaster.shelters import directory
from disaster.shelters.models import Shelter
from disaster.shelters.vocabulary import Opening
from disaster.staff.models import Account
from registry.access import viewing
from registry.access.cells import Group
from registry.access.viewing import NO_RECORD, Seen
from registry.models.people import Household, Stay
from registry.models.welfare import CareAssessment, CareContact, CareEquipment, CareReferral, CareReferralStep
from registry.people import facts
from registry.people.facts import Fact, shelter_name
from registry.vocabulary import Care
from registry.welfare import accepting, equipment, listing, referring
from registry.welfare.equipment import Depends
from registry.welfare.words import MOVES, ReferralState

CARE = (Group.CARE, Group.CARE_DETAIL, Group.INJURY)
HOME = ("phone", "address", "consent", "note")  # of what a family said once


@dataclass(frozen=True, slots=True)
class Asked:
    """One referral with its steps, oldest first. ``where``: the place's name."""

    row: CareReferral
    where: str
    steps: Sequence[CareReferralStep]

    @property
    def late(self) -> bool:
        """Whether nobody answered for a day."""
        return referring.late(self.row.state, self.row.requested_at)

    @property
    def moves(self) -> tuple[ReferralState, ...]:
        """Where it may go from here."""
        return MOVES[self.row.state]


@dataclass(frozen=True, slots=True)
class Place:
    """One place that may be asked. ``why_not``: the sentence, where it does not take this person."""

    shelter: Shelter
    why_not: str

    @property
    def open(self) -> bool:
        """Whether it is open now."""
        return self.shelter.state.opening == Opening.OPEN


@dataclass(frozen=True, slots=True)
class Story:
    """Everything, the newest first."""

    age: str
    where: str
    reasons: Sequence[Care]
    care: Sequence[Fact]
    reach: Sequence[Fact]
    contacts: Sequence[CareContact]
    equipment: Sequence[tuple[int, Depends]]
    assessments: Sequence[CareAssessment]
    referrals: Sequence[Asked]

    @property
    def depends(self) -> Depends | None:
        """What stands."""
        return self.equipment[0][1] if self.equipment else None

    @property
    def open_referral(self) -> Asked | None:
        """The one that waits."""
        return next((one for one in self.referrals if one.moves), None)

    @property
    def actors(self) -> list[str]:
        """Whoever wrote any of it."""
        steps = [step.by for one in self.referrals for step in one.steps]
        said = [fact.source.actor for fact in (*self.care, *self.reach) if fact.source]
        rows: list[Any] = [*self.contacts, *self.assessments, *(kept for _, kept in self.equipment)]
        return [*steps, *said, *(row.by for row in rows)]


def person(account: Account, number: str, purpose: str) -> Seen:
    """Look at one person; recorded.

    Raises:
        Missing: nobody is there for this account, or nothing about care.
        PurposeNeeded
    """
    seen = viewing.person(account, number, purpose)
    if not seen.reads(Group.CARE_DETAIL):
        raise Missing(NO_RECORD)
    return seen


def story(seen: Seen, day: date) -> Story:
    """What was said and done."""
    here = Stay.person_id.in_(seen.ids) & Stay.confirmed & Stay.ended_at.is_(None)
    shown = facts.person(seen, facts.opened(seen.person))
    kept = _of(CareEquipment, seen)
    return Story(
        age=listing.age(seen.person, day),
        where=listing.where(db.session.scalars(select(Stay).where(here)).first()),
        reasons=referring.reasons(db.session(), seen.ids),
        care=[fact for group in CARE for fact in shown.get(group, ())],
        reach=[*(fact for fact in shown.get(Group.BIRTH, ()) if fact.field in HOME), *_home(seen)],
        contacts=_of(CareContact, seen),
        equipment=[(row.id, equipment.opened(row)) for row in kept],
        assessments=_of(CareAssessment, seen),
        referrals=_referrals(seen),
    )


def places(reasons: Sequence[Care]) -> list[Place]:
    """Places that may be asked: 福祉避難所 first, then those that are open."""
    found = [
        Place(one, accepting.why_not(one, reasons)) for one in directory.all_shelters() if one.kind == "evacuation"
    ]
    return sorted(found, key=lambda place: (not place.shelter.welfare, bool(place.why_not), not place.open))


def _home(seen: Seen) -> list[Fact]:
    home = db.session.get(Household, seen.person.household_id or "")
    if home is None or not seen.reads(Group.HOUSEHOLD):
        return []
    lines = facts.household(facts.opened(home))
    return [Fact(one.field, f"{one.label}（世帯）", one.text) for one in lines if one.field in HOME]


def _of(model: Any, seen: Seen) -> list[Any]:
    return list(db.session.scalars(select(model).where(model.person_id.in_(seen.ids)).order_by(model.id.desc())))


def _referrals(seen: Seen) -> list[Asked]:
    rows = _of(CareReferral, seen)
    mine = CareReferralStep.referral_id.in_([row.id for row in rows])
    steps = db.session.scalars(select(CareReferralStep).where(mine).order_by(CareReferralStep.id)).all()
    return [
        Asked(
            row,
            shelter_name(row.shelter_id) if row.shelter_id else row.place or "",
            [step for step in steps if step.referral_id == row.id],
        )
        for row in rows
    ]
