"""Which help there is after a disaster (被災支援策), for whom and until when, in plain words; only what is open."""

from datetime import datetime

from flask import Blueprint, Response, render_template, request
from sqlalchemy import func, select

from disaster.core import clock
from disaster.core.extensions import db
from disaster.incidents import laws, running
from disaster.incidents.models import Incident
from disaster.public import look, served
from disaster.public.language import chosen, day
from disaster.staff.guards import public
from registry.aid.measures import Measure, measures
from registry.aid.plain import told
from registry.models.aid import ProgrammeVersion

blueprint = Blueprint("public_aid", __name__)


@blueprint.get("/aid")
@public
def index() -> Response:
    """The page."""
    language = chosen(request.args.get("lang"))
    incident = db.session.get(Incident, running.running() or 0)

    def render(at: datetime) -> str:
        known = measures(db.session(), incident) if incident else {}
        today = clock.jst(at).date()
        shown = [one for one in known.values() if one.open and (one.until is None or one.until >= today)]
        rows = [(one, told(one, language), day(one.until, language) if one.until else "") for one in _by_day(shown)]
        return render_template("public/aid.html", rows=rows, **look.page(language))

    return served.answer(("aid", language, clock.jst(clock.now()).date(), *_stamp(incident)), render)


def _by_day(shown: list[Measure]) -> list[Measure]:
    """Those with a last day first, the nearest first."""
    return sorted(shown, key=lambda one: (one.until is None, one.until))


def _stamp(incident: Incident | None) -> tuple[object, ...]:
    """What the page depends on."""
    if incident is None:
        return ()
    newest = db.session.scalar(select(func.max(ProgrammeVersion.id)).where(ProgrammeVersion.incident_id == incident.id))
    applied = laws.applied(db.session(), incident.id)
    return (incident.id, incident.occurred_at, newest, *sorted(applied.items()))
