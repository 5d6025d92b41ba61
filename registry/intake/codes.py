"""Short codes of households, for wristbands and slips: ``AC-1021-7``, the letters of a shelter, four digits, and one that checks.

Tablets give them out without a network (``static/intake/codes.js``): one digit for the tablet, three that it counts. Two that gave out the same one
keep nothing from each other: the household that was made first keeps it, the other gets another one, the same whatever arrives in which order.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable

_FORM = re.compile(r"([A-Z2-9]{2,3})-?(\d{4})-?(\d)")
_TRIES = 1000


def read(typed: str) -> str | None:
    """A code as somebody typed it, in its one form; None for what is none."""
    text = re.sub(r"[‐−ー]", "-", unicodedata.normalize("NFKC", typed).upper()).replace(" ", "")
    found = _FORM.fullmatch(text)
    if found is None or check(found[1] + found[2]) != int(found[3]):
        return None
    return f"{found[1]}-{found[2]}-{found[3]}"


def check(text: str) -> int:
    """The digit that checks letters and digits (ISO/IEC 7064, MOD 11,10)."""
    rest = 10
    for letter in text:
        for digit in letter if letter.isdigit() else str(ord(letter) - 55):
            rest = (rest + int(digit)) % 10 or 10
            rest = rest * 2 % 11
    return (11 - rest) % 10


def another(code: str, household: str, free: Callable[[str], bool]) -> str | None:
    """A code in the place of one that another household holds; None where the shelter has none left to give."""
    letters = code.partition("-")[0]
    for attempt in range(_TRIES):
        number = int.from_bytes(hashlib.sha256(f"{household} {attempt}".encode()).digest()[:4]) % 10_000
        found = f"{letters}-{number:04}-{check(f'{letters}{number:04}')}"
        if free(found):
            return found
    return None
