"""Giving information of the ledger away: what was given, what waits for a second officer, the form, and consents."""

from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from disaster.core.db import transaction
from disaster.core.errors import DomainError, Invalid, Missing
from disaster.core.extensions import db
from disaster.staff import accounts, presses
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.access import viewing
from registry.consent import consents
from registry.consent.consents import Said
from registry.consent.words import By, Method, Recipient
from registry.disclosure import giving, keeping, records, refusing
from registry.disclosure.files import SHAPES
from registry.disclosure.giving import FIVE, Asked
from registry.disclosure.grounds import LAWS, RULES, WORDS, Ground
from registry.ledger import sight
from registry.legal_items import BY_CODE, ITEMS
from registry.models.giving import Consent

blueprint = Blueprint("disclosures", __name__, url_prefix="/registry/disclosures")
MOST = 100


@blueprint.get("", strict_slashes=False)
@require(Permission.DISCLOSE)
def index() -> str:
    """What was given away, newest first, what waits, and what was refused."""
    account = current_account()
    with transaction() as session:
        waiting = giving.waiting(session, account)
        rows = records.newest(session, account, MOST)
        refused = refusing.listed(session, account, MOST)
    return render_template(
        "disclosures/index.html", rows=rows, waiting=waiting, refused=refused, me=account.id, five=FIVE, **_words()
    )


@blueprint.get("/new")
@require(Permission.DISCLOSE)
def form() -> str:
    """The form for one ground."""
    return _form(request.args, None, None)


@blueprint.post("", strict_slashes=False)
@require(Permission.DISCLOSE)
def create() -> ResponseReturnValue:
    """Look first; then give one person's data away, or propose to give many people's."""
    asked, actor = _asked(), current_account().id
    pressed = presses.of(request.path, request.form, current_account().actor)
    act = request.form.get("act", "look")
    try:
        if act == "refuse":
            refusing.refuse(asked, request.form.get("reason", ""), actor, pressed)
            flash("提供を断ったことを記録しました。何も提供していません。", "success")
            return redirect(url_for("disclosures.index", _anchor="h-refused"), code=303)
        if act == "give" and (number := presses.made(pressed)):
            return redirect(url_for("disclosures.show", disclosure_id=number), code=303)
        look = giving.look(asked, actor)
        if act == "look":
            return _form(request.form, None, look)
        if look.people + len(look.nothing) > giving.ALONE:
            giving.propose(asked, request.form.get("reason", ""), actor)
            flash("提案しました。もう1人の担当者が確認すると、ファイルができます。", "success")
        else:
            given = giving.give(asked, actor, pressed)
            return redirect(url_for("disclosures.show", disclosure_id=given.disclosure_id), code=303)
    except DomainError as error:
        return _form(request.form, error, None), error.status
    return redirect(url_for("disclosures.index"), code=303)


@blueprint.post("/proposals/<int:proposal_id>/confirm")
@require(Permission.DISCLOSE)
def confirm(proposal_id: int) -> ResponseReturnValue:
    """The second officer gets the file: on the page of its record, also when the button is pressed again."""
    try:
        given = giving.confirm(proposal_id, current_account().id, request.form.get("code", ""))
    except Missing:
        raise
    except DomainError as error:
        if first := keeping.confirmed_by(proposal_id, current_account().id):
            return redirect(url_for("disclosures.show", disclosure_id=first), code=303)
        flash(error.message, "error")
        return redirect(url_for("disclosures.index"), code=303)
    return redirect(url_for("disclosures.show", disclosure_id=given.disclosure_id), code=303)


@blueprint.post("/proposals/<int:proposal_id>/refuse")
@require(Permission.DISCLOSE)
def refuse(proposal_id: int) -> ResponseReturnValue:
    """Nothing is given away."""
    giving.refuse(proposal_id, current_account().id)
    flash("提供しないことにしました。", "success")
    return redirect(url_for("disclosures.index"), code=303)


@blueprint.get("/<int:disclosure_id>")
@require(Permission.DISCLOSE)
def show(disclosure_id: int) -> str:
    """One record with the people whom it was about, of those who exist for the account; recorded."""
    with transaction() as session:
        found = records.one(session, current_account(), disclosure_id)
        file = keeping.there(session, disclosure_id, current_account())
    return render_template("disclosures/show.html", found=found, row=found.row, file=file, five=FIVE, **_words())


