"""Free text on its way into a message: whatever an officer typed, it can neither break a line, nor a template, nor a letter.

The gate for text that comes in (``disaster/core/text.py``) has already refused the worst; this holds even where it was passed by.
"""

import re
import unicodedata
from functools import lru_cache

_KNOWN = 2048  # texts: an alert's own, the names of areas and shelters, cleaned for every channel and language

_DIRECTION = frozenset(
    map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF])
)
_BRACES = str.maketrans("{}", "｛｝")


@lru_cache(maxsize=_KNOWN)
def clean(text: str) -> str:
    """Several lines without control characters, lone surrogates and direction marks; braces become wide ones.

    The braces matter: ``{{unsubscribe}}`` in an e-mail is replaced per recipient, and must come from the template alone.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").translate(_BRACES)
    kept = (letter for letter in text if letter == "\n" or _is_text(letter))
    lines = (line.strip() for line in "".join(kept).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _is_text(letter: str) -> bool:
    no_character = ord(letter) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(letter) <= 0xFDEF
    return unicodedata.category(letter) not in ("Cc", "Cs") and not no_character and letter not in _DIRECTION


@lru_cache(maxsize=_KNOWN)
def one_line(text: str) -> str:
    """The same on one line."""
    return re.sub(r"\s+", " ", clean(text)).strip()


def without_mentions(text: str) -> str:
    """A text in which no ``@name`` calls anybody on a social network."""
    return text.replace("@", "＠")


def sentences(text: str) -> tuple[str, ...]:
    """Split Japanese text into its sentences and lines."""
    parts = re.split(r"\n+|(?<=。)(?![」）』】])", text)
    return tuple(part.strip() for part in parts if part.strip())


def english_sentences(text: str) -> tuple[str, ...]:
    """Split English text into its sentences."""
    return tuple(part for part in re.split(r"(?<=[.!?])\s+(?=[A-Z])", text.strip()) if part)


def easy_sentences(text: str) -> tuple[str, ...]:
    """Split やさしい日本語 into its sentences."""
    return tuple(part.strip() for part in re.split(r"(?<=。)\s*", text) if part.strip())
