"""An alert as 緊急速報メール, to be entered by hand on the carriers' pages: no address, no number, no 機種依存文字."""

import unicodedata
from collections.abc import Sequence

from broadcast.cap import Kind, Language
from broadcast.channels.contract import Message
from broadcast.content import Content
from broadcast.limits import CELL_BODY_AIM, CELL_TITLE_LIMIT, cut, is_sendable_by_cell, without_addresses
from broadcast.texts import japanese, notes, places, sentences
from broadcast.texts.cleaning import one_line
from broadcast.texts.fitting import Parts, fit
from broadcast.texts.shortening import forms
from broadcast.texts.templates import fill
from broadcast.texts.wording import heading, is_cancel, is_drill, is_extension, is_update, withdrawn_kind

STEPS = (
    "shelters", "situation", "actions", "until", "shelters", "correction", "actions", "situation", "shelters", "actions", "lead", "correction",
    "situation", "actions", "correction", "lead",
)  # fmt: skip


def render(content: Content, language: Language) -> Message:
    """Write title (15 letters) and body (200 letters)."""
    words = japanese.wording(content)
    choices = {
        "lead": _leads(content, _only(words.lead)),
        "correction": forms(_sendable(words.correction), 60, 30),
        "situation": forms(_sendable(words.situation), 60, 30),
        "actions": forms(_sendable(words.actions), 90, 60, 30),
        "shelters": _shelters(words.shelters),
        "until": [f"{words.until}有効です。", ""] if words.until else [""],
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

    fitted = fit(choices, STEPS, write, lambda text: len(text) <= CELL_BODY_AIM)
    return Message(
        "cell_broadcast", language.value, fitted.text, subject=title(content), units=len(fitted.text), limit=CELL_BODY_AIM,
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
    return next((marks + text for text in options if len(marks + text) <= CELL_TITLE_LIMIT), marks + brief + word)


def _sendable(lines: Sequence[str]) -> list[str]:
    return [text for line in lines if (text := _only(line))]


def _only(text: str) -> str:
    """What of a text may be sent."""
    return _allowed(without_addresses(one_line(text))).strip()


def _allowed(text: str) -> str:
    """Letters that cannot be sent are written out (① as 1), or become 〓."""
    return "".join(letter if is_sendable_by_cell(letter) else _written_out(letter) for letter in text)


def _written_out(letter: str) -> str:
    if unicodedata.category(letter) in ("Mn", "Cf"):
        return ""  # variation selectors and joiners change a letter's form, not what it says
    plain = unicodedata.normalize("NFKC", letter)
    return plain if all(map(is_sendable_by_cell, plain)) else "〓"


def _replaced(content: Content) -> tuple[str, ...]:
    free = content.situation + content.action + content.correction + content.title
    said = []
    if without_addresses(free) != free:
        said.append("アドレスと電話番号は使えないため、除きました。")
    if any(letter not in "\n\t" and not is_sendable_by_cell(letter) for letter in free):
        said.append("使えない文字を、ほかの文字（または〓）に置き換えました。")
    return tuple(said)
