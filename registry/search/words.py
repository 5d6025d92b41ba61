"""What somebody types to find a person, understood: readings, names in kanji, Latin letters, birth dates in any notation, telephones, names of areas."""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from disaster.core import birthdates, names
from disaster.core.birthdates import Precision
from disaster.core.places import Places
from registry.models.search import Script
from registry.search.phones import phone_digest

MOST_WORDS = 8
MOST_LETTERS = 100
_PHONE = re.compile(r"(?:\+81|0)[\d\-() ]{8,}")
_DIGIT = re.compile(r"\d|[元〇一二三四五六七八九十]年?")


@dataclass(frozen=True, slots=True)
class Word:
    """A part of a name. ``areas``: the same word is also the name of these areas (山田)."""

    script: Script
    key: str
    areas: frozenset[str] = frozenset()


@dataclass(slots=True)
class Query:
    """What is looked for; every part has to hold. ``births``: spans of days, one of which has to."""

    words: list[Word] = field(default_factory=list)
    births: list[tuple[date, date]] = field(default_factory=list)
    areas: frozenset[str] = frozenset()
    phones: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether nothing was understood."""
        return not (self.words or self.births or self.areas or self.phones)

    @property
    def exact_day(self) -> bool:
        """Whether a whole day of birth was named."""
        return any(first == last for first, last in self.births)


def understood(text: str, places: Places, today: date) -> Query:
    """Read what was typed. Never raises; letters that are no part of anything are left out."""
    query = Query()
    for word in _words(text):
        if _PHONE.fullmatch(unicodedata.normalize("NFKC", word)) and (digest := phone_digest(word)):
            query.phones.append(digest)
        elif _DIGIT.search(word) and (spans := [_span(*meant) for meant in birthdates.meant(word, today)]):
            query.births += spans
        elif (named := places.named(word)) and not _is_name(word):
            query.areas |= named
        elif found := _name(word, named):
            query.words.append(found)
    return query


def _words(text: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFC", text[:MOST_LETTERS]).replace("\u3000", " ")
    plain = re.sub(r"(?<=\d)[ ](?=\d{3,4}\b)", "-", plain) if _PHONE.search(plain) else plain
    yield from plain.split()[:MOST_WORDS]


def _is_name(word: str) -> bool:
    """Whether an area's name may as well be somebody's: all but those with 丁目, 大字 or a number."""
    return not re.search(r"丁目|大字|\d", unicodedata.normalize("NFKC", word))


def _name(word: str, areas: frozenset[str]) -> Word | None:
    if names.has_kana(word):
        script, key = Script.KANA, names.kana_key(word)
    elif names.has_latin(word):
        script, key = Script.LATIN, names.romaji_key(word)
    else:
        script, key = Script.KANJI, names.kanji_key(word)
    return Word(script, key[:60], areas) if key else None


def _span(day: date, precision: Precision) -> tuple[date, date]:
    """First and last day of what is known of a birth date."""
    if precision == Precision.MONTH:
        return day, day.replace(day=monthrange(day.year, day.month)[1])
    if precision == Precision.YEAR:
        return day, day.replace(month=12, day=31)
    if precision == Precision.DECADE:
        return day, date(day.year + 10, 1, 1) - timedelta(days=1)
    return day, day
