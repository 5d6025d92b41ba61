"""What a telephone says around messages: thanks, a wrong key, and the frame of the number that residents call."""

from datetime import datetime

from broadcast.alert.content import Content
from broadcast.cap.vocabulary import Language
from broadcast.texts import aloud, english
from broadcast.texts.cleaning import one_line
from broadcast.texts.readings import easy_time
from disaster.core.clock import spoken_time

OFFICE = {
    "町": "役場",
    "村": "役場",
    "市": "役所",
    "区": "役所",
}  # what people call the house, by the last letter of its name
_JA, _EASY, _EN = Language.JA, Language.EASY_JA, Language.EN

THANKS = {
    _JA: ("ありがとうございました。確認しました。",),
    _EASY: ("ありがとうございました。",),
    _EN: ("Thank you. We have noted that you heard it.",),
}
NO_SUCH_KEY = {
    _JA: ("その番号は使えません。もう一度お伝えします。",),
    _EASY: ("その番号は使えません。もう一度言います。",),
    _EN: ("That key is not in use. Here is the message again.",),
}
GOODBYE = {
    _JA: ("電話を終わります。",),
    _EASY: ("電話を終わります。",),
    _EN: ("Goodbye.",),
}

# The number that residents call to hear what the disaster radio said.
_MENU = {
    _JA: (
        "もう一度聞く方は、数字の1を押してください。次のお知らせを聞く方は、2を押してください。",
        "もう一度聞く方は、数字の1を押してください。",
    ),
    _EASY: (
        "もう一度 聞く 人は、数字の 1を 押して ください。次の お知らせを 聞く 人は、2を 押して ください。",
        "もう一度 聞く 人は、数字の 1を 押して ください。",
    ),
    _EN: ("To hear it again, press 1. For the next message, press 2.", "To hear it again, press 1."),
}
OTHER_LANGUAGE = {  # said in the language to which key 9 leads
    _JA: "For English, press 9.",
    _EN: "やさしい日本語は、9を押してください。",
    _EASY: "ふつうの日本語は、9を押してください。",
}
NEXT_LANGUAGE = {_JA: _EN, _EN: _EASY, _EASY: _JA}


def welcome(content: Content, count: int, language: Language) -> tuple[str, ...]:
    """What a caller hears first: whose number it is, and how many messages stand."""
    town, kana = one_line(content.sender.name), aloud.katakana(content.sender.kana)
    if language is _EN:
        many = f"There are {count} messages" if count > 1 else "There is one message"
        return (f"This is {one_line(content.sender.name_en)}. {many}, the newest first.",)
    if language is _EASY:
        return (f"{kana}です。お知らせが、{count}つあります。" if count < 10 else f"{kana}です。お知らせがあります。",)
    return (
        f"こちらは、{kana}{OFFICE.get(town[-1:], '')}です。",
        f"いま出ているお知らせは、{count}件です。新しい順にお伝えします。",
    )


def nothing(name: str, kana: str, name_en: str, language: Language) -> tuple[str, ...]:
    """What a caller hears while nothing stands."""
    if language is _EN:
        return (f"This is {name_en}. There is no message at the moment. Goodbye.",)
    return (
        f"こちらは、{aloud.katakana(kana)}{OFFICE.get(name[-1:], '')}です。",
        "いま出ているお知らせは、ありません。",
    )


def one_of(content: Content, sent: datetime, language: Language) -> str:
    """When a message was issued."""
    if language is _EN:
        return aloud.english(f"Message of {english.moment(sent)}.")
    if language is _EASY:
        return aloud.easy(f"{easy_time(sent)}のお知らせです。", aloud.names(content))
    return aloud.japanese(f"{spoken_time(sent)}のお知らせです。", aloud.names(content))


def menu(language: Language, *, more: bool) -> str:
    """Which keys there are; ``more`` where another message follows."""
    return _MENU[language][0 if more else 1].replace(" ", "" if language is _EASY else " ")
