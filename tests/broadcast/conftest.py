"""A town on either database."""

import pytest
from flask import Flask

from tests.broadcast.town import Town


@pytest.fixture
def town(app: Flask) -> Town:
    """A small town on SQLite."""
    return Town(app).build()


@pytest.fixture
def any_town(app_on_any_database: Flask) -> Town:
    """The same on SQLite and on PostgreSQL."""
    return Town(app_on_any_database).build()
