"""The number that residents call: what the disaster radio said and what still stands, newest first."""

from dataclasses import dataclass

from broadcast.alert import content_json
from broadcast.cap.vocabulary import Language
from broadcast.channels.call_reports import LANGUAGE, REPEAT
from broadcast.models.alert import Transmission
from broadcast.sending import ledger
from broadcast.texts import telephone
from broadcast.texts.aloud import katakana
from disaster.core.clock import now
from disaster.core.municipality import municipality


@dataclass(frozen=True, slots=True)
class Place:
    """Where a caller stands: the transmission that was heard last (0: none yet) and the language."""

    transmission_id: int = 0
    language: Language = Language.JA


@dataclass(frozen=True, slots=True)
class Heard:
    """What comes next: the words, where the caller stands now, and whether another message follows."""

    words: tuple[str, ...]
    place: Place
    more: bool = False


def after(place: Place, key: str) -> Heard:
    """What a caller hears who pressed this key (none: at the beginning, or when a message came to its end)."""
    standing = [one for one in ledger.in_force(now()) if one.stopped_at is None]
    if not standing:
        town = municipality()
        return Heard(telephone.nothing(town.name, town.kana, town.name_en, place.language), Place(0, place.language))
    language = telephone.NEXT_LANGUAGE[place.language] if key == LANGUAGE else place.language
    position = next((number for number, one in enumerate(standing) if one.id == place.transmission_id), -1)
    first = position < 0
    if not first and key not in (REPEAT, LANGUAGE):
        position += 1
    position = max(0, position) % len(standing)
    words = _words(standing[position], language)
    if first:
        content = content_json.load(standing[0].content)
        words = (*telephone.welcome(content, len(standing), language), *words)
    return Heard(words, Place(standing[position].id, language), more=position + 1 < len(standing))


def _words(transmission: Transmission, language: Language) -> tuple[str, ...]:
    """When it was issued, and the words of the telephone; an alert from before there were any has the radio's."""
    said = telephone.one_of(content_json.load(transmission.content), transmission.sent_at, language)
    texts = transmission.texts.get("voice", {})
    plain = texts.get(language.value) or texts.get(Language.JA.value)
    if plain:
        return (said, *content_json.load_message(plain).extra["message"].split("\n"))
    radio = content_json.load_message(transmission.texts["radio"][Language.JA.value])
    lines = radio.extra.get("kana", radio.body).split("\n")
    return (said, *(katakana(line) for line in lines if not line.startswith(("♪", "【"))))
