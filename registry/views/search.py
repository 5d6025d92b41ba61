"""The page on which people are found. What was typed goes in the body of the form: it stands in no address, no log and no history."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from disaster.core import clock
from disaster.core.birthdates import age_on
from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.text import clean_line
from disaster.shelters import directory
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.access.cells import PURPOSES
from registry.models.people import Person
from registry.models.search import Subject
from registry.people import finding
from registry.search.ranking import SHOWN, Hit

blueprint = Blueprint("people_search", __name__, url_prefix="/registry/search")
_TYPES = {Subject.PERSON: "避難者", Subject.RESIDENT: "住民の名簿"}


@blueprint.get("", strict_slashes=False)
@require(Permission.PEOPLE_VIEW)
def ask() -> str:
    """The form."""
    return _page("", "", None, None)


@blueprint.post("", strict_slashes=False)
@require(Permission.PEOPLE_VIEW)
def answer() -> ResponseReturnValue:
    """The hits, recorded."""
    typed, why = request.form.get("words", ""), request.form.get("why", "")
    try:
        words = clean_line(typed, field="words", label="探すことば", limit=100, required=True)
        with transaction() as session:
            hits = finding.asked(session, current_account(), words, why)
    except Invalid as error:
        return _page(typed, why, None, error), error.status
    return _page(words, why, hits, None)


def _page(words: str, why: str, hits: list[Hit] | None, error: Invalid | None) -> str:
    places = {shelter.id: shelter.name for shelter in directory.all_shelters()} if hits else {}
    numbers = [hit.id for hit in hits or () if hit.subject == Subject.PERSON and hit.birth_date is None]
    rows = db.session.execute(select(Person.id, Person.age_stated).where(Person.id.in_(numbers)))
    stated = {row.id: row.age_stated for row in rows}
    return render_template(
        "registry/search.html", stated=stated, words=words, why=why, hits=hits, error=error, purposes=PURPOSES, types=_TYPES,
        shelters=places, areas=municipality().area_by_code, most=SHOWN, age=_age,
        only_own=finding.scope_of(current_account()).own is not None,
    )  # fmt: skip


def _age(hit: Hit) -> str:
    """The age where the birth date is known well enough."""
    if hit.birth_date is None or hit.birth_precision in ("unknown", "decade"):
        return ""
    about = "" if hit.birth_precision == "day" else "約"
    return f"{about}{age_on(hit.birth_date, clock.jst(clock.now()).date())}歳"
