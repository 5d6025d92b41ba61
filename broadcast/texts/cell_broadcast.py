"""An alert as 緊急速報メール, to be entered by hand on the carriers' pages: no address, no number, no 機種依存文字."""

from collections.abc import Sequence

from broadcast.alert.content import Content
from broadcast.cap.vocabulary import Kind, Language
from broadcast.channels.contract import Message
from broadcast.texts import japanese, notes, places, sentences
from broadcast.texts.cell_mail import (
    AIM,
    TITLE_LIMIT,
    is_sendable,
    visible,
    without_addresses,
    written_out,
    wrong_letters,
)
from broadcast.texts.cleaning import clean, one_line
from broadcast.texts.fitting import Parts, fit
from broadcast.texts.limits import cut
from broadcast.texts.shortening import forms
from broadcast.texts.templates import fill
from broadcast.texts.wording import heading, is_cancel, is_drill, is_extension, is_update, withdrawn_kind
from disaster.core.clock import day_and_time

STEPS = (
    "shelters", "situation", "actions", "until", "shelters", "until", "correction", "actions", "situation", "shelters", "actions", "lead", "correction",
    "situation", "actions", "correction", "lead",
)  # fmt: skip


def render(content: Content, language: Language, limit: int = AIM) -> Message:
    """Write title (15 letters) and body; ``limit`` is that of both together, so that every carrier takes them."""
    words, above = japanese.wording(content), title(content)
    room = limit - len(above)
    choices = {
        "lead": _leads(content, _only(words.lead)),
        "correction": forms(_sendable(words.correction), 60, 30),
        "situation": forms(_sendable(words.situation), 60, 30),
        "actions": forms(_sendable(words.actions), 90, 60, 30),
        "shelters": _shelters(words.shelters),
        "until": _until(content, words.until),
    }

    def write(parts: Parts) -> str:
        text = fill(
            "cell_broadcast",
            "ja",
            marks=words.marks,
            key=words.key,
            part=parts,
            drill=words.drill,
            town=_allowed(one_line(words.town)),
        )
        return "\n".join(line for line in text.split("\n") if line)

    fitted = fit(choices, STEPS, write, lambda text: len(text) <= room)
    return Message(
        "cell_broadcast", language.value, fitted.text, subject=above, units=len(fitted.text), limit=room,
        measure="characters", notes=(*notes.shortened(fitted.shortened), *_replaced(content)),
    )  # fmt: skip


def _leads(content: Content, lead: str) -> list[str]:
    """Who and where; a notice says its heading."""
    if content.kind is Kind.NOTICE and not is_cancel(content):
        title_only = _only(heading(content))
        return [title_only, cut(title_only, 60), cut(title_only, 30)] if title_only else [lead]
    if is_cancel(content):
        return [lead, cut(lead, 80)]
    return (
        [lead, cut(f"{places.counted(content)}に{japanese.headline(content)}", 60)]
        if content.kind.level
        else [lead, cut(lead, 60)]
    )


def _until(content: Content, words: str) -> list[str]:
    if not words:
        return [""]
    brief = [f"{day_and_time(content.expires)}まで有効です。"] if content.kind.level else []
    return [f"{words}有効です。", *brief, ""]


def _shelters(names: Sequence[str]) -> list[str]:
    names = _sendable(names)
    return [*(f"避難所：{places.first_few(names, many)}" for many in (len(names), 5, 2)), ""] if names else [""]


def title(content: Content) -> str:
    """At most 15 letters; 【訓練】 and the kind always stand."""
    marks = "【訓練】" if is_drill(content) else ""
    kind = withdrawn_kind(content) if is_cancel(content) else content.kind
    word = (
        "避難情報解除" if kind is Kind.LIFT else "避難所開設" if kind is Kind.SHELTERS else sentences.kind(kind, "ja")
    )
    relation, brief = (
        ("更新 ", "更新") if is_extension(content) else ("訂正 ", "訂正") if is_update(content) else ("", "")
    )
    if is_cancel(content):
        relation, brief = "取消し ", "取消"
    full = f"警戒レベル{kind.level}{word}" if kind.level else word
    options = [
        relation + full,
        relation + f"レベル{kind.level}{word}" if kind.level else relation + word,
        relation + word,
        brief + word,
    ]
    return next((marks + text for text in options if len(marks + text) <= TITLE_LIMIT), marks + brief + word)


def _sendable(lines: Sequence[str]) -> list[str]:
    return [text for line in lines if (text := _only(line))]


def _only(text: str) -> str:
    """What of a text may be sent."""
    return _allowed(without_addresses(one_line(text))).strip()


def _allowed(text: str) -> str:
    """Letters that cannot be sent are written out (① as 1), or become 〓."""
    return "".join(letter if is_sendable(letter) else written_out(letter) for letter in text)


_FIELDS = {
    "title": "見出し",
    "correction": "訂正・延長の内容",
    "situation": "状況",
    "action": "とってほしい行動",
}  # as the form names them
_NAMED = 3


def _replaced(content: Content) -> tuple[str, ...]:
    """What was changed in the officer's own words, so that the approver knows."""
    free = {label: clean(str(getattr(content, name))) for name, label in _FIELDS.items()}
    said = []
    if any(without_addresses(text) != text for text in free.values()):
        said.append("アドレスと電話番号は使えないため、除きました。")
    wrong = [(label, *one) for label, text in free.items() for one in wrong_letters(text)]
    for label, line, place, letter in wrong[:_NAMED]:
        instead = f"「{written_out(letter)}」にしました" if written_out(letter) else "除きました"
        said.append(f"「{label}」の{line}行目・{place}文字目の{visible(letter)}は使えないため、{instead}。")
    if len(wrong) > _NAMED:
        said.append(f"ほかの使えない文字も、{len(wrong) - _NAMED}文字を置き換えました。")
    return tuple(said)
