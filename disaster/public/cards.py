"""An alert as a resident's page shows it: the frozen content in the words that every channel uses, in one language."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from broadcast.alert import content_json
from broadcast.alert.content import Content
from broadcast.cap.vocabulary import Kind, Language
from broadcast.models.alert import Transmission
from broadcast.texts import easy, english, japanese
from broadcast.texts.wording import Wording, is_cancel, ordered
from disaster.public.language import when

_WORDINGS: dict[Language, Callable[[Content], Wording]] = {
    Language.JA: japanese.wording,
    Language.EASY_JA: easy.wording,
    Language.EN: english.wording,
}


@dataclass(frozen=True, slots=True)
class Card:
    """What is shown of one alert.

    ``level`` is the 警戒レベル that stands when this has been read, None where it raises none. ``own_words`` are the officer's Japanese
    sentences, shown beside the standard sentences of another language. ``contact`` is a name and a telephone number in one line.
    """

    alert_id: int
    level: int | None
    hazard: str
    says: Wording
    key: str
    own_words: tuple[str, ...]
    since: str
    sent: datetime
    expires: datetime
    over_at: str


def card(transmission: Transmission, language: Language) -> Card:
    """The card of one transmission."""
    content = content_json.load(transmission.content)
    says, order = _WORDINGS[language](content), ordered(content)
    return Card(
        alert_id=content.alert_id,
        level=order.level if order else None,
        hazard=str(content.hazard),
        says=says,
        key=says.key if order or is_cancel(content) else "",
        own_words=() if language == Language.JA else _own_words(content),
        since=when(transmission.sent_at, language),
        sent=transmission.sent_at,
        expires=content.expires,
        over_at=when(content.expires, language),
    )


def by_urgency(cards: list[Card]) -> list[Card]:
    """Highest level first, among equals the newest."""
    return sorted(cards, key=lambda found: (-(found.level or 0), -found.sent.timestamp()))


def _own_words(content: Content) -> tuple[str, ...]:
    title = content.title if content.kind == Kind.NOTICE else ""
    return tuple(text for text in (title, content.correction, content.situation, content.action) if text)
