"""People of the headquarters, signed in, in a small town."""

import pytest
from flask import Flask

from disaster.staff.permissions import Role
from tests.broadcast.town import Town
from tests.broadcast.views.browsing import Person, person


@pytest.fixture
def writer(app: Flask, town: Town) -> Person:
    """Somebody who composes."""
    return person(app, "writer", Role.OPERATOR)


@pytest.fixture
def decider(app: Flask, town: Town) -> Person:
    """Somebody who approves."""
    return person(app, "decider", Role.APPROVER)
