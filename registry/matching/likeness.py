"""How likely two entries are one person: a pure function over plain records, with its reasons. A person decides; nothing is merged by a number.

The measures are weights of evidence in bits (Fellegi and Sunter, 1969): how much oftener two entries of one person agree like this than entries of
two. A name alone is never enough, a birth date or an address has to agree as well; and some things are proof of two people whatever else agrees.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from disaster.core import names
from registry.vocabulary import Sex

LIKELY = 80  # shown first, as probably one person
POSSIBLE = 50  # shown as a question; below it nothing is shown
_ENOUGH = 12.5  # bits that are an even chance among the pairs that blocking brings together
_STEEP = 0.5
_ERA_SLIPS = frozenset({14, 63, 77, 30, 93})  # years between eras with the same number: 昭和 said as 平成


class Reason(StrEnum):
    """What speaks for one person, or against it; the words that the table keeps."""

    NAME_SAME = "name_same"
    NAME_NEAR = "name_near"
    NAME_SWAPPED = "name_swapped"
    GIVEN_ONLY = "given_only"
    NAME_OTHER = "name_other"
    BIRTH_SAME = "birth_same"
    BIRTH_NEAR = "birth_near"
    BIRTH_PARTLY = "birth_partly"
    BIRTH_OTHER = "birth_other"
    AGE_FITS = "age_fits"
    ADDRESS_SAME = "address_same"
    ADDRESS_NEAR = "address_near"
    PHONE_SAME = "phone_same"
    RESIDENT_SAME = "resident_same"
    RESIDENT_OTHER = "resident_other"
    SEX_OTHER = "sex_other"
    ONE_HOUSEHOLD = "one_household"
    BOTH_PRESENT = "both_present"

    @property
    def ja(self) -> str:
        """The words on the page where a person decides."""
        return _JA[self]


_JA = {
    Reason.NAME_SAME: "名前が同じ",
    Reason.NAME_NEAR: "名前が似ている",
    Reason.NAME_SWAPPED: "姓と名が逆",
    Reason.GIVEN_ONLY: "名だけ同じ（姓がちがう）",
    Reason.NAME_OTHER: "名前がちがう",
    Reason.BIRTH_SAME: "生年月日が同じ",
    Reason.BIRTH_NEAR: "生年月日が一か所ちがう",
    Reason.BIRTH_PARTLY: "生年月日の分かるところが同じ",
    Reason.BIRTH_OTHER: "生年月日がちがう",
    Reason.AGE_FITS: "年齢が合う",
    Reason.ADDRESS_SAME: "住所が同じ",
    Reason.ADDRESS_NEAR: "住所が近い",
    Reason.PHONE_SAME: "電話番号が同じ",
    Reason.RESIDENT_SAME: "住民の名簿の同じ人",
    Reason.RESIDENT_OTHER: "住民の名簿の別の人",
    Reason.SEX_OTHER: "性別がちがう",
    Reason.ONE_HOUSEHOLD: "同じ世帯に二人いる",
    Reason.BOTH_PRESENT: "同じ晩に、どちらも在所が確認された",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one entry. ``address_key`` as ``disaster.core.places`` makes it; ``seen``: nights on which a roll call saw the person.

    Names as written; a name in one piece stands in ``name`` or ``kana``. ``precision`` is that of ``birth``.
    """

    id: str
    family: str = ""
    given: str = ""
    name: str = ""
    kana_family: str = ""
    kana_given: str = ""
    kana: str = ""
    romaji: str = ""
    birth: date | None = None
    precision: str = "unknown"
    age: int | None = None
    sex: Sex = Sex.UNKNOWN
    area_code: str = ""
    address_key: str = ""
    address_branch: str = ""
    phone: str | None = None  # its digest
    household: str | None = None
    resident: int | None = None
    seen: frozenset[date] = frozenset()
    accompanied: bool = False  # came with others, whose address and telephone these may be


