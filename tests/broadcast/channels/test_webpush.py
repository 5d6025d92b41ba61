"""Web push, against a stand-in that checks and opens messages as RFC 8030, 8188, 8291 and 8292 say."""

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

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
from broadcast.channels.push_services import PublicResolver, PushServices, is_public, parse
from broadcast.channels.webpush import PAYLOAD_LIMIT, WebPushChannel, payload
from disaster.core.clock import iso_jst
from disaster.core.settings import Settings
from disaster.demo.providers import push
from disaster.demo.providers.push import PushStandIn
from tests.fakes.standins import serving
from tests.fakes.wire import RecordingWire

KEY = "1f" * 32
CONTACT = "mailto:bosai@town.example"
KNOWN = PushServices(str(Settings.model_fields["webpush_hosts"].default))
ENDPOINT = "https://fcm.googleapis.com/fcm/send/abc"


def message(body: str = "危険な場所にいる方は、全員避難してください。", **extra: str) -> Message:
    more = {"url": "https://toin.example/alerts/123", "tag": "alert-123", "level": "4", "mode": "live"}
    expires = iso_jst(datetime.now(UTC) + timedelta(hours=6))
    return Message("webpush", "ja", body, "【東員町】警戒レベル4", extra={**more, "expires": expires, **extra})


@pytest.fixture
def arrived() -> list[tuple[str, dict[str, object]]]:
    return []


@pytest.fixture
def provider(arrived: list[tuple[str, dict[str, object]]]) -> Iterator[PushStandIn]:
    stand_in = PushStandIn("", lambda address, shown, at: arrived.append((address, shown)))
    with serving(stand_in.application()) as url:
        stand_in.base = url + push.PATH
        yield stand_in


@pytest.fixture
def channel(provider: PushStandIn) -> Iterator[WebPushChannel]:
    with closing(WebPushChannel(KEY, CONTACT, PushServices("", provider.base))) as channel:
        yield channel


def target(provider: PushStandIn, receiver: str, number: int = 1) -> Target:
    return Target(number, f"reference-{number}", push.address(provider.base, receiver))


def send(channel: WebPushChannel, to: Target, said: Message | None = None) -> Outcome:
    [(_, outcome)] = channel.send(said or message(), [to], SilentWire())
    return outcome


def test_every_browser_shows_the_text_that_was_approved(
    channel: WebPushChannel, provider: PushStandIn, arrived: list[tuple[str, dict[str, object]]]
) -> None:
    wire, people = RecordingWire(), [target(provider, f"r{n}", n) for n in range(1, 61)]
    outcomes = list(channel.send(message(), people, wire))
    assert all(isinstance(outcome, Accepted) for _, outcome in outcomes)
    assert Counter(address for address, _ in arrived) == Counter(t.address for t in people)
    assert arrived[0][1] == {
        "title": "【東員町】警戒レベル4",
        "body": "危険な場所にいる方は、全員避難してください。",
        "url": "https://toin.example/alerts/123",
        "lang": "ja",
        "tag": "alert-123",
        "level": 4,
    }
    assert sorted(wire.settled_ids) == [t.delivery_id for t in people]


def test_the_push_service_is_told_how_urgent_how_long_and_what_it_replaces(
    channel: WebPushChannel, provider: PushStandIn
) -> None:
    send(channel, target(provider, "r1"))
    [(_, headers)] = provider.requests
    assert headers["Urgency"] == "high"
    assert headers["Topic"] == "alert-123"
    assert 6 * 3600 - 60 < int(headers["TTL"]) <= 6 * 3600
    assert headers["Content-Encoding"] == "aes128gcm"
    assert CONTACT not in str(headers)


def test_a_correction_takes_the_place_of_what_still_waits(channel: WebPushChannel, provider: PushStandIn) -> None:
    send(channel, target(provider, "r1"), message("はじめの文"))
    send(channel, target(provider, "r1"), message("訂正した文"))
    assert [shown["body"] for shown in provider.waiting.values()] == ["訂正した文"]


def test_nothing_waits_longer_than_the_alert_holds(channel: WebPushChannel, provider: PushStandIn) -> None:
    send(channel, target(provider, "r1"), message(expires=iso_jst(datetime.now(UTC) - timedelta(minutes=1))))
    send(channel, target(provider, "r2"), message(expires=iso_jst(datetime.now(UTC) + timedelta(days=90))))
    assert [headers["TTL"] for _, headers in provider.requests] == ["0", str(28 * 24 * 3600)]


def test_a_subscription_that_is_gone_is_not_written_to_again(channel: WebPushChannel, provider: PushStandIn) -> None:
    assert send(channel, target(provider, push.GONE)) == Refused(Code.OPTED_OUT, retryable=False, detail="410")


