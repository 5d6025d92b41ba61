"""The check digit of the law's formula."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disaster.core.errors import Invalid
from registry.my_number import digits


def written_out(eleven: str) -> int:
    """The formula of 省令第5条 as it stands there: Pn the n-th digit from the right, Qn = n + 1 up to 6 and n − 5 from 7 on."""
    total = 0
    for n in range(1, 12):
        p = int(eleven[11 - n])
        q = n + 1 if 1 <= n <= 6 else n - 5
        total += p * q
    rest = total % 11
    return 0 if rest in (0, 1) else 11 - rest


@given(st.text("0123456789", min_size=11, max_size=11))
def test_the_last_digit_is_the_one_of_the_law(eleven: str) -> None:
    number = eleven + str(written_out(eleven))
    assert digits.read(number) == number


@given(st.text("0123456789", min_size=11, max_size=11), st.integers(1, 9))
def test_another_last_digit_is_refused(eleven: str, other: int) -> None:
    wrong = (digits.check_digit(eleven) + other) % 10
    with pytest.raises(Invalid, match="検査用の数字"):
        digits.read(f"{eleven}{wrong}")


@pytest.mark.parametrize("typed", ["123456789018", "1234 5678 9018", "１２３４-５６７８-９０１８"])
def test_however_it_is_typed(typed: str) -> None:
    assert digits.read(typed) == "123456789018"


@pytest.mark.parametrize(
    "typed", ["", "12345678901", "1234567890188", "12345678901x", "一二三四五六七八九〇一八", "\ud842"]
)
def test_what_is_no_number_is_refused_without_repeating_it(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        digits.read(typed)
    assert not typed or typed not in refused.value.message
