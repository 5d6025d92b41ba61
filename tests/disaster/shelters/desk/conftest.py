"""One open shelter, and answers to what the shelters ask of the rooms above."""

from collections.abc import Callable

import pytest
from flask import Flask

from disaster.core.municipality import municipality
from disaster.shelters import directory, importing, ports, state
from disaster.shelters.models import Shelter
from disaster.shelters.ports import Inside
from disaster.shelters.vocabulary import Opening

Told = Callable[..., None]


@pytest.fixture
def world(app: Flask) -> Told:
    """``world(hazards=["flood"], registered=3)``: what is under way and who is inside."""

    def tell(hazards: list[str] | None = None, registered: int = 0, unregistered: int = 0) -> None:
        inside = Inside(registered, unregistered)
        ports.init_app(app, ports.Ports(hazards=lambda: hazards or [], inside=lambda _id: inside))

    tell()
    return tell


@pytest.fixture
def town(world: Told) -> dict[str, Shelter]:
    """The town's 指定避難所 by name."""
    importing.import_shipped(municipality())
    return {s.name: s for s in directory.all_shelters() if s.kind == "evacuation"}


@pytest.fixture
def kanda(town: dict[str, Shelter]) -> int:
    """The number of 神田小学校, which is open."""
    number = town["神田小学校"].id
    state.set_opening(number, Opening.OPEN, seen=1, actor="account:1")
    return number
