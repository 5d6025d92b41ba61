"""Telephone calls over Twilio, against a stand-in that follows Twilio's description."""

import itertools
import logging
import socket
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from lxml import etree

from broadcast.cap.vocabulary import Language, Mode
from broadcast.channels import call_reports, inflight
from broadcast.channels.call_reports import CallReport, Progress
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
from broadcast.channels.receipt import InvalidReceipt
from broadcast.channels.voice import VoiceChannel
from broadcast.texts import rendering
from disaster.demo.providers import calls
from disaster.demo.providers.calls import said
from disaster.demo.providers.twilio import TwilioStandIn
from tests.broadcast.contents import content
from tests.fakes.descriptions import faults, fields
from tests.fakes.standins import serving
from tests.fakes.wire import RecordingWire

SID, TOKEN, FROM = "AC" + "0" * 32, "stand-in-token", "+815000000119"
VOICES = {"ja-JP": "Polly.Takumi-Neural", "en-US": "Polly.Joanna-Neural"}
HOOKS = "https://bosai.example/hooks/twilio/call"
SOMEBODY = calls.PREFIX + "0001"
MESSAGE = rendering.render("voice", content(), Language.JA)


def target(address: str, number: int = 1, attempt: int = 1) -> Target:
    return Target(number, str(uuid.uuid4()), address, attempt=attempt)


def homes(count: int) -> list[Target]:
    return [target(f"0594-00-{n:04}", n) for n in range(count)]


@pytest.fixture
def provider() -> TwilioStandIn:
    return TwilioStandIn(SID, TOKEN, (FROM,), lambda *_: None)


@pytest.fixture
def address(provider: TwilioStandIn) -> Iterator[str]:
    with serving(provider.application()) as url:
        yield url


def voice(address: str, *, hooks: str = "", token: str = TOKEN, sender: str = FROM, **more: Any) -> VoiceChannel:
    return VoiceChannel(SID, token, sender, address, hooks or HOOKS, VOICES, **{"per_second": 100, **more})


@pytest.fixture
def channel(address: str) -> Iterator[VoiceChannel]:
    channel = voice(address)
    yield channel
    channel.close()


def one(channel: VoiceChannel, to: str, message: Message = MESSAGE) -> Outcome:
    [(_, outcome)] = channel.send(message, [target(to)], SilentWire())
    return outcome


def test_every_recipient_is_called_once_and_every_target_has_one_outcome(
    channel: VoiceChannel, provider: TwilioStandIn
) -> None:
    wire, people = RecordingWire(), homes(30)
    outcomes = list(channel.send(MESSAGE, people, wire))
    assert {t.delivery_id for t, _ in outcomes} == {t.delivery_id for t in people}
    assert all(isinstance(outcome, Accepted) for _, outcome in outcomes)
    assert Counter(call.shown["to"] for call in provider.telephones.calls) == Counter(
        f"{calls.PREFIX}{n:04}" for n in range(30)
    )
    assert wire.under_way == {}


def test_the_request_is_as_twilio_describes_it(channel: VoiceChannel, provider: TwilioStandIn) -> None:
    one(channel, SOMEBODY)
    form = provider.telephones.calls[0].form
    assert set(form) <= fields("twilio_calls", "Create")
    single = {name: values[0] for name, values in form.items() if name != "StatusCallbackEvent"}
    as_json = single | {"StatusCallbackEvent": form["StatusCallbackEvent"]}
    for name in ("Timeout", "TimeLimit"):
        as_json[name] = int(single[name])  # type: ignore[assignment]
    assert faults("twilio_calls", "Create", as_json) == []
    assert form["StatusCallbackEvent"] == ["initiated", "ringing", "answered", "completed"]
    assert "Url" not in form, "the text travels with the call"


def test_the_stand_in_answers_as_twilio_describes_it(address: str, channel: VoiceChannel) -> None:
    one(channel, SOMEBODY)
    one(channel, calls.BUSY)
    import requests

    listing = requests.get(
        f"{address}/2010-04-01/Accounts/{SID}/Calls.json", params={"To": SOMEBODY}, auth=(SID, TOKEN), timeout=10
    ).json()
    assert faults("twilio_calls", "List", listing) == []
    [call] = listing["calls"]
    assert faults("twilio_calls", "Call", call) == []
    assert set(call) <= fields("twilio_calls", "Call")


