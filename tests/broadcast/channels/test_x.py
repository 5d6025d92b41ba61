"""A post on X, against a stand-in that checks the signature and answers as X does."""

import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from broadcast.channels import posting
from broadcast.channels.contract import Accepted, ChannelDown, Code, InDoubt, Message, Outcome, Refused, Target
from broadcast.channels.daily_budget import DailyBudget
from broadcast.channels.x import Keys, XChannel
from disaster.demo.providers.x import Secrets, XStandIn
from tests.fakes.standins import serving
from tests.fakes.wire import RecordingWire

KEYS = Keys("application", "application's secret", "1-account", "account's secret & more")
SECRETS = Secrets((KEYS.consumer_key, KEYS.consumer_secret), (KEYS.access_token, KEYS.access_token_secret))
TEXT = "【東員町】避難指示 5 < 7 & <b>\nhttps://toin.example/alerts/123\nこれは試験の文です。"


def alert(level: str = "4", text: str = TEXT) -> Message:
    return Message("x", "ja", text, extra={"mode": "live", "level": level})


def public() -> Target:
    return Target(1, str(uuid.uuid4()))


@pytest.fixture
def provider() -> XStandIn:
    return XStandIn(SECRETS, lambda *_: None)


@pytest.fixture
def address(provider: XStandIn) -> Iterator[str]:
    with serving(provider.application()) as url:
        yield url


@pytest.fixture
def budget(tmp_path: Path) -> DailyBudget:
    return DailyBudget(tmp_path / "x-posts.json", per_day=50, reserve=10)


@pytest.fixture
def channel(address: str, budget: DailyBudget) -> Iterator[XChannel]:
    with closing(XChannel(KEYS, address, budget)) as channel:
        yield channel


def post(channel: XChannel, message: Message | None = None) -> Outcome:
    wire, target = RecordingWire(), public()
    [(_, outcome)] = channel.send(message or alert(), [target], wire)
    assert wire.settled_ids == [target.delivery_id]
    return outcome


def test_a_post_is_signed_and_holds_the_text_alone(channel: XChannel, provider: XStandIn) -> None:
    assert post(channel) == Accepted(provider.posts[0]["id"])
    assert provider.requests == [{"text": TEXT}]


def test_an_error_after_acceptance_is_in_doubt_and_found_among_the_newest_posts(
    channel: XChannel, provider: XStandIn
) -> None:
    for number in range(6):
        post(channel, alert(text=f"お知らせ {number}"))
    provider.faults = [503]
    assert post(channel) == InDoubt("HTTP 503")
    assert channel.settle(alert(), public()) == Accepted(provider.posts[-1]["id"])
    assert channel.settle(alert(text="ほかの文"), public()) is None


def test_repeating_what_is_there_is_refused_as_a_duplicate_and_counts_as_accepted(
    channel: XChannel, provider: XStandIn
) -> None:
    first = post(channel)
    assert post(channel) == first
    assert len(provider.posts) == 1


def test_a_duplicate_counts_as_accepted_also_when_the_posts_cannot_be_read(
    channel: XChannel, provider: XStandIn
) -> None:
    post(channel)
    provider.reads = 0
    assert channel.settle(alert(), public()) is None
    assert post(channel) == Accepted("")
    assert len(provider.posts) == 1


def test_a_duplicate_that_is_not_among_the_newest_posts_stays_in_doubt(channel: XChannel, provider: XStandIn) -> None:
    post(channel)
    provider.posts.clear()
    assert post(channel) == InDoubt("403 duplicate")


def test_too_many_requests_may_be_tried_later(channel: XChannel, provider: XStandIn) -> None:
    provider.faults = [429]
    assert post(channel) == Refused(Code.THROTTLED, retryable=True, detail="429")
    assert isinstance(post(channel), Accepted)


def test_at_the_end_of_xs_own_day_even_level_5_is_told_to_wait(channel: XChannel, provider: XStandIn) -> None:
    provider.per_day = 1
    post(channel)
    assert post(channel, alert("5", "もう一つ")) == Refused(Code.THROTTLED, retryable=True, detail="429")


