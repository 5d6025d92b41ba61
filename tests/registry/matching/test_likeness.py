"""Same-person scores: what speaks for one person, what is proof of two, and how well both hold on published and on Japanese records."""

import csv
import gzip
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from disaster.core.names import romaji_key
from registry.matching import blocking, likeness
from registry.matching.likeness import LIKELY, POSSIBLE, Entry, Reason, score
from registry.vocabulary import Sex

FEBRL = Path(__file__).parents[2] / "data" / "febrl"
TODAY = date(2026, 11, 28)
TARO = Entry(
    "1",
    family="山田",
    given="太郎",
    kana_family="ヤマダ",
    kana_given="タロウ",
    birth=date(1985, 4, 12),
    precision="day",
    sex=Sex.MALE,
    area_code="24324-09",
    address_key="24324-09:1600",
)


def _like(**changes: object) -> Entry:
    return replace(TARO, id="2", **changes)  # type: ignore[arg-type]


def test_the_same_name_and_birth_date_are_likely_one_person() -> None:
    found = score(TARO, _like(address_key="", area_code=""))
    assert found.score >= LIKELY
    assert {Reason.NAME_SAME, Reason.BIRTH_SAME} <= set(found.reasons)


def test_the_same_name_and_address_without_a_birth_date_are_likely_one_person() -> None:
    assert score(TARO, _like(birth=None, precision="unknown")).score >= LIKELY


def test_a_name_alone_is_never_enough() -> None:
    found = score(TARO, _like(birth=None, precision="unknown", address_key="", area_code=""))
    assert found.score < POSSIBLE
    found = score(replace(TARO, phone="d"), _like(birth=None, precision="unknown", address_key="", phone="d"))
    assert found.score < POSSIBLE


@pytest.mark.parametrize(
    "changes",
    [
        {"family": "山田", "given": "太郎", "kana_family": "", "kana_given": ""},
        {"family": "", "given": "", "kana_family": "やまだ", "kana_given": "たろー"},
        {"family": "", "given": "", "kana_family": "", "kana_given": "", "romaji": "YAMADA TARO"},
        {"family": "", "given": "", "kana_family": "", "kana_given": "", "kana": "ヤマダ タロウ"},
        {"family": "太郎", "given": "山田", "kana_family": "", "kana_given": ""},
        {"family": "", "given": "", "kana_family": "ヤマタ", "kana_given": "タロウ"},
    ],
)
def test_other_writings_of_the_name_count_as_the_name(changes: dict[str, object]) -> None:
    assert score(TARO, _like(**changes)).score >= LIKELY


def test_similar_names_alone_are_no_evidence() -> None:
    taro = replace(TARO, family="佐藤", kana_family="サトウ")
    jiro = replace(
        taro, id="2", given="次郎", kana_given="ジロウ", birth=date(1991, 1, 5), address_key="", area_code=""
    )
    assert score(taro, jiro).score < POSSIBLE


def test_twins_of_one_household_are_never_high() -> None:
    one = replace(TARO, given="翔太", kana_given="ショウタ", household="h")
    other = replace(one, id="2", given="翔也", kana_given="ショウヤ")
    assert score(one, other).score < LIKELY
    assert Reason.ONE_HOUSEHOLD in score(one, other).reasons


def test_twins_with_other_names_in_two_entries_are_not_shown() -> None:
    other = _like(given="花子", kana_given="ハナコ", sex=Sex.FEMALE)
    assert score(TARO, other).score < POSSIBLE


def test_twins_whom_two_desks_wrote_down_are_a_question_however_much_agrees() -> None:
    satoshi = replace(TARO, given="聡", kana_given="サトシ", phone="d", household="a", accompanied=True)
    sachiko = replace(satoshi, id="2", given="幸子", kana_given="サチコ", household="b")
    assert POSSIBLE <= score(satoshi, sachiko).score < LIKELY
    assert Reason.NAME_OTHER in score(satoshi, sachiko).reasons, "readings are alike, kanji are not"
    misread = replace(sachiko, given="聡", kana_given="サトン")
    assert score(satoshi, misread).score >= LIKELY


def test_one_house_and_another_birth_date_are_two_people_until_somebody_says_otherwise() -> None:
    mother = _like(birth=date(1960, 9, 3), phone="d")
    family = replace(TARO, phone="d", accompanied=True)
    assert score(family, mother).score < LIKELY
    sister = _like(given="太一", kana_given="タイチ", birth=None, precision="unknown")
    assert score(family, sister).score < LIKELY, "alike, and no birth date agrees"