def test_the_document_says_the_approved_words_twice_and_asks_for_a_key(channel: VoiceChannel) -> None:
    document = channel.document(MESSAGE, "the-reference")
    root = etree.fromstring(document.encode())
    gather = root.find("Gather")
    assert gather is not None
    assert gather.get("numDigits") == "1"
    assert gather.get("action") == f"{HOOKS}/key?reference=the-reference"
    say = gather.find("Say")
    assert say is not None
    assert (say.get("language"), say.get("voice"), say.get("loop")) == ("ja-JP", "Polly.Takumi-Neural", "2")
    assert [s.text for s in say.iter("s")] == MESSAGE.extra["spoken"].split("\n")
    assert root[-1].tag == "Hangup"


@pytest.mark.parametrize("language", list(Language))
def test_each_language_has_its_voice(channel: VoiceChannel, language: Language) -> None:
    document = channel.document(rendering.render("voice", content(), language), "x")
    assert VOICES["en-US" if language is Language.EN else "ja-JP"] in document


@pytest.mark.parametrize(
    ("number", "code", "detail"),
    [
        (calls.INVALID, Code.ADDRESS, "21211"),
        ("no number at all", Code.ADDRESS, "not a phone number"),
        ("", Code.ADDRESS, "not a phone number"),
        ("110", Code.ADDRESS, "not a phone number"),
    ],
)
def test_a_number_that_cannot_be_called_is_refused_for_good(
    channel: VoiceChannel, number: str, code: Code, detail: str
) -> None:
    assert one(channel, number) == Refused(code, retryable=False, detail=detail)


def test_too_many_at_once_is_tried_again_and_never_a_failure(channel: VoiceChannel, provider: TwilioStandIn) -> None:
    assert isinstance(one(channel, calls.TOO_MANY_ONCE), Accepted)
    assert len(provider.telephones.calls) == 1


def test_no_more_calls_begin_in_a_second_than_twilio_takes(address: str) -> None:
    with closing(voice(address, per_second=10)) as channel:
        started = time.monotonic()
        outcomes = list(channel.send(MESSAGE, homes(12), SilentWire()))
    assert len(outcomes) == 12
    assert time.monotonic() - started > 1.0


def test_a_lane_takes_only_what_is_called_within_seconds(address: str) -> None:
    assert voice(address, per_second=1).chunk == 3
    assert voice(address, per_second=20).chunk == 60


@pytest.mark.parametrize("number", [calls.ERROR_AFTER, calls.CUT_AFTER])
def test_a_call_that_was_taken_before_the_error_is_found_and_not_made_again(
    channel: VoiceChannel, provider: TwilioStandIn, number: str
) -> None:
    doubtful = target(number)
    [(_, outcome)] = channel.send(MESSAGE, [doubtful], SilentWire())
    assert isinstance(outcome, InDoubt)
    assert channel.settle(MESSAGE, doubtful) == Accepted(provider.telephones.calls[0].shown["sid"])
    assert len(provider.telephones.calls) == 1


def test_a_timeout_is_in_doubt_and_settled_by_asking(
    address: str, provider: TwilioStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inflight, "TIME_LIMITS", aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=0.2))
    provider.latency = 0.6
    with closing(voice(address)) as channel:
        people = homes(3)
        assert all(isinstance(o, InDoubt) for _, o in channel.send(MESSAGE, people, SilentWire()))
        time.sleep(1)
        provider.latency = 0
        assert all(isinstance(channel.settle(MESSAGE, t), Accepted) for t in people)
    assert len(provider.telephones.calls) == 3


def test_an_earlier_call_to_the_same_number_is_not_taken_for_the_one_in_doubt(
    channel: VoiceChannel, provider: TwilioStandIn
) -> None:
    one(channel, SOMEBODY)
    provider.telephones.calls[0].shown["date_created"] = "Mon, 23 Nov 2020 00:00:00 +0000"
    assert channel.settle(MESSAGE, target(SOMEBODY)) is None
    assert channel.settle(MESSAGE, target(calls.PREFIX + "0002")) is None


def test_a_call_in_doubt_that_nobody_answered_is_made_again_as_often_as_any(
    channel: VoiceChannel, provider: TwilioStandIn
) -> None:
    one(channel, calls.BUSY)
    time.sleep(0.5)
    assert channel.settle(MESSAGE, target(calls.BUSY)) == Refused(Code.UNANSWERED, retryable=True, detail="busy")
    last = channel.settle(MESSAGE, target(calls.BUSY, attempt=4))
    assert last == Refused(Code.UNANSWERED, retryable=False, detail="busy")


def test_a_provider_that_cannot_be_asked_leaves_the_doubt(channel: VoiceChannel, provider: TwilioStandIn) -> None:
    provider.auth_token = "changed"
    assert isinstance(channel.settle(MESSAGE, target(SOMEBODY)), InDoubt)
    assert channel.ask("CA" + "0" * 32) is None


