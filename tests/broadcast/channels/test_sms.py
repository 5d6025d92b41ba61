"""SMS over Twilio, against a stand-in that follows Twilio's description."""

import asyncio
import itertools
import logging
import socket
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import aiohttp
import pytest
from aiohttp import web
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import ImmutableMultiDict

from broadcast.channels import inflight
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
from broadcast.channels.receipt import InvalidReceipt, Receipt
from broadcast.channels.sms import SmsChannel, e164, parse_status_callback
from disaster.demo.providers import twilio
from disaster.demo.providers.twilio import TwilioStandIn
from tests.fakes.standins import serving
from tests.fakes.wire import RecordingWire

SID, TOKEN, FROM = "AC" + "0" * 32, "stand-in-token", "+815000000119"
MESSAGE = Message("sms", "ja", "【東員町】警戒レベル４避難指示 洪水", extra={"mode": "live"})


def target(address: str, number: int = 1) -> Target:
    return Target(number, str(uuid.uuid4()), address)


def residents(count: int) -> list[Target]:
    return [target(f"090-0000-{n:04}", n) for n in range(count)]


@pytest.fixture
def provider() -> TwilioStandIn:
    return TwilioStandIn(SID, TOKEN, (FROM,), lambda *_: None)


@pytest.fixture
def address(provider: TwilioStandIn) -> Iterator[str]:
    with serving(provider.application()) as url:
        yield url


@pytest.fixture
def channel(address: str) -> Iterator[SmsChannel]:
    channel = SmsChannel(SID, TOKEN, FROM, address, "", 10)
    yield channel
    channel.close()


def one(channel: SmsChannel, to: str, message: Message = MESSAGE) -> Outcome:
    [(_, outcome)] = channel.send(message, [target(to)], SilentWire())
    return outcome


def test_every_recipient_gets_the_text_once_and_every_target_one_outcome(
    channel: SmsChannel, provider: TwilioStandIn
) -> None:
    wire, people = RecordingWire(), residents(60)
    outcomes = list(channel.send(MESSAGE, people, wire))
    assert {t.delivery_id for t, _ in outcomes} == {t.delivery_id for t in people}
    assert len(outcomes) == 60
    assert all(isinstance(outcome, Accepted) for _, outcome in outcomes)
    assert Counter(m["to"] for m in provider.messages) == Counter(f"+81900000{n:04}" for n in range(60))
    assert {m["body"] for m in provider.messages} == {MESSAGE.body}


def test_only_what_is_in_flight_is_on_the_wire(channel: SmsChannel) -> None:
    wire = RecordingWire()
    list(channel.send(MESSAGE, residents(40), wire))
    assert sorted(wire.settled_ids) == list(range(40))
    assert wire.under_way == {}
    assert 1 < wire.most <= 10
    assert wire.slots <= set(range(10))


@pytest.mark.parametrize(
    ("number", "code", "detail"),
    [
        (twilio.INVALID, Code.ADDRESS, "21211"),
        (twilio.LANDLINE, Code.ADDRESS, "21614"),
        (twilio.OPTED_OUT, Code.OPTED_OUT, "21610"),
        ("no number at all", Code.ADDRESS, "not a phone number"),
        ("", Code.ADDRESS, "not a phone number"),
        ("110", Code.ADDRESS, "not a phone number"),
    ],
)
def test_a_number_that_cannot_be_reached_is_refused_for_good(
    channel: SmsChannel, number: str, code: Code, detail: str
) -> None:
    assert one(channel, number) == Refused(code, retryable=False, detail=detail)


def test_a_text_that_is_too_long_is_refused_for_its_content(channel: SmsChannel) -> None:
    outcome = one(channel, "+819000000001", Message("sms", "ja", "あ" * 1601))
    assert outcome == Refused(Code.CONTENT, retryable=False, detail="21617")


def test_busy_is_tried_again_in_place_and_never_a_failure(channel: SmsChannel, provider: TwilioStandIn) -> None:
    assert isinstance(one(channel, twilio.BUSY_ONCE), Accepted)
    assert len(provider.messages) == 1
    assert provider.requests == 2