@dataclass(frozen=True, slots=True)
class Scored:
    """From 0 to 100, and why."""

    score: int
    reasons: tuple[Reason, ...]


def score(one: Entry, other: Entry, today: date | None = None) -> Scored:
    """How likely two entries are one person; the same in either order. ``today`` turns a stated age into a year of birth."""
    name, named = _names(one, other)
    birth, born = _births(one, other, today)
    address, lives = _addresses(one, other)
    bits = name + birth + address
    reasons = [*named, *born, *lives]
    if one.phone and one.phone == other.phone:
        bits += 6
        reasons.append(Reason.PHONE_SAME)
    if {one.sex, other.sex} == {Sex.MALE, Sex.FEMALE}:
        bits -= 5
        reasons.append(Reason.SEX_OTHER)
    return _judged(one, other, bits, reasons)


def _judged(one: Entry, other: Entry, bits: float, reasons: list[Reason]) -> Scored:
    found = round(100 / (1 + 2 ** (-_STEEP * (bits - _ENOUGH))))
    anchored = {Reason.BIRTH_SAME, Reason.BIRTH_NEAR, Reason.BIRTH_PARTLY, Reason.ADDRESS_SAME, Reason.ADDRESS_NEAR}
    told = set(reasons)
    if not (anchored & told or _of_one_age(told)) or (Reason.NAME_OTHER in told and not _three_agree(told)):
        found = min(found, POSSIBLE - 1)
    if (one.accompanied or other.accompanied) and _another_of_the_family(told):
        found = min(found, LIKELY - 1)
    if one.resident is not None and other.resident is not None:
        if one.resident != other.resident:
            return Scored(min(found, 5), (*reasons, Reason.RESIDENT_OTHER))
        found, reasons = max(found, 99), [*reasons, Reason.RESIDENT_SAME]
    if one.household and one.household == other.household:
        found, reasons = min(found, LIKELY - 15), [*reasons, Reason.ONE_HOUSEHOLD]
    if one.seen & other.seen:
        found, reasons = min(found, 10), [*reasons, Reason.BOTH_PRESENT]
    return Scored(found, tuple(reasons))


def _three_agree(reasons: set[Reason]) -> bool:
    """Birth date, address and telephone: then another given name may be a nickname, a 通称 or a reading that was guessed."""
    lives = {Reason.ADDRESS_SAME, Reason.ADDRESS_NEAR}
    return {Reason.BIRTH_SAME, Reason.PHONE_SAME} <= reasons and bool(lives & reasons)


def _of_one_age(reasons: set[Reason]) -> bool:
    """The very name and the telephone: of one household, and no two of a household who are of one age bear one name."""
    return {Reason.NAME_SAME, Reason.PHONE_SAME, Reason.AGE_FITS} <= reasons


def _another_of_the_family(reasons: set[Reason]) -> bool:
    """Whoever lives in one house shares address, telephone and family name, twins the birth date too: so what tells them apart is a question for a person.

    That is another given name, another birth date altogether, or a name that is only similar where no birth date or age agrees.
    """
    born = {Reason.BIRTH_SAME, Reason.BIRTH_NEAR, Reason.BIRTH_PARTLY, Reason.AGE_FITS}
    other = {Reason.NAME_OTHER, Reason.BIRTH_OTHER} & reasons
    return bool(other) or (Reason.NAME_SAME not in reasons and not born & reasons)


def _names(one: Entry, other: Entry) -> tuple[float, list[Reason]]:
    mine, theirs = _written(one), _written(other)
    straight, given = _parts(mine, theirs)
    if _other_kanji(one, other):
        return min(straight, -1.0), [Reason.NAME_OTHER]
    swapped, swapped_given = _parts(mine, [(given, family) for family, given in theirs])
    if swapped - 1 > straight and swapped_given >= 0:
        return swapped - 1, [Reason.NAME_SWAPPED]
    if given < 0:
        return straight, [Reason.NAME_OTHER]  # brothers, twins
    if straight >= 11:
        return straight, [Reason.NAME_SAME]
    return straight, [Reason.NAME_NEAR if straight >= 3.5 else Reason.GIVEN_ONLY]


