"""The gate for text: what passes is kept as it was written, the rest is refused with a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disaster.core.errors import Invalid
from disaster.core.text import clean_line, clean_text


def _text(value: str, limit: int = 1000) -> str:
    return clean_text(value, field="body", label="本文", limit=limit)


@pytest.mark.parametrize("name", ["𠮷田", "葛󠄀城", "髙橋", "渡邉", "👨‍👩‍👧", "〜−‖¢", "𩸽"])
def test_rare_letters_and_variants_are_kept(name: str) -> None:
    assert _text(name) == name


@pytest.mark.parametrize("bad", ["\x00", "a\x08b", "\x1b[31m", "\ud800", "x\x85y"])
def test_control_letters_and_lone_surrogates_are_refused(bad: str) -> None:
    with pytest.raises(Invalid) as refused:
        _text(bad)
    assert refused.value.fields == {"body": "本文に使えない文字（制御文字など）があります。"}


def test_marks_that_turn_the_writing_direction_are_taken_out() -> None:
    assert _text("支払\u202e先\u2066!") == "支払先!"


def test_line_ends_become_one_kind_and_decomposed_kana_one_letter() -> None:
    assert _text("か\u3099\r\nき\rく") == "が\nき\nく"


def test_a_text_that_is_too_long_is_refused_with_both_numbers() -> None:
    with pytest.raises(Invalid, match=r"本文は5文字までです（いまは6文字）。"):
        _text("あ" * 6, limit=5)


@pytest.mark.parametrize("value", ["件名\nBcc: x@example.com", "a\tb", "a\rb"])
def test_a_line_holds_no_line_end(value: str) -> None:
    with pytest.raises(Invalid, match="改行なし"):
        clean_line(value, field="subject", label="件名", limit=100)


def test_a_required_line_of_spaces_only_is_empty() -> None:
    with pytest.raises(Invalid, match="件名を入力してください"):
        clean_line(" \u3000 ", field="subject", label="件名", limit=100, required=True)


@given(st.text())
def test_what_passed_once_passes_again_unchanged(value: str) -> None:
    try:
        once = _text(value)
    except Invalid:
        return
    assert _text(once) == once
    once.encode("utf-8")
