"""A public post on Mastodon, against a stand-in that follows Mastodon's description."""

import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing

import pytest

from broadcast.channels import mastodon
from broadcast.channels.contract import Accepted, ChannelDown, Code, InDoubt, Message, Outcome, Refused, Target
from broadcast.channels.mastodon import MastodonChannel
from disaster.demo.providers.mastodon import MastodonStandIn
from tests.fakes.standins import serving
from tests.fakes.wire import RecordingWire

TOKEN = "stand-in-mastodon-token"
MESSAGE = Message("mastodon", "ja", "【東員町】警戒レベル４\n避難指示 <b>洪水</b>", extra={"mode": "live"})


def public() -> Target:
    return Target(1, str(uuid.uuid4()))


@pytest.fixture
def provider() -> MastodonStandIn:
    return MastodonStandIn(TOKEN, "http://127.0.0.1", lambda *_: None)


@pytest.fixture
def address(provider: MastodonStandIn) -> Iterator[str]:
    with serving(provider.application()) as url:
        yield url


@pytest.fixture
def channel(address: str) -> Iterator[MastodonChannel]:
    with closing(MastodonChannel(address, TOKEN, 500)) as channel:
        yield channel


def post(channel: MastodonChannel, target: Target, message: Message = MESSAGE) -> Outcome:
    wire = RecordingWire()
    [(_, outcome)] = channel.send(message, [target], wire)
    assert wire.settled_ids == [target.delivery_id]
    return outcome


def test_the_post_is_public_and_in_its_language(channel: MastodonChannel, provider: MastodonStandIn) -> None:
    outcome = post(channel, public())
    [status] = provider.statuses
    assert outcome == Accepted(status["id"])
    assert (status["visibility"], status["language"]) == ("public", "ja")
    assert "&lt;b&gt;" in status["content"]


def test_posting_again_with_the_same_reference_makes_no_second_post(
    channel: MastodonChannel, provider: MastodonStandIn
) -> None:
    target = public()
    assert post(channel, target) == post(channel, target)
    assert len(provider.statuses) == 1


def test_an_error_after_acceptance_is_in_doubt_and_repeating_doubles_nothing(
    channel: MastodonChannel, provider: MastodonStandIn
) -> None:
    provider.faults = [503]
    target = public()
    assert post(channel, target) == InDoubt("HTTP 503")
    assert isinstance(post(channel, target), Accepted)
    assert len(provider.statuses) == 1


def test_what_is_in_doubt_is_found_among_the_newest_posts_also_when_its_key_is_forgotten(
    channel: MastodonChannel, provider: MastodonStandIn
) -> None:
    message = Message("mastodon", "ja", "【東員町】5 < 7 & <b>\nhttps://toin.example/alerts/123\nこれは訓練ではない。")
    provider.faults = [503]
    target = public()
    assert post(channel, target, message) == InDoubt("HTTP 503")
    provider.forget()
    [status] = provider.statuses
    assert "<br />" in status["content"]
    assert "</a>" in status["content"]
    assert channel.settle(message, target) == Accepted(status["id"])
    assert channel.settle(Message("mastodon", "ja", "ほかの文"), target) is None


def test_where_the_token_may_not_read_what_is_in_doubt_is_posted_again_with_its_key(address: str) -> None:
    with closing(MastodonChannel(address, "wrong-token", 500)) as channel:
        assert channel.settle(MESSAGE, public()) is None


def test_too_many_requests_may_be_tried_later(channel: MastodonChannel, provider: MastodonStandIn) -> None:
    provider.faults = [429]
    target = public()
    assert post(channel, target) == Refused(Code.THROTTLED, retryable=True, detail="429")
    assert isinstance(post(channel, target), Accepted)


def test_what_the_server_does_not_take_is_refused_for_its_content(channel: MastodonChannel) -> None:
    assert post(channel, public(), Message("mastodon", "ja", " ")) == Refused(Code.CONTENT, False, "422")
    assert post(channel, public(), Message("mastodon", "ja", "あ" * 501)) == Refused(Code.CONTENT, False, "too long")


def test_a_larger_server_takes_what_it_takes_and_says_when_it_does_not(address: str) -> None:
    with closing(MastodonChannel(address, TOKEN, 5000)) as channel:
        assert post(channel, public(), Message("mastodon", "ja", "あ" * 501)) == Refused(Code.CONTENT, False, "422")


def test_a_wrong_token_stops_the_channel_and_is_not_repeated_in_the_message(address: str) -> None:
    with closing(MastodonChannel(address, "wrong-token", 500)) as channel, pytest.raises(ChannelDown) as down:
        post(channel, public())
    assert "認証" in str(down.value)
    assert "wrong-token" not in str(down.value)


def test_without_connection_nothing_is_sent() -> None:
    with closing(MastodonChannel("http://127.0.0.1:9", TOKEN, 500)) as channel, pytest.raises(ChannelDown):
        post(channel, public())


def test_a_server_that_never_answers_leaves_the_post_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mastodon, "ANSWER_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        held: list[socket.socket] = []
        threading.Thread(target=lambda: held.append(silent.accept()[0]), daemon=True).start()
        with closing(MastodonChannel(f"http://127.0.0.1:{silent.getsockname()[1]}", TOKEN, 500)) as channel:
            assert post(channel, public()) == InDoubt("ReadTimeout")
        for connection in held:
            connection.close()


def test_a_drill_reaches_nobody(channel: MastodonChannel, provider: MastodonStandIn) -> None:
    with pytest.raises(ValueError, match="drill"):
        post(channel, public(), Message("mastodon", "ja", "【訓練】", extra={"mode": "drill"}))
    assert provider.statuses == []


def test_a_channel_that_is_not_set_up_says_so() -> None:
    with closing(MastodonChannel("", "", 500)) as channel:
        assert len(channel.problems()) == 2
        with pytest.raises(ChannelDown):
            post(channel, public())
