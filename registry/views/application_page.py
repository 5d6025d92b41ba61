"""The page of one application, as it was asked for or with what was refused and typed."""

from flask import render_template, request
from sqlalchemy import select

from disaster.core import birthdates
from disaster.core.errors import Invalid, Stale
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.staff.accounts import current_account
from registry.access import asked
from registry.access.clearance import cleared
from registry.damage import applying, handling, households, issuing, numbers, owners, shown, surveys, unregistered
from registry.damage.vocabulary import CHANNELS, RELATIONS, TENURES
from registry.models.certificates import ApplicationMove
from registry.models.damage import Dwelling
from registry.views import actors


def page(application_id: str, error: Invalid | Stale | None = None, *, form: str = "") -> str:
    """The page. ``form`` names the form that was refused, where several of the page have the same fields; what was typed stands in it again.

    The words by which household and building are looked for come with a form: a name stands in no address.
    """
    account = current_account()
    row, what, people = shown.opened(account, application_id)
    searching = row.dwelling_id is None
    words, place = request.form.get("q", "")[:80], request.form.get("building_q", "")[:80]
    words = words or _number(request.args.get("made", ""))
    asked.words(account, words if searching else "")
    found = households.candidates(row.incident_id, words, cleared=cleared(account)) if searching and words else []
    known = shown.known_dwellings(account, row.incident_id)
    moves = list(
        db.session.scalars(
            select(ApplicationMove).where(ApplicationMove.application_id == row.id).order_by(ApplicationMove.id)
        )
    )
    dwelling = db.session.get(Dwelling, row.dwelling_id) if row.dwelling_id else None
    return render_template(
        "certificates/show.html", row=row, given=what, people=people, number=numbers.shown(row.number), moves=moves,
        names=actors.names(move.by for move in moves), born=birthdates.in_era(what.day), relations=RELATIONS, tenures=TENURES, channels=CHANNELS,
        files=applying.files(row.id), versions=issuing.versions(db.session(), row.id), error=error,
        fields=error.fields if isinstance(error, Invalid) else {}, refused=form if error else "",
        dwelling=dwelling, owner=owners.named(account, dwelling) if dwelling else "", owned_by=owners.WHO,
        surveys=surveys.of_dwelling(row.dwelling_id) if row.dwelling_id else [], candidates=found, q=words, building=place,
        buildings=handling.buildings(row.incident_id, place, known=known) if searching else [], searching=searching,
        neighbours=shown.others(account, row), people_lines=unregistered.proposed(what), typed=request.form.to_dict() if error else {},
        areas=areas(), centre=municipality().map,
    )  # fmt: skip


def areas() -> dict[str, str]:
    """Names of the town's areas by code."""
    return {code: area.name for code, area in municipality().area_by_code.items()}


def _number(text: str) -> str:
    """The number of a household that was just made, from the address."""
    return text if text.isascii() and text.isdecimal() and len(text) < 8 else ""