def _other_kanji(one: Entry, other: Entry) -> bool:
    """Given names whose readings are alike and whose kanji have nothing in common: 聡 サトシ and 幸子 サチコ, who were born together."""
    mine, theirs = (_split(entry.family, entry.given, entry.name)[1] for entry in (one, other))
    spoken, heard = (
        names.kana_key(_split(entry.kana_family, entry.kana_given, entry.kana)[1]) for entry in (one, other)
    )
    if not (mine and theirs and spoken and heard) or spoken == heard or names.has_kana(mine) or names.has_kana(theirs):
        return False
    return _agreement(names.loose_kanji_key(mine), names.loose_kanji_key(theirs), 7) < 0


def _parts(mine: Iterable[tuple[str, str]], theirs: Iterable[tuple[str, str]]) -> tuple[float, float]:
    """The best agreement of the names over the ways in which both are written, and in it that of the given names alone."""
    found: list[tuple[float, float]] = []
    theirs = list(theirs)
    for family, given in mine:
        for other_family, other_given in theirs:
            if _script(family + given) != _script(other_family + other_given):
                continue
            if bool(given) != bool(other_given) or bool(family) != bool(other_family):
                whole = _whole(family, given, other_family, other_given)
                found.append((whole, whole))
                continue
            alike = _agreement(given, other_given, 7)
            found.append((_agreement(family, other_family, 6) + alike, alike))
    return max(found, default=(-4.0, -4.0))


def _whole(family: str, given: str, other_family: str, other_given: str) -> float:
    """One of the two lacks a part: either it was never said, or both parts stand in one piece."""
    whole, other = family + given, other_family + other_given
    if whole == other:
        return 13
    if family and given and other_family and other_given:
        return 0
    best = max(_agreement(whole, other, 13) if min(len(whole), len(other)) > 3 else -6, -6)
    for part, there in ((family, other_family), (given, other_given)):
        if part and there:
            best = max(best, _agreement(part, there, 6))
    return best


def _agreement(one: str, other: str, most: float) -> float:
    """Bits for one part of a name: equal, one slip, alike, another name."""
    if not one or not other:
        return 0
    if one == other:
        return most
    near = JaroWinkler.similarity(one, other)
    slips = DamerauLevenshtein.distance(one, other, score_cutoff=2)
    long = min(len(one), len(other))
    if slips == 1 and long >= 3:
        return most * 0.55
    if (slips == 2 and long >= 5) or (near >= 0.9 and long >= 4):
        return most * 0.4
    if long >= 2 and (one.startswith(other) or other.startswith(one)):
        return most * 0.3
    if near >= 0.8 and long >= 4:
        return most * 0.1
    return -most * 0.6


@lru_cache(maxsize=65_536)
def _written(entry: Entry) -> list[tuple[str, str]]:
    """Family and given name in every writing that is known, as keys: kanji, the same with 斎 and 斉 one, kana, and Latin letters."""
    family, given = _split(entry.family, entry.given, entry.name)
    kana_family, kana_given = _split(entry.kana_family, entry.kana_given, entry.kana)
    ways = [
        (names.loose_kanji_key(family), names.loose_kanji_key(given)),
        (names.kana_key(kana_family), names.kana_key(kana_given)),
    ]
    latin = entry.romaji or ("" if kana_family or kana_given else family + " " + given)
    if entry.romaji or names.has_latin(latin):
        parts = latin.split() if entry.romaji else [family, given]
        ways.append((names.romaji_key(parts[0]) if parts else "", names.romaji_key("".join(parts[1:]))))
        if not entry.romaji:
            del ways[0]
    elif kana_family or kana_given:
        ways.append((names.romaji_key(kana_family), names.romaji_key(kana_given)))
    if names.has_kana(family + given) and not (kana_family or kana_given):
        ways.append((names.kana_key(family), names.kana_key(given)))
    return [way for way in ways if any(way)]


