"""An alert as an SMS: levels 3 to 5 in one segment with the short link, the others in at most two."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace

from broadcast.alert.content import Content
from broadcast.cap.vocabulary import Kind, Language
from broadcast.channels.contract import Message
from broadcast.texts import easy, english, japanese, notes, places, sentences
from broadcast.texts.cleaning import one_line
from broadcast.texts.fitting import Parts, fit
from broadcast.texts.limits import cut, is_gsm7, sms_segments, utf16_units
from broadcast.texts.templates import fill
from broadcast.texts.wording import is_cancel, is_drill, is_extension, is_update, urgent, withdrawn_kind

# What gives way first; level, kind, municipality and link never do.
STEPS = (
    "act",
    "where",
    "act",
    "act",
    "headline",
    "act",
    "headline",
    "act",
    "where",
    "headline",
    "drill",
    "headline",
    "headline",
)
EASY_STEPS = (
    "act",
    "where",
    "headline",
    "act",
    "headline",
    "act",
    "where",
    "drill",
    "act",
    "headline",
    "drill",
    "where",
)
_NAMES_ROOM = 20  # letters that names of areas may take from what to do
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

    fitted = fit(
        choices,
        EASY_STEPS if language is Language.EASY_JA else STEPS,
        write,
        lambda text: sms_segments(text).count <= allowed,
    )
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
    drill = ["これは訓練です", ""] if is_drill(content) else [""]
    heads = [japanese.headline(content), japanese.headline(content, about=False)]
    if is_cancel(content):
        heads = [head.replace("でした", "です") for head in heads]
    if content.title and (content.kind is Kind.NOTICE or withdrawn_kind(content) is Kind.NOTICE):
        heads = [cut(heads[0], room, utf16_units) for room in (10_000, 90, 60, 40, 20)]
    choices: Choices = {"headline": heads, "where": _where(content), "act": _acts(content, "ja"), "drill": drill}
    return japanese.marks(content), one_line(content.sender.name), choices


def _where(content: Content) -> list[str]:
    if not _says_where(content):
        return [""]
    names, count = places.short_areas(content), places.compact(content)
    return [names, count, ""] if len(names) <= _NAMES_ROOM or content.kind.level is None else [count, count, ""]


def _says_where(content: Content) -> bool:
    """A withdrawal and a notice leave it to the page; a whole municipality is named already."""
    silent = is_cancel(content) or content.kind is Kind.NOTICE
    return not silent and not (content.whole_town and content.kind.level is None)


def _acts(content: Content, form: str) -> list[str]:
    if is_cancel(content):
        return [*sentences.short_withdrawn(withdrawn_kind(content), form), ""]
    if content.kind.level:
        return [*sentences.short_acts(content.kind, form), ""]
    if content.kind is Kind.SHELTERS:
        return _shelters(content, form)
    return [sentences.short_lift(form), ""] if content.kind is Kind.LIFT else [""]


def _shelters(content: Content, form: str) -> list[str]:
    attribute = {"ja": "name", "easy": "kana", "en": "name_en"}[form]
    names = [one_line(getattr(shelter, attribute)) or one_line(shelter.name) for shelter in content.shelters]
    if not names:
        return [""]
    end = "." if form == "en" else ""
    return [*(places.first_few(names, many, language=form) + end for many in (len(names), 5, 3, 1)), ""]


def _easy(content: Content) -> tuple[str, str, Choices]:
    relation = "【つづき】" if is_extension(content) else "【なおし】" if is_update(content) else ""
    marks = "【訓練】" * is_drill(content) + relation  # a withdrawal says まちがい in its headline
    drill = ["これは くんれんです。れんしゅうです", "れんしゅうです", ""] if is_drill(content) else [""]
    where = [""]
    if _says_where(content) and not content.whole_town:
        where = ["、".join(places.without_oaza(area).kana for area in content.areas), ""]
    choices: Choices = {"headline": _easy_heads(content), "where": where, "act": _acts(content, "easy"), "drill": drill}
    return marks, one_line(content.sender.kana), choices


def _easy_heads(content: Content) -> list[str]:
    plain = easy.plain_headline(content)
    kind = content.kind
    if kind is Kind.NOTICE and not is_cancel(content):
        return [f"{plain}。にほんごの おしらせです", plain]
    if kind.level and not is_cancel(content):
        ruby = f"レベル{kind.level} {sentences.kind(kind, 'easy')}"
        return [
            f"{easy.LEVEL}{kind.level} {sentences.kind(kind, 'easy')}",
            f"けいかい{ruby}",
            plain,
            easy.plain_headline(content, brief=True),
        ]
    return [plain, easy.plain_headline(content, brief=True)]


def _english(content: Content) -> tuple[str, str, Choices]:
    drill = [english.DRILL, ""] if is_drill(content) else [""]
    where = [f"{_capital(text)}." if text else "" for text in _where_en(content)]
    heads = [f"{english.headline(content, about=about)}." for about in (True, False)]
    choices: Choices = {"headline": heads, "where": where, "act": _acts(content, "en"), "drill": drill}
    return english.marks(content), f"{one_line(content.sender.name_en)}:", choices


def _where_en(content: Content) -> list[str]:
    if not _says_where(content):
        return [""]
    names, count = places.areas_en(content), places.compact_en(content)
    return [names, count, ""] if len(names) <= 2 * _NAMES_ROOM or content.kind.level is None else [count, count, ""]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


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
