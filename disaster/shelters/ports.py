"""What the shelters ask of the rooms above them: which hazards are under way, and who is still inside. The roof plugs the answers in."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app

_KEY = "disaster.shelters.ports"


@dataclass(frozen=True, slots=True)
class Inside:
    """People at a shelter: registered ones, and those that were only counted at the door."""

    registered: int = 0
    unregistered: int = 0


@dataclass(frozen=True, slots=True)
class Ports:
    """``hazards``: hazards of the alerts in force that tell people to leave, the most urgent first, as the shelter lists name them."""

    hazards: Callable[[], list[str]] = list
    inside: Callable[[int], Inside] = lambda _shelter_id: Inside()


def init_app(app: Flask, ports: Ports) -> None:
    """Plug the answers in."""
    app.extensions[_KEY] = ports


def ports() -> Ports:
    """The answers; nothing is known where none were plugged in."""
    found: Ports = current_app.extensions.get(_KEY) or Ports()
    return found
