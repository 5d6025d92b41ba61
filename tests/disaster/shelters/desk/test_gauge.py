"""The gauge: the state's numbers, and nothing good is said of what nobody counted."""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disaster.shelters.desk.gauge import Light, Mark, gauge

FIRST, LATER = timedelta(hours=5), timedelta(days=3)


@dataclass
class There:
    toilets_men: int | None = None
    toilets_women: int | None = None
    toilets_shared: int | None = None
    toilets_accessible: int | None = None
    baths: int | None = None
    area_m2: int | None = None


def marks(people: int, there: There | None, since: timedelta = FIRST) -> dict[str, Mark]:
    return {mark.key: mark for mark in gauge(people, there, since)}


def test_what_nobody_counted_is_unknown() -> None:
    assert {mark.light for mark in gauge(80, None, FIRST)} == {Light.UNKNOWN}
    assert {mark.light for mark in gauge(0, There(), FIRST)} == {Light.UNKNOWN}


@pytest.mark.parametrize(
    ("people", "since", "light", "missing"),
    [
        (100, FIRST, Light.GOOD, ""),
        (101, FIRST, Light.BAD, "あと1基"),
        (40, LATER, Light.GOOD, ""),
        (41, LATER, Light.BAD, "あと1基"),
        (0, LATER, Light.GOOD, ""),
    ],
)
def test_one_toilet_for_fifty_then_for_twenty(people: int, since: timedelta, light: Light, missing: str) -> None:
    mark = marks(people, There(toilets_men=1, toilets_women=1, toilets_shared=0), since)["toilets"]
    assert (mark.light, mark.missing) == (light, missing)


def test_toilets_that_nobody_counted_may_be_enough_so_nothing_is_said() -> None:
    mark = marks(500, There(toilets_men=1))["toilets"]
    assert mark.light is Light.UNKNOWN
    assert "1基" in mark.now


@pytest.mark.parametrize(
    ("women", "men", "light", "missing"),
    [
        (3, 1, Light.GOOD, ""),
        (2, 1, Light.BAD, "女性用をあと1基"),
        (4, 4, Light.BAD, "女性用をあと8基"),
        (0, 0, Light.GOOD, ""),
    ],
)
def test_three_for_women_to_one_for_men(women: int, men: int, light: Light, missing: str) -> None:
    mark = marks(10, There(toilets_women=women, toilets_men=men))["share"]
    assert (mark.light, mark.missing) == (light, missing)


def test_three_and_a_half_square_metres_each() -> None:
    assert marks(100, There(area_m2=350))["floor"].light is Light.GOOD
    mark = marks(101, There(area_m2=350))["floor"]
    assert (mark.light, mark.missing) == (Light.BAD, "1人分")
    assert "1人3.5m²" in mark.now
    assert "100人分" in mark.now


def test_one_bath_for_fifty() -> None:
    assert marks(51, There(baths=1))["baths"].missing == "あと1か所"
    assert marks(50, There(baths=1))["baths"].light is Light.GOOD


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 3000),
    st.builds(There, *[st.none() | st.integers(0, 200)] * 5, st.none() | st.integers(0, 20_000)),
    st.sampled_from([FIRST, LATER]),
)
def test_good_means_that_the_number_is_reached_and_bad_that_it_is_not(
    people: int, there: There, since: timedelta
) -> None:
    found = marks(people, there, since)
    parts = [there.toilets_men, there.toilets_women, there.toilets_shared, there.toilets_accessible]
    each = 20 if since == LATER else 50
    enough = sum(part or 0 for part in parts) >= ceil(people / each)
    if found["toilets"].light is not Light.UNKNOWN:
        assert (found["toilets"].light is Light.GOOD) == enough
    if there.area_m2 is not None:
        assert (found["floor"].light is Light.GOOD) == (people * 3.5 <= there.area_m2)
    assert all(mark.missing if mark.light is Light.BAD else not mark.missing for mark in found.values())