def test_the_very_name_the_telephone_and_the_age_are_one_person() -> None:
    bare = {"birth": None, "precision": "unknown", "address_key": "", "area_code": "", "phone": "d"}
    assert score(replace(TARO, phone="d"), _like(age=41, **bare), TODAY).score >= LIKELY


def test_two_who_were_seen_the_same_night_are_two() -> None:
    night = frozenset({date(2026, 11, 27)})
    found = score(replace(TARO, seen=night), _like(seen=night))
    assert found.score <= 10
    assert Reason.BOTH_PRESENT in found.reasons


def test_the_residents_list_decides() -> None:
    assert score(replace(TARO, resident=1), _like(resident=2)).score <= 5
    assert score(replace(TARO, resident=1), _like(resident=1)).score >= 99


def test_a_stated_age_fits_or_does_not() -> None:
    bare = {"birth": None, "precision": "unknown"}
    assert Reason.AGE_FITS in score(TARO, _like(age=41, **bare), TODAY).reasons
    assert score(TARO, _like(age=70, **bare), TODAY).score < score(TARO, _like(age=41, **bare), TODAY).score


def test_partly_known_birth_dates_agree_as_far_as_they_are_known() -> None:
    assert Reason.BIRTH_PARTLY in score(TARO, _like(birth=date(1985, 4, 1), precision="month")).reasons
    assert Reason.BIRTH_OTHER in score(TARO, _like(birth=date(1986, 1, 1), precision="year")).reasons
    era_slip = _like(birth=date(2048, 4, 12))  # 昭和60 said as 平成60
    assert Reason.BIRTH_NEAR in score(TARO, era_slip).reasons


def test_the_order_of_the_two_does_not_matter() -> None:
    other = _like(kana_family="ヤマタ", birth=date(1985, 12, 4), address_key="24324-09:12")
    assert score(TARO, other) == score(other, TARO)


def _found(entries: Iterable[Entry], person: dict[str, str]) -> tuple[float, float]:
    """Precision and recall of what is shown as likely; ``person``: whose entry each is."""
    people: dict[str, int] = {}
    for who in person.values():
        people[who] = people.get(who, 0) + 1
    true = sum(count * (count - 1) // 2 for count in people.values())
    shown = [(a, b) for a, b in blocking.pairs(entries) if score(a, b, TODAY).score >= LIKELY]
    right = sum(person[a.id] == person[b.id] for a, b in shown)
    return right / max(len(shown), 1), right / true


def _febrl(name: str) -> Iterable[Entry]:
    with gzip.open(FEBRL / f"dataset4{name}.csv.gz", "rt", encoding="utf-8") as opened:
        for row in csv.DictReader(opened, skipinitialspace=True):
            day = row["date_of_birth"] or ""
            try:
                birth = date(int(day[:4]), int(day[4:6]), int(day[6:]))
            except ValueError:
                birth = None
            street = f"{row['address_1']}{row['suburb']}".replace(" ", "")
            number = row["street_number"] or row["postcode"] or "0"
            yield Entry(
                row["rec_id"],
                family=row["surname"] or "",
                given=row["given_name"] or "",
                birth=birth,
                precision="day" if birth else "unknown",
                address_key=f"{street[:60]}:{number}" if street else "",
                phone=row["soc_sec_id"]
                or None,  # has the slips of a telephone number, and like one it is no proof by itself
            )


def test_a_published_set_is_linked() -> None:
    entries = [
        entry for part in "ab" for entry in _febrl(part) if int(entry.id.split("-")[1]) % 2
    ]  # half of it: seconds
    precision, recall = _found(entries, {entry.id: entry.id.split("-")[1] for entry in entries})
    assert precision >= 0.99
    assert recall >= 0.95


def test_names_of_every_kind_are_taken() -> None:
    for entry in (
        Entry("a"),
        Entry("b", name="Ng"),
        Entry("c", name="𠮷"),
        Entry("d", romaji="  "),
        Entry("e", kana="ー"),
    ):
        assert 0 <= score(entry, TARO).score <= 100
        assert score(entry, entry).score < POSSIBLE
        assert isinstance(blocking.keys(entry), set)
    assert romaji_key("") == ""
    assert likeness.LIKELY > likeness.POSSIBLE
