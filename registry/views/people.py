"""The page of one person, of one household, and the front page of the register."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from disaster.core.errors import DomainError, Invalid
from disaster.core.extensions import db
from disaster.shelters import directory
from disaster.shelters.models import Shelter
from disaster.shelters.vocabulary import Opening
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.access import own_shelters, viewing
from registry.access.cells import Group
from registry.access.viewing import PurposeNeeded, Seen
from registry.intake import exercises
from registry.matching import joining
from registry.models.people import Household, Person, Resident, Stay
from registry.people import deciding, facts, following, history
from registry.views import actors
from registry.views.asking import everywhere, frame, purpose

blueprint = Blueprint("people", __name__, url_prefix="/registry")


@blueprint.get("/")
@require(Permission.PEOPLE_VIEW)
def index() -> str:
    """What waits for somebody, and the shelters whose people one may see."""
    account = current_account()
    mine = own_shelters.of(account)
    shelters = [s for s in directory.all_shelters() if s.id in mine or (everywhere(account) and _in_use(s))]
    lists = (
        following.left(account),
        following.not_seen(account),
        following.visitors(account),
        following.unknown(account),
    )
    counts = dict(zip(("left", "not_seen", "visitors", "unknown"), map(len, lists), strict=True))
    counts["due"] = sum(one.overdue for one in lists[0])
    counts["conflicts"] = deciding.many(account)
    shelters.sort(key=lambda shelter: shelter.id not in mine)
    return render_template("registry/index.html", **frame("index"), shelters=shelters, counts=counts)


@blueprint.get("/people/<uuid:person_id>")
@require(Permission.PEOPLE_VIEW)
def show(person_id: object) -> ResponseReturnValue:
    """One person."""
    account = current_account()
    try:
        seen = viewing.person(account, str(person_id), purpose())
    except PurposeNeeded as error:
        return render_template("registry/purpose.html", **frame("people"), error=error)
    return _page(seen)


@blueprint.post("/people/<uuid:person_id>/glass")
@require(Permission.PEOPLE_VIEW)
def glass(person_id: object) -> ResponseReturnValue:
    """Look at what is closed, for a reason; headquarters is told."""
    account = current_account()
    try:
        seen = viewing.break_glass(account, str(person_id), Group.CARE_DETAIL, request.form.get("reason", ""))
    except Invalid as error:
        return _page(viewing.person(account, str(person_id), purpose() or "report"), error), 422
    return _page(seen)


def _page(seen: Seen, error: Invalid | None = None) -> str:
    told = history.of(seen)
    shown = facts.person(seen, facts.opened(seen.person))
    stays = _stays(seen)
    links = joining.links_of(seen.ids) if seen.reads(Group.NAME) else []
    others = _others(seen)
    said = [fact.source.actor for lines in shown.values() for fact in lines if fact.source]
    return render_template(
        "registry/person.html",
        **frame("people"),
        seen=seen,
        shown=shown,
        band="" if seen.alias else facts.age_band(seen.person, facts.today()),
        drill=bool(exercises.among([seen.person.id])),
        stays=stays,
        here=next((stay for stay in stays if stay.confirmed and stay.ended_at is None), None),
        household=_household(seen),
        others=others,
        official=_official(seen),
        links=links,
        told=told,
        shelters=open_shelters(),
        shelter_name=facts.shelter_name,
        names=actors.names([*said, *(one.actor for one in told), *(link.by for link in links)]),
        error=error,
    )


def _stays(seen: Seen) -> list[Stay]:
    """All stays; who may see people of their own shelters only sees the stays there."""
    if not seen.reads(Group.STAY):
        return []
    query = select(Stay).where(Stay.person_id.in_(seen.ids)).order_by(Stay.started_at.desc(), Stay.id)
    stays, account = list(db.session.scalars(query)), current_account()
    if everywhere(account):
        return stays
    mine = own_shelters.of(account)
    return [stay for stay in stays if stay.shelter_id in mine or stay.goods_shelter_id in mine]


def _household(seen: Seen) -> Household | None:
    number = seen.person.household_id
    return db.session.get(Household, number) if number and seen.reads(Group.HOUSEHOLD) else None


def _others(seen: Seen) -> list[tuple[Person, dict[Group, list[facts.Fact]]]]:
    """What the entries say that turned out to be the same person."""
    if not seen.reads(Group.NAME):
        return []
    rows = db.session.scalars(select(Person).where(Person.id.in_(seen.others)).order_by(Person.id))
    return [(row, facts.person(Seen(row, seen.cells), facts.opened(row))) for row in rows]


def _official(seen: Seen) -> tuple[str, str] | None:
    """Name and kana of the residents' list, which wins for the ledger."""
    if seen.person.resident_id is None or not seen.reads(Group.NAME):
        return None
    row = db.session.get(Resident, seen.person.resident_id)
    return (row.name, row.kana) if row else None


@blueprint.get("/households/<uuid:household_id>")
@require(Permission.PEOPLE_VIEW)
def household(household_id: object) -> str:
    """A household: what it said once, who belongs to it, and where they are."""
    account = current_account()
    try:
        row, members = viewing.household(account, str(household_id), purpose())
    except PurposeNeeded as error:
        return render_template("registry/purpose.html", **frame("people"), error=error)
    shown = facts.household(facts.opened(row))
    return render_template(
        "registry/household.html",
        **frame("people"),
        household=row,
        facts=shown,
        members=[(one, facts.age_band(one.person, facts.today()), _where(one)) for one in members],
        writes=any(one.writes(Group.STAY) for one in members),
        edits=any(one.writes(Group.HOUSEHOLD) for one in members),
        shelters=open_shelters(),
        names=actors.names(fact.source.actor for fact in shown if fact.source),
    )


def _where(seen: Seen) -> str:
    stay = next((stay for stay in _stays(seen) if stay.confirmed and stay.ended_at is None), None)
    if stay is None:
        return "いまの滞在先は分かりません" if seen.reads(Group.STAY) else ""
    return facts.shelter_name(stay.shelter_id) if stay.shelter_id else stay.place.ja


def open_shelters() -> list[Shelter]:
    """Shelters to which somebody may go."""
    return [one for one in directory.all_shelters() if one.state.opening == Opening.OPEN]


def _in_use(shelter: Shelter) -> bool:
    return shelter.state.opening != Opening.CLOSED


def done(number: str, words: str) -> ResponseReturnValue:
    """Back to the person's page."""
    flash(words, "success")
    return redirect(url_for("people.show", person_id=number, why=purpose() or "correction"), code=303)


def refused(number: str, error: DomainError) -> ResponseReturnValue:
    """The same with what was wrong."""
    flash(error.message, "error")
    return redirect(url_for("people.show", person_id=number, why=purpose() or "correction"), code=303)
