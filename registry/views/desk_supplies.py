"""Requests for supplies: the shelter's page, and headquarters' list of all of them."""

import csv
import io
from datetime import datetime, time, timedelta

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import DomainError, Invalid, Missing, Stale
from disaster.shelters import directory
from disaster.shelters.desk import supplies
from disaster.shelters.desk.supplies import Wanted
from disaster.shelters.desk.vocabulary import HEADQUARTERS_MOVES, ITEMS, SHELTER_MOVES, WAITING, Supply
from disaster.shelters.models import Shelter
from disaster.shelters.views import age
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.shelters import report_figures
from registry.views import actors
from registry.views.desk import found, frame

blueprint = Blueprint("desk_supplies", __name__)
NEEDED = {
    "": "できるだけ早く",
    "tonight": "今夜（20時まで）",
    "morning": "あすの朝（8時まで）",
    "tomorrow": "あす中（20時まで）",
    "days": "3日以内",
}
_CSV = ("要請番号", "避難所ID", "避難所名", "開設状況", "避難者数", "男", "女", "乳幼児", "子ども", "高齢者", "品目コード", "品名", "数量", "単位",
        "対象", "必要な時刻", "状態", "届いた数", "要請時刻", "最後の変更")  # fmt: skip


@blueprint.get("/shelter/desk/<int:shelter_id>/supplies")
@require(Permission.SHELTERS_STATE)
def shelter_list(shelter_id: int) -> str:
    """What this shelter asked for, and the form."""
    return _shelter(found(shelter_id))


@blueprint.post("/shelter/desk/<int:shelter_id>/supplies")
@require(Permission.SHELTERS_STATE)
def ask(shelter_id: int) -> ResponseReturnValue:
    """Ask for something."""
    shelter, form = found(shelter_id), request.form
    wanted = Wanted(
        item=form.get("item", ""),
        quantity=form.get("quantity", ""),
        label=form.get("label", ""),
        unit=form.get("unit", ""),
        for_whom=form.get("for_whom", ""),
        needed_by=needed_by(form.get("needed", ""), clock.now()),
    )
    try:
        supplies.ask(shelter_id, wanted, actor=current_account().actor)
    except Invalid as error:
        return _shelter(shelter, error), 422
    flash("本部に要請しました。", "success")
    return redirect(url_for("desk_supplies.shelter_list", shelter_id=shelter_id, _anchor="requests"), code=303)


@blueprint.post("/shelter/desk/<int:shelter_id>/supplies/<int:request_id>")
@require(Permission.SHELTERS_STATE)
def shelter_move(shelter_id: int, request_id: int) -> ResponseReturnValue:
    """Say what came, or take the request back."""
    _move(request_id, headquarters=False, shelter_id=shelter_id)
    return redirect(url_for("desk_supplies.shelter_list", shelter_id=shelter_id, _anchor=f"r{request_id}"), code=303)


@blueprint.get("/headquarters/supplies")
@require(Permission.OVERVIEW)
def all_requests() -> str:
    """The requests of all shelters; ``?all=1`` with those that are over."""
    everything = request.args.get("all") == "1"
    rows = supplies.listed(waiting=not everything)
    shelters = {shelter.id: shelter for shelter in directory.by_ids([row.shelter_id for row in rows])}
    steps = supplies.steps([row.id for row in rows])
    return render_template(
        "desk/all_supplies.html",
        rows=rows,
        shelters=shelters,
        steps=steps,
        moves=HEADQUARTERS_MOVES,
        everything=everything,
        waiting=WAITING,
        names=actors.names(step.by for told in steps.values() for step in told),
        now=clock.now(),
        age=age,
    )


@blueprint.post("/headquarters/supplies/<int:request_id>")
@require(Permission.SUPPLIES_MANAGE)
def headquarters_move(request_id: int) -> ResponseReturnValue:
    """Take a request one step on."""
    _move(request_id, headquarters=True)
    return redirect(url_for("desk_supplies.all_requests", _anchor=f"r{request_id}"), code=303)


@blueprint.get("/headquarters/supplies.csv")
@require(Permission.OVERVIEW)
def export() -> Response:
    """All requests of the disaster as CSV, with what the state's system for supplies (B-PLo) asks beside each: who is there."""
    rows = supplies.listed()
    shelters = {shelter.id: shelter for shelter in directory.by_ids([row.shelter_id for row in rows])}
    figures = {number: report_figures.parts(number) for number in shelters}
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_CSV)
    for row in rows:
        shelter, counted = shelters[row.shelter_id], figures[row.shelter_id]
        people = [counted[key] for key in ("people", "male", "female", "infants", "children", "elderly")]
        needed = clock.iso_jst(row.needed_by) if row.needed_by else ""
        line = [row.id, shelter.source_id, shelter.name, shelter.status.ja, *people, row.item, row.label, row.quantity, row.unit,
                row.for_whom, needed, row.state.ja, row.arrived, clock.iso_jst(row.created_at), clock.iso_jst(row.changed_at)]  # fmt: skip
        writer.writerow([_plain(cell) for cell in line])
    with transaction() as session:
        audit.record(session, "supply.export", actor=current_account().actor, detail={"rows": len(rows)})
    return Response(
        "\ufeff" + text.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": "attachment; filename=supplies.csv"},
    )


def needed_by(choice: str, now: datetime) -> datetime | None:
    """When something is needed, from the words that are tapped; None: as soon as possible."""
    days, hour = {"tonight": (0, 20), "morning": (1, 8), "tomorrow": (1, 20), "days": (3, 20)}.get(choice, (None, 0))
    if days is None:
        return None
    at = datetime.combine(clock.jst(now).date() + timedelta(days=days), time(hour), clock.JST)
    return at if at > now else at + timedelta(hours=12)  # after eight in the evening, "tonight" is until the morning


def _plain(cell: object) -> object:
    """A text that a spreadsheet would take for a formula begins with an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t") else cell


def _shelter(shelter: Shelter, error: Invalid | None = None) -> str:
    rows = supplies.listed(shelter.id)
    steps = supplies.steps([row.id for row in rows])
    return render_template(
        "desk/supplies.html",
        **frame(shelter, "supplies"),
        rows=rows,
        steps=steps,
        moves=SHELTER_MOVES,
        items=ITEMS,
        needed=NEEDED,
        states_waiting=WAITING,
        typed=request.form.to_dict() if error else {},
        error=error,
        fields=error.fields if error else {},
        names=actors.names(step.by for told in steps.values() for step in told),
    )


def _move(request_id: int, *, headquarters: bool, shelter_id: int | None = None) -> None:
    """Run the step; what was refused is told on the page that follows."""
    form = request.form
    try:
        to = Supply(form.get("to", ""))
        after = supplies.move(
            request_id, to, seen=min(form.get("seen", 0, type=int), 2**31), actor=current_account().actor,
            headquarters=headquarters, shelter_id=shelter_id, came=form.get("came", ""), note=form.get("note", ""),
        )  # fmt: skip
    except ValueError:
        flash("状態を選んでください。", "error")
    except Missing:
        raise
    except (Stale, Invalid) as error:
        flash(_said(error), "error")
    else:
        flash(f"「{after.ja}」にしました。", "success")


def _said(error: DomainError) -> str:
    fields = error.fields if isinstance(error, Invalid) else {}
    return next(iter(fields.values()), error.message)
