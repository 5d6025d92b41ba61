"""An alert as a telephone says it: to old people who have no mobile phone. Short sentences, twice, and a key to press at the end.

``body`` is what is said, as one reads it. ``extra["spoken"]`` is the same for the synthesiser, a line for each sentence, with names and
numbers as they are to be said; ``extra["closing"]`` ends the call. Both are shown to the approver and frozen.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from broadcast.alert.content import Content
from broadcast.cap.vocabulary import Kind, Language
from broadcast.channels import twiml
from broadcast.channels.contract import Message
from broadcast.texts import aloud, easy, english, notes
from broadcast.texts.cleaning import easy_sentences, english_sentences, one_line
from broadcast.texts.limits import spoken_seconds
from broadcast.texts.spoken import Line, for_the_eye, spoken
from broadcast.texts.telephone import OFFICE
from broadcast.texts.wording import Wording, is_cancel, is_drill

LIMIT_SECONDS = 90  # of one reading; what is longer is not kept in mind
ACTION_ROOM = 300  # characters that the address of the key press may take
_VOICE = twiml.Voice("ja-JP", "Polly." + "x" * 24)  # as long as any, for the length of the document
_WORDS_A_SECOND = 2.4  # of English, spoken slowly
_JAPANESE = re.compile(r"[ぁ-ヿ一-鿿]")


@dataclass(frozen=True, slots=True)
class _Said:
    """A message in one language: what stands around it, all of it, and the same with counts in place of many names."""

    drill: str
    opens: str
    asks: str
    closes: str
    full: list[str]
    brief: list[str]
    unread: bool = False

    def around(self, lines: list[str]) -> list[str]:
        """Everything that is said before a key can be pressed; a drill says so first and last."""
        return [*filter(None, [self.drill]), self.opens, *lines, *filter(None, [self.drill]), self.asks]

    @property
    def mark(self) -> str:
        """What an approver reads before everything else; a voice says it in words."""
        if not self.drill:
            return ""
        return "[DRILL]\n" if self.drill == english.DRILL else "【訓練】\n"

    @property
    def end(self) -> list[str]:
        """What is said when nobody pressed a key."""
        return [self.closes, *filter(None, [self.drill])]


def render(content: Content, language: Language) -> Message:
    """Write what is said; ``units`` is the length of the whole document for Twilio, ``extra["seconds"]`` of one reading."""
    said = _FORMS[language](content)
    known = aloud.names(content)
    closing = _aloud(said.end, language, known)

    def spoken_of(lines: list[str]) -> list[str]:
        return _aloud(said.around(lines), language, known)

    lines = said.full if _seconds(spoken_of(said.full), language) <= LIMIT_SECONDS else said.brief
    kept = len(lines)
    while kept > 1 and _length(spoken_of(lines[:kept]), closing) > twiml.LIMIT:
        kept -= 1
    words = spoken_of(lines[:kept])
    told = [f"1回の読み上げは約{_seconds(words, language)}秒です。"]
    if lines != said.full:
        told.append("長いため、地区や避難所の名前を数に置き換えました。")
    if kept < len(lines):
        told.append("電話では長すぎるため、終わりのほうの文を省きました。")
    if said.unread:
        told.append("自由に書いた文は、下の「読み上げる文」のとおりに音声が読みます。読み方を確かめてください。")
    if said.unread and for_the_eye(content):
        told.append(notes.FOR_THE_EYE)
    return Message(
        "voice", language.value, said.mark + "\n".join((*said.around(lines[:kept]), *said.end)),
        units=_length(words, closing), limit=twiml.LIMIT, measure="characters", notes=tuple(told),
        extra={
            "message": "\n".join(_aloud(lines[:kept], language, known)), "spoken": "\n".join(words),
            "closing": "\n".join(closing), "seconds": str(_seconds(words, language)),
        },
    )  # fmt: skip


def _aloud(lines: list[str], language: Language, known: list[tuple[str, str]]) -> list[str]:
    if language is Language.EN:
        return [aloud.english(line) for line in lines]
    say = aloud.easy if language is Language.EASY_JA else aloud.japanese
    return [say(line, known) for line in lines]


def _length(words: list[str], closing: list[str]) -> int:
    return len(twiml.announcement(words, closing, _VOICE, "https://" + "x" * ACTION_ROOM))


def _seconds(words: list[str], language: Language) -> int:
    if language is Language.EN:
        return round(sum(len(line.split()) for line in words) / _WORDS_A_SECOND + 0.6 * len(words))
    return spoken_seconds("\n".join(words))


def _office(content: Content) -> str:
    """``東員町役場``, ``津市役所``: who calls, as people say it."""
    name = one_line(content.sender.name)
    return name + OFFICE.get(name[-1:], "")


def _calls_to_act(content: Content) -> bool:
    return content.kind.level is not None and not is_cancel(content)


def _japanese(content: Content) -> _Said:
    office = _office(content)
    about = "避難の呼びかけの電話です" if _calls_to_act(content) else "お知らせの電話です"
    lines = spoken(content)
    return _Said(
        drill="これは訓練です。" if is_drill(content) else "",
        opens=f"こちらは、{office}です。{about}。",
        asks="聞き取れた方は、数字の1を押してください。もう一度聞く方は、数字の2を押してください。",
        closes=f"{office}からの電話を終わります。",
        full=_for_telephone(lines),
        brief=_for_telephone(spoken(content, brief=True)),
        unread=any(line.free for line in lines),
    )


def _for_telephone(lines: list[Line]) -> list[str]:
    """Our own sentences speak of a broadcast, and cry 緊急放送 first; an officer's sentence stays as it is."""
    said = (
        line.text if line.free else line.text.replace("放送", "お知らせ")
        for line in lines
        if line.free or not line.text.startswith("緊急放送")
    )
    return [text for text in said if text]


