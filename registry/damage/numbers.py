"""Numbers of applications and papers, with a check digit, so that a slip of the pen finds nobody else's.

The check digit is Damm's (H. M. Damm, 2004): it finds every single wrong digit and every two neighbours that changed places.
"""

import secrets
import unicodedata

_TABLE = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip
APPLICATION_DIGITS = 10


def check_digit(digits: str) -> str:
    """The digit that follows these."""
    at = "0"
    for digit in digits:
        at = _TABLE[int(at)][int(digit)]
    return at


def new_application() -> str:
    """A number for an application: nine digits by chance, so that nobody counts on to another's, and the check digit."""
    digits = f"{secrets.randbelow(10**9):09d}"
    return digits + check_digit(digits)


def shown(number: str) -> str:
    """As it is printed and read out: ``123-456-789-0``."""
    return "-".join(part for part in (number[:3], number[3:6], number[6:9], number[9:]) if part)


def typed(value: str) -> str | None:
    """The ten digits out of what somebody typed (full-width digits, strokes, spaces); None for what is no such number."""
    digits = "".join(letter for letter in unicodedata.normalize("NFKC", value) if letter.isdecimal())
    whole = len(digits) == APPLICATION_DIGITS and digits.isascii()
    return digits if whole and check_digit(digits) == "0" else None


def certificate(incident: int, year: int, running: int) -> str:
    """整理番号 of a paper: year of the disaster, its number, running number, check digit (``2026-03-00042-7``); every version keeps it."""
    digits = f"{year:04d}{incident:02d}{running:05d}"
    return f"{year:04d}-{incident:02d}-{running:05d}-{check_digit(digits)}"
