"""A post on Bluesky, against a stand-in that follows Bluesky's lexicons."""

import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing

import pytest

from broadcast.channels import posting
from broadcast.channels.bluesky import BlueskyChannel, record_key
from broadcast.channels.contract import Accepted, ChannelDown, Code, InDoubt, Message, Outcome, Refused, Target
from broadcast.texts.limits import BLUESKY_BYTES, BLUESKY_LIMIT
from disaster.demo.providers.bluesky import BlueskyStandIn
from tests.fakes.lexicons import TID, body_faults, record_faults
from tests.fakes.standins import serving
from tests.fakes.wire import RecordingWire

HANDLE, PASSWORD = "bosai.town.example", "app-password-of-the-stand-in"
MESSAGE = Message(
    "bluesky", "ja", "【東員町】警戒レベル4\nhttps://toin.example/alerts/123\nEnglish: Alert Level 4.",
    extra={"mode": "live", "langs": "ja en"},
)  # fmt: skip


def public(attempt: int = 1) -> Target:
    return Target(1, str(uuid.uuid4()), attempt=attempt)


@pytest.fixture
def provider() -> BlueskyStandIn:
    return BlueskyStandIn(HANDLE, PASSWORD, lambda *_: None)


@pytest.fixture
def address(provider: BlueskyStandIn) -> Iterator[str]:
    with serving(provider.application()) as url:
        yield url


@pytest.fixture
def channel(address: str) -> Iterator[BlueskyChannel]:
    with closing(BlueskyChannel(address, HANDLE, PASSWORD)) as channel:
        yield channel


def post(channel: BlueskyChannel, target: Target, message: Message = MESSAGE) -> Outcome:
    wire = RecordingWire()
    [(_, outcome)] = channel.send(message, [target], wire)
    assert wire.settled_ids == [target.delivery_id]
    return outcome


def test_the_request_and_the_record_are_as_the_lexicons_describe_them(
    channel: BlueskyChannel, provider: BlueskyStandIn
) -> None:
    target = public()
    outcome = post(channel, target)
    [body] = provider.requests
    assert body_faults("com.atproto.repo.createRecord", "input", body) == []
    assert record_faults(body["record"]) == []
    assert isinstance(outcome, Accepted)
    assert outcome.provider_id.endswith(f"/app.bsky.feed.post/{record_key(target.reference)}")
    assert body["record"]["langs"] == ["ja", "en"]


def test_the_link_can_be_pressed(channel: BlueskyChannel, provider: BlueskyStandIn) -> None:
    post(channel, public())
    record = provider.requests[0]["record"]
    [facet] = record["facets"]
    index = facet["index"]
    shown = record["text"].encode()[index["byteStart"] : index["byteEnd"]].decode()
    assert shown == facet["features"][0]["uri"] == "https://toin.example/alerts/123"


def test_every_try_writes_the_same_record(channel: BlueskyChannel, provider: BlueskyStandIn) -> None:
    target = public()
    first = post(channel, target)
    assert post(channel, target) == first
    assert len(provider.records) == 1


def test_an_error_after_acceptance_is_settled_at_once(channel: BlueskyChannel, provider: BlueskyStandIn) -> None:
    provider.faults = [503]
    assert isinstance(post(channel, public()), Accepted)
    assert len(provider.records) == 1


def test_an_error_before_acceptance_is_in_doubt_until_asked(channel: BlueskyChannel, provider: BlueskyStandIn) -> None:
    provider.faults = [500]
    target = public()
    assert post(channel, target) == InDoubt("HTTP 500")
    assert channel.settle(MESSAGE, target) is None
    assert isinstance(post(channel, target), Accepted)


def test_what_is_in_doubt_is_found_by_its_key_also_by_another_process(address: str, channel: BlueskyChannel) -> None:
    target = public()
    outcome = post(channel, target)
    with closing(BlueskyChannel(address, HANDLE, PASSWORD)) as other:
        assert other.settle(MESSAGE, target) == outcome
        assert other.settle(MESSAGE, public()) is None


