"""Which help there is after a disaster (被災支援策), for whom and until when, in plain words; only what is open."""

from datetime import datetime

from flask import Blueprint, Response, render_template
from sqlalchemy import func, select

from broadcast.cap.vocabulary import Language
from disaster.core import clock
from disaster.core.extensions import db
from disaster.incidents import laws, running
from disaster.incidents.models import Incident
from disaster.public import look, served
from disaster.staff.guards import public
from registry.aid.measures import Measure, measures
from registry.models.aid import ProgrammeVersion

blueprint = Blueprint("public_aid", __name__)


@blueprint.get("/aid")
@public
def index() -> Response:
    """The page."""
    incident = db.session.get(Incident, running.running() or 0)

    def render(at: datetime) -> str:
        known = measures(db.session(), incident) if incident else {}
        today = clock.jst(at).date()
        shown = [one for one in known.values() if one.open and (one.until is None or one.until >= today)]
        return render_template("public/aid.html", incident=incident, shown=_by_day(shown), **look.page(Language.JA))

    return served.answer(("aid", clock.jst(clock.now()).date(), *_stamp(incident)), render)


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
