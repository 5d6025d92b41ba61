"""Areas and shelters in words: full lists, short lists, counts."""

import re
from collections.abc import Sequence

from broadcast.alert.content import Content, Place
from broadcast.texts.cleaning import one_line

_CHOME = re.compile(r"^(?P<stem>.+?)(?P<number>[一二三四五六七八九十]+)丁目$")


UNKNOWN = "（地区が決まっていません）"  # a draft; nothing without an area is ever approved


def without_oaza(place: Place) -> Place:
    """The place as people say it: 長深 for 大字長深."""
    name, kana = one_line(place.name), one_line(place.kana)
    if name.startswith("大字") and len(name) > 2:
        name, kana = name[2:], kana.removeprefix("おおあざ")
    return Place(name, kana, one_line(place.name_en) or name)


def full_names(places: Sequence[Place]) -> str:
    """Every name as the municipality writes it."""
    return "、".join(one_line(place.name) for place in places)


def short_names(places: Sequence[Place]) -> str:
    """Every name as people say it, 丁目 of one name together: 長深、笹尾西一・二丁目."""
    groups: list[tuple[str, list[str]]] = []
    for place in map(without_oaza, places):
        match = _CHOME.match(place.name)
        if match and groups and groups[-1][0] == match["stem"] and groups[-1][1]:
            groups[-1][1].append(match["number"])
        else:
            groups.append((match["stem"], [match["number"]]) if match else (place.name, []))
    return "、".join(stem + "・".join(numbers) + "丁目" if numbers else stem for stem, numbers in groups)


def inside(content: Content) -> str:
    """``町内`` of a town, ``市内`` of a city, ``区内``, ``村内``; ``管内`` for anything else."""
    last = content.sender.name[-1:]
    return (last if last in "市区町村" and last else "管") + "内"


def counted(content: Content) -> str:
    """``東員町全域`` or ``町内12地区``."""
    if content.whole_town:
        return everywhere(content)
    return f"{inside(content)}{len(content.areas)}地区" if content.areas else UNKNOWN


def compact(content: Content) -> str:
    """The number of areas, or their names where these are no longer."""
    return min(short_areas(content), counted(content), key=len)


def compact_en(content: Content) -> str:
    """The same in English."""
    return min(areas_en(content), counted_en(content), key=len)


def everywhere(content: Content) -> str:
    """``東員町全域``."""
    return f"{one_line(content.sender.name)}全域"


def areas(content: Content) -> str:
    """The areas as the municipality writes them, all of them."""
    return everywhere(content) if content.whole_town else full_names(content.areas) or UNKNOWN


def short_areas(content: Content) -> str:
    """The areas as people say them, all of them."""
    return everywhere(content) if content.whole_town else short_names(content.areas) or UNKNOWN


def areas_kana(content: Content) -> str:
    """The reading of the areas as the radio says them."""
    if content.whole_town:
        return f"{one_line(content.sender.kana)}ぜんいき"
    return "、".join(without_oaza(place).kana for place in content.areas) or "ちくが きまっていません"


def areas_easy(content: Content) -> str:
    """The areas with their readings."""
    if content.whole_town:
        return f"{with_reading(Place(content.sender.name, content.sender.kana, ''))}の 全部（ぜんぶ）"
    return "、".join(with_reading(place) for place in content.areas) or "まだ 決（き）まって いません"


def areas_en(content: Content) -> str:
    """The areas in English."""
    if content.whole_town:
        return f"all of {one_line(content.sender.name_en)}"
    return ", ".join(without_oaza(place).name_en for place in content.areas) or "(no area yet)"


def counted_en(content: Content) -> str:
    """``12 districts of Toin Town``."""
    town, number = one_line(content.sender.name_en), len(content.areas)
    return f"all of {town}" if content.whole_town else f"{number} district{'s' * (number != 1)} of {town}"


def with_reading(place: Place) -> str:
    """``長深（ながふけ）``."""
    short = without_oaza(place)
    return f"{short.name}（{short.kana}）" if short.kana and short.kana != short.name else short.name


def first_few(names: Sequence[str], many: int, *, language: str = "ja") -> str:
    """The first ``many`` names and how many more there are."""
    rest = len(names) - many
    if language == "en":
        return ", ".join(names[:many]) + (f" and {rest} more" if rest > 0 else "")
    if language == "easy":
        return "、".join(names[:many]) + (f"。ほかに {rest}か所（しょ）" if rest > 0 else "")
    return "、".join(names[:many]) + (f"ほか{rest}か所" if rest > 0 else "")
