"""The fixed words and sentences, read once from ``sentences.toml``; every access names what it wants and fails loudly."""

import tomllib
from pathlib import Path
from typing import Any

from broadcast.cap.vocabulary import Hazard, Kind

_DATA: dict[str, Any] = tomllib.loads(Path(__file__).with_name("sentences.toml").read_text(encoding="utf-8"))


def kind(which: Kind, form: str) -> str:
    """The word for a kind in a form: ``ja``, ``kana``, ``easy``, ``meaning``, ``plain`` or ``en``."""
    return str(_DATA["kind"][which.value][form])


def hazard(which: Hazard, form: str) -> str:
    """A word or sentence of a hazard, such as ``kana``, ``risk_ja``, ``move_en``; ``ja`` is the word of the vocabulary."""
    return which.ja if form == "ja" else str(_DATA["hazard"][which.value][form])


def happening(which: Kind, about: Hazard, form: str) -> str:
    """The standard sentence on what is happening, for levels 3 to 5; empty for the other kinds."""
    if which.level is None:
        return ""
    words = _DATA["hazard"][about.value]
    pattern: str = _DATA["happening"][which.value][form]
    return pattern.format(risk=words[f"risk_{form}"], disaster=words.get(f"disaster_{form}", ""))


def act(which: Kind, form: str) -> str:
    """The heart of levels 3 to 5: what the people do."""
    return str(_DATA["act"][which.value][form])


def short_acts(which: Kind, form: str) -> list[str]:
    """The same for a message of 70 units, longest first."""
    return list(_DATA["act"][which.value][f"short_{form}"])


def actions(which: Kind, about: Hazard, form: str) -> tuple[str, ...]:
    """Every standard sentence on what to do, without the heart of the level."""
    if which.level is None:
        return _other_actions(which, about, form)
    more = _DATA["act"][which.value][f"more_{form}"]
    special = _DATA["hazard"][about.value][("safe_" if which is Kind.EMERGENCY else "move_") + form]
    return tuple(text for text in (more, special) if text)


def _other_actions(which: Kind, about: Hazard, form: str) -> tuple[str, ...]:
    if which is Kind.LIFT:
        return str(_DATA["lift"][form]), str(_DATA["hazard"][about.value][f"after_{form}"])
    return (str(_DATA["shelters"][form]),) if which is Kind.SHELTERS else ()


def short_lift(form: str) -> str:
    """What to do when an order was lifted, for an SMS."""
    return str(_DATA["lift"][f"short_{form}"])


def withdrawn(which: Kind, form: str) -> str:
    """What to do now that an alert of this kind was withdrawn as issued by mistake."""
    return str(_DATA["withdrawn"][_group(which)][form])


def short_withdrawn(which: Kind, form: str) -> list[str]:
    """The same for a message of 70 units, longest first."""
    return list(_DATA["withdrawn"][_group(which)][f"short_{form}"])


def _group(which: Kind) -> str:
    return "level" if which.level else which.value


def unofficial_terms() -> list[str]:
    """Kinds whose wording is not an official one and is to be reviewed by the municipality, as ``避難所の開設 / Shelters Open``."""
    return [f"{entry['ja']} / {entry['en']}" for entry in _DATA["kind"].values() if entry["review"]]
