"""Who is at a shelter: the list, the nightly roll call, the list for the wall, several who leave together, a group that arrives."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from disaster.core.errors import DomainError, Forbidden, Invalid
from disaster.core.http import whole_number
from disaster.core.text import clean_line
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.access import asked, own_shelters
from registry.access.cells import Group, cells
from registry.people import arriving, going, present
from registry.people.present import Here
from registry.views.asking import frame, purpose
from registry.views.desk import found
from registry.views.people import open_shelters
from registry.views.person_steps import reason

blueprint = Blueprint("shelter_people", __name__, url_prefix="/registry/shelters/<int:shelter_id>")


@blueprint.get("", strict_slashes=False)
@require(Permission.PEOPLE_VIEW)
def index(shelter_id: int) -> str:
    """Everybody who is here, by 区画 and kana."""
    return _list(shelter_id, "")


@blueprint.post("/find")
@require(Permission.PEOPLE_VIEW)
def find(shelter_id: int) -> str:
    """Those of the list with this name, reading or code; a name stands in no address."""
    found(shelter_id)
    sought = clean_line(request.form.get("q", ""), field="q", label="名前", limit=60)
    asked.words(current_account(), sought)
    return _list(shelter_id, sought)


@blueprint.post("/leave")
@require(Permission.PEOPLE_ENTER)
def leave(shelter_id: int) -> ResponseReturnValue:
    """Those who are ticked go."""
    _mine(shelter_id)
    form, back = request.form, url_for("shelter_people.index", shelter_id=shelter_id)
    try:
        went = going.leave(
            current_account(),
            form.getlist("people"),
            reason(),
            to_shelter=form.get("to_shelter", type=whole_number),
            goods_shelter=shelter_id,
        )
    except (Invalid, ValueError) as error:
        flash(error.message if isinstance(error, DomainError) else "行き先を選んでください。", "error")
        return redirect(back, code=303)
    flash(f"{went}人の退所を記録しました（行き先：{reason().ja}）。", "success")
    return redirect(back, code=303)


@blueprint.get("/roll")
@require(Permission.PEOPLE_ENTER)
def roll(shelter_id: int) -> str:
    """The roll call of tonight; the same page is the sheet to print."""
    shelter = found(shelter_id)
    here = present.at(current_account(), shelter_id, _purpose(shelter_id))
    slots: dict[str, list[Here]] = {}
    for one in here:
        slots.setdefault(one.stay.slot, []).append(one)
    night = present.tonight()
    done = sum(one.seen_tonight(night) for one in here)
    return render_template(
        "registry/roll.html", **frame("roll"), shelter=shelter, slots=slots, night=night, done=done, total=len(here)
    )


@blueprint.post("/roll")
@require(Permission.PEOPLE_ENTER)
def call(shelter_id: int) -> ResponseReturnValue:
    """Who was seen."""
    count = present.call_roll(current_account(), shelter_id, request.form.getlist("stays"))
    flash(f"{count}人の在所を記録しました。", "success")
    return redirect(url_for("shelter_people.roll", shelter_id=shelter_id), code=303)


@blueprint.get("/wall")
@require(Permission.PEOPLE_VIEW)
def wall(shelter_id: int) -> str:
    """The list to print and put on the wall: only who agreed."""
    shelter = found(shelter_id)
    names = present.wall(current_account(), shelter_id)
    return render_template("registry/wall.html", **frame("wall"), shelter=shelter, people=names)


@blueprint.get("/group")
@require(Permission.PEOPLE_ENTER)
def ask_group(shelter_id: int) -> str:
    """The form of a group that arrives together."""
    _mine(shelter_id)
    return _group(shelter_id, None)


@blueprint.post("/group")
@require(Permission.PEOPLE_ENTER)
def do_group(shelter_id: int) -> ResponseReturnValue:
    """Register it."""
    form, account = request.form, current_account()
    _mine(shelter_id)
    try:
        party = arriving.read(*(form.get(name, "") for name in ("name", "supervisor", "phone", "count", "names")))
        group = arriving.register(account, shelter_id, party)
    except Invalid as error:
        return _group(shelter_id, error), 422
    flash(f"{party.count}人を登録しました。", "success")
    return redirect(url_for("people.household", household_id=group, why=purpose() or "desk"), code=303)


def _mine(shelter_id: int) -> None:
    """Refuse who may enter nothing here, whatever else is wrong."""
    found(shelter_id)
    own = shelter_id in own_shelters.of(current_account())
    if not cells(current_account().role_list, own=own)[Group.STAY].writes:
        raise Forbidden(own_shelters.REFUSED)


def _list(shelter_id: int, sought: str) -> str:
    shelter = found(shelter_id)
    here = present.at(current_account(), shelter_id, _purpose(shelter_id))
    return render_template(
        "registry/shelter.html",
        **frame("shelter"),
        shelter=shelter,
        here=present.named(here, sought) if sought else here,
        total=len(here),
        q=sought,
        writes=_writes(here),
        shelters=[one for one in open_shelters() if one.id != shelter_id],
        taps=going.ONE_TAP,
    )


def _group(shelter_id: int, error: Invalid | None) -> str:
    shelter = found(shelter_id)
    wrong = error.fields if error else {}
    return render_template(
        "registry/group.html", **frame("group"), shelter=shelter, error=error, wrong=wrong, typed=request.form
    )


def _purpose(shelter_id: int) -> str:
    """At one's own shelter the list is the work itself."""
    own = shelter_id in own_shelters.of(current_account())
    own &= cells(current_account().role_list, own=True)[Group.NAME].own
    return purpose() or ("desk" if own else "")


def _writes(here: list[Here]) -> bool:
    return any(one.seen.writes(Group.STAY) for one in here)
