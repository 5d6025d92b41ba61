"""What residents read of a measure, in their language: shipped words, those of the municipality's own measures, and amounts set for this disaster.

``words/<language>.json`` translates what ``programmes.json`` ships; a municipality that has its own ``aid.json`` translates it in ``aid.<language>.json``
beside it. What nobody translated stays Japanese and says so.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter

from disaster.core.municipality import municipality
from registry.aid.measures import Measure
from registry.aid.programmes import Data, Programme
from registry.damage.grades import Grade


class Words(Data):
    """A measure in another language."""

    name: str
    what: str
    who: str
    how_much: str
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What one reads. ``translated`` False: there is nothing but Japanese. ``amounts``: yen by grade (None: for everybody), where somebody set them."""

    words: Words
    translated: bool
    amounts: tuple[tuple[Grade | None, int], ...]


def told(measure: Measure, language: str) -> Told:
    """The measure in this language (``ja``, ``easy_ja``, ``en``)."""
    programme = measure.programme
    found = _translated(municipality().folder, language).get(programme.key)
    return Told(found or _japanese(programme), found is not None or language == "ja", amounts(measure))


def amounts(measure: Measure) -> tuple[tuple[Grade | None, int], ...]:
    """What officers set for this disaster, the worst grade first; nothing where the shipped amounts stand, which the words tell."""
    yen = measure.programme.amount.yen
    if not measure.own_yen:
        return ()
    if isinstance(yen, int):
        return ((None, yen),)
    return tuple((grade, value) for grade in Grade if isinstance(value := yen.get(grade), int))


def _japanese(programme: Programme) -> Words:
    plain = programme.plain
    return Words(
        name=programme.name, what=plain.what, who=plain.who, how_much=plain.how_much, documents=programme.documents
    )


@lru_cache(maxsize=8)
def _translated(folder: Path, language: str) -> dict[str, Words]:
    """By key. A shipped translation does not stand for a measure that the municipality has in words of its own."""
    kind = TypeAdapter(dict[str, Words])
    own = {row["key"] for row in json.loads(_read(folder / "aid.json", "[]"))}
    shipped = kind.validate_json(_read(Path(__file__).parent / "words" / f"{language}.json", "{}"))
    mine = kind.validate_json(_read(folder / f"aid.{language}.json", "{}"))
    return {key: words for key, words in shipped.items() if key not in own} | mine


def _read(file: Path, otherwise: str) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else otherwise