def test_twilio_is_asked_how_a_call_went(channel: VoiceChannel, provider: TwilioStandIn) -> None:
    outcome = one(channel, calls.NO_ANSWER)
    assert isinstance(outcome, Accepted)
    for _ in range(40):
        report = channel.ask(outcome.provider_id)
        if report and report.progress is Progress.MISSED:
            break
        time.sleep(0.05)
    assert report is not None
    assert (report.sid, report.status) == (outcome.provider_id, "no-answer")
    assert channel.ask("CA" + "9" * 32) is None, "unknown to Twilio"


def test_without_connection_nobody_is_called() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with (
            closing(voice(f"http://127.0.0.1:{unused.getsockname()[1]}")) as channel,
            pytest.raises(ChannelDown, match="Twilioに接続できません"),
        ):
            list(channel.send(MESSAGE, homes(3), SilentWire()))


def test_a_wrong_token_stops_the_channel_and_is_not_repeated_in_the_message(address: str) -> None:
    with closing(voice(address, token="wrong-token", per_second=5)) as channel, pytest.raises(ChannelDown) as down:
        list(channel.send(MESSAGE, homes(20), SilentWire()))
    assert "認証に失敗" in str(down.value)
    assert "wrong-token" not in str(down.value)


def test_a_wrong_sender_stops_the_channel(address: str) -> None:
    with closing(voice(address, sender="+815011112222")) as channel, pytest.raises(ChannelDown, match="電話の発信元"):
        list(channel.send(MESSAGE, homes(3), SilentWire()))


def test_a_drill_calls_nobody(channel: VoiceChannel, provider: TwilioStandIn) -> None:
    drill = rendering.render("voice", content(mode=Mode.DRILL), Language.JA)
    assert drill.extra["spoken"].startswith("これは訓練です。")
    with pytest.raises(ValueError, match="drill"):
        channel.send(drill, homes(1), SilentWire())
    assert provider.requests == 0


def test_a_channel_without_its_secrets_says_so_and_calls_nobody() -> None:
    channel = VoiceChannel("", "", "", "", HOOKS, VOICES)
    assert len(channel.problems()) == 3
    assert "DISASTER_TWILIO_VOICE_FROM" in channel.problems()[2]
    with pytest.raises(ChannelDown):
        channel.send(MESSAGE, homes(1), SilentWire())
    assert channel.settle(MESSAGE, target(SOMEBODY)) is None
    assert channel.ask("CA1") is None
    channel.close()


