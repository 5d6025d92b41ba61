"""The language of a resident's page: chosen by ``?lang=``, words from one small file each."""

import tomllib
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from broadcast.cap.vocabulary import Language
from disaster.core import clock

NAMES = {Language.JA: "日本語", Language.EASY_JA: "やさしい日本語", Language.EN: "English"}
FORMS = {Language.JA: "ja", Language.EASY_JA: "easy", Language.EN: "en"}  # columns of broadcast/texts/sentences.toml
HTML_TAGS = {Language.JA: "ja", Language.EASY_JA: "ja", Language.EN: "en"}
SUBSCRIBE = "subscribe"
_FOLDER = Path(__file__).with_name("phrases")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

Words = Callable[..., str]


def chosen(value: str | None) -> Language:
    """The language asked for; Japanese for anything unknown."""
    return Language(value) if value in set(Language) else Language.JA


@cache
def table(language: Language) -> dict[str, Any]:
    """All words of a language, as its files have them: those of the pages, and those of subscribing as a table of their own."""
    pages: dict[str, Any] = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return {**pages, SUBSCRIBE: tomllib.loads((_FOLDER / SUBSCRIBE / f"{language}.toml").read_text(encoding="utf-8"))}


def words(language: Language) -> Words:
    """``t("key", name=value)``: the words of a key; ``hazard.flood`` reaches into a table. An unknown key is a KeyError."""
    known = table(language)

    def say(key: str, **values: object) -> str:
        group, _, name = key.rpartition(".")
        text: str = (known[group] if group else known)[name]
        return text.format(**values) if values else text

    return say


def day(on: date, language: Language) -> str:
    """A day with its year."""
    if language == Language.EN:
        return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"
    if language == Language.EASY_JA:
        return f"{on.year}年（ねん）{on.month}月（がつ）{on.day}日（にち）"
    return f"{on.year}年{on.month}月{on.day}日"


def when(instant: datetime, language: Language) -> str:
    """An instant in JST, 24 hours, with the day of the week."""
    local = clock.jst(instant)
    if language == Language.EN:
        return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}, {local:%H:%M}"
    if language == Language.EASY_JA:
        return f"{local.month}月（がつ）{local.day}日（にち） {local:%H:%M}"
    return clock.day_and_time(instant)
