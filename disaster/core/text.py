"""The one gate for text that comes in: what passes is stored, shown and exported unchanged; the rest is refused with a reason."""

import unicodedata

from disaster.core.errors import Invalid

_DIRECTION = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F])


def clean_text(value: str, *, field: str, label: str, limit: int) -> str:
    """Several lines of text: NFC, ``\\n`` line ends, no control or lone surrogate, at most ``limit`` characters.

    Variation selectors and letters beyond the BMP stay (𠮷, 葛󠄀). Marks that turn the writing direction are taken out.

    Raises:
        Invalid: with the sentence under ``field``.
    """
    if not value.isprintable():  # what is printable has no control, no mark of direction and no surrogate in it
        value = _without_marks(value, field=field, label=label)
    value = unicodedata.normalize("NFC", value).strip()
    if len(value) > limit:
        reason = f"{label}は{limit}文字までです（いまは{len(value)}文字）。"
        raise Invalid(reason, {field: reason})
    return value


def _without_marks(value: str, *, field: str, label: str) -> str:
    value = value.replace("\r\n", "\n").replace("\r", "\n").translate(_DIRECTION)
    for letter in value:
        category = unicodedata.category(letter)
        if category == "Cs" or (category == "Cc" and letter not in "\n\t"):
            reason = f"{label}に使えない文字（制御文字など）があります。"
            raise Invalid(reason, {field: reason})
    return value


def clean_line(value: str, *, field: str, label: str, limit: int, required: bool = False) -> str:
    """One line of text under the same rules; line ends are refused because they would end a header or a record."""
    value = clean_text(value, field=field, label=label, limit=limit)
    if "\n" in value or "\t" in value:
        reason = f"{label}は改行なしで入力してください。"
        raise Invalid(reason, {field: reason})
    if required and not value:
        reason = f"{label}を入力してください。"
        raise Invalid(reason, {field: reason})
    return value