def test_what_x_does_not_take_is_refused_for_its_content(channel: XChannel, provider: XStandIn) -> None:
    assert post(channel, alert(text=" ")) == Refused(Code.CONTENT, False, "400")
    assert post(channel, alert(text="あ" * 141)) == Refused(Code.CONTENT, False, "too long")
    provider.faults = [403]
    assert post(channel) == Refused(Code.REJECTED, False, "403")
    assert provider.posts == []


@pytest.mark.parametrize("wrong", ["consumer_secret", "access_token_secret", "access_token"])
def test_wrong_keys_stop_the_channel_and_are_not_repeated_in_the_message(
    address: str, budget: DailyBudget, wrong: str
) -> None:
    fields = {name: getattr(KEYS, name) for name in Keys.__slots__} | {wrong: "wrong-one"}
    with closing(XChannel(Keys(**fields), address, budget)) as channel, pytest.raises(ChannelDown) as down:
        post(channel)
    assert "認証" in str(down.value)
    assert "wrong-one" not in str(down.value)


def test_a_plan_without_credit_stops_the_channel(channel: XChannel, provider: XStandIn) -> None:
    provider.faults = [402]
    with pytest.raises(ChannelDown, match="402"):
        post(channel)


def test_without_connection_nothing_is_sent(budget: DailyBudget) -> None:
    with closing(XChannel(KEYS, "http://127.0.0.1:9", budget)) as channel:
        with pytest.raises(ChannelDown):
            post(channel)
        assert channel.settle(alert(), public()) is None
    assert budget.left() == 50


def test_a_server_that_never_answers_leaves_the_post_in_doubt(
    monkeypatch: pytest.MonkeyPatch, budget: DailyBudget
) -> None:
    monkeypatch.setattr(posting, "ANSWER_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        held: list[socket.socket] = []
        threading.Thread(target=lambda: held.append(silent.accept()[0]), daemon=True).start()
        with closing(XChannel(KEYS, f"http://127.0.0.1:{silent.getsockname()[1]}", budget)) as channel:
            assert post(channel) == InDoubt("ReadTimeout")
        for connection in held:
            connection.close()


def test_notices_wait_for_another_day_while_level_4_still_goes_out(channel: XChannel, provider: XStandIn) -> None:
    provider.per_day = 12
    assert isinstance(post(channel, alert("", "お知らせ 1")), Accepted)
    assert isinstance(post(channel, alert("", "お知らせ 2")), Accepted)
    refused = post(channel, alert("", "お知らせ 3"))
    assert refused == Refused(Code.BUDGET, False, "10 posts left in 24 hours, 10 kept for levels 4 and 5")
    assert isinstance(post(channel, alert("4")), Accepted)
    assert len(provider.posts) == 3


def test_a_mistake_that_was_posted_is_taken_back_out_of_the_reserve(channel: XChannel, budget: DailyBudget) -> None:
    budget.told(5, budget.clock() + 3600)
    notice = Message("x", "ja", "【取消し】断水のお知らせは誤りでした", extra={"mode": "live", "takes_back": "1"})
    assert isinstance(post(channel, notice), Accepted)


def test_level_3_waits_and_is_tried_again(channel: XChannel, budget: DailyBudget) -> None:
    budget.told(5, budget.clock() + 3600)
    outcome = post(channel, alert("3"))
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.retryable) == (Code.BUDGET, True)


def test_a_drill_reaches_nobody(channel: XChannel, provider: XStandIn) -> None:
    with pytest.raises(ValueError, match="drill"):
        post(channel, Message("x", "ja", "【訓練】", extra={"mode": "drill"}))
    assert provider.requests == []


def test_a_channel_that_is_not_set_up_says_so(budget: DailyBudget) -> None:
    with closing(XChannel(Keys("", "", "", ""), "https://api.x.com", budget)) as channel:
        assert len(channel.problems()) == 1
        with pytest.raises(ChannelDown):
            post(channel)
    with closing(XChannel(Keys("a", "b", "c", ""), "https://api.x.com", budget)) as channel:
        assert "SECRET" in channel.problems()[0]