def _split(family: str, given: str, whole: str) -> tuple[str, str]:
    if family or given:
        return family, given
    first, _, rest = whole.replace("\u3000", " ").strip().partition(" ")
    return first, rest


def _script(text: str) -> str:
    if text.isascii():
        return "latin"
    return "kana" if all("ぁ" <= letter <= "ー" for letter in text) else "kanji"


def _births(one: Entry, other: Entry, today: date | None) -> tuple[float, list[Reason]]:
    if one.birth is None or other.birth is None:
        return _ages(one, other, today)
    if one.precision == other.precision == "day":
        return _days(one.birth, other.birth)
    units = {"month": 2, "year": 1, "decade": 0}
    known = min(units.get(one.precision, 3), units.get(other.precision, 3))
    mine, theirs = (one.birth.year, one.birth.month), (other.birth.year, other.birth.month)
    same = mine[:known] == theirs[:known] if known else abs(mine[0] - theirs[0]) <= 10
    return (4.0 + 3 * known, [Reason.BIRTH_PARTLY]) if same else (-6.0, [Reason.BIRTH_OTHER])


def _days(one: date, other: date) -> tuple[float, list[Reason]]:
    if one == other:
        return 13, [Reason.BIRTH_SAME]
    same_day = (one.month, one.day) == (other.month, other.day)
    swapped = one.year == other.year and (one.month, one.day) == (other.day, other.month)
    if swapped or (same_day and abs(one.year - other.year) in _ERA_SLIPS):
        return 8, [Reason.BIRTH_NEAR]
    mine, theirs = f"{one:%Y%m%d}", f"{other:%Y%m%d}"
    slips = DamerauLevenshtein.distance(mine, theirs, score_cutoff=1)
    if slips == 1 or sum(a != b for a, b in zip(mine, theirs, strict=True)) == 1:
        return 6, [Reason.BIRTH_NEAR]
    return -6, [Reason.BIRTH_OTHER]


def _ages(one: Entry, other: Entry, today: date | None) -> tuple[float, list[Reason]]:
    """A stated age against a birth date or another age: within a year it speaks for it, more than five years apart against."""
    ages = []
    for entry in (one, other):
        if entry.age is not None:
            ages.append(entry.age)
        elif entry.birth is not None and today is not None:
            ages.append(today.year - entry.birth.year)
    if len(ages) < 2:
        return 0, []
    apart = abs(ages[0] - ages[1])
    return (3.0, [Reason.AGE_FITS]) if apart <= 1 else (-1.0 if apart <= 5 else -6.0, [])


def _addresses(one: Entry, other: Entry) -> tuple[float, list[Reason]]:
    area = 3.0 if one.area_code and one.area_code == other.area_code else 0.0
    if not one.address_key or not other.address_key:
        return area, []
    if one.address_key == other.address_key:
        apart = one.address_branch and other.address_branch and one.address_branch != other.address_branch
        return (7, [Reason.ADDRESS_NEAR]) if apart else (10, [Reason.ADDRESS_SAME])
    if any(entry.area_code and entry.address_key.startswith(f"{entry.area_code}:") for entry in (one, other)):
        return area or -1, []  # numbers of an area say nothing when they differ
    bits, reasons = _elsewhere(one.address_key, other.address_key)
    return max(bits, area), reasons


def _elsewhere(one: str, other: str) -> tuple[float, list[Reason]]:
    """Addresses without areas: the texts alike and the number the same, or one of both."""
    (text, number), (there, its_number) = one.rsplit(":", 1), other.rsplit(":", 1)
    alike = fuzz.ratio(text, there)
    if alike >= 75 and number == its_number:
        return 8, [Reason.ADDRESS_NEAR]
    if alike >= 75:
        return 5, [Reason.ADDRESS_NEAR] if alike >= 85 else []
    return (2, []) if alike >= 60 else (-1, [])
