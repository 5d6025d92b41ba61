"""The amounts of the law, as a table (被災者生活再建支援法 3条), and what changes them."""

import pytest
from flask import Flask

from registry.aid.amounts import Facts, Result, amount, eligible
from registry.aid.programmes import Choice, Circumstance, Programme, shipped
from registry.damage.grades import Grade


@pytest.fixture
def programmes(app: Flask) -> dict[str, Programme]:
    return shipped()


T, L, M, H = Grade.TOTAL, Grade.LARGE_HALF, Grade.MIDDLE_HALF, Grade.HALF


# In units of 10,000 yen, as the law's table is read: base, build, repair, rent; two and more people, then one.
@pytest.mark.parametrize(
    ("grade", "size", "base", "build", "repair", "rent"),
    [
        (T, 2, 100, 200, 100, 50),
        (T, 1, 75, 150, 75, 37.5),
        (L, 4, 50, 200, 100, 50),
        (L, 1, 37.5, 150, 75, 37.5),
        (M, 2, 0, 100, 50, 25),
        (M, 1, 0, 75, 37.5, 18.75),
    ],
)
def test_the_table_of_the_law(
    programmes: dict[str, Programme], grade: Grade, size: int, base: float, build: float, repair: float, rent: float
) -> None:
    assert amount(programmes["support_base"], Facts(grade, size)) == Result(int(base * 10_000))
    for choice, add in ((Choice.BUILD, build), (Choice.REPAIR, repair), (Choice.RENT, rent)):
        facts = Facts(grade, size, choices=frozenset([choice]))
        assert amount(programmes["support_add"], facts) == Result(int(add * 10_000))


def test_before_anything_was_chosen_there_is_no_add_on(programmes: dict[str, Programme]) -> None:
    assert amount(programmes["support_add"], Facts(T, 2)).yen is None


def test_of_two_add_ons_the_highest_only(programmes: dict[str, Programme]) -> None:
    facts = Facts(T, 3, choices=frozenset({Choice.RENT, Choice.BUILD}))
    assert amount(programmes["support_add"], facts).yen == 2_000_000


@pytest.mark.parametrize("grade", [H, M, L])
def test_a_house_that_had_to_be_pulled_down_counts_as_destroyed(programmes: dict[str, Programme], grade: Grade) -> None:
    facts = Facts(grade, 2, frozenset({Circumstance.DEMOLISHED}))
    assert amount(programmes["support_base"], facts).yen == 1_000_000


def test_pulling_down_a_house_of_light_damage_gives_nothing(programmes: dict[str, Programme]) -> None:
    facts = Facts(Grade.NEAR_HALF, 2, frozenset({Circumstance.DEMOLISHED}))
    assert not eligible(programmes["support_base"], facts)
    assert amount(programmes["support_base"], facts).yen == 0


def test_half_destroyed_is_not_enough(programmes: dict[str, Programme]) -> None:
    assert amount(programmes["support_base"], Facts(H, 2)) == Result(0)


@pytest.mark.parametrize(
    ("key", "circumstances", "yen"),
    [
        ("condolence", {Circumstance.MAIN_EARNER}, 5_000_000),
        ("condolence", set(), 2_500_000),
        ("disability", {Circumstance.MAIN_EARNER}, 2_500_000),
        ("disability", set(), 1_250_000),
    ],
)
def test_for_the_dead_and_the_disabled(
    programmes: dict[str, Programme], key: str, circumstances: set[Circumstance], yen: int
) -> None:
    assert amount(programmes[key], Facts(circumstances=frozenset(circumstances))).yen == yen


@pytest.mark.parametrize(("grade", "yen"), [(L, 757_000), (M, 757_000), (H, 757_000), (Grade.NEAR_HALF, 367_000)])
def test_emergency_repair_is_a_limit_by_grade(programmes: dict[str, Programme], grade: Grade, yen: int) -> None:
    assert amount(programmes["emergency_repair"], Facts(grade)) == Result(yen, up_to=True)


def test_every_measure_names_its_law_and_says_in_plain_words_what_it_is(programmes: dict[str, Programme]) -> None:
    for programme in programmes.values():
        assert programme.basis
        assert all((programme.plain.what, programme.plain.who, programme.plain.how_much))
        assert programme.plain.what.endswith("。")


def test_what_a_committee_has_not_decided_is_no_amount(programmes: dict[str, Programme]) -> None:
    assert amount(programmes["donations"], Facts(T, 2)).yen is None
