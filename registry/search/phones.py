"""Finding somebody by a telephone number, which stands nowhere in the clear."""

import unicodedata

from disaster.core import sealed


def phone_digest(typed: str | None) -> str | None:
    """What a telephone number is found by: a keyed digest of its digits as dialled in Japan; None where there are too few."""
    if not typed:
        return None
    text = unicodedata.normalize("NFKC", typed).strip()
    digits = "".join(letter for letter in text if letter in "0123456789")
    if text.startswith("+81"):
        digits = "0" + digits[2:].removeprefix("0")
    return sealed.digest(digits, "phone") if len(digits) >= 6 else None
