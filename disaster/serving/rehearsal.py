"""A web server goes through its most urgent requests once before it takes any, so that nobody waits a second for what is made at first use."""

import gc
import logging

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from disaster.core.errors import DomainError
from disaster.core.extensions import db
from registry.search import ranking
from registry.tablets import rehearsal

_log = logging.getLogger("disaster.serving")


def rehearse(app: Flask) -> None:
    """Register a family, look for somebody, knock as a tablet does; nothing of it stays.

    Where it fails (no tables yet, a busy database, no key), the service starts all the same.
    """
    try:
        with app.app_context():
            try:
                ranking.rehearse()
                rehearsal.rehearse()
            finally:
                db.session.remove()
    except (DomainError, SQLAlchemyError) as error:
        _log.info("not rehearsed: %s", type(error).__name__)
        return
    client = app.test_client()
    client.get("/health")
    client.post("/api/v1/sync", json={}, headers={"Authorization": "Bearer nobody"})


def settle() -> None:
    """Leave what was made until now out of every later collection: it lives as long as the process, and to walk over it took a tenth of a second."""
    gc.collect()
    gc.freeze()
