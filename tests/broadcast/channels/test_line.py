"""LINE push messages, against a stand-in that follows LINE's description."""

import json
import logging
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest

from broadcast.channels.contract import (
    Accepted,
    ChannelDown,
    Code,
    InDoubt,
    Message,
    Outcome,
    Refused,
    SilentWire,
    Target,
)
from broadcast.channels.line import LineChannel, _refusal
from disaster.demo.providers import line
from disaster.demo.providers.line import LineStandIn
from tests.fakes.standins import serving
from tests.fakes.wire import RecordingWire

TOKEN = "stand-in-line-token"
MESSAGE = Message("line", "ja", "警戒レベル４避難指示\n東員町 洪水", extra={"mode": "live"})


def target(user: str, number: int = 1) -> Target:
    return Target(number, str(uuid.uuid4()), user)


def friends(count: int) -> list[Target]:
    return [target(f"U{n:032x}", n) for n in range(0xA00, 0xA00 + count)]


@pytest.fixture
def provider() -> LineStandIn:
    return LineStandIn(TOKEN, lambda *_: None)


@pytest.fixture
def address(provider: LineStandIn) -> Iterator[str]:
    with serving(provider.application()) as url:
        yield url


@pytest.fixture
def channel(address: str) -> Iterator[LineChannel]:
    with closing(LineChannel(TOKEN, address)) as channel:
        yield channel


def push(channel: LineChannel, to: Target, message: Message = MESSAGE) -> Outcome:
    [(_, outcome)] = channel.send(message, [to], SilentWire())
    return outcome


def test_every_friend_gets_the_text_once(channel: LineChannel, provider: LineStandIn) -> None:
    wire, people = RecordingWire(), friends(50)
    outcomes = list(channel.send(MESSAGE, people, wire))
    assert all(isinstance(o, Accepted) and o.provider_id for _, o in outcomes)
    assert Counter(provider.pushed) == Counter((t.address, MESSAGE.body) for t in people)
    assert sorted(wire.settled_ids) == [t.delivery_id for t in people]


def test_a_push_that_is_repeated_with_its_key_arrives_once(channel: LineChannel, provider: LineStandIn) -> None:
    friend = target("U" + "a" * 32)
    first, second = push(channel, friend), push(channel, friend)
    assert first == second
    assert isinstance(first, Accepted)
    assert len(provider.pushed) == 1


def test_an_error_after_acceptance_is_in_doubt_and_repeating_doubles_nothing(
    channel: LineChannel, provider: LineStandIn
) -> None:
    friend = target(line.ERROR_AFTER)
    assert push(channel, friend) == InDoubt("HTTP 500")
    assert channel.settle(MESSAGE, friend) is None
    assert isinstance(push(channel, friend), Accepted)
    assert len(provider.pushed) == 1


@pytest.mark.parametrize("user", [line.INVALID, "", "not-an-id", "U123"])
def test_an_unknown_user_is_refused_for_good(channel: LineChannel, user: str) -> None:
    assert push(channel, target(user)) == Refused(Code.ADDRESS, retryable=False, detail="400")


def test_a_text_beyond_the_limit_is_refused_for_its_content(channel: LineChannel) -> None:
    long = Message("line", "ja", "あ" * 5001)
    assert push(channel, target("U" + "a" * 32), long) == Refused(Code.CONTENT, retryable=False, detail="400")


def test_busy_is_tried_again_in_place(channel: LineChannel, provider: LineStandIn) -> None:
    assert isinstance(push(channel, target(line.BUSY_ONCE)), Accepted)
    assert len(provider.pushed) == 1


def test_a_used_up_month_is_told_at_once_and_not_tried_until_the_alert_is_over(
    channel: LineChannel, provider: LineStandIn
) -> None:
    provider.monthly_limit = 1
    push(channel, target("U" + "a" * 32))
    outcome = push(channel, target("U" + "b" * 32))
    assert outcome == Refused(Code.QUOTA, retryable=False, detail="429 monthly limit")
    assert len(provider.pushed) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"message": "Failed to send messages"}, Code.ADDRESS),
        ({"message": "The property, 'to', in the request body is invalid (line: -, column: -)"}, Code.ADDRESS),
        ({"message": "Not found", "details": "odd"}, Code.ADDRESS),
        ({"message": "x", "details": [{"message": "May not be empty", "property": "messages[0].text"}]}, Code.CONTENT),
    ],
)
def test_a_refusal_is_about_the_person_unless_it_names_the_text(body: dict[str, object], code: Code) -> None:
    assert _refusal(400, json.dumps(body)) == Refused(code, retryable=False, detail="400")


def test_a_wrong_token_stops_the_channel_and_is_not_repeated_in_the_message(address: str) -> None:
    with closing(LineChannel("wrong-token", address)) as channel, pytest.raises(ChannelDown) as down:
        list(channel.send(MESSAGE, friends(10), SilentWire()))
    assert "認証" in str(down.value)
    assert "wrong-token" not in str(down.value)


def test_without_connection_nothing_is_sent() -> None:
    with (
        closing(LineChannel(TOKEN, "http://127.0.0.1:9")) as channel,
        pytest.raises(ChannelDown, match="接続できません"),
    ):
        list(channel.send(MESSAGE, friends(10), SilentWire()))


def test_a_drill_reaches_nobody(channel: LineChannel, provider: LineStandIn) -> None:
    with pytest.raises(ValueError, match="drill"):
        channel.send(Message("line", "ja", "【訓練】", extra={"mode": "drill"}), friends(1), SilentWire())
    assert provider.pushed == []


def test_a_channel_without_its_token_says_so() -> None:
    channel = LineChannel("", "https://api.line.me")
    assert channel.problems() == [
        "LINE公式アカウントのアクセストークン（DISASTER_LINE_CHANNEL_ACCESS_TOKEN）が設定されていません。"
    ]
    with pytest.raises(ChannelDown):
        channel.send(MESSAGE, friends(1), SilentWire())
    channel.close()


def test_no_user_and_no_text_goes_into_the_log(channel: LineChannel, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for user in ("U" + "a" * 32, line.INVALID, line.ERROR_AFTER):
        push(channel, target(user))
    assert "U000" not in caplog.text
    assert "Uaaa" not in caplog.text
    assert "東員町" not in caplog.text
