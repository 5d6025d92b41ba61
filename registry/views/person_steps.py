"""Buttons on a person's page: correct, leave, stay out, come back, take out."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from disaster.core.errors import DomainError, Invalid
from disaster.core.http import whole_number
from disaster.shelters import directory
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.access import viewing
from registry.access.cells import Group
from registry.access.viewing import PurposeNeeded, Seen
from registry.models.people import Household
from registry.people import editing, facts, going
from registry.views.asking import frame, purpose
from registry.views.people import done, refused
from registry.vocabulary import ExitReason

blueprint = Blueprint("person_steps", __name__, url_prefix="/registry")


@blueprint.get("/people/<uuid:person_id>/edit")
@require(Permission.PEOPLE_ENTER)
def edit(person_id: object) -> str:
    """The form of a person, with what stands now."""
    try:
        seen = viewing.person(current_account(), str(person_id), purpose())
    except PurposeNeeded as error:
        return render_template("registry/purpose.html", **frame("people"), error=error)
    return _person_form(seen, None)


@blueprint.post("/people/<uuid:person_id>/edit")
@require(Permission.PEOPLE_ENTER)
def save(person_id: object) -> ResponseReturnValue:
    """Enter what was changed."""
    account = current_account()
    try:
        conflicts = editing.person(account, str(person_id), typed(editing.PERSON))
    except Invalid as error:
        return _person_form(viewing.person(account, str(person_id), purpose() or "correction"), error), 422
    return _saved(str(person_id), conflicts)


@blueprint.get("/households/<uuid:household_id>/edit")
@require(Permission.PEOPLE_ENTER)
def edit_household(household_id: object) -> str:
    """The form of a household."""
    try:
        row, members = viewing.household(current_account(), str(household_id), purpose())
    except PurposeNeeded as error:
        return render_template("registry/purpose.html", **frame("people"), error=error)
    return _household_form(row, members, None)


@blueprint.post("/households/<uuid:household_id>/edit")
@require(Permission.PEOPLE_ENTER)
def save_household(household_id: object) -> ResponseReturnValue:
    """Enter what was changed."""
    account = current_account()
    try:
        conflicts = editing.household(account, str(household_id), typed(editing.HOUSEHOLD))
    except Invalid as error:
        row, members = viewing.household(account, str(household_id), purpose() or "correction")
        return _household_form(row, members, error), 422
    words = _told(conflicts)
    flash(words, "error" if conflicts else "success")
    return redirect(
        url_for("people.household", household_id=str(household_id), why=purpose() or "correction"), code=303
    )


def typed(names: tuple[str, ...]) -> dict[str, Any]:
    """The form as steps take it."""
    form: dict[str, Any] = {key: value for key, value in request.form.items() if ":" in key}
    for name in names:
        several = name in editing.SEVERAL
        form[name] = request.form.getlist(name) if several else request.form.get(name, "")
    return form


def _person_form(seen: Seen, error: Invalid | None) -> str:
    doc = facts.opened(seen.person)
    fields = editing.fields(editing.PERSON, doc, seen.writes)
    return _form(
        fields,
        error,
        title=f"{seen.name} の記録を直す",
        back=url_for("people.show", person_id=seen.person.id),
        seen=seen,
    )


def _household_form(row: Household, members: list[Seen], error: Invalid | None) -> str:
    writer = next((one for one in members if one.writes(Group.HOUSEHOLD)), members[0])
    fields = editing.fields(editing.HOUSEHOLD, facts.opened(row), writer.writes)
    title = f"{row.surname or row.kana or '名前のない'} 世帯を直す"
    return _form(fields, error, title=title, back=url_for("people.household", household_id=row.id), seen=None)


def _form(fields: list[editing.Field], error: Invalid | None, **more: Any) -> str:
    return render_template(
        "registry/edit.html",
        **frame("people"),
        fields=fields,
        choices=editing.CHOICES,
        several=editing.SEVERAL,
        ticks=editing.TICKS,
        long=editing.LONG,
        numbers=editing.NUMBERS,
        shelters=directory.all_shelters(),
        typed=typed(editing.PERSON + editing.HOUSEHOLD) if error else None,
        error=error,
        wrong=error.fields if error else {},
        **more,
    )


def _saved(number: str, conflicts: list[str]) -> ResponseReturnValue:
    flash(_told(conflicts), "error" if conflicts else "success")
    return redirect(url_for("people.show", person_id=number, why=purpose() or "correction"), code=303)


def _told(conflicts: list[str]) -> str:
    if not conflicts:
        return "保存しました。"
    return (
        f"保存しました。ただし{'・'.join(conflicts)}は、ほかの人が同じときに別の内容を入れていました。"
        "両方を残してあります。どちらが正しいかを決めてください。"
    )


@blueprint.post("/people/<uuid:person_id>/leave")
@require(Permission.PEOPLE_ENTER)
def leave(person_id: object) -> ResponseReturnValue:
    """Out, with the destination in one tap."""
    number = there(person_id)
    form = request.form
    try:
        going.leave(
            current_account(),
            [number],
            reason(),
            to_shelter=form.get("to_shelter", type=whole_number),
            place=form.get("place", ""),
            contact=form.get("contact", ""),
        )
    except (Invalid, ValueError) as error:
        return refused(number, error if isinstance(error, DomainError) else Invalid("行き先を選んでください。"))
    return done(number, f"退所を記録しました（行き先：{reason().ja}）。")


def there(person_id: object) -> str:
    """The number of somebody who is there for the account; whatever else is wrong is said about those only.

    Raises:
        Missing
    """
    viewing.found(current_account(), str(person_id))
    return str(person_id)


def reason() -> ExitReason:
    """The destination that was tapped.

    Raises:
        ValueError: none of those that are offered.
    """
    found = ExitReason(request.form.get("reason", ""))
    if found not in going.ONE_TAP:
        raise ValueError
    return found


@blueprint.post("/households/<uuid:household_id>/leave")
@require(Permission.PEOPLE_ENTER)
def leave_together(household_id: object) -> ResponseReturnValue:
    """Those of a household who are ticked go together."""
    viewing.household_there(current_account(), str(household_id))
    form, back = request.form, url_for("people.household", household_id=str(household_id), why=purpose() or "desk")
    try:
        people = form.getlist("people")
        went = going.leave(
            current_account(),
            people,
            reason(),
            to_shelter=form.get("to_shelter", type=whole_number),
            place=form.get("place", ""),
        )
    except (Invalid, ValueError) as error:
        flash(error.message if isinstance(error, DomainError) else "行き先を選んでください。", "error")
        return redirect(back, code=303)
    flash(f"{went}人の退所を記録しました（行き先：{reason().ja}）。", "success")
    return redirect(back, code=303)


@blueprint.post("/people/<uuid:person_id>/out")
@require(Permission.PEOPLE_ENTER)
def stay_out(person_id: object) -> ResponseReturnValue:
    """外泊 until a day."""
    number = there(person_id)
    try:
        until = date.fromisoformat(request.form.get("until", "")) if request.form.get("until") else _tomorrow()
        going.stay_out(current_account(), number, until)
    except ValueError:
        return refused(number, Invalid("外泊の戻り予定の日付を選んでください。"))
    except Invalid as error:
        return refused(number, error)
    return done(number, f"外泊を記録しました（{until.month}月{until.day}日に戻る予定）。")


def _tomorrow() -> date:
    return facts.today() + timedelta(days=1)


@blueprint.post("/people/<uuid:person_id>/back")
@require(Permission.PEOPLE_ENTER)
def come_back(person_id: object) -> ResponseReturnValue:
    """Back from outside, or back at a shelter after an exit."""
    shelter = request.form.get("shelter", type=whole_number)
    return _step(
        person_id, lambda number: going.come_back(current_account(), number, shelter), "戻ったことを記録しました。"
    )


@blueprint.post("/people/<uuid:person_id>/slot")
@require(Permission.PEOPLE_ENTER)
def slot(person_id: object) -> ResponseReturnValue:
    """区画."""
    put = request.form.get("slot", "")
    return _step(person_id, lambda number: going.put(current_account(), number, put), "区画を記録しました。")


@blueprint.post("/people/<uuid:person_id>/never-came")
@require(Permission.PEOPLE_ENTER)
def never_came(person_id: object) -> ResponseReturnValue:
    """The stay was entered by mistake."""
    told = "この滞在は入力の誤りとして取り消しました。"
    return _step(person_id, lambda number: going.never_came(current_account(), number), told)


@blueprint.post("/people/<uuid:person_id>/remove")
@require(Permission.REGISTRY_EDIT)
def remove(person_id: object) -> ResponseReturnValue:
    """A tombstone, with a reason."""
    told, why = "記録を取り消しました。人数と一覧から外れます。", request.form.get("reason", "")
    return _step(person_id, lambda number: editing.remove(current_account(), number, why), told)


@blueprint.post("/people/<uuid:person_id>/restore")
@require(Permission.REGISTRY_EDIT)
def restore(person_id: object) -> ResponseReturnValue:
    """Bring a removed entry back."""
    return _step(person_id, lambda number: editing.restore(current_account(), number), "記録を元に戻しました。")


def _step(person_id: object, step: Callable[[str], object], told: str) -> ResponseReturnValue:
    """Do one thing to somebody who is there for the account; what was wrong, or what was done, stands on their page."""
    number = there(person_id)
    try:
        step(number)
    except Invalid as error:
        return refused(number, error)
    return done(number, told)