def _easy(content: Content) -> _Said:
    words = easy.wording(content)
    headline = words.headline.replace("） ", "）、").replace("4 ", "4、").replace("3 ", "3、").replace("5 ", "5、")
    where = (
        f"場所（ばしょ）は、{words.places}です。"
        if words.places and (content.kind.level or content.kind is Kind.LIFT)
        else ""
    )
    few = f"場所（ばしょ）は、{len(content.areas)}の 地区（ちく）です。" if where and content.areas else where
    names = f"避難所（ひなんじょ）は、{'、'.join(words.shelters)}です。" if _lists_shelters(content) else ""
    count = f"避難所（ひなんじょ）は、{len(words.shelters)}か所（しょ）です。" if names else ""
    rest = _told(words, easy_sentences)
    return _Said(
        drill="これは 訓練（くんれん）です。れんしゅうです。" if is_drill(content) else "",
        opens=f"{one_line(content.sender.name)}（{one_line(content.sender.kana)}）からの 電話（でんわ）です。",
        asks="わかった 人（ひと）は、数字（すうじ）の 1を 押（お）して ください。"
        "もう一度（いちど） 聞（き）く 人（ひと）は、数字（すうじ）の 2を 押（お）して ください。",
        closes="電話（でんわ）を 終（お）わります。",
        full=[line for line in (f"{headline}。", where, names, *rest) if line],
        brief=[line for line in (f"{headline}。", few, count, *rest) if line],
    )


def _english(content: Content) -> _Said:
    words = english.wording(content)
    names = f"The shelters are: {', '.join(words.shelters)}." if _lists_shelters(content) else ""
    count = f"There are {len(words.shelters)} shelters." if names else ""
    rest = _told(words, english_sentences)
    return _Said(
        drill=english.DRILL if is_drill(content) else "",
        opens=f"This is a call from {one_line(content.sender.name_en)}.",
        asks="If you have understood, press 1. To hear this again, press 2.",
        closes="This is the end of the call. Goodbye.",
        full=[line for line in (*rest[:1], names, *rest[1:]) if line],
        brief=[line for line in (*rest[:1], count, *rest[1:]) if line],
    )


def _lists_shelters(content: Content) -> bool:
    return content.kind is Kind.SHELTERS and not is_cancel(content) and bool(content.shelters)


def _told(words: Wording, split: Callable[[str], tuple[str, ...]]) -> list[str]:
    """Who says what, what to do, the rest; each sentence once. Japanese in an English text is for the eye and left out."""
    parts = (*split(words.lead), *words.correction, words.key, *words.situation, *words.actions)
    lines = (line for part in parts for line in part.split("\n"))
    ours = (line for line in lines if line and not (split is english_sentences and _JAPANESE.search(line)))
    return list(dict.fromkeys(ours))


_FORMS = {Language.JA: _japanese, Language.EASY_JA: _easy, Language.EN: _english}
