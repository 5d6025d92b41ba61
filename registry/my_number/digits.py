"""The twelve digits and their check digit (行政手続における特定の個人を識別するための番号の利用等に関する法律…省令 第5条)."""

import unicodedata

from disaster.core.errors import Invalid

LENGTH = 12
WRONG_LENGTH = "個人番号は12桁の数字です。"
WRONG_DIGIT = (
    "個人番号の数字が正しくありません（検査用の数字が合いません）。カードや通知書を見て、もう一度入力してください。"
)


def read(typed: str) -> str:
    """The number out of what was typed: full width, spaces and hyphens are fine.

    Raises:
        Invalid: not twelve digits, or the last one does not fit; never repeats what was typed.
    """
    text = unicodedata.normalize("NFKC", typed)
    digits = "".join(letter for letter in text if letter not in " -‐−ー\u3000")
    if len(digits) != LENGTH or not digits.isascii() or not digits.isdigit():
        raise Invalid(WRONG_LENGTH, {"my_number": WRONG_LENGTH})
    if int(digits[-1]) != check_digit(digits[:-1]):
        raise Invalid(WRONG_DIGIT, {"my_number": WRONG_DIGIT})
    return digits


def check_digit(eleven: str) -> int:
    """The last digit for the first eleven: 11 − (Σ Pn × Qn mod 11), 0 where the remainder is 0 or 1. n counts from the right."""
    weighed = sum(int(digit) * (n + 1 if n <= 6 else n - 5) for n, digit in enumerate(reversed(eleven), start=1))
    rest = weighed % 11
    return 0 if rest <= 1 else 11 - rest