def test_busy_is_waited_out_in_place_as_long_as_the_service_asks(
    channel: WebPushChannel, provider: PushStandIn
) -> None:
    started = time.monotonic()
    assert isinstance(send(channel, target(provider, push.BUSY_ONCE)), Accepted)
    assert time.monotonic() - started >= 1
    assert len(provider.requests) == 2


def test_a_long_wait_gives_the_delivery_back_and_holds_up_no_slot() -> None:
    asked = []

    async def busy(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=429, headers={"Retry-After": "60"})

    app = web.Application()
    app.router.add_post("/push/{receiver}", busy)
    with serving(app) as url, closing(WebPushChannel(KEY, CONTACT, PushServices("", url + "/push"))) as channel:
        people = [Target(n, str(n), push.address(url + "/push", f"r{n}")) for n in range(200)]
        started = time.monotonic()
        outcomes = [outcome for _, outcome in channel.send(message(), people, SilentWire())]
        assert time.monotonic() - started < 3
    assert set(outcomes) == {Refused(Code.THROTTLED, retryable=True, detail="429")}
    assert len(asked) <= 50, "after the first answers the service is left alone"


def test_an_error_after_acceptance_is_in_doubt_and_posting_again_shows_one_notification(
    channel: WebPushChannel, provider: PushStandIn
) -> None:
    doubtful = target(provider, push.ERROR_AFTER)
    assert send(channel, doubtful) == InDoubt("HTTP 500")
    assert channel.settle(message(), doubtful) is None
    assert isinstance(send(channel, doubtful), Accepted)
    assert len(provider.waiting) == 1


def test_a_cut_connection_is_in_doubt(channel: WebPushChannel, provider: PushStandIn) -> None:
    assert isinstance(send(channel, target(provider, push.CUT_AFTER)), InDoubt)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (413, Refused(Code.CONTENT, retryable=False, detail="413")),
        (404, Refused(Code.OPTED_OUT, retryable=False, detail="404")),
        (400, Refused(Code.REJECTED, retryable=False, detail="400")),
        (301, Refused(Code.REJECTED, retryable=False, detail="301")),
        (502, InDoubt("HTTP 502")),
    ],
)
def test_other_answers(status: int, outcome: Outcome) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": "http://127.0.0.1:9/elsewhere"})

    app = web.Application()
    app.router.add_post("/push/{receiver}", answer)
    with serving(app) as url, closing(WebPushChannel(KEY, CONTACT, PushServices("", url + "/push"))) as channel:
        assert send(channel, Target(1, "1", push.address(url + "/push", "r1"))) == outcome


def test_one_subscription_made_with_another_key_says_nothing_of_the_others(
    channel: WebPushChannel, provider: PushStandIn
) -> None:
    people = [target(provider, push.NOT_OURS, 1), *(target(provider, f"r{n}", n) for n in range(2, 6))]
    outcomes = {t.delivery_id: outcome for t, outcome in channel.send(message(), people, SilentWire())}
    assert outcomes.pop(1) == Refused(Code.CONFIG, retryable=False, detail="403")
    assert all(isinstance(outcome, Accepted) for outcome in outcomes.values())


def test_without_connection_nothing_is_sent_and_the_channel_says_so() -> None:
    base = "http://127.0.0.1:9/push"
    with (
        closing(WebPushChannel(KEY, CONTACT, PushServices("", base))) as channel,
        pytest.raises(ChannelDown, match="接続できません"),
    ):
        list(channel.send(message(), [Target(1, "1", push.address(base, "r1"))], SilentWire()))


def test_one_push_service_that_is_down_does_not_stop_the_others(provider: PushStandIn) -> None:
    class Both(PushServices):
        def allows(self, endpoint: str) -> bool:
            return endpoint.startswith("http://127.0.0.1")

    with closing(WebPushChannel(KEY, CONTACT, Both(""))) as channel:
        people = [Target(1, "1", push.address("http://127.0.0.1:9/push", "r1")), target(provider, "r2", 2)]
        outcomes = {t.delivery_id: outcome for t, outcome in channel.send(message(), people, SilentWire())}
    assert outcomes == {1: Refused(Code.THROTTLED, retryable=True, detail="no connection"), 2: Accepted()}


def test_a_text_that_is_too_long_is_refused_before_it_is_sent(channel: WebPushChannel, provider: PushStandIn) -> None:
    long = message("あ" * 1024)
    assert len(payload(long)) > PAYLOAD_LIMIT
    assert send(channel, target(provider, "r1"), long) == Refused(Code.CONTENT, retryable=False, detail="payload")
    assert provider.requests == []


def test_the_longest_payload_is_one_that_push_services_take(channel: WebPushChannel, provider: PushStandIn) -> None:
    room = PAYLOAD_LIMIT - len(payload(message("")))
    assert isinstance(send(channel, target(provider, "r1"), message("a" * room)), Accepted)


def test_a_drill_reaches_no_browser(channel: WebPushChannel, provider: PushStandIn) -> None:
    with pytest.raises(ValueError):
        list(channel.send(message(mode="drill"), [target(provider, "r1")], SilentWire()))
    assert provider.requests == []


