"""How an alert is graded in CAP 1.2. Japan has no official CAP profile: the mapping is this project's own (ADR territory).

Level 5 is Immediate, Extreme, Observed; level 4 Immediate, Severe, Likely; level 3 Expected, Moderate, Likely.
"""

from typing import NamedTuple

from broadcast.alert.content import Content
from broadcast.cap.vocabulary import Hazard, Kind
from broadcast.texts.wording import is_cancel, withdrawn_kind


class Grade(NamedTuple):
    """The values of an info block."""

    urgency: str
    severity: str
    certainty: str
    responses: tuple[str, ...]


_GRADES = {
    Kind.EMERGENCY: Grade("Immediate", "Extreme", "Observed", ("Shelter",)),
    Kind.EVACUATE: Grade("Immediate", "Severe", "Likely", ("Evacuate",)),
    Kind.ELDERLY: Grade("Expected", "Moderate", "Likely", ("Evacuate", "Prepare")),
    Kind.LIFT: Grade("Past", "Minor", "Observed", ("AllClear",)),
    Kind.SHELTERS: Grade("Expected", "Minor", "Likely", ("Prepare",)),
    Kind.NOTICE: Grade("Unknown", "Unknown", "Unknown", ("Monitor",)),
}
_WITHDRAWN = Grade("Past", "Minor", "Unlikely", ("AllClear",))
_MOVING = frozenset({Hazard.TSUNAMI, Hazard.FIRE})  # staying where one is does not help

_CATEGORIES = {
    Hazard.FLOOD: "Met",
    Hazard.LANDSLIDE: "Geo",
    Hazard.STORM_SURGE: "Met",
    Hazard.EARTHQUAKE: "Geo",
    Hazard.TSUNAMI: "Geo",
    Hazard.FIRE: "Fire",
    Hazard.INUNDATION: "Met",
    Hazard.VOLCANO: "Geo",
    Hazard.WIND: "Met",
    Hazard.SNOW: "Met",
    Hazard.OTHER: "Other",
}


def grade(content: Content) -> Grade:
    """Urgency, severity, certainty and responses; a withdrawn 解除 is graded as the order that still stands."""
    if is_cancel(content):
        lifted = content.lifted if withdrawn_kind(content) is Kind.LIFT else None
        return _of(lifted, content.hazard) if lifted else _WITHDRAWN
    return _of(content.kind, content.hazard)


def _of(kind: Kind, hazard: Hazard) -> Grade:
    found = _GRADES[kind]
    return found._replace(responses=("Evacuate",)) if kind is Kind.EMERGENCY and hazard in _MOVING else found


def categories(content: Content) -> tuple[str, ...]:
    """The hazard's category and Safety; Safety alone for a notice."""
    return ("Safety",) if content.kind is Kind.NOTICE else (_CATEGORIES[content.hazard], "Safety")