def test_a_provider_that_takes_few_a_second_gets_everything_once(address: str, provider: TwilioStandIn) -> None:
    provider.rate = 40
    channel = SmsChannel(SID, TOKEN, FROM, address, "", 30)
    left = residents(120)
    for _ in range(20):
        outcomes = list(channel.send(MESSAGE, left, SilentWire()))
        assert all(isinstance(o, Accepted) or o == inflight.THROTTLED for _, o in outcomes)
        left = [t for t, outcome in outcomes if not isinstance(outcome, Accepted)]
        if not left:
            break
    channel.close()
    assert left == []
    assert Counter(Counter(m["to"] for m in provider.messages).values()) == {1: 120}


@pytest.mark.parametrize("number", [twilio.ERROR_AFTER, twilio.CUT_AFTER])
def test_what_was_accepted_before_the_error_is_found_and_not_sent_again(
    channel: SmsChannel, provider: TwilioStandIn, number: str
) -> None:
    doubtful = target(number)
    [(_, outcome)] = channel.send(MESSAGE, [doubtful], SilentWire())
    assert isinstance(outcome, InDoubt)
    assert channel.settle(MESSAGE, doubtful) == Accepted(provider.messages[0]["sid"])
    assert len(provider.messages) == 1


def test_a_timeout_after_the_request_was_written_is_in_doubt_and_settled_by_asking(
    address: str, provider: TwilioStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inflight, "TIME_LIMITS", aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=0.2))
    provider.latency = 0.6
    people = residents(5)
    with closing(SmsChannel(SID, TOKEN, FROM, address, "", 10)) as channel:
        assert all(isinstance(o, InDoubt) for _, o in channel.send(MESSAGE, people, SilentWire()))
        time.sleep(1)
        assert all(isinstance(channel.settle(MESSAGE, t), Accepted) for t in people)
    assert len(provider.messages) == 5


def test_settling_tells_what_the_provider_does_not_know(channel: SmsChannel) -> None:
    other = Message("sms", "ja", "別の文")
    assert isinstance(one(channel, "+819000000001", other), Accepted)
    assert channel.settle(MESSAGE, target("+819000000001")) is None
    assert channel.settle(MESSAGE, target("+819000000002")) is None


def test_an_earlier_message_with_the_same_text_is_not_taken_for_the_one_in_doubt(
    channel: SmsChannel, provider: TwilioStandIn
) -> None:
    one(channel, "+819000000001")
    provider.messages[0]["date_created"] = "Mon, 23 Nov 2020 00:00:00 +0000"
    assert channel.settle(MESSAGE, target("+819000000001")) is None


def test_settling_finds_a_message_that_did_not_arrive(channel: SmsChannel, provider: TwilioStandIn) -> None:
    one(channel, "+819000000001")
    provider.messages[0].update(status="undelivered", error_code=30006)
    found = channel.settle(MESSAGE, target("+819000000001"))
    assert found == Refused(Code.ADDRESS, retryable=False, detail="30006")


def test_a_provider_that_cannot_be_asked_leaves_the_doubt(channel: SmsChannel, provider: TwilioStandIn) -> None:
    provider.auth_token = "changed"
    assert isinstance(channel.settle(MESSAGE, target("+819000000001")), InDoubt)


def test_without_connection_nothing_is_sent() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        channel = SmsChannel(SID, TOKEN, FROM, f"http://127.0.0.1:{unused.getsockname()[1]}", "", 10)
        with pytest.raises(ChannelDown, match="Twilioに接続できません"):
            list(channel.send(MESSAGE, residents(30), SilentWire()))
        channel.close()


def test_a_wrong_token_stops_the_channel_and_is_not_repeated_in_the_message(
    address: str, provider: TwilioStandIn
) -> None:
    with closing(SmsChannel(SID, "wrong-token", FROM, address, "", 5)) as channel, pytest.raises(ChannelDown) as down:
        list(channel.send(MESSAGE, residents(50), SilentWire()))
    assert "認証に失敗" in str(down.value)
    assert "wrong-token" not in str(down.value)
    assert provider.requests <= 5, "the rest of the batch is not tried"
    assert provider.messages == []


def test_a_wrong_sender_stops_the_channel(address: str) -> None:
    channel = SmsChannel(SID, TOKEN, "+815011112222", address, "", 5)
    with closing(channel), pytest.raises(ChannelDown, match="発信元"):
        list(channel.send(MESSAGE, residents(3), SilentWire()))


