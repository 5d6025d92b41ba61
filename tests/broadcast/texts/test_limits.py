"""Lengths and cutting: every channel's own measure, and no letter broken."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from broadcast.texts import limits

_CASES = yaml.safe_load((Path(__file__).parents[2] / "data/twitter-text/validate.yml").read_text(encoding="utf-8"))[
    "tests"
]
# The first list was written for version 2, without emoji; version 3 gives these two their own value in the second list.
_VERSION_2 = {
    "Count a mix of single byte single word, and double word unicode characters",
    "Count unicode emoji chars outside the basic multilingual plane with skin tone modifiers",
}
_LISTS = (
    "WeightedTweetsCounterTest",
    "WeightedTweetsWithDiscountedEmojiCounterTest",
    "UnicodeDirectionalMarkerCounterTest",
)
_WEIGHTED = [
    pytest.param(case["text"], case["expected"]["weightedLength"], id=f"{name[:15]}-{case['description'][:40]}")
    for name in _LISTS
    for case in _CASES[name]
    if not (name == _LISTS[0] and case["description"] in _VERSION_2)
]
IVS = "葛\U000e0100"
FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(("text", "weight"), _WEIGHTED)
def test_x_counts_as_its_own_test_cases_say(text: str, weight: int) -> None:
    assert limits.x_weight(text) == weight


def test_a_japanese_letter_weighs_two_and_a_link_twenty_three_on_x() -> None:
    assert limits.x_weight("避難指示") == 8
    assert limits.x_weight("避難指示 https://toin.example/alerts/123") == 8 + 1 + 23


@pytest.mark.parametrize(
    ("text", "units"), [("避難", 2), ("𠮷", 2), ("😷", 2), ("か\u3099", 2), (IVS, 3), (FAMILY, 11), ("\ud800", 1)]
)
def test_utf16_units_count_letters_beyond_the_bmp_twice(text: str, units: int) -> None:
    assert limits.utf16_units(text) == units


@pytest.mark.parametrize(
    ("text", "encoding", "units", "count"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("[" * 80, "GSM-7", 160, 1),
        ("a" * 152 + "[" + "a" * 152, "GSM-7", 306, 3),  # the pair of [ does not fit at the end of the first segment
        ("é@£_", "GSM-7", 4, 1),
        ("ō", "UCS-2", 1, 1),
        ("あ" * 70, "UCS-2", 70, 1),
        ("あ" * 71, "UCS-2", 71, 2),
        ("あ" * 134, "UCS-2", 134, 2),
        ("あ" * 135, "UCS-2", 135, 3),
        (
            "あ" * 66 + "😷" + "あ" * 66,
            "UCS-2",
            134,
            3,
        ),  # the pair of the emoji does not fit at the end of the first segment
        ("😷" * 35, "UCS-2", 70, 1),
        ("a" * 70 + "、", "UCS-2", 71, 2),
    ],
)
def test_sms_segments(text: str, encoding: str, units: int, count: int) -> None:
    assert limits.sms_segments(text) == limits.Segments(encoding, units, count)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("避難", 2),
        (FAMILY, 1),
        ("🇯🇵🇫🇷", 2),
        ("か\u3099", 1),
        (IVS, 1),
        ("👍🏽", 1),
        ("\r\n", 1),
        ("1️⃣", 1),
        ("한국", 2),
        ("ｶﾞ", 1),
        ("", 0),
    ],
)
def test_graphemes_are_what_a_reader_sees(text: str, count: int) -> None:
    assert limits.grapheme_count(text) == count


def test_mastodon_counts_links_as_23_and_mentions_without_their_server() -> None:
    assert limits.mastodon_length("見て https://toin.example/" + "a" * 200) == 3 + 23
    assert limits.mastodon_length("@toin@mastodon.example") == len("@toin")


@given(st.text(), st.integers(0, 40))
def test_cutting_fits_and_breaks_no_letter(text: str, limit: int) -> None:
    cut = limits.cut(text, limit, limits.utf16_units)
    assert limits.utf16_units(cut) <= limit
    if cut != text and cut:
        kept = limits.graphemes(cut.removesuffix("…"))
        assert limits.graphemes(text)[: len(kept)] == kept
        assert cut.endswith("…")


def test_cutting_takes_a_whole_family_or_none() -> None:
    assert limits.cut("あ" + FAMILY + "い", 13, limits.utf16_units) == "あ" + FAMILY + "い"
    assert limits.cut("あ" + FAMILY + "いう", 12, limits.utf16_units) == "あ…"
    assert limits.cut("𠮷野𠮷野", 4, limits.utf16_units) == "𠮷野…"


@given(st.text())
def test_graphemes_give_the_text_back(text: str) -> None:
    assert "".join(limits.graphemes(text)) == text


def test_speaking_takes_about_a_second_for_five_or_six_morae() -> None:
    assert limits.spoken_seconds("あ" * 55) == 10
    assert limits.spoken_seconds("こちらは、ぼうさいとういんです。") in (3, 4)
    assert limits.spoken_seconds("きゃ" * 11) == 2
