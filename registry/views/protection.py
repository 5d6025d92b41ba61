"""Protection of people: for the named officers alone. Everybody else finds neither these pages nor the people."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select, true

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import DomainError, Forbidden, Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.shelters import directory
from disaster.staff import accounts
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry import twofold
from registry.access import viewing
from registry.models.people import Person, Resident
from registry.models.protection import ProtectionOrder
from registry.protection import abuser, apart, orders, sought
from registry.protection.orders import Wanted
from registry.protection.words import LEVELS, Source
from registry.search import lookup
from registry.search.lookup import Said
from registry.vocabulary import Protection

blueprint = Blueprint("protection", __name__, url_prefix="/registry/protection")


@blueprint.get("", strict_slashes=False)
@require(Permission.PROTECTION_MANAGE)
def index() -> str:
    """Who is protected, what waits for the second officer, who must not meet, and who was asked after; recorded as one look."""
    account, now = current_account(), clock.now()
    with transaction() as session:
        found = orders.listed()
        viewing.record_list(session, account, "protection", len(found), "protection")
    rows = [(order, _name(order), orders.due(order, now)) for order in found]
    met = [(meeting, _name(order), order) for meeting, order in orders.meetings_of(account.id)]
    found_out = [(one, _name(one.order)) for one in sought.unseen(account.id)]
    shelters = {one.id: one.name for one in directory.by_ids([meeting.shelter_id for meeting, _, _ in met])}
    return render_template(
        "protection/index.html",
        rows=rows,
        met=met,
        sought=found_out,
        ways=sought.WAYS,
        shelters=shelters,
        waiting=twofold.waiting(orders.KIND),
        **_words(),
    )


@blueprint.get("/find")
@require(Permission.PROTECTION_MANAGE)
def ask() -> str:
    """The form to look for a person to protect."""
    return _found(Said())


@blueprint.post("/find")
@require(Permission.PROTECTION_MANAGE)
def find() -> str:
    """Look among evacuees and residents; a name stands in no address."""
    return _found(Said(*(request.form.get(name, "") for name in ("name", "kana", "birth"))))


@blueprint.get("/new")
@require(Permission.PROTECTION_MANAGE)
def form() -> str:
    """The form for one person."""
    return _form(None)


@blueprint.post("", strict_slashes=False)
@require(Permission.PROTECTION_MANAGE)
def create() -> ResponseReturnValue:
    """Protect; it holds at once."""
    typed = request.form
    wanted = Wanted(
        level=typed.get("level", ""),
        source=typed.get("source", ""),
        reason=typed.get("reason", ""),
        second_officer=typed.get("second_officer", 0, type=int),
        person_id=typed.get("person_id") or None,
        resident_id=typed.get("resident_id", type=int),
        alias=typed.get("alias", ""),
        until=typed.get("until", ""),
        abuser_name=typed.get("abuser_name", ""),
        abuser_kana=typed.get("abuser_kana", ""),
        abuser_birth=typed.get("abuser_birth", ""),
        abuser_account_id=typed.get("abuser_account_id", type=int),
    )
    try:
        number = orders.protect(wanted, current_account().id)
    except (Invalid, Stale) as error:
        return _form(error), error.status
    flash("秘匿を指定しました。いまから効いています。もう1人の担当者に、確認を頼んでください。", "success")
    return redirect(url_for("protection.show", order_id=number), code=303)


@blueprint.get("/<int:order_id>")
@require(Permission.PROTECTION_MANAGE)
def show(order_id: int) -> str:
    """One order, with what it says; recorded as a look at the person."""
    return _show(order_id, None)


@blueprint.post("/<int:order_id>/confirm")
@require(Permission.PROTECTION_MANAGE)
def confirm(order_id: int) -> ResponseReturnValue:
    """The second officer confirms, with a fresh code."""
    try:
        orders.confirm(order_id, current_account().id, request.form.get("code", ""))
    except (Invalid, Stale, Forbidden) as error:
        return _show(order_id, error), error.status
    flash("2人目として確認しました。", "success")
    return redirect(url_for("protection.show", order_id=order_id), code=303)


@blueprint.post("/<int:order_id>/apart")
@require(Permission.PROTECTION_MANAGE)
def keep_apart(order_id: int) -> ResponseReturnValue:
    """Add whom the person must not meet."""
    typed = request.form
    him = (typed.get("abuser_name", ""), typed.get("abuser_kana", ""), typed.get("abuser_birth", ""))
    try:
        apart.complete(order_id, *him, typed.get("abuser_account_id", type=int), current_account().id)
    except (Invalid, Stale) as error:
        return _show(order_id, error), error.status
    flash("会わせない相手を記録しました。いまから、同じ避難所に来たら2人の担当者に知らせます。", "success")
    return redirect(url_for("protection.show", order_id=order_id), code=303)


@blueprint.post("/<int:order_id>/change")
@require(Permission.PROTECTION_MANAGE)
def change(order_id: int) -> ResponseReturnValue:
    """Propose less protection, or make it stricter at once."""
    level, actor = request.form.get("level", ""), current_account().id
    try:
        if level in list(Protection) and list(Protection).index(Protection(level)) > _level_of(order_id):
            orders.stronger(order_id, level, actor)
            flash("秘匿を強くしました。いまから効いています。", "success")
        else:
            orders.propose_less(order_id, level, request.form.get("reason", ""), actor)
            flash("提案しました。もう1人の担当者が確認するまで、秘匿はそのままです。", "success")
    except (Invalid, Stale) as error:
        return _show(order_id, error), error.status
    return redirect(url_for("protection.show", order_id=order_id), code=303)


@blueprint.post("/proposals/<int:proposal_id>/confirm")
@require(Permission.PROTECTION_MANAGE)
def confirm_less(proposal_id: int) -> ResponseReturnValue:
    """The other officer agrees to less protection."""
    return _decided(
        lambda actor: orders.confirm_less(proposal_id, actor, request.form.get("code", "")), "秘匿を変えました。"
    )


@blueprint.post("/proposals/<int:proposal_id>/refuse")
@require(Permission.PROTECTION_MANAGE)
def refuse_less(proposal_id: int) -> ResponseReturnValue:
    """The protection stays."""

    def refuse(actor: int) -> None:
        with transaction() as session:
            twofold.refuse(session, proposal_id, orders.KIND, actor)

    return _decided(refuse, "提案を取り下げました。秘匿はそのままです。")


@blueprint.post("/meetings/<int:meeting_id>/seen")
@require(Permission.PROTECTION_MANAGE)
def meeting_seen(meeting_id: int) -> ResponseReturnValue:
    """An officer has it in hand."""
    return _decided(lambda actor: orders.seen(meeting_id, actor), "対応中にしました。")


@blueprint.post("/sought/<int:sought_id>/seen")
@require(Permission.PROTECTION_MANAGE)
def sought_seen(sought_id: int) -> ResponseReturnValue:
    """An officer has seen that somebody asked."""
    return _decided(lambda actor: sought.seen(sought_id, actor), "見たことを記録しました。")


def _decided(step: Any, told: str) -> ResponseReturnValue:
    try:
        step(current_account().id)
        flash(told, "success")
    except Missing:
        raise
    except DomainError as error:
        flash(error.message, "error")
    return redirect(url_for("protection.index"), code=303)


def _level_of(order_id: int) -> int:
    return list(Protection).index(orders.standing(db.session(), order_id).level)


def _show(order_id: int, error: DomainError | None) -> str:
    account = current_account()
    with transaction() as session:
        order = orders.standing(session, order_id)
        subject = f"person:{order.person_id}" if order.person_id else f"protection:{order.id}"
        audit.record(
            session,
            "protection.viewed",
            actor=account.actor,
            subject=subject,
            detail={"order": order.id, "purpose": "protection"},
        )
    proposals = [one for one in twofold.waiting(orders.KIND) if one.subject == f"order:{order.id}"]
    return render_template(
        "protection/show.html",
        order=order,
        name=_name(order),
        due=orders.due(order, clock.now()),
        proposals=proposals,
        me=account.id,
        error=error,
        typed=request.form,
        told=abuser.told(order),
        along=apart.came_along(db.session(), order),
        staff=[one for one in accounts.everyone() if one.active],
        **_words(),
    )


def _found(said: Said) -> str:
    account = current_account()
    with transaction() as session:
        people = lookup.people(session, said, true())
        rows = lookup.residents(session, said, true())
        if said.keys:
            viewing.record_list(session, account, "protection", len(people) + len(rows), "protection")
        under = {one.id: orders.standing_of(session, one.id, one.resident_id) for one in people}
        listed = {one.id: orders.standing_of(session, None, one.id) for one in rows}
    return render_template(
        "protection/find.html",
        said=said,
        people=people,
        rows=rows,
        under=under,
        listed=listed,
        full_name=viewing.full_name,
    )


def _form(error: DomainError | None) -> str:
    asked = request.form if error else request.args
    person = db.session.get(Person, asked.get("person_id", ""))
    row = db.session.get(Resident, asked.get("resident_id", 0, type=int))
    me = current_account().id
    return render_template(
        "protection/form.html",
        name=viewing.full_name(person) if person else row.name if row else "",
        person_id=person.id if person else "",
        resident_id=row.id if row else "",
        others=[one for one in orders.officers() if one.id != me],
        staff=[one for one in accounts.everyone() if one.active],
        typed=asked,
        error=error,
        standing=orders.standing_of(db.session(), person.id if person else None, row.id if row else None),
        **_words(),
    )


def _name(order: ProtectionOrder) -> str:
    if order.person_id and (person := db.session.get(Person, order.person_id)):
        return viewing.full_name(person)
    name = db.session.scalar(select(Resident.name).where(Resident.id == order.resident_id))
    return name or "（記録が見つかりません）"


def _words() -> dict[str, Any]:
    names = {one.id: one.name for one in accounts.everyone()}
    return {"levels": LEVELS, "sources": {str(one): one.ja for one in Source}, "account_names": names}