def test_a_token_that_ends_in_mid_batch_leaves_the_rest_to_be_sent_later(address: str, provider: TwilioStandIn) -> None:
    def revoke() -> None:
        provider.auth_token = "revoked"

    with closing(SmsChannel(SID, TOKEN, FROM, address, "", 1)) as channel:
        outcomes = dict(channel.send(MESSAGE, residents(10), RecordingWire(revoke)))
    assert len(outcomes) == 10
    assert sum(isinstance(o, Accepted) for o in outcomes.values()) == len(provider.messages) == 1
    assert all(o.retryable for o in outcomes.values() if isinstance(o, Refused))


def test_a_batch_that_nobody_listens_to_any_more_starts_nothing_further(address: str, provider: TwilioStandIn) -> None:
    with closing(SmsChannel(SID, TOKEN, FROM, address, "", 2)) as channel:
        outcomes = iter(channel.send(MESSAGE, residents(100), SilentWire()))
        next(outcomes)
        outcomes.close()  # type: ignore[attr-defined]
        time.sleep(0.3)
        assert len(provider.messages) < 100
        assert isinstance(one(channel, "+819000000001"), Accepted)


def test_a_drill_reaches_nobody(channel: SmsChannel, provider: TwilioStandIn) -> None:
    drill = Message("sms", "ja", "【訓練】", extra={"mode": "drill"})
    with pytest.raises(ValueError, match="drill"):
        channel.send(drill, residents(1), SilentWire())
    assert provider.requests == 0


def test_a_channel_without_its_secrets_says_so_and_sends_nothing() -> None:
    channel = SmsChannel("", "", "", "", "", 5)
    assert len(channel.problems()) == 3
    assert "DISASTER_TWILIO_AUTH_TOKEN" in channel.problems()[1]
    with pytest.raises(ChannelDown):
        channel.send(MESSAGE, residents(1), SilentWire())
    channel.close()


def test_no_number_and_no_text_goes_into_the_log(channel: SmsChannel, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for number in ("+819000000001", twilio.INVALID, twilio.ERROR_AFTER, twilio.CUT_AFTER):
        one(channel, number)
        channel.settle(MESSAGE, target(number))
    assert "90000" not in caplog.text
    assert "東員町" not in caplog.text


def test_the_channel_can_be_used_again_after_closing(channel: SmsChannel) -> None:
    assert isinstance(one(channel, "+819000000001"), Accepted)
    channel.close()
    assert isinstance(one(channel, "+819000000002"), Accepted)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("090-1234-5678", "+819012345678"),
        ("09012345678", "+819012345678"),
        ("＋８１ ９０ １２３４ ５６７８", "+819012345678"),
        ("+1 415 555 2671", "+14155552671"),
        ("060-1234-5678", "+816012345678"),
        ("0594-86-2800", "+81594862800"),
        ("12", None),
        ("abc", None),
    ],
)
def test_numbers_are_brought_into_their_international_form(typed: str, expected: str | None) -> None:
    assert e164(typed) == expected


# Status callbacks


Call = tuple[str, dict[str, str], str]