@blueprint.get("/<int:disclosure_id>/file")
@require(Permission.DISCLOSE)
def file(disclosure_id: int) -> Response:
    """The file, for who made it, within the hour; recorded."""
    found, replaced = keeping.fetch(disclosure_id, current_account())
    answer = make_response(found.content)
    answer.mimetype = found.mimetype
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.name}"'
    answer.headers["X-Replaced-Letters"] = str(replaced)
    return answer


@blueprint.get("/consents/<victim_id>")
@require(Permission.DISCLOSE)
def consents_of(victim_id: str) -> str:
    """What one person agreed to, and the form."""
    return _consents(victim_id, None)


@blueprint.post("/consents/<victim_id>")
@require(Permission.DISCLOSE)
def consent(victim_id: str) -> ResponseReturnValue:
    """Record a consent."""
    typed = request.form
    sight.entry(db.session(), current_account(), victim_id)
    said = Said(
        by=typed.get("by", ""),
        recipient_class=typed.get("recipient_class", ""),
        items=typed.getlist("items"),
        method=typed.get("method", ""),
        recipient=typed.get("recipient", ""),
        purpose=typed.get("purpose", ""),
        by_name=typed.get("by_name", ""),
        heard=typed.get("heard") == "1",
    )
    try:
        pressed = presses.of(request.path, typed, current_account().actor)
        consents.give(victim_id, said, actor=current_account().actor, pressed=pressed)
    except Invalid as error:
        return _consents(victim_id, error), error.status
    flash("同意を記録しました。", "success")
    return redirect(url_for("disclosures.consents_of", victim_id=victim_id), code=303)


@blueprint.post("/consents/<victim_id>/<int:consent_id>/withdraw")
@require(Permission.DISCLOSE)
def withdraw(victim_id: str, consent_id: int) -> ResponseReturnValue:
    """The person takes it back; what was given away already stays where it is."""
    victim = sight.entry(db.session(), current_account(), victim_id)
    if consent_id not in {one.id for one in consents.of(db.session(), victim)}:
        raise Missing
    consents.withdraw(consent_id, actor=current_account().actor)
    flash("同意の取消しを記録しました。これから先の提供には入りません。すでに提供した分は、取り戻せません。", "success")
    return redirect(url_for("disclosures.consents_of", victim_id=victim_id), code=303)


def _asked() -> Asked:
    typed = request.form
    return Asked(
        ground=typed.get("ground", ""),
        recipient_class=typed.get("recipient_class", ""),
        recipient=typed.get("recipient", ""),
        numbers=typed.get("numbers", ""),
        items=typed.getlist("items"),
        purpose=typed.get("purpose", ""),
        shape=typed.get("shape", "csv"),
        application={name: typed.get(name, "") for name in FIVE if typed.get(name)},
        confirmed=len(set(typed.getlist("confirmed"))),
    )


def _form(typed: Any, error: DomainError | None, look: giving.Look | None) -> str:
    ground = typed.get("ground", "")
    rule = RULES.get(Ground(ground)) if ground in list(Ground) else None
    return render_template(
        "disclosures/form.html",
        rule=rule,
        ground=ground,
        typed=typed,
        chosen=typed.getlist("items"),
        ticked=typed.getlist("confirmed"),
        error=error,
        look=look,
        alone=giving.ALONE,
        five=FIVE,
        shapes=SHAPES,
        **_words(),
    )


def _consents(victim_id: str, error: Invalid | None) -> str:
    account = current_account()
    with transaction() as session:
        victim = sight.entry(session, account, victim_id)
        who = sight.named(session, account, [victim])[0]
        found: list[Consent] = consents.of(session, victim)
        viewing.record_paper(session, account, "consent.viewed", f"victim:{victim.id}", "disclosure")
    return render_template(
        "disclosures/consents.html",
        who=who,
        found=found,
        error=error,
        typed=request.form,
        chosen=request.form.getlist("items"),
        bys=list(By),
        methods=list(Method),
        items=[item for item in ITEMS if item.code != "R6"],
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {
        "rules": RULES,
        "grounds": WORDS,
        "laws": LAWS,
        "recipients": {str(one): one.ja for one in Recipient},
        "by_code": BY_CODE,
        "account_names": {one.id: one.name for one in accounts.everyone()},
    }
