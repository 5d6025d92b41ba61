"""The room of welfare staff: whom to ask first, one person with everything, the list on paper for visits without a network."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import DomainError, Invalid, Stale
from disaster.core.http import whole_number
from disaster.core.municipality import municipality
from disaster.shelters import directory
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.access import viewing
from registry.access.cells import Group
from registry.access.viewing import PurposeNeeded
from registry.intake import exercises, ids
from registry.people import facts
from registry.views import actors
from registry.views.asking import frame, purpose
from registry.welfare import assessing, contacts, equipment, listing, reading, referring
from registry.welfare.assessing import Said
from registry.welfare.listing import Page, Sought
from registry.welfare.referring import Target
from registry.welfare.words import TAB_SAYS, Equipment, Judgement, ReferralState, Result, Tab, Urgency

blueprint = Blueprint("welfare", __name__, url_prefix="/welfare")
PURPOSE = "support"  # the list has no other
ON_PAPER = (Group.NAME, Group.BIRTH, Group.STAY, Group.CARE, Group.CARE_DETAIL)


@blueprint.get("/")
@require(Permission.WELFARE_VIEW)
def index() -> str:
    """The list, urgent ones first; recorded as one look."""
    account, sought = current_account(), _sought()
    number = max(1, request.args.get("page", 1, type=whole_number))
    found = listing.page(account, sought, number)
    with transaction() as session:
        viewing.record_list(session, account, "welfare", len(found.rows), PURPOSE)
    return _list("welfare/index.html", sought, found)


@blueprint.get("/print")
@require(Permission.WELFARE_VIEW)
def sheet() -> str:
    """The same on paper, with room to write; the record names everybody on it."""
    account, sought = current_account(), _sought()
    found = listing.page(account, sought, size=listing.MOST_ON_PAPER)
    with transaction() as session:
        people = [row.seen.person.id for row in found.rows]
        detail = {"purpose": PURPOSE, "groups": [str(group) for group in ON_PAPER], "people": people}
        audit.record(session, "welfare.printed", actor=account.actor, subject="welfare", detail=detail)
    return _list("welfare/print.html", sought, found)


@blueprint.get("/people/<uuid:person_id>")
@require(Permission.WELFARE_VIEW)
def show(person_id: object) -> str:
    """One person."""
    return _page(str(person_id), purpose())


@blueprint.post("/people/<uuid:person_id>/contact")
@require(Permission.WELFARE_VIEW)
def contact(person_id: object) -> ResponseReturnValue:
    """What came of a try to reach somebody."""
    number, form = str(person_id), request.form
    try:
        came = contacts.log(
            current_account(), number, form.get("result", ""), form.get("note", ""), key=form.get("key", "")
        )
    except Invalid as error:
        return _page(number, PURPOSE, error), error.status
    return _done(number, f"連絡の結果を記録しました（{came.ja}）。", "contacts")


@blueprint.post("/people/<uuid:person_id>/equipment")
@require(Permission.WELFARE_VIEW)
def depends(person_id: object) -> ResponseReturnValue:
    """What somebody depends on."""
    number, form = str(person_id), request.form
    try:
        equipment.note(
            current_account(),
            number,
            form.getlist("kinds"),
            form.get("words", ""),
            form.get("hours", ""),
            seen_id=form.get("seen", 0, type=whole_number),
            key=form.get("key", ""),
        )
    except (Invalid, Stale) as error:
        return _page(number, PURPOSE, error), error.status
    return _done(number, "機器・電源のことを記録しました。", "equipment")


@blueprint.post("/people/<uuid:person_id>/assess")
@require(Permission.WELFARE_VIEW)
def assess(person_id: object) -> ResponseReturnValue:
    """A new version of the assessment."""
    number, form = str(person_id), request.form
    said = Said(*(form.get(name, "") for name in ("judgement", "urgency", "due", "assessment_note")))
    try:
        version = assessing.assess(
            current_account(), number, said, seen_id=form.get("seen", 0, type=whole_number), key=form.get("key", "")
        )
    except (Invalid, Stale) as error:
        return _page(number, PURPOSE, error), error.status
    return _done(number, f"判断を記録しました（{version}回目）。", "assessment")


@blueprint.post("/people/<uuid:person_id>/refer")
@require(Permission.WELFARE_VIEW)
def refer(person_id: object) -> ResponseReturnValue:
    """Ask a place to take somebody."""
    number, form = str(person_id), request.form
    try:
        referring.request(current_account(), number, _target(), form.get("referral_note", ""), key=form.get("key", ""))
    except (Invalid, Stale) as error:
        return _page(number, PURPOSE, error), error.status
    return _done(number, "移送の依頼を記録しました。返事を聞いたら、ここに記録します。", "referral")


@blueprint.post("/people/<uuid:person_id>/referral")
@require(Permission.WELFARE_VIEW)
def move(person_id: object) -> ResponseReturnValue:
    """What the place answered, or that the person is there."""
    number, form = str(person_id), request.form
    wanted = next((state for state in ReferralState if state == form.get("to")), ReferralState.REQUESTED)
    try:
        referring.move(
            current_account(),
            number,
            form.get("referral", 0, type=whole_number),
            wanted,
            version=form.get("version", 0, type=whole_number),
            note=form.get("referral_note", ""),
            following=_target(),
            key=form.get("key", ""),
        )
    except (Invalid, Stale) as error:
        return _page(number, PURPOSE, error), error.status
    return _done(number, f"移送の依頼を進めました（{wanted.ja}）。", "referral")


def _sought() -> Sought:
    said = request.args
    tab = next((tab for tab in Tab if tab == said.get("tab")), Tab.NEW)
    area = said.get("area", "")
    known = area if area in municipality().area_by_code else ""
    return Sought(tab, said.get("shelter", type=whole_number), known)


def _list(template: str, sought: Sought, found: Page) -> str:
    return render_template(
        template,
        **frame("welfare"),
        sought=sought,
        found=found,
        tabs=list(Tab),
        says=TAB_SAYS,
        results=list(Result),
        shelters=[one for one in directory.all_shelters() if one.kind == "evacuation"],
        areas=municipality().areas,
        shelter_name=facts.shelter_name,
    )


def _page(number: str, why: str, error: DomainError | None = None) -> str:
    try:
        seen = reading.person(current_account(), number, why)
    except PurposeNeeded as needed:
        return render_template("registry/purpose.html", **frame("people"), error=needed)
    told = reading.story(seen, facts.today())
    words: dict[str, Any] = {
        "results": list(Result),
        "kinds": list(Equipment),
        "judgements": list(Judgement),
        "urgencies": list(Urgency),
        "states": ReferralState,
    }
    return render_template(
        "welfare/person.html",
        **frame("welfare"),
        **words,
        seen=seen,
        told=told,
        places=reading.places(told.reasons),
        names=actors.names(told.actors),
        drill=bool(exercises.among([seen.person.id])),
        keys=[ids.new() for _ in range(5)],
        day=clock.jst(clock.now()).date(),
        error=error,
        typed=request.form if error else {},
        ticked=request.form.getlist("kinds") if error else [],
    )


def _target() -> Target:
    form = request.form
    return Target(form.get("target", type=whole_number), form.get("place", ""), form.get("carer", ""))


def _done(number: str, words: str, part: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for("welfare.show", person_id=number, why=PURPOSE, _anchor=part), code=303)
