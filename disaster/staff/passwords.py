"""Passwords: argon2id at rest, at least 12 characters, and none that is put together from what is tried first.

No rule asks for capitals or digits and none expires (NIST SP 800-63B); length and the list of refused words do the work.
"""

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from disaster.core.errors import Invalid
from disaster.core.municipality import Municipality
from disaster.staff import guessing

SHORTEST = 12
LONGEST = 200
_STRENGTH = 8  # in the measure of guessing.strength
# OWASP's first choice for argon2id: 19 MiB, two passes; 16 sign-ins at the same moment stay within 300 MiB.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hashed(password: str) -> str:
    """The argon2id hash in PHC form."""
    return _hasher.hash(_folded(password))


def matches(stored: str, password: str) -> bool:
    """Whether the password is the stored one; takes as long where nothing is stored, so it does not tell which logins exist."""
    try:
        return _hasher.verify(stored or _nobody(), _folded(password)) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def check(password: str, *, login: str, name: str, town: Municipality) -> None:
    """Refuse what is short or would be guessed.

    Raises:
        Invalid: with the sentence under ``password``.
    """
    reason = _objection(password, login=login, name=name, town=town)
    if reason:
        raise Invalid(reason, {"password": reason})


def _objection(password: str, *, login: str, name: str, town: Municipality) -> str:
    folded = unicodedata.normalize("NFKC", password)
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in folded):
        return "パスワードに使えない文字（制御文字など）があります。"
    if len(folded) < SHORTEST:
        return f"パスワードは{SHORTEST}文字以上にしてください（いまは{len(folded)}文字）。短い言葉を3つか4つつなげると覚えやすくなります。"
    if len(folded) > LONGEST:
        return f"パスワードは{LONGEST}文字までです。"
    if guessing.strength(password, guessing.near_words(town, login, name)) < _STRENGTH:
        return (
            "推測されやすいパスワードです（よく使われる言葉、数字やキーの並び、町の名前や電話番号、あなたの名前やIDなど）。"
            "関係のない言葉を足してください。"
        )
    return ""


def _folded(password: str) -> bytes:
    """The same key strokes on another keyboard give the same bytes (NFKC, as RFC 8265 does)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


@cache
def _nobody() -> str:
    return _hasher.hash("a password that nobody has")
