"""An alert as one LINE text: LINE allows 5,000 units and five texts a call, people read one of less than 1,000."""

from collections.abc import Sequence

from broadcast.alert.content import Content
from broadcast.cap.vocabulary import Kind, Language
from broadcast.channels.contract import Message
from broadcast.texts import easy, english, japanese, notes, places
from broadcast.texts.cleaning import easy_sentences, one_line
from broadcast.texts.fitting import Parts, fit
from broadcast.texts.limits import utf16_units
from broadcast.texts.shortening import forms
from broadcast.texts.templates import fill
from broadcast.texts.wording import Wording

AIM = 1000
STEPS = (
    "shelters",
    "places",
    "situation",
    "actions",
    "correction",
    "shelters",
    "situation",
    "actions",
    "correction",
    "places",
)
_WORDINGS = {Language.JA: japanese.wording, Language.EASY_JA: easy.wording, Language.EN: english.wording}


def render(content: Content, language: Language) -> Message:
    """Write the text, under 1,000 UTF-16 units."""
    words = _WORDINGS[language](content)

    def write(parts: Parts) -> str:
        return fill(
            "line", language.value, w=words, notice=content.kind is Kind.NOTICE, part=parts, url=one_line(content.url)
        )

    fitted = fit(_choices(content, language, words), STEPS, write, lambda text: utf16_units(text) < AIM)
    return Message(
        "line",
        language.value,
        fitted.text,
        units=utf16_units(fitted.text),
        limit=AIM,
        measure="UTF-16",
        notes=notes.shortened(fitted.shortened),
    )


def _choices(content: Content, language: Language, words: Wording) -> dict[str, Sequence[str]]:
    return {
        "correction": forms(words.correction, 150, 60, joint="\n")[:3],
        "lead": ["\n".join(easy_sentences(words.lead)) if language is Language.EASY_JA else words.lead],
        "situation": forms(words.situation, 150, 60, joint="\n")[:3],
        "actions": forms(words.actions, 150, 60, joint="\n")[:3],
        "places": [words.places, _counted(content, language)] if words.places else [""],
        "shelters": _shelters(words, language),
    }


def _counted(content: Content, language: Language) -> str:
    if language is Language.EN:
        return places.counted_en(content)
    if language is Language.JA:
        return places.counted(content)
    return f"{len(content.areas)}の 地区（ちく）" if not content.whole_town else places.areas_easy(content)


def _shelters(words: Wording, language: Language) -> list[str]:
    if not words.shelters:
        return [""]
    bullets = [f"・{name}" if language is not Language.EN else f"- {name}" for name in words.shelters]
    form = {Language.JA: "ja", Language.EASY_JA: "easy", Language.EN: "en"}[language]
    return [
        "\n".join(bullets),
        places.first_few(words.shelters, 3, language=form),
        places.first_few(words.shelters, 1, language=form),
    ]
