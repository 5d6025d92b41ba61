"""An alert as an SMS: levels 3 to 5 in one segment with the short link, the others in at most two."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace

from broadcast.cap import Kind, Language
from broadcast.channels.contract import Message
from broadcast.content import Content
from broadcast.limits import cut, is_gsm7, sms_segments, utf16_units
from broadcast.texts import easy, english, japanese, notes, places, sentences
from broadcast.texts.cleaning import one_line
from broadcast.texts.fitting import Parts, fit
from broadcast.texts.templates import fill
from broadcast.texts.wording import is_cancel, is_drill, is_update, urgent, withdrawn_kind

# What gives way first; level, kind, municipality and link never do.
STEPS = (
    "act",
    "where",
    "act",
    "act",
    "headline",
    "act",
    "headline",
    "headline",
    "where",
    "headline",
    "headline",
    "drill",
)
Choices = dict[str, Sequence[str]]


def render(content: Content, language: Language) -> Message:
    """Write the SMS; ``units`` are UTF-16 units, or septets of GSM-7 where every letter allows it."""
    marks, town, choices = _FORMS[language](content)
    allowed = 1 if urgent(content) else 2

    def write(parts: Parts) -> str:
        text = fill(
            "sms",
            language.value,
            marks=marks,
            town=town,
            headline=parts["headline"],
            part=parts,
            url=one_line(content.short_url),
        )
        text = "\n".join(line for line in text.split("\n") if line)
        return _to_gsm7(text) if language is Language.EN else text

    fitted = fit(choices, STEPS, write, lambda text: sms_segments(text).count <= allowed)
    return _message(fitted.text, language, allowed, notes.shortened(fitted.shortened))


def _message(text: str, language: Language, allowed: int, shortened: tuple[str, ...]) -> Message:
    segments = sms_segments(text)
    single, joined = (160, 153) if segments.encoding == "GSM-7" else (70, 67)
    limit = single if allowed == 1 else joined * allowed
    said = [f"{segments.count}通分（{segments.units}／{limit}）です。", *shortened]
    if segments.count > allowed:
        said.append(f"{allowed}通に収まりません。短いリンクを短くしてください。")
    measure = "GSM-7" if segments.encoding == "GSM-7" else "UTF-16"
    message = Message(
        "sms", language.value, text, units=segments.units, limit=limit, measure=measure, notes=tuple(said)
    )
    return replace(message, extra={"segments": str(segments.count), "segments_allowed": str(allowed)})


def _japanese(content: Content) -> tuple[str, str, Choices]:
    marks, town = japanese.marks(content), one_line(content.sender.name)
    drill = ["これは訓練です", ""] if is_drill(content) else [""]
    where = [
        "" if is_cancel(content) or content.kind is Kind.NOTICE else text
        for text in (_where(content), places.counted(content), "")
    ]
    heads = [japanese.headline(content), japanese.headline(content, about=False)]
    if is_cancel(content):
        heads = [head.replace("でした", "です") for head in heads]
    elif content.kind is Kind.NOTICE:
        heads = _titles(content, "お知らせ「{}」", "お知らせ")
    return marks, town, {"headline": heads, "where": where, "act": _acts(content, "ja"), "drill": drill}


def _where(content: Content) -> str:
    return places.short_areas(content)


def _titles(content: Content, pattern: str, without: str) -> list[str]:
    title = one_line(content.title)
    if not title:
        return [without]
    return [pattern.format(cut(title, room, utf16_units)) for room in (10_000, 70, 50, 30, 15)]


def _acts(content: Content, form: str) -> list[str]:
    if is_cancel(content):
        return [*sentences.short_withdrawn(withdrawn_kind(content), form), ""]
    if content.kind.level:
        return [*sentences.short_acts(content.kind, form), ""]
    if content.kind is Kind.SHELTERS:
        return _shelters(content, form)
    return [{"ja": "帰る前に周りの安全を確かめてください", "easy": "まわりが あんぜんか みて ください", "en": "Check that the way is safe."}[form], ""] \
        if content.kind is Kind.LIFT else [""]  # fmt: skip


def _shelters(content: Content, form: str) -> list[str]:
    attribute = {"ja": "name", "easy": "kana", "en": "name_en"}[form]
    names = [one_line(getattr(shelter, attribute)) or one_line(shelter.name) for shelter in content.shelters]
    return [places.first_few(names, many, language=form) for many in (len(names), 5, 3, 1)] + [""] if names else [""]


def _easy(content: Content) -> tuple[str, str, Choices]:
    marks = "【訓練】" * is_drill(content) + (
        "【まちがい】" if is_cancel(content) else "【訂正】" if is_update(content) else ""
    )
    drill = ["これは くんれんです。れんしゅうです", "れんしゅうです", ""] if is_drill(content) else [""]
    where = [""]
    if not is_cancel(content) and content.kind is not Kind.NOTICE:
        where = [
            "、".join(places.without_oaza(area).kana for area in content.areas) if not content.whole_town else "",
            "",
        ]
    return (
        marks,
        one_line(content.sender.kana),
        {"headline": _easy_heads(content), "where": where, "act": _acts(content, "easy"), "drill": drill},
    )


def _easy_heads(content: Content) -> list[str]:
    kind = withdrawn_kind(content) if is_cancel(content) else content.kind
    wrong = " は まちがいです" if is_cancel(content) else ""
    if kind.level:
        ruby = f"{easy.LEVEL}{kind.level} {sentences.kind(kind, 'easy')}"
        return [
            ruby + wrong,
            f"けいかいレベル{kind.level} {sentences.kind(kind, 'easy')}{wrong}",
            f"けいかいレベル{kind.level} {sentences.kind(kind, 'plain')}{wrong}",
        ]
    if kind is Kind.LIFT:
        lifted = sentences.kind(content.lifted, "plain") if content.lifted else "ひなんの おしらせ"
        return [f"{lifted}は おわりました" if not wrong else f"「{lifted}は おわり」{wrong}"]
    return [
        sentences.kind(kind, "plain")
        + (" は まちがいです" if wrong else "")
        + ("。にほんごです" if kind is Kind.NOTICE and not wrong else "")
    ]


def _english(content: Content) -> tuple[str, str, Choices]:
    drill = [english.DRILL, ""] if is_drill(content) else [""]
    silent = is_cancel(content) or content.kind is Kind.NOTICE
    where = [""] if silent else [f"{places.areas_en(content)}.", f"{places.counted_en(content)}.", ""]
    heads = [f"{english.headline(content, about=about)}." for about in (True, False)]
    if content.kind is Kind.NOTICE and not is_cancel(content):
        heads = ["Notice in Japanese."]
    return english.marks(content), f"{one_line(content.sender.name_en)}:", {
        "headline": heads, "where": where, "act": _acts(content, "en"), "drill": drill,
    }  # fmt: skip


_FORMS: dict[Language, Callable[[Content], tuple[str, str, Choices]]] = {
    Language.JA: _japanese,
    Language.EASY_JA: _easy,
    Language.EN: _english,
}


def _to_gsm7(text: str) -> str:
    """Letters with marks that GSM-7 lacks (ō) without them, so that English does not shrink to 70 units."""
    if is_gsm7(text):
        return text
    plain = "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    return plain if is_gsm7(plain) else text
