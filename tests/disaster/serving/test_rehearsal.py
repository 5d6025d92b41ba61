"""The web server has gone through its most urgent requests before the first person asks, and nothing of that stays."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.engine.interfaces import CacheStats

from disaster.app import create_app
from disaster.core.audit import AuditEntry
from disaster.core.extensions import db
from disaster.core.settings import Settings
from disaster.incidents.models import Incident
from disaster.serving import rehearsal
from registry.models.intake import Device, IntakeEvent
from registry.models.people import Person
from registry.models.search import SearchName
from registry.search.ranking import Scope, find
from tests.registry.tablets.desk import Desk, with_key
from tests.registry.views.desks import shelter_named


@contextmanager
def compiled_anew() -> Iterator[list[str]]:
    """The statements that were not compiled before."""
    found: list[str] = []

    def look(
        _connection: object, _cursor: object, statement: str, _values: object, context: object, _many: bool
    ) -> None:
        if getattr(context, "cache_hit", None) is CacheStats.CACHE_MISS:
            found.append(statement)

    event.listen(db.engine, "before_cursor_execute", look)
    yield found
    event.remove(db.engine, "before_cursor_execute", look)


def test_the_first_family_and_the_first_search_compile_nothing(app: Flask) -> None:
    desk = Desk(app, shelter_named("神田小学校"))
    rehearsal.rehearse(app)
    family = desk.tablet.sealed(desk.tablet.family(desk.now(), "見本", 2))
    with compiled_anew() as found:
        assert set(desk.statuses(family)) == {"NEW"}
        assert set(desk.statuses(family)) == {"IDENTICAL"}
        for words in ("見本", "みほん いち", "Mihon Ichi", "みほん 1980-04-12", "みほん 1980", "1980-04-12"):
            find(words, Scope())
    assert found == []


def test_nothing_of_it_stays(app_on_any_database: Flask) -> None:
    shelter_named("神田小学校")
    with_key(app_on_any_database)
    before = db.session.scalar(select(func.count()).select_from(AuditEntry))
    rehearsal.rehearse(app_on_any_database)
    for model in (Device, IntakeEvent, Person, Incident, SearchName):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == before


def test_the_service_starts_also_where_there_is_nothing_to_rehearse_with(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "disaster.serving")
    rehearsal.rehearse(create_app(Settings(data_dir=tmp_path, secret_key="test-secret", data_key="0" * 64)))
    assert [record.getMessage() for record in caplog.records] == ["not rehearsed: OperationalError"]
