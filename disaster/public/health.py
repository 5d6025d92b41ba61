"""How the service is, for monitors and load balancers; no numbers about people."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from broadcast.sending import ledger
from disaster.core import clock
from disaster.core.extensions import db

STALE = timedelta(seconds=60)


def state() -> dict[str, object]:
    """``status`` ok or failed, the database, and how many seconds ago a worker gave a sign of life (null: never).

    A missing worker does not fail the web service: pages and approval go on, and the queue waits for it.
    """
    try:
        db.session.execute(text("SELECT 1"))
        beat = ledger.last_beat(clock.now())
    except SQLAlchemyError:
        db.session.rollback()
        return {"status": "failed", "database": "failed", "worker": "unknown", "worker_age_s": None}
    age = clock.now() - beat if beat else None
    worker = "none" if age is None else "ok" if age < STALE else "stale"
    return {
        "status": "ok",
        "database": "ok",
        "worker": worker,
        "worker_age_s": None if age is None else max(0, round(age.total_seconds())),
    }
