"""警戒レベル相当."""

import pytest

from disaster.bulletins.reading import levels


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("レベル５氾濫特別警報", 5),
        ("富山県レベル４土砂災害危険警報", 4),
        ("レベル3氾濫警報", 3),
        ("レベル３（入山規制）", None),
        ("噴火警戒レベル５", None),
        ("大雨警報", None),
        ("レベル１", None),
    ],
)
def test_a_level_is_read_out_of_a_name(words: str, expected: int | None) -> None:
    assert levels.said(words) == expected


@pytest.mark.parametrize(
    ("telegram", "code", "expected"),
    [
        ("VPWW55", "43", 4),
        ("VPWW56", "39", 5),
        ("VPWW57", "19", 2),
        ("VPWW53", "33", None),
        ("VPWW58", "35", None),
        (None, "03", None),
    ],
)
def test_a_code_has_a_level_only_in_the_telegrams_that_have_levels(
    telegram: str | None, code: str, expected: int | None
) -> None:
    assert levels.of_warning(telegram, "", code) == expected


@pytest.mark.parametrize(
    ("name", "code", "expected"),
    [
        ("氾濫警戒情報", "30", 3),
        ("氾濫注意情報（警戒情報解除）", "21", 2),
        ("氾濫注意情報解除", "10", None),
        ("レベル２氾濫注意報解除", "10", 2),
    ],
)
def test_a_flood_forecast_has_the_level_of_its_code(name: str, code: str, expected: int | None) -> None:
    assert levels.of_flood(name, code) == expected


def test_the_highest_significancy_counts_and_those_without_a_level_do_not() -> None:
    assert levels.of_significancy(["11", "31", "21"]) == 3
    assert levels.of_significancy(["50", "30", "01"]) is None
    assert levels.of_significancy(["22"]) == 2