def test_an_access_token_that_ran_out_is_refreshed_without_signing_in_again(
    channel: BlueskyChannel, provider: BlueskyStandIn
) -> None:
    post(channel, public())
    provider.expire()
    assert isinstance(post(channel, public()), Accepted)
    assert (provider.sign_ins, provider.refreshes) == (1, 1)


def test_when_the_refresh_token_ran_out_too_it_signs_in_again(
    channel: BlueskyChannel, provider: BlueskyStandIn
) -> None:
    post(channel, public())
    provider.expire(refresh=True)
    assert isinstance(post(channel, public()), Accepted)
    assert provider.sign_ins == 2


def test_too_many_requests_may_be_tried_later(channel: BlueskyChannel, provider: BlueskyStandIn) -> None:
    provider.faults = [429]
    target = public()
    assert post(channel, target) == Refused(Code.THROTTLED, retryable=True, detail="429")
    assert isinstance(post(channel, target), Accepted)


def test_what_the_server_does_not_take_is_refused_for_its_content(
    channel: BlueskyChannel, provider: BlueskyStandIn
) -> None:
    assert post(channel, public(), Message("bluesky", "ja", " ")) == Refused(Code.CONTENT, False, "400")
    assert post(channel, public(), Message("bluesky", "ja", "あ" * (BLUESKY_LIMIT + 1))).detail == "too long"
    family = "👨\u200d👩\u200d👧\u200d👦"
    many = BLUESKY_BYTES // len(family.encode()) + 1
    assert many < BLUESKY_LIMIT
    assert post(channel, public(), Message("bluesky", "ja", family * many)).detail == "too long"
    assert provider.records == {}


def test_a_wrong_password_stops_the_channel_and_is_not_repeated_in_the_message(address: str) -> None:
    with closing(BlueskyChannel(address, HANDLE, "wrong-password")) as channel, pytest.raises(ChannelDown) as down:
        post(channel, public())
    assert "認証" in str(down.value)
    assert "wrong-password" not in str(down.value)


def test_without_connection_nothing_is_sent_and_nothing_is_settled() -> None:
    with closing(BlueskyChannel("http://127.0.0.1:9", HANDLE, PASSWORD)) as channel:
        with pytest.raises(ChannelDown):
            post(channel, public())
        assert channel.settle(MESSAGE, public()) is None


def test_a_server_that_takes_the_post_and_never_answers_leaves_it_in_doubt(
    channel: BlueskyChannel, provider: BlueskyStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(channel, public())  # signed in
    monkeypatch.setattr(posting, "ANSWER_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        held: list[socket.socket] = []
        threading.Thread(target=lambda: held.append(silent.accept()[0]), daemon=True).start()
        channel._account._url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert post(channel, public()) == InDoubt("ReadTimeout")
        for connection in held:
            connection.close()


def test_a_drill_reaches_nobody(channel: BlueskyChannel, provider: BlueskyStandIn) -> None:
    with pytest.raises(ValueError, match="drill"):
        post(channel, public(), Message("bluesky", "ja", "【訓練】", extra={"mode": "drill"}))
    assert provider.requests == []


def test_a_channel_that_is_not_set_up_says_so() -> None:
    with closing(BlueskyChannel("https://bsky.social", "", "")) as channel:
        assert len(channel.problems()) == 2
        with pytest.raises(ChannelDown):
            post(channel, public())


def test_keys_look_like_times_in_the_past_and_no_two_deliveries_share_one() -> None:
    keys = [record_key(f"reference {number}") for number in range(3000)]
    assert all(TID.fullmatch(key) for key in keys)
    assert len(set(keys)) == len(keys)
    assert max(keys) < "3lf"  # of early 2025; the keys of real posts are larger
