"""The town's real shelters, taken in."""

import pytest
from flask import Flask

from disaster.core.municipality import municipality
from disaster.shelters import directory, importing
from disaster.shelters.models import Shelter


@pytest.fixture
def shelters(app: Flask) -> dict[str, Shelter]:
    """All 25 places of 東員町 by name."""
    importing.import_shipped(municipality())
    return {shelter.name: shelter for shelter in directory.all_shelters()}
