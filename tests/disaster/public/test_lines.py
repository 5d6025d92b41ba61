"""Short lines for boards of lamps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disaster.public.lines import width, wrapped


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("", 16, []),
        ("避難指示", 16, ["避難指示"]),
        ("危険な場所にいる方は、全員避難してください。", 24, ["危険な場所にいる方は、", "全員避難してください。"]),
        ("あいうえおかきく。", 16, ["あいうえおかき", "く。"]),  # no line begins with 。
        ("Everyone must leave dangerous places now.", 16, ["Everyone must", "leave dangerous", "places now."]),
        ("Evacuation", 8, ["Evacuati", "on"]),
        (
            "危（あぶ）ない 所（ところ）から、みんな にげて ください。",
            32,
            ["危（あぶ）ない", "所（ところ）から、みんな にげて", "ください。"],
        ),
        ("城山一丁目（しろやまいっちょうめ）", 32, ["城山一丁目", "（しろやまいっちょうめ）"]),
        ("レベル4 避難指示（洪水）", 16, ["レベル4", "避難指示（洪水）"]),
    ],
)
def test_a_line_ends_where_a_reader_pauses(text: str, columns: int, lines: list[str]) -> None:
    assert wrapped(text, columns) == lines


@given(
    st.text(st.sampled_from("避難、。ー っAb1 （）👨\u200d👩\u200d👧が\u3099"), max_size=80),
    st.sampled_from([8, 16, 24, 32]),
)
def test_no_line_is_too_wide_and_no_letter_is_lost(text: str, columns: int) -> None:
    lines = wrapped(text, columns)
    assert all(width(line) <= columns for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