@pytest.mark.parametrize(("key", "said"), [("", "ありません"), ("abc", "形"), ("0" * 64, "形"), ("f" * 64, "形")])
def test_without_a_good_key_the_channel_says_so(key: str, said: str) -> None:
    channel = WebPushChannel(key, CONTACT, KNOWN)
    assert said in channel.problems()[0]
    assert channel.public_key == ""
    with pytest.raises(ChannelDown):
        channel.send(message(), [], SilentWire())


def test_a_key_in_either_form_is_the_same_key() -> None:
    raw = "Hx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8"
    assert WebPushChannel(raw, CONTACT, KNOWN).public_key == WebPushChannel(KEY, CONTACT, KNOWN).public_key
    assert len(WebPushChannel(KEY, CONTACT, KNOWN).public_key) == 87


@pytest.mark.parametrize(
    "endpoint",
    [
        ENDPOINT,
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA-_=",
        "https://web.push.apple.com/QGuQ",
        "https://sg2p.notify.windows.com/w/?token=BQYAAA%3d",
        "https://FCM.googleapis.com:443/fcm/send/abc",
    ],
)
def test_the_push_services_of_the_browsers_are_known(endpoint: str) -> None:
    assert KNOWN.allows(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/abc",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://fcm.googleapis.com@evil.example/x",
        "https://user:pass@fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com:99999/x",
        "https://push.apple.com/x",
        "https://evilpush.apple.com.example/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://localhost/x",
        "https://169.254.169.254/latest/meta-data",
        "https:///x",
        "https://fcm.googleapis.com\\@evil.example/x",
        "https://fcm.googleapis.com/x\r\nHost: evil.example",
        "https://fcm.googleapis.com/x y",
        "https://ｆcm.googleapis.com/x",
        "file:///etc/passwd",
        "gopher://fcm.googleapis.com/",
        "https://fcm.googleapis.com/" + "a" * 1100,
        "",
    ],
)
def test_no_other_address_is_taken(endpoint: str) -> None:
    assert not KNOWN.allows(endpoint)


def test_with_a_stand_in_nothing_leaves_the_machine() -> None:
    services = PushServices("fcm.googleapis.com", "http://127.0.0.1:8015/push")
    assert services.allows("http://127.0.0.1:8015/push/r1")
    assert not services.allows(ENDPOINT)
    assert not services.allows("http://127.0.0.1:80150/push/r1")
    assert not services.allows("http://127.0.0.1:8015/pushy")


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("::1", "fc00::1", "fe80::1%eth0", "::ffff:10.0.0.1", "2002:7f00:1::", "224.0.0.1", "ff02::1", "nonsense"),
    ],
)
def test_a_private_address_is_not_public(address: str) -> None:
    assert not is_public(address)


def test_a_name_that_points_into_a_private_network_is_not_found() -> None:
    async def looked_up() -> object:
        return await PublicResolver().resolve("localhost", 443)

    with pytest.raises(OSError, match="no public address"):
        asyncio.run(looked_up())


def test_a_public_address_is() -> None:
    assert is_public("142.250.196.106")
    assert is_public("2404:6800:4004:820::200a")


def test_an_address_that_is_not_allowed_is_refused_again_before_it_is_sent_to(
    channel: WebPushChannel, provider: PushStandIn
) -> None:
    stored = json.loads(push.address(provider.base, "r1"))
    elsewhere = json.dumps({**stored, "endpoint": "https://169.254.169.254/latest"})
    outcome = send(channel, Target(1, "1", elsewhere))
    assert outcome == Refused(Code.ADDRESS, retryable=False, detail="not a push service")
    assert send(channel, Target(1, "1", "nonsense")) == outcome
    assert provider.requests == []


@given(
    st.text()
    | st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.dictionaries(st.sampled_from(["endpoint", "keys", "p256dh", "auth", "x"]), inner),
    ).map(json.dumps)
)
def test_whatever_is_given_as_a_subscription_is_read_or_refused(text: str) -> None:
    found = parse(text)
    assert found is None or len(found.p256dh) == 65


def test_keys_that_are_none_are_refused() -> None:
    good = json.loads(push.address("http://127.0.0.1:1/push", "r1"))
    assert parse(json.dumps(good)) is not None
    for name, value in (
        ("p256dh", "A" * 87),
        ("p256dh", good["keys"]["auth"]),
        ("auth", ""),
        ("auth", "!!!"),
        ("auth", 5),
    ):
        assert parse(json.dumps({**good, "keys": {**good["keys"], name: value}})) is None


def test_no_address_and_no_key_stands_in_the_log(
    channel: WebPushChannel, provider: PushStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        send(channel, target(provider, push.ERROR_AFTER))
        send(channel, target(provider, "r1"))
    assert push.ERROR_AFTER not in caplog.text
    assert KEY not in caplog.text
