"""Whether a shelter is fit to live in: toilets, their share for women, floor, baths, against the numbers that the state names.

Cabinet Office, 避難所におけるトイレの確保・管理ガイドライン and 避難所運営等避難生活支援のためのガイドライン (revised December 2024): one toilet for 50 people
at first and for 20 when it lasts, women's to men's 3 : 1, one bath for 50, 3.5 m² for each person.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import ceil
from typing import Protocol

PEOPLE_PER_TOILET_FIRST = 50
PEOPLE_PER_TOILET_LATER = 20
LATER = timedelta(days=3)  # "when it lasts" is not a number in the guideline; three days is ours
WOMEN_TO_MEN = 3
PEOPLE_PER_BATH = 50
SQUARE_METRES = 3.5


class Light(StrEnum):
    """How a figure stands; unknown is never good."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"

    @property
    def ja(self) -> str:
        """The word beside the mark."""
        return {"good": "足りています", "bad": "足りません", "unknown": "数えていません"}[self.value]


@dataclass(frozen=True, slots=True)
class Mark:
    """One figure of the gauge: what there is, what is wanted, and what is missing, in words."""

    key: str
    label: str
    light: Light
    now: str
    wanted: str
    missing: str = ""


class Facilities(Protocol):
    """What was counted at a place; None for what was not."""

    toilets_men: int | None
    toilets_women: int | None
    toilets_shared: int | None
    toilets_accessible: int | None
    baths: int | None
    area_m2: int | None


def gauge(people: int, there: Facilities | None, open_for: timedelta) -> list[Mark]:
    """The four figures for this many people, ``open_for`` after the shelter opened."""
    return [_toilets(people, there, open_for), _share(there), _floor(people, there), _baths(people, there)]


def _toilets(people: int, there: Facilities | None, open_for: timedelta) -> Mark:
    each = PEOPLE_PER_TOILET_LATER if open_for >= LATER else PEOPLE_PER_TOILET_FIRST
    wanted = f"{each}人に1基" + ("" if open_for >= LATER else f"（3日目からは{PEOPLE_PER_TOILET_LATER}人に1基）")
    parts = (
        [there.toilets_men, there.toilets_women, there.toilets_shared, there.toilets_accessible] if there else [None]
    )
    known = [part for part in parts if part is not None]
    if not known:
        return Mark("toilets", "トイレ", Light.UNKNOWN, "", wanted)
    total, needed = sum(known), max(1, ceil(people / each))
    now = f"{total}基" + (f"（{ceil(people / total)}人に1基）" if total and people else "")
    if total >= needed:
        return Mark("toilets", "トイレ", Light.GOOD, now, wanted)
    if None in parts[:3]:  # those that nobody counted may be enough
        return Mark("toilets", "トイレ", Light.UNKNOWN, f"{now}と、数えていないもの", wanted)
    return Mark("toilets", "トイレ", Light.BAD, now, wanted, f"あと{needed - total}基")


def _share(there: Facilities | None) -> Mark:
    label, wanted = "トイレの男女の割合", f"女性用が男性用の{WOMEN_TO_MEN}倍"
    if there is None or there.toilets_men is None or there.toilets_women is None:
        return Mark("share", label, Light.UNKNOWN, "", wanted)
    men, women = there.toilets_men, there.toilets_women
    now = f"女性用{women}基・男性用{men}基"
    if women >= WOMEN_TO_MEN * men:
        return Mark("share", label, Light.GOOD, now, wanted)
    return Mark("share", label, Light.BAD, now, wanted, f"女性用をあと{WOMEN_TO_MEN * men - women}基")


def _floor(people: int, there: Facilities | None) -> Mark:
    wanted = f"1人{SQUARE_METRES}m²"
    if there is None or there.area_m2 is None:
        return Mark("floor", "広さ", Light.UNKNOWN, "", wanted)
    area = there.area_m2
    fits = int(area / SQUARE_METRES)
    now = f"1人{area / people:.1f}m²（{area:,}m²、{fits:,}人分）" if people else f"{area:,}m²（{fits:,}人分）"
    if people <= fits:
        return Mark("floor", "広さ", Light.GOOD, now, wanted)
    return Mark("floor", "広さ", Light.BAD, now, wanted, f"{people - fits:,}人分")


def _baths(people: int, there: Facilities | None) -> Mark:
    wanted = f"{PEOPLE_PER_BATH}人に1か所"
    if there is None or there.baths is None:
        return Mark("baths", "入浴", Light.UNKNOWN, "", wanted)
    needed = max(1, ceil(people / PEOPLE_PER_BATH))  # nobody is there yet: one all the same
    now = f"{there.baths}か所"
    if there.baths >= needed:
        return Mark("baths", "入浴", Light.GOOD, now, wanted)
    return Mark("baths", "入浴", Light.BAD, now, wanted, f"あと{needed - there.baths}か所")
