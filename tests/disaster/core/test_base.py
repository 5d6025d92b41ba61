"""Columns mean the same on SQLite and PostgreSQL."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Integer, select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core.base import Base, BigId, UtcTime
from disaster.core.clock import JST
from disaster.core.db import transaction
from disaster.core.extensions import db

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=JST)


class Instant(Base):
    """A table that only these tests have."""

    __tablename__ = "test_instant"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    size: Mapped[int] = mapped_column(Integer, default=0)


def test_an_instant_comes_back_aware_and_equal(app_on_any_database: Flask) -> None:
    with transaction() as session:
        session.add(Instant(at=NOON))
    db.session.remove()
    found = db.session.scalars(select(Instant.at)).one()
    assert found == NOON
    assert found.utcoffset() == timedelta(0)


def test_instants_are_compared_as_instants_whatever_zone_the_question_has(app_on_any_database: Flask) -> None:
    with transaction() as session:
        session.add(Instant(at=NOON))
    assert db.session.scalars(select(Instant.id).where(Instant.at <= NOON)).all() == [1]
    assert db.session.scalars(select(Instant.id).where(Instant.at < NOON)).all() == []


def test_a_time_without_a_zone_is_refused(app: Flask) -> None:
    with pytest.raises(StatementError, match="an instant needs its time zone"), transaction() as session:
        session.add(Instant(at=datetime(2026, 11, 23, 12, 0)))  # noqa: DTZ001
