"""The form of an application in the languages of residents (``words/<language>.toml``), and what is said about a field in them."""

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from disaster.core.errors import DomainError, Invalid, Stale
from registry.damage.applying import TooManyApplications

LANGUAGES = ("ja", "easy_ja", "en")
_FOLDER = Path(__file__).with_name("words")


@cache
def table(language: str) -> dict[str, Any]:
    """All words of a language, as its file has them."""
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


def words(language: str) -> Callable[..., str]:
    """``w("label.name", value=…)``: the words of a key; nothing for a hint that there is not."""
    known = table(language)

    def say(key: str, **values: object) -> str:
        group, _, name = key.rpartition(".")
        known_here: dict[str, str] = known[group] if group else known
        text = known_here.get(name, "") if group == "hint" else known_here[name]
        return text.format(**values) if values else text

    return say


def told(error: DomainError, language: str) -> tuple[str, dict[str, str]]:
    """The sentence over the form and those at its fields. In Japanese they say what exactly is wrong, in others what belongs into the field."""
    fields = error.fields if isinstance(error, Invalid) else {}
    if language == "ja":
        return error.message, fields
    said = table(language)["error"]
    if isinstance(error, Invalid):
        key = "form" if fields else "again"
    else:
        key = "many" if isinstance(error, TooManyApplications) else "stale" if isinstance(error, Stale) else "other"
    return said[key], {name: said[name] for name in fields}
