"""Somebody at the headquarters' pages."""

import pytest
from flask import Flask

from disaster.staff.permissions import Role
from tests.broadcast.town import Town
from tests.broadcast.views.browsing import Person, person


@pytest.fixture
def writer(app: Flask, town: Town) -> Person:
    """Somebody who composes."""
    return person(app, "writer", Role.OPERATOR)
