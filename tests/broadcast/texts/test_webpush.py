"""The notification: within its limits, whole by itself, and the same tag for everything about one alert."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from broadcast.alert.content import Content, Reference
from broadcast.cap.vocabulary import Kind, Language, Mode, MsgType
from broadcast.channels.webpush import PAYLOAD_LIMIT, payload
from broadcast.texts import webpush
from broadcast.texts.limits import grapheme_count
from tests.broadcast.contents import AREAS, ISSUED, SHELTERS, content
from tests.broadcast.strategies import contents


@settings(max_examples=60, deadline=None)
@given(contents())
def test_any_alert_fits_what_push_services_take_and_telephones_show(alert: Content) -> None:
    for language in Language:
        message = webpush.render(alert, language)
        assert len(payload(message)) <= PAYLOAD_LIMIT
        assert grapheme_count(message.body) <= webpush.BODY_LIMIT
        assert grapheme_count(message.subject) <= webpush.TITLE_LIMIT
        assert "\n" not in message.subject


@pytest.mark.parametrize("language", Language)
def test_the_longest_alert_keeps_what_to_do_and_says_what_was_left_out(language: Language) -> None:
    said = "川の水があふれています。" * 40
    alert = content(areas=AREAS, shelters=SHELTERS, mode=Mode.DRILL, situation=said, action=said)
    message = webpush.render(alert, language)
    key = {"ja": "全員避難してください", "easy_ja": "みんな にげて ください", "en": "leave dangerous places"}[language]
    assert key in message.body
    assert message.notes


def test_what_comes_later_has_the_tag_of_the_first_alert() -> None:
    first = webpush.render(content(), Language.JA)
    correction = content(msg_type=MsgType.UPDATE, reference=Reference(123, Kind.EVACUATE, ISSUED, 123))
    second = webpush.render(replace(correction, alert_id=124), Language.JA)
    lift = content(Kind.LIFT, msg_type=MsgType.UPDATE, reference=Reference(124, Kind.EVACUATE, ISSUED, 123))
    third = webpush.render(replace(lift, alert_id=125), Language.JA)
    assert {m.extra["tag"] for m in (first, second, third)} == {"alert-123"}
    frozen_earlier = content(msg_type=MsgType.CANCEL, reference=Reference(122, Kind.EVACUATE, ISSUED))
    assert webpush.render(frozen_earlier, Language.JA).extra["tag"] == "alert-122"


def test_the_level_is_told_where_there_is_one() -> None:
    assert webpush.render(content(Kind.EMERGENCY), Language.JA).extra["level"] == "5"
    assert webpush.render(content(Kind.NOTICE), Language.JA).extra["level"] == ""
    assert webpush.render(content(msg_type=MsgType.CANCEL), Language.JA).extra["level"] == ""


@pytest.mark.parametrize("language", Language)
def test_a_lift_says_where_in_every_language(language: Language) -> None:
    lift = content(
        Kind.LIFT, msg_type=MsgType.UPDATE, areas=AREAS[14:15], reference=Reference(122, Kind.EVACUATE, ISSUED)
    )
    assert {"ja": "長深", "easy_ja": "長深（ながふけ）", "en": "Nagafuke"}[language] in webpush.render(
        lift, language
    ).body


def test_it_opens_the_page_in_the_readers_language() -> None:
    pages = [webpush.render(content(), language).extra["url"] for language in Language]
    assert pages == [f"https://toin.example/alerts/123{query}" for query in ("", "?lang=easy_ja", "?lang=en")]
