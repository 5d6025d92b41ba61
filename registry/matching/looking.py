"""The worker looks for entries that may be one person after they came in, so that no desk waits for it."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.incidents import running
from registry.intake.projection import instant, millis
from registry.matching import suggesting
from registry.models.people import MatchingMark, Person

MARK = 1


def look() -> int:
    """Look among the entries that changed since the last time; how many pairs are new. Nothing is written while nothing changed."""
    incident = running.running()
    if incident is None:
        return 0
    mark = db.session.get(MatchingMark, MARK)
    since = instant(mark.number) if mark else None
    newest: datetime | None = db.session.scalar(
        select(func.max(Person.updated_at)).where(Person.incident_id == incident)
    )
    if newest is None or (since is not None and millis(newest) <= millis(since)):
        return 0
    try:
        found = suggesting.refresh(incident, since=since)
    except IntegrityError:  # another worker found the same pair in this moment; the next round sees what is left
        return 0
    with transaction() as session:
        session.merge(MatchingMark(id=MARK, number=millis(newest)))
    return found
