"""An alert as it is read out by the disaster radio (防災行政無線), with its full reading in kana.

Lines that begin with ♪ (chime, siren) or 【 (mark of a drill) are played or shown, not read.
"""

from broadcast.alert.content import Content
from broadcast.cap.vocabulary import Kind, Language
from broadcast.channels.contract import Message
from broadcast.texts import aloud, japanese, notes
from broadcast.texts.cleaning import one_line
from broadcast.texts.limits import spoken_seconds
from broadcast.texts.spoken import Line, for_the_eye, spoken
from broadcast.texts.templates import fill
from broadcast.texts.wording import is_cancel, is_drill

LIMIT_SECONDS = 180  # longer announcements are not listened to
_OPENS = Line(
    "ただいまから、訓練放送を行います。訓練放送、訓練放送。",
    "ただいまから、くんれんほうそうを おこないます。くんれんほうそう、くんれんほうそう。",
)
_CLOSES = Line(
    "これは、訓練放送です。訓練放送、訓練放送。", "これは、くんれんほうそうです。くんれんほうそう、くんれんほうそう。"
)
_AGAIN = Line("繰り返します。", "くりかえします。")


def render(content: Content, language: Language) -> Message:
    """Write what is read; ``extra`` has ``kana`` and ``seconds``. Too long with every name, it counts areas and shelters."""
    lines = spoken(content)
    kana, seconds = _timed(content, lines)
    said = []
    if seconds > LIMIT_SECONDS:
        lines = spoken(content, brief=True)
        kana, seconds = _timed(content, lines)
        said.append("長いため、地区や避難所の名前を数に置き換えました。")
    said.append(f"読み上げは約{seconds}秒です。")
    if any(not line.read for line in lines):
        said.append("自由に書いた文は、かなになっていません。読み方を確かめてください。")
    elif any(line.free for line in lines):
        said.append("自由に書いた文の読みは、自動で付けました。声に出して確かめてください。")
    if for_the_eye(content):
        said.append(notes.FOR_THE_EYE)
    body = _frame(content, [line.text for line in lines], kana=False)
    return Message(
        "radio", language.value, body, units=seconds, limit=LIMIT_SECONDS, measure="seconds", notes=tuple(said),
        extra={"kana": kana, "seconds": str(seconds), "spoken": "\n".join(_aloud(content, lines))},
    )  # fmt: skip


def _aloud(content: Content, lines: list[Line]) -> list[str]:
    """The message once, for a synthesiser: names as they are said, between the call signs; a drill says so first and last."""
    known, call_sign = aloud.names(content), one_line(content.sender.call_sign)
    drill = [japanese.DRILL] if is_drill(content) else []
    said = [*drill, call_sign, *(line.text for line in lines), call_sign, *drill]
    return [aloud.japanese(text, known) for text in said]


def _timed(content: Content, lines: list[Line]) -> tuple[str, int]:
    """The kana version and about how many seconds it takes, chimes not counted."""
    kana = _frame(content, [line.kana for line in lines], kana=True)
    return kana, spoken_seconds("\n".join(line for line in kana.split("\n") if not line.startswith(("♪", "【"))))


def _frame(content: Content, message: list[str], *, kana: bool) -> str:
    sender = content.sender
    return fill(
        "radio", "ja",
        drill=("これは くんれんです。" if kana else japanese.DRILL) if is_drill(content) else "",
        drill_opens=_OPENS.kana if kana else _OPENS.text,
        drill_closes=_CLOSES.kana if kana else _CLOSES.text,
        again=_AGAIN.kana if kana else _AGAIN.text,
        chime_up=_played(sender.chime_up), chime_down=_played(sender.chime_down),
        siren=_played(siren(content)),
        call_sign=_call_sign(content, kana=kana), repeats=max(1, sender.radio_repeats), message=message,
    )  # fmt: skip


def siren(content: Content) -> str:
    """How the siren sounds before this message, in the municipality's words; empty for none, and always for a withdrawal."""
    sender = content.sender
    patterns = {
        Kind.ELDERLY: sender.siren_level_3,
        Kind.EVACUATE: sender.siren_level_4,
        Kind.EMERGENCY: sender.siren_level_5,
        Kind.LIFT: sender.siren_lift,
    }
    return "" if is_cancel(content) else one_line(patterns.get(content.kind, ""))


def _played(text: str) -> str:
    text = one_line(text)
    return text if text.startswith("♪") or not text else f"♪{text}"


def _call_sign(content: Content, *, kana: bool) -> str:
    call_sign = one_line(content.sender.call_sign)
    if not kana:
        return call_sign
    return call_sign.replace("防災", "ぼうさい").replace(one_line(content.sender.name), one_line(content.sender.kana))
