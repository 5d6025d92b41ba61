"""Links and hashtags as byte ranges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.channels.richtext import facets


def marked(text: str) -> list[str]:
    """What the facets point at."""
    whole = text.encode()
    return [whole[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode() for f in facets(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("避難指示 https://toin.example/alerts/1", ["https://toin.example/alerts/1"]),
        ("（https://toin.example/a）を見てください。", ["https://toin.example/a"]),
        ("See https://toin.example/a. Now.", ["https://toin.example/a"]),
        ("🏠👨\u200d👩\u200d👧 http://a.example/?q=1#top、次", ["http://a.example/?q=1#top"]),
        ("#東員町 の #避難指示、", ["#東員町", "#避難指示"]),
        ("＃東員町", ["＃東員町"]),
        ("番号は#123です", []),
        ("C#と#1", []),
        ("一つ https://a.example/#東 二つ https://b.example", ["https://a.example/#", "https://b.example"]),
        ("", []),
    ],
)
def test_links_and_tags_are_found(text: str, expected: list[str]) -> None:
    assert marked(text) == expected


def test_a_tag_is_named_without_its_sign() -> None:
    [facet] = facets("＃東員町 ")
    assert facet["features"] == [{"$type": "app.bsky.richtext.facet#tag", "tag": "東員町"}]


@given(st.text(st.sampled_from("#＃ 東a1、https://example.\n🏠"), max_size=60))
def test_ranges_are_in_order_never_overlap_and_cut_no_letter(text: str) -> None:
    end = 0
    for facet in facets(text):
        index = facet["index"]
        assert end <= index["byteStart"] < index["byteEnd"] <= len(text.encode())
        text.encode()[index["byteStart"] : index["byteEnd"]].decode()
        end = index["byteEnd"]
