"""Numbers as people type them: full-width digits, commas, blank for unknown."""

from disaster.core.errors import Invalid
from disaster.core.text import clean_line


def whole(typed: str, *, field: str, label: str, most: int = 100_000) -> int | None:
    """A whole number from 0 on; None for a blank, because unknown is not 0.

    Raises:
        Invalid: with the sentence under ``field``.
    """
    text = clean_line(typed, field=field, label=label, limit=40).replace(",", "").replace("，", "")
    if not text:
        return None
    if not text.isdecimal() or len(text) > 9 or int(text) > most:
        reason = f"{label}は0から{most:,}までの数で入力してください。分からないときは空けておきます。"
        raise Invalid(reason, {field: reason})
    return int(text)


def gathered(errors: list[Invalid]) -> None:
    """Raise all refusals of a form as one, so that everything that is wrong is said at once."""
    if errors:
        fields = {field: sentence for error in errors for field, sentence in error.fields.items()}
        raise Invalid("入力に直すところがあります。", fields)