def test_no_number_and_no_text_goes_into_the_log(channel: VoiceChannel, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for number in (SOMEBODY, calls.INVALID, calls.ERROR_AFTER):
        one(channel, number)
        channel.settle(MESSAGE, target(number))
    assert "59400" not in caplog.text
    assert "トウイン" not in caplog.text


# What is heard, and what is reported


class Line:
    """Our hooks, as far as a telephone notices: they keep what Twilio posts and say what comes next."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, dict[str, str], str]] = []
        self.next: dict[str, str] = {}

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/{which}", self.take)
        return app

    async def take(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.posted.append((str(request.url), form, request.headers["X-Twilio-Signature"]))
        document = self.next.get(form.get("Digits", ""))
        return web.Response(status=200, text=document) if document else web.Response(status=204)

    def of(self, which: str) -> list[tuple[str, dict[str, str], str]]:
        return [call for call in self.posted if f"/{which}?" in call[0]]


def called(address: str, line: Line, to: str, *, until: int, **more: Any) -> tuple[str, str]:
    """Make one call and wait for so many posts; the reference and the call's name."""
    with serving(line.application()) as url, closing(voice(address, hooks=url, **more)) as channel:
        asked = target(to)
        [(_, outcome)] = channel.send(MESSAGE, [asked], SilentWire())
        assert isinstance(outcome, Accepted)
        for _ in range(100):
            if len(line.posted) >= until:
                break
            time.sleep(0.05)
        assert len(line.posted) == until, [form for _, form, _ in line.posted]
    return asked.reference, outcome.provider_id


def test_a_call_is_heard_confirmed_and_reported(address: str) -> None:
    line = Line()
    reference, sid = called(address, line, SOMEBODY, until=6)
    statuses = [call_reports.parse_status(url, form) for url, form, _ in line.of("status")]
    assert [report.status for report in statuses] == ["initiated", "ringing", "in-progress", "completed"]
    assert {(report.reference, report.sid) for report in statuses} == {(reference, sid)}
    [(url, form, signature)] = line.of("key")
    call_reports.check(url, form, signature, TOKEN)
    assert call_reports.parse_key(url, form).key == "1"
    [(url, form, _)] = line.of("machine")
    assert call_reports.parse_machine(url, form) == (sid, reference, False)


def test_a_machine_is_told_from_a_person(address: str) -> None:
    line = Line()
    called(address, line, calls.MACHINE, until=5)
    [(url, form, _)] = line.of("machine")
    assert call_reports.parse_machine(url, form)[2]
    assert call_reports.parse_status(*line.of("status")[-1][:2]).machine
    assert line.of("key") == [], "a machine presses nothing"


def test_without_detection_nothing_is_asked_of_twilio(address: str, provider: TwilioStandIn) -> None:
    line = Line()
    called(address, line, calls.LISTENS, until=4, detect_machines=False)
    assert not {"MachineDetection", "AsyncAmd"} & set(provider.telephones.calls[0].form)


@pytest.mark.parametrize(
    ("to", "status"), [(calls.BUSY, "busy"), (calls.NO_ANSWER, "no-answer"), (calls.FAILED, "failed")]
)
def test_a_telephone_that_nobody_answered_is_reported_as_missed(address: str, to: str, status: str) -> None:
    line = Line()
    called(address, line, to, until=3)
    last = call_reports.parse_status(*line.of("status")[-1][:2])
    assert (last.status, last.progress) == (status, Progress.MISSED)


def test_what_is_heard_are_the_approved_words(address: str, provider: TwilioStandIn) -> None:
    heard: list[str] = []
    provider.telephones._hear = lambda _from, _to, text, _at: heard.append(text)
    called(address, Line(), calls.LISTENS, until=5)
    assert heard == ["\n".join((MESSAGE.extra["spoken"], MESSAGE.extra["closing"]))]


def test_forged_reports_are_refused(address: str) -> None:
    line = Line()
    called(address, line, SOMEBODY, until=6)
    url, form, signature = line.of("key")[0]
    forged = [
        (url, form, ""),
        (url, form, signature[::-1]),
        (url, {**form, "Digits": "2"}, signature),
        (url, {**form, "Extra": "1"}, signature),
        (url.split("=")[0] + "=" + str(uuid.uuid4()), form, signature),
        (url.replace("127.0.0.1", "evil.example"), form, signature),
    ]
    for attempt in forged:
        with pytest.raises(InvalidReceipt, match="signature"):
            call_reports.check(*attempt, TOKEN)
    with pytest.raises(InvalidReceipt):
        call_reports.check(url, form, signature, "")


@pytest.mark.parametrize(
    ("parse", "form"),
    [
        (call_reports.parse_status, {"CallSid": "CA1", "CallStatus": "???"}),
        (call_reports.parse_status, {"CallStatus": "busy"}),
        (call_reports.parse_machine, {"CallSid": "CA1"}),
        (call_reports.parse_key, {"Digits": "1"}),
    ],
)
def test_what_is_no_report_is_refused(parse: Any, form: dict[str, str]) -> None:
    with pytest.raises(InvalidReceipt, match="not a"):
        parse("https://town.example/?reference=x", form)


def test_an_unknown_word_of_twilio_is_no_report() -> None:
    assert CallReport.of("CA1", "", "levitating") is None


def test_every_word_of_the_description_is_known() -> None:
    import json
    from pathlib import Path

    description = json.loads(Path("tests/data/api/twilio_calls.json").read_text(encoding="utf-8"))
    words = description["components"]["schemas"]["call_enum_status"]["enum"]
    for word in itertools.chain(words, ["initiated"]):
        assert CallReport.of("CA1", "", word) is not None


def test_the_stand_in_reads_a_document_as_twilio_does() -> None:
    document = '<?xml version="1.0" encoding="UTF-8"?><Response><Say>い</Say><Gather action="/a"><Say><s>ろ</s><break/><s>は</s></Say></Gather></Response>'
    assert said(document, base="https://town.example/x") == (["い", "ろ", "は"], "https://town.example/a")


@pytest.mark.parametrize(
    ("given", "right"),
    [("60,180,300", True), ("3", True), ("599,1", True), ("600", False), ("0", False), ("60,", False), ("", False)],
)
def test_redials_come_within_ten_minutes_each(given: str, right: bool) -> None:
    from pydantic import ValidationError

    from disaster.core.settings import Settings

    if right:
        assert Settings(call_redial_seconds=given).call_redial_seconds == given
    else:
        with pytest.raises(ValidationError):
            Settings(call_redial_seconds=given)
