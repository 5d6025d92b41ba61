"""QR cards and slips to print: of a household, of an area out of the residents' list, and blank ones."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from disaster.core import audit
from disaster.core.db import transaction
from disaster.core.municipality import municipality
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.access import viewing
from registry.access.cells import Group
from registry.access.viewing import PurposeNeeded, Seen
from registry.models.people import Household
from registry.tablets import cards
from registry.tablets.cards import Card, Row
from registry.views.asking import frame, purpose

blueprint = Blueprint("cards", __name__, url_prefix="/registry")
A_SHEET = 40
MOST_BLANKS = 200


@blueprint.get("/cards")
@require(Permission.RESIDENTS_MANAGE)
def index() -> str:
    """Which area's?"""
    names = {area.code: area.name for area in municipality().areas}
    counts = sorted(cards.areas().items(), key=lambda found: names.get(found[0], found[0]))
    return render_template("registry/cards.html", **frame("cards"), counts=counts, names=names, a_sheet=A_SHEET)


@blueprint.get("/cards/sheet")
@require(Permission.RESIDENTS_MANAGE)
def sheet() -> str:
    """One sheet of cards of an area; recorded."""
    area, page = request.args.get("area", "")[:16], min(max(request.args.get("page", 1, type=int), 1), 10_000)
    made = cards.of_residents(area, start=(page - 1) * A_SHEET, count=A_SHEET)
    with transaction() as session:
        detail = {"households": len({card.household for card in made}), "page": page, "purpose": "desk"}
        actor = current_account().actor
        audit.record(session, "cards.printed", actor=actor, subject=f"area:{area}", detail=detail)
    return _sheet(made, area=area, page=page, more=len({card.household for card in made}) == A_SHEET)


@blueprint.get("/households/<uuid:household_id>/card")
@require(Permission.PEOPLE_VIEW)
def household(household_id: object) -> ResponseReturnValue:
    """The card of one household, of those of it whom one may see."""
    try:
        row, members = viewing.household(current_account(), str(household_id), purpose())
    except PurposeNeeded as error:
        return render_template("registry/purpose.html", **frame("people"), error=error)
    shown = [one for one in members if one.reads(Group.BIRTH)]
    return _sheet(_card(row, shown).split(), area="", page=1, more=False)


@blueprint.get("/cards/blank")
@require(Permission.PEOPLE_VIEW)
def blank() -> str:
    """Slips with numbers only, to hand out and write on."""
    count = min(max(request.args.get("count", 24, type=int), 1), MOST_BLANKS)
    drawn = [(text, cards.drawing(text)) for text in cards.blanks(count)]
    return render_template("registry/blank_slips.html", **frame("cards"), slips=drawn, count=count)


def _card(row: Household, members: list[Seen]) -> Card:
    people = tuple(
        Row(
            one.person.given or viewing.full_name(one.person),
            one.person.kana_given or one.person.kana,
            one.person.birth_date.isoformat() if one.person.birth_date else one.person.birth_raw,
            str(one.person.sex),
        )
        for one in members
    )
    return Card(row.id, row.surname, row.kana, row.address, people)


def _sheet(made: list[Card], *, area: str, page: int, more: bool) -> str:
    drawn = [(card, cards.drawing(card.text)) for card in made]
    names = {one.code: one.name for one in municipality().areas}
    return render_template(
        "registry/card_sheet.html",
        **frame("cards"),
        cards=drawn,
        area=area,
        name=names.get(area, area),
        page=page,
        more=more,
    )
