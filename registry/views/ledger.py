"""The victim ledger: how far it is, who stands in it, the 14 items of one person, and writing into it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from disaster.core import audit
from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from disaster.incidents import running
from disaster.staff import presses
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.models import Account
from disaster.staff.permissions import Permission
from registry.access.cells import PURPOSES
from registry.access.viewing import PurposeNeeded
from registry.items import facts, values
from registry.items.coverage import coverage
from registry.ledger import as_listed, households, sight, victims
from registry.legal_items import Source
from registry.models.ledger import Victim
from registry.views import actors

blueprint = Blueprint("ledger", __name__, url_prefix="/registry/ledger")
PAGE = 50
NUMBERS = 2**31 - 1


@blueprint.get("", strict_slashes=False)
@require(Permission.LEDGER)
def index() -> str:
    """The items over the whole ledger, and a page of its entries from a number on; recorded as one look at a list."""
    account, incident = current_account(), running.running() or 0
    start = min(max(request.args.get("from", 1, type=int), 1), NUMBERS)
    known = sight.known_to(account)
    number, items = coverage(db.session(), incident, known)  # before the record is written: others write meanwhile
    with transaction() as session:
        mine = (Victim.incident_id == incident) & Victim.same_as.is_(None) & known
        rows = list(
            session.scalars(select(Victim).where(mine, Victim.number >= start).order_by(Victim.number).limit(PAGE + 1))
        )
        shown = sight.named(session, account, rows[:PAGE])
        detail = {"entries": len(shown), "purpose": "ledger"}
        audit.record(session, "ledger.listed", actor=account.actor, subject=f"incident:{incident}", detail=detail)
    following = rows[PAGE].number if len(rows) > PAGE else None
    return render_template(
        "ledger/index.html", number=number, items=items, shown=shown, start=start, following=following
    )


@blueprint.post("/build")
@require(Permission.LEDGER)
def build() -> ResponseReturnValue:
    """Take in everybody who was registered since the last time, and fix the households that the residents' list tells."""
    account = current_account()
    before = _entries(account)
    victims.build(actor=account.actor)
    new, fixed = _entries(account) - before, as_listed.freeze(actor=account.actor)
    flash(f"台帳に{new}人を加えました。被災時の世帯を{fixed}件固定しました。", "success")
    return redirect(url_for("ledger.index"), code=303)


@blueprint.get("/<victim_id>")
@require(Permission.LEDGER)
def show(victim_id: str) -> ResponseReturnValue:
    """The 14 items of one person, when it is said what for."""
    return _show(victim_id, request.args.get("purpose", ""))


@blueprint.post("/<victim_id>/facts")
@require(Permission.LEDGER)
def write(victim_id: str) -> ResponseReturnValue:
    """Note a value, or that there is none to be had."""
    form, account = request.form, current_account()
    sight.entry(db.session(), account, victim_id)
    code, _, field = form.get("field", "").partition(".")
    pressed = presses.of(request.path, form, account.actor)
    try:
        if form.get("none") == "1":
            facts.not_collected(victim_id, code, field, form.get("note", ""), actor=account.actor, pressed=pressed)
        else:
            note = form.get("note", "")
            facts.write(
                victim_id,
                code,
                field,
                form.get("value", ""),
                form.get("source", ""),
                note=note,
                actor=account.actor,
                pressed=pressed,
            )
    except Invalid as error:
        return _show(victim_id, form.get("purpose", ""), error)
    flash("台帳に記入しました。前の内容も、履歴として残っています。", "success")
    return redirect(url_for("ledger.show", victim_id=victim_id, purpose=form.get("purpose", "")), code=303)


def _show(victim_id: str, purpose: str, error: Invalid | None = None) -> ResponseReturnValue:
    account = current_account()
    try:
        victim = sight.look(account, victim_id, purpose)
    except PurposeNeeded as asked:
        page = render_template(
            "ledger/purpose.html", purposes=PURPOSES, error=asked if purpose else None, address=request.path
        )
        return page, 422 if purpose else 200
    session = db.session()
    items = values.of_victim(session, victim)
    household = households.of_victim(session, victim_id)
    page = render_template(
        "ledger/show.html",
        who=sight.named(session, account, [victim])[0],
        items=items,
        household=household,
        members=_members(household.id) if household else [],
        purpose=purpose,
        sources=[Source(source) for source in facts.BY_HAND],
        error=error,
        form=request.form if error else {},
        names=actors.names([household.frozen_by if household else None]),
    )
    return page, error.status if error else 200


def _entries(account: Account) -> int:
    """How many there are for the account."""
    mine = (Victim.incident_id == running.running()) & sight.known_to(account)
    return db.session.scalar(select(func.count()).select_from(Victim).where(mine)) or 0


def _members(household_id: str) -> list[tuple[Any, str, bool]]:
    """Members of the household with name and relation, of those who exist for the account."""
    account, session = current_account(), db.session()
    found = households.members_of(session, [household_id])[household_id]
    known = select(Victim).where(Victim.id.in_([m.victim_id for m in found]), sight.known_to(account))
    shown = {one.victim.id: one for one in sight.named(session, account, list(session.scalars(known)))}
    return [(shown[m.victim_id], m.relation, m.head) for m in found if m.victim_id in shown]
