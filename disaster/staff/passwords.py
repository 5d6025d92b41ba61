"""Passwords: argon2id at rest, at least 12 characters, and none of those that are tried first.

No rule asks for capitals or digits and none expires (NIST SP 800-63B); length and the list of refused words do the work.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from disaster.core.errors import Invalid
from disaster.core.municipality import Municipality

SHORTEST = 12
LONGEST = 200
_COMMON = Path(__file__).parent / "common_passwords.txt"
_TRADE = Path(__file__).parent / "guessable_words.txt"  # of this work, in every town
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
    folded = _folded(password)
    if len(folded) < SHORTEST:
        return f"パスワードは{SHORTEST}文字以上にしてください（いまは{len(folded)}文字）。短い言葉を3つか4つつなげると覚えやすくなります。"
    if len(folded) > LONGEST:
        return f"パスワードは{LONGEST}文字までです。"
    bare = _bare(password)
    if len(set(bare)) < 5:
        return "同じ文字の繰り返しが多いため使えません。別のパスワードにしてください。"
    if bare in _common() or _core(bare) in _common() or _is_row(bare):
        return "よく使われていて推測されやすいパスワードです。別のパスワードにしてください。"
    # What remains of the password without guessable words must itself be long enough to be a secret.
    rest = bare
    for word in sorted(_near_words(login, name, town), key=len, reverse=True):
        rest = rest.replace(word, "")
    if len(rest) < 8 and rest != bare:
        return "町の名前、電話番号、あなたの名前やID、「防災」などの推測されやすい言葉が大部分を占めています。別の言葉を足してください。"
    return ""


def _near_words(login: str, name: str, town: Municipality) -> set[str]:
    """What somebody who knows the town tries first."""
    phone = re.sub(r"\D", "", town.contact.phone)
    local = [part for part in re.split(r"\D+", town.contact.phone) if len(part) >= 4]
    words = [
        town.name,
        town.kana,
        town.name_en,
        *town.name_en.split(),
        town.prefecture,
        town.code,
        phone,
        *local,
        login,
        name,
    ]
    words += [town.name.rstrip("市区町村"), re.sub("(ちょう|まち|むら|そん|し|く)$", "", town.kana), town.jma.city_code]
    words += [area.name for area in town.areas] + [area.name_en for area in town.areas]
    return {bare for word in [*words, *_lines(_TRADE)] if len(bare := _bare(word)) >= 2}


def _is_row(bare: str) -> bool:
    """Whether it runs along the keyboard or the alphabet, forwards, backwards or repeated."""
    rows = (
        "abcdefghijklmnopqrstuvwxyz",
        "01234567890123456789",
        "qwertyuiopasdfghjklzxcvbnm",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
    )
    return any(bare in row * 3 or bare in row[::-1] * 3 for row in rows)


def _core(bare: str) -> str:
    """Without the digits people append to satisfy a rule: ``password2024`` is ``password``."""
    return bare.strip("0123456789")


def _folded(password: str) -> str:
    """The same key strokes on another keyboard give the same text (NFKC, as RFC 8265 does)."""
    return unicodedata.normalize("NFKC", password)


def _bare(text: str) -> str:
    """For comparing: lower case, without spaces and signs, look-alike signs read as letters."""
    plain = unicodedata.normalize("NFKC", text).lower().translate(str.maketrans("@$", "as"))
    return "".join(letter for letter in plain if letter.isalnum())


@cache
def _common() -> frozenset[str]:
    return frozenset(_bare(line) for line in _lines(_COMMON))


@cache
def _lines(file: Path) -> tuple[str, ...]:
    return tuple(file.read_text(encoding="utf-8").split())


@cache
def _nobody() -> str:
    return _hasher.hash("a password that nobody has")
