"""An alert as a notification of a browser: a title and a few lines. They are the whole message where there is no network to open the page."""

from collections.abc import Sequence

from broadcast.alert.content import Content
from broadcast.cap.vocabulary import Kind, Language
from broadcast.channels.contract import Message
from broadcast.texts import easy, english, japanese, notes, places
from broadcast.texts.cleaning import one_line
from broadcast.texts.fitting import Parts, fit
from broadcast.texts.limits import cut, grapheme_count
from broadcast.texts.shortening import forms
from broadcast.texts.templates import fill
from broadcast.texts.wording import Wording, is_cancel, is_drill, urgent
from disaster.core.clock import iso_jst

TITLE_LIMIT = 60  # letters; systems show about fifty of them
BODY_LIMIT = 280  # letters; opened out, a notification of a telephone shows about as many
OCTETS = 2600  # of title and body, so that all of the payload stays below its 3 KB
STEPS = (
    "until", "shelters", "actions", "shelters", "situation", "correction", "actions", "where", "situation", "correction",
    "actions", "where", "shelters", "lead", "situation", "correction",
)  # fmt: skip
_WORDINGS = {Language.JA: japanese.wording, Language.EASY_JA: easy.wording, Language.EN: english.wording}


def render(content: Content, language: Language) -> Message:
    """Write title and body; ``extra`` holds what the notification opens, what it replaces and until when it is worth delivering."""
    words = _WORDINGS[language](content)
    title = _fitting(_titles(content, language, words))
    mark = ("[DRILL] " if language is Language.EN else "【訓練】") if is_drill(content) else ""

    def write(parts: Parts) -> str:
        text = fill("webpush", language.value, w=words, part=parts)
        return mark + "\n".join(line for line in text.split("\n") if line)

    def fits(text: str) -> bool:
        return grapheme_count(text) <= BODY_LIMIT and len((title + text).encode()) <= OCTETS

    fitted = fit(_choices(content, language, words), STEPS, write, fits)
    return Message(
        "webpush",
        language.value,
        fitted.text,
        subject=title,
        units=grapheme_count(fitted.text),
        limit=BODY_LIMIT,
        measure="characters",
        notes=notes.shortened(fitted.shortened),
        extra={
            "url": _page(content, language),
            "tag": _tag(content),
            "level": str(content.kind.level or "") if not is_cancel(content) else "",
            "expires": iso_jst(content.expires),
        },
    )


def _titles(content: Content, language: Language, words: Wording) -> list[str]:
    """From long to short; what is shorter leaves out the hazard, then the municipality (systems show the site's name beside it)."""
    if language is Language.EN:
        brief = english.headline(content, about=False)
        return [
            f"{words.marks}{words.town}: {words.headline}",
            f"{words.marks}{words.town}: {brief}",
            words.marks + brief,
        ]
    if language is Language.EASY_JA:
        return [f"{words.marks}【{one_line(content.sender.kana)}】{easy.plain_headline(content)}"]
    brief = japanese.headline(content, about=False)
    return [f"{words.marks}【{words.town}】{words.headline}", f"{words.marks}【{words.town}】{brief}"]


def _fitting(titles: Sequence[str]) -> str:
    short = (title for title in titles if grapheme_count(title) <= TITLE_LIMIT)
    return next(short, cut(titles[-1], TITLE_LIMIT, grapheme_count))


def _page(content: Content, language: Language) -> str:
    query = "" if language is Language.JA else f"?lang={language.value}"
    return one_line(content.url) + query


def _tag(content: Content) -> str:
    """The same for an alert and all that corrects, lifts or cancels it: what comes later takes the place of what came before."""
    reference = content.reference
    return f"alert-{(reference.first_id or reference.alert_id) if reference else content.alert_id}"


def _choices(content: Content, language: Language, words: Wording) -> dict[str, Sequence[str]]:
    joint = " " if language is Language.EN else ""
    return {
        "where": _where(content, language),
        "lead": ["" if urgent(content) and not is_cancel(content) else words.lead, ""],
        "correction": forms(words.correction, 100, 50, joint=joint),
        "situation": forms(words.situation, 80, 40, joint=joint),
        "actions": forms(words.actions, 120, 60, 40, joint=joint),
        "shelters": _shelters(words, language),
        "until": [_until(words, language), ""],
    }


def _where(content: Content, language: Language) -> list[str]:
    if is_cancel(content) or not (urgent(content) or _lead_without_place(content, language)):
        return [""]
    if language is Language.EN:
        return [f"Where: {places.areas_en(content)}", f"Where: {places.compact_en(content)}"]
    if language is Language.EASY_JA:
        short = "、".join(places.without_oaza(area).kana for area in content.areas) or places.areas_easy(content)
        return [f"どこ：{places.areas_easy(content)}", f"どこ：{short}", f"どこ：{len(content.areas)}の 地区（ちく）"]
    return [f"対象：{places.short_areas(content)}", f"対象：{places.compact(content)}"]


def _lead_without_place(content: Content, language: Language) -> bool:
    """やさしい日本語 says of a lift only that it is over."""
    return language is Language.EASY_JA and content.kind is Kind.LIFT


def _shelters(words: Wording, language: Language) -> list[str]:
    if not words.shelters:
        return [""]
    label, form = {
        Language.JA: ("避難所：", "ja"),
        Language.EASY_JA: ("にげる 所（ところ）：", "easy"),
        Language.EN: ("Shelters: ", "en"),
    }[language]
    many = (len(words.shelters), 3, 1)
    return [*(label + places.first_few(words.shelters, number, language=form) for number in many), ""]


def _until(words: Wording, language: Language) -> str:
    label = {Language.JA: "期限：", Language.EASY_JA: "いつまで：", Language.EN: "Until: "}[language]
    return label + words.until if words.until else ""