class Hook:
    """Receives status callbacks as the service would."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.url = ""

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/hooks/twilio/status", self.take)
        return app

    async def take(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.calls.append((str(request.url), form, request.headers["X-Twilio-Signature"]))
        return web.Response(status=204)

    def wait(self, count: int) -> list[Call]:
        for _ in range(100):
            if len(self.calls) >= count:
                break
            time.sleep(0.05)
        assert len(self.calls) == count
        return self.calls


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()
    with serving(hook.application()) as url:
        hook.url = f"{url}/hooks/twilio/status"
        yield hook


def reported(address: str, hook: Hook, to: str, count: int = 2) -> tuple[str, str, list[Call]]:
    asked = target(to)
    with closing(SmsChannel(SID, TOKEN, FROM, address, hook.url, 2)) as channel:
        [(_, outcome)] = channel.send(MESSAGE, [asked], SilentWire())
    assert isinstance(outcome, Accepted)
    return asked.reference, outcome.provider_id, hook.wait(count)


def read(call: Call) -> Receipt:
    return parse_status_callback(call[0], call[1], call[2], TOKEN)


def test_the_report_of_arrival_names_our_delivery(address: str, hook: Hook) -> None:
    reference, sid, calls = reported(address, hook, "+819000000001")
    receipts = [read(call) for call in calls]
    assert [(r.status, r.reference, r.provider_id) for r in receipts] == [
        ("accepted", reference, sid),
        ("delivered", reference, sid),
    ]
    assert len({r.source_id for r in receipts}) == 2


@pytest.mark.parametrize(
    ("number", "code", "detail"),
    [(twilio.UNREACHABLE, Code.UNKNOWN, "30003"), (twilio.FILTERED, Code.CONTENT, "30007")],
)
def test_the_report_of_failure_carries_its_cause(
    address: str, hook: Hook, number: str, code: Code, detail: str
) -> None:
    last = read(reported(address, hook, number)[2][-1])
    assert (last.status, last.code, last.detail) == ("undelivered", code, detail)


def test_a_report_that_comes_twice_is_the_same_event(address: str, hook: Hook) -> None:
    call = reported(address, hook, "+819000000001")[2][0]
    assert read(call) == read(call)


def test_reports_in_any_order_say_the_same_set(address: str, hook: Hook) -> None:
    calls = reported(address, hook, "+819000000001")[2]
    said = {frozenset(read(call) for call in order) for order in itertools.permutations(calls)}
    assert len(said) == 1


def test_a_forged_report_is_refused(address: str, hook: Hook) -> None:
    url, form, signature = reported(address, hook, "+819000000001")[2][-1]
    other = str(uuid.uuid4())
    forged = [
        (url, form, ""),
        (url, form, "AAAA"),
        (url, form, signature[::-1]),
        (url, {**form, "MessageStatus": "undelivered"}, signature),
        (url, {**form, "MessageSid": "SM" + "f" * 32}, signature),
        (url, {**form, "Extra": "1"}, signature),
        (url.split("=")[0] + "=" + other, form, signature),
        (url.replace("http://", "https://"), form, signature),
        (url.replace("127.0.0.1", "evil.example"), form, signature),
    ]
    for attempt in forged:
        with pytest.raises(InvalidReceipt, match="signature"):
            read(attempt)
    with pytest.raises(InvalidReceipt):
        parse_status_callback(url, form, signature, "")


def test_the_form_may_come_as_flask_gives_it(address: str, hook: Hook) -> None:
    url, form, signature = reported(address, hook, "+819000000001")[2][-1]
    given: ImmutableMultiDict[str, str] = ImmutableMultiDict(list(form.items()))
    assert parse_status_callback(url, given, signature, TOKEN).status == "delivered"


def test_a_signed_form_that_is_no_status_is_refused(address: str, provider: TwilioStandIn) -> None:
    url, form = "https://town.example/hooks/twilio/status?reference=x", {"MessageSid": "SM1", "MessageStatus": "???"}
    signature = RequestValidator(TOKEN).compute_signature(url, form)
    with pytest.raises(InvalidReceipt, match="not a status callback"):
        parse_status_callback(url, form, signature, TOKEN)


def test_callbacks_are_tried_again_while_the_service_is_away(address: str, provider: TwilioStandIn) -> None:
    refusals = [503]
    taken: list[str] = []

    async def flaky(request: web.Request) -> web.Response:
        if refusals:
            return web.Response(status=refusals.pop())
        taken.append(str((await request.post())["MessageStatus"]))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/", flaky)
    with serving(app) as url:
        channel = SmsChannel(SID, TOKEN, FROM, address, f"{url}/", 2)
        one(channel, "+819000000001")
        channel.close()
        for _ in range(60):
            if len(taken) == 2:
                break
            asyncio.run(asyncio.sleep(0.05))
    assert taken == ["sent", "delivered"]


class BrokenWire(SilentWire):
    """A wire whose journal cannot be written."""

    def sending(self, slot: int, delivery_id: int) -> None:
        raise OSError("no space left")


def test_an_error_of_our_own_is_raised_and_sends_nothing(channel: SmsChannel, provider: TwilioStandIn) -> None:
    with pytest.raises(OSError, match="no space left"):
        list(channel.send(MESSAGE, residents(20), BrokenWire()))
    assert provider.requests == 0
    assert isinstance(one(channel, "+819000000001"), Accepted)
