"""Posts on X, Mastodon and Bluesky: they fit their network's own measure, and tell the channel what it needs."""

import pytest
from hypothesis import given, settings

from broadcast.alert.content import Content
from broadcast.cap.vocabulary import Hazard, Kind, Language, MsgType
from broadcast.texts.limits import BLUESKY_BYTES, BLUESKY_LIMIT, X_LIMIT, grapheme_count, x_weight
from broadcast.texts.rendering import render
from tests.broadcast.contents import AREAS, SHELTERS, content
from tests.broadcast.strategies import contents


@given(contents())
@settings(max_examples=40, deadline=None)
def test_every_post_fits_and_keeps_its_link(alert: Content) -> None:
    on_x, on_bluesky = (render(name, alert, Language.JA).body for name in ("x", "bluesky"))
    assert x_weight(on_x) <= X_LIMIT
    assert grapheme_count(on_bluesky) <= BLUESKY_LIMIT
    assert len(on_bluesky.encode()) <= BLUESKY_BYTES
    for body in (on_x, on_bluesky):
        assert alert.url in body
        assert "@" not in body.replace(alert.url, "")


@pytest.mark.parametrize(
    ("alert", "level"),
    [
        (content(Kind.EMERGENCY), "5"),
        (content(Kind.EVACUATE), "4"),
        (content(Kind.ELDERLY), "3"),
        (content(Kind.LIFT, lifted=Kind.EVACUATE), "4"),
        (content(Kind.EVACUATE, msg_type=MsgType.CANCEL), "4"),
        (content(Kind.LIFT, lifted=Kind.EMERGENCY, msg_type=MsgType.CANCEL), "5"),
        (content(Kind.SHELTERS), ""),
        (content(Kind.NOTICE, Hazard.OTHER), ""),
    ],
)
def test_a_post_on_x_tells_the_level_that_its_reserve_is_for(alert: Content, level: str) -> None:
    assert render("x", alert, Language.JA).extra["level"] == level


@pytest.mark.parametrize(
    ("alert", "said"),
    [
        (content(Kind.NOTICE, Hazard.OTHER, msg_type=MsgType.CANCEL), "1"),
        (content(Kind.NOTICE, Hazard.OTHER, msg_type=MsgType.UPDATE, correction="日付を直しました。"), "1"),
        (content(Kind.SHELTERS, msg_type=MsgType.UPDATE, extends=True), ""),
        (content(Kind.NOTICE, Hazard.OTHER), ""),
    ],
)
def test_a_post_on_x_tells_whether_it_takes_back_what_went_out(alert: Content, said: str) -> None:
    assert render("x", alert, Language.JA).extra["takes_back"] == said


def test_english_gives_way_in_two_steps_and_the_languages_are_named() -> None:
    short = render("bluesky", content(Kind.SHELTERS), Language.JA)
    assert "English: Shelters Open" in short.body
    assert short.extra["langs"] == "ja en"
    long = render(
        "bluesky", content(areas=AREAS, shelters=SHELTERS, situation="水位が上がっています。" * 9), Language.JA
    )
    assert "English" not in long.body
    assert long.extra["langs"] == "ja"


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("４ＡＢｱ", 8),
        ("①㈱", 4),
        ("「」、。ー～", 12),
        ("…‥", 4),
        ("“”", 2),
        ("🏠", 2),
        ("👨\u200d👩\u200d👧\u200d👦", 2),
        ("葛\U000e0100", 4),
        ("https://toin.example/" + "a" * 300, 23),
        ("見てhttps://toin.example/aください", 4 + 23 + 8),
    ],
)
def test_weights_on_x_of_what_japanese_alerts_hold(text: str, weight: int) -> None:
    assert x_weight(text) == weight
