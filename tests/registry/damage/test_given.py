"""The form: what is typed in bad shape ends in a clear sentence, and what is unusual is taken as it is."""

import pytest
from hypothesis import given as example
from hypothesis import settings
from hypothesis import strategies as st

from disaster.core.errors import Invalid
from registry.damage import given, numbers
from tests.registry.damage.cases import FORM


def wrong(**changes: str) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        given.read({**FORM, **changes})
    return refused.value.fields


@pytest.mark.parametrize(
    ("typed", "day"),
    [("昭和60年4月12日", "1985-04-12"), ("Ｓ６０．４．１２", "1985-04-12"), ("1985/4/12", "1985-04-12"), ("平成12年2月29日", "2000-02-29"),
     ("大正15年12月25日", "1926-12-25"), ("昭和64-1-8", "1989-01-08"), ("平成31-5-1", "2019-05-01"), ("R元.5.1", "2019-05-01")],
)  # fmt: skip
def test_birth_dates_in_any_notation(typed: str, day: str) -> None:
    what = given.read({**FORM, "birth": typed})
    assert (what.birth, what.birth_raw) == (day, typed)


@pytest.mark.parametrize(
    ("typed", "said"),
    [("平成13年2月29日", "ありません"), ("昭和35-2-30", "ありません"), ("昭和60年", "年・月・日まで"), ("", "年・月・日まで"), ("2099-01-01", "先の日付"),
     ("きのう", "年・月・日まで"), ("030405", "どの年か")],
)  # fmt: skip
def test_a_birth_date_that_is_none_is_said(typed: str, said: str) -> None:
    assert said in wrong(birth=typed)["birth"]


def test_a_birth_date_of_more_than_120_years_ago_is_asked_about_and_taken() -> None:
    old = "明治30年4月12日"
    assert "120年より前" in wrong(birth=old)["birth_confirmed"]
    assert "120年より前" in wrong(birth=old, birth_confirmed="明治31年4月12日")["birth_confirmed"]
    assert given.read({**FORM, "birth": old, "birth_confirmed": old}).birth == "1897-04-12"
    assert "birth_confirmed" not in wrong(birth="明治30年2月30日")


def test_names_are_kept_as_written() -> None:
    for name in ("渡邉\U000e0110 花子", "𠮷田 髙﨑", "John O'Hara-Smith", "ﾀﾅｶ", "田" * 200):
        assert given.read({**FORM, "name": name}).name == name
        assert given.opened(given.read({**FORM, "name": name}).sealed()).name == name


def test_everything_that_is_wrong_is_said_at_once() -> None:
    fields = wrong(
        name="田" * 201, address="", phone="1234", email="x", kind="?", tenure="", birth="x", place="山田\n1600"
    )
    assert set(fields) == {"name", "address", "phone", "email", "kind", "tenure", "birth", "place"}
    assert "200文字まで" in fields["name"]
    assert "改行なし" in fields["place"]


@pytest.mark.parametrize("typed", ["山田\x00太郎", "山田\ud800太郎", "\x07"])
def test_letters_that_no_database_takes_are_refused(typed: str) -> None:
    assert "使えない文字" in wrong(name=typed)["name"]


@pytest.mark.parametrize("typed", ["０９０−１２３４−５６７８", "090 1234 5678", "+81-90-1234-5678", "(0594)86-2824"])
def test_telephone_numbers_as_people_write_them(typed: str) -> None:
    assert given.read({**FORM, "phone": typed}).phone.lstrip("+").isdecimal()


@settings(max_examples=60, deadline=None)
@example(st.text(max_size=40))
def test_a_number_is_ten_digits_with_their_check_digit_or_nothing(typed: str) -> None:
    found = numbers.typed(typed)
    assert found is None or (len(found) == 10 and numbers.check_digit(found) == "0")


@settings(max_examples=40, deadline=None)
@example(st.integers(0, 9), st.integers(1, 9), st.integers(0, 8))
def test_a_slip_of_the_pen_finds_nobody_else(place: int, by: int, swap: int) -> None:
    number = numbers.new_application()
    assert numbers.typed(numbers.shown(number)) == number
    slipped = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    assert numbers.typed(slipped) is None
    swapped = number[:swap] + number[swap + 1] + number[swap] + number[swap + 2 :]
    assert swapped == number or numbers.typed(swapped) is None


@pytest.mark.parametrize("relation", ["family", "agent"])
def test_who_is_not_the_head_names_the_head_for_a_dwelling(relation: str) -> None:
    with pytest.raises(Invalid) as refused:
        given.read({**FORM, "relation": relation})
    assert "世帯主の氏名" in refused.value.fields["head"]
    assert given.read({**FORM, "relation": relation, "head": "山田 太郎"}).head == "山田 太郎"
    assert given.read({**FORM, "relation": relation, "kind": "other"}).head == ""
