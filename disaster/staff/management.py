"""Pages for whoever manages accounts, and the audit log."""

from collections.abc import Mapping

from flask import Blueprint, Response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from disaster.core import audit, clock
from disaster.core.errors import DomainError, Forbidden, Invalid, Missing
from disaster.core.settings import settings
from disaster.staff import accounts, second_factor, setup, trail
from disaster.staff.guards import require
from disaster.staff.models import Account
from disaster.staff.permissions import Permission, Role

blueprint = Blueprint("management", __name__)
_CONFIRMED = "confirmed"  # when the second factor was last shown on these pages


@blueprint.get("/accounts")
@require(Permission.STAFF_MANAGE)
def accounts_list() -> ResponseReturnValue:
    """Everyone, and the form for a new person."""
    return _list_page()


@blueprint.post("/accounts")
@require(Permission.STAFF_MANAGE)
def add_account() -> ResponseReturnValue:
    """Add a person and show the one-time link to hand over."""
    form, actor = request.form, accounts.current_account().actor
    typed = {"login": form.get("login", ""), "name": form.get("name", ""), "roles": form.getlist("roles")}
    try:
        _confirm()
        person = accounts.add(form.get("login", ""), form.get("name", ""), _chosen_roles(), actor=actor)
    except DomainError as error:
        return _list_page(_fields(error), typed), error.status
    return _link_page(person), 201


@blueprint.get("/accounts/<int:account_id>")
@require(Permission.STAFF_MANAGE)
def account_detail(account_id: int) -> ResponseReturnValue:
    """One person: roles, new link, disable."""
    return _detail_page(_person(account_id))


@blueprint.post("/accounts/<int:account_id>/roles")
@require(Permission.STAFF_MANAGE)
def change_roles(account_id: int) -> ResponseReturnValue:
    """Other roles for a person, never for oneself."""
    person = _person(account_id)
    try:
        if person.id == accounts.current_account().id:
            raise Forbidden("自分の役割は変えられません。ほかの管理者に頼んでください。")
        _confirm()
        accounts.change_roles(account_id, _chosen_roles(), actor=accounts.current_account().actor)
    except DomainError as error:
        return _detail_page(person, _fields(error)), error.status
    return _back_to(account_id)


@blueprint.post("/accounts/<int:account_id>/link")
@require(Permission.STAFF_MANAGE)
def new_link(account_id: int) -> ResponseReturnValue:
    """A new one-time link for a person who lost password or telephone."""
    person = _person(account_id)
    try:
        _confirm()
    except DomainError as error:
        return _detail_page(person, _fields(error)), error.status
    return _link_page(person)


@blueprint.post("/accounts/<int:account_id>/disable")
@require(Permission.STAFF_MANAGE)
def disable(account_id: int) -> ResponseReturnValue:
    """Close an account at once; taking power away needs no second factor."""
    try:
        accounts.disable(account_id, actor=accounts.current_account().actor)
    except DomainError as error:
        return _detail_page(_person(account_id), _fields(error)), error.status
    return _back_to(account_id)


@blueprint.post("/accounts/<int:account_id>/enable")
@require(Permission.STAFF_MANAGE)
def enable(account_id: int) -> ResponseReturnValue:
    """Open a closed account again."""
    try:
        _confirm()
        accounts.enable(account_id, actor=accounts.current_account().actor)
    except DomainError as error:
        return _detail_page(_person(account_id), _fields(error)), error.status
    return _back_to(account_id)


@blueprint.get("/audit")
@require(Permission.AUDIT_VIEW)
def audit_log() -> ResponseReturnValue:
    """The last entries; with ``?verify=1`` also whether the whole chain is in order."""
    findings = audit.verify() if request.args.get("verify") else None
    return render_template("staff/audit.html", lines=trail.last(200), findings=findings, checked_at=clock.now())


def _confirm() -> None:
    """Ask for the second factor before power is given, once within ``second_factor_minutes``."""
    person = accounts.current_account()
    if not _confirmed():
        second_factor.fresh(person.id, request.form.get("code", ""), purpose="account")
        session[_CONFIRMED] = [person.id, int(clock.now().timestamp())]


def _confirmed() -> bool:
    person, (who, since) = accounts.current_account(), session.get(_CONFIRMED, (0, 0))
    age = clock.now().timestamp() - since
    return bool(who == person.id and 0 <= age < settings().second_factor_minutes * 60)


def _chosen_roles() -> list[Role]:
    known = {role.value for role in Role}
    return [Role(value) for value in request.form.getlist("roles") if value in known]


def _person(account_id: int) -> Account:
    person = accounts.get(account_id)
    if person is None:
        raise Missing("このアカウントは見つかりません。")
    return person


def _fields(error: DomainError) -> dict[str, str]:
    fields = error.fields if isinstance(error, Invalid) else {}
    return fields or {"": error.message}


def _back_to(account_id: int) -> Response:
    return redirect(url_for("staff.management.account_detail", account_id=account_id), code=303)  # type: ignore[return-value]


def _list_page(errors: dict[str, str] | None = None, typed: Mapping[str, object] | None = None) -> str:
    return render_template(
        "staff/accounts.html",
        people=accounts.everyone(),
        all_roles=list(Role),
        errors=errors or {},
        typed=typed or {},
        confirmed=_confirmed(),
    )


def _detail_page(person: Account, errors: dict[str, str] | None = None) -> str:
    return render_template(
        "staff/account_detail.html", person=person, all_roles=list(Role), errors=errors or {}, confirmed=_confirmed()
    )


def _link_page(person: Account) -> str:
    link = setup.link_for(person, actor=accounts.current_account().actor)
    return render_template("staff/link.html", person=person, link=link, hours=int(setup.VALID.total_seconds() // 3600))
