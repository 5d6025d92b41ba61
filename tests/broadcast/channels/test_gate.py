"""The gate at a provider's limit, with a clock of its own and against a provider that says 429."""

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing

import pytest
from aiohttp import web

from broadcast.channels import gate as gates
from broadcast.channels.contract import RECALLED, Accepted, Message, Outcome, SilentWire, Target
from broadcast.channels.gate import Gate, seconds
from broadcast.channels.inflight import THROTTLED, InFlight
from broadcast.channels.sms import SmsChannel
from tests.fakes.standins import serving
from tests.fakes.wire import RecordingWire

SID = "AC" + "0" * 32
MESSAGE = Message("sms", "ja", "避難指示")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def turns(gate: Gate, clock: Clock, for_seconds: float, then: Callable[[], None]) -> int:
    """How many requests begin in this time when somebody always waits; ``then`` is what the provider says to each."""
    until, count = clock.now + for_seconds, 0
    while clock.now < until:
        wait = gate._take_turn()
        if wait > 0:
            clock.now += wait
            continue
        count += 1
        then()
    return count


def test_no_more_begin_in_a_second_than_the_limit_allows() -> None:
    clock = Clock()
    gate = Gate(50, clock)
    assert turns(gate, clock, 10, gate.took) == pytest.approx(500, abs=6)


def test_without_a_known_limit_nobody_waits() -> None:
    clock = Clock()
    gate = Gate(0, clock)
    assert all(gate._take_turn() == 0 for _ in range(10_000))


@pytest.mark.parametrize("limit", [0, 1000])
def test_the_rate_goes_down_to_what_the_provider_takes_and_up_again(limit: float) -> None:
    clock = Clock()
    gate, taken = Gate(limit, clock), Counter[int]()
    takes = 100

    def provider() -> None:
        if taken[int(clock.now)] < takes:
            taken[int(clock.now)] += 1
            gate.took()
        else:
            gate.busy()
        clock.now += 0.001  # nobody is faster than this

    turns(gate, clock, 20, provider)
    assert 60 <= gate.rate <= 320
    takes = 10_000
    turns(gate, clock, 20, provider)
    assert gate.rate >= 500


def test_one_429_does_not_stop_everyone_but_a_provider_that_takes_nothing_is_left_alone() -> None:
    clock = Clock()
    gate = Gate(10, clock)
    gate.took()
    gate.took()
    gate.busy(retry_after=5)
    assert gate._take_turn() == 0
    gate.busy(retry_after=5)
    gate.busy(retry_after=3600)
    assert gate._take_turn() == pytest.approx(gates.LONGEST_HOLD)


def test_a_long_silence_says_nothing_of_what_the_provider_takes() -> None:
    clock = Clock()
    gate = Gate(100, clock)
    clock.now += 3600
    gate.busy()
    assert gate.rate == 100


@pytest.mark.parametrize(
    ("said", "meant"),
    [("3", 3.0), ("0.5", 0.5), ("-1", 0.0), ("", 0.0), (None, 0.0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0.0)],
)
def test_what_retry_after_means(said: str | None, meant: float) -> None:
    assert seconds(said) == meant


# A provider that says 429


class Provider:
    """Twilio's answers, so many of them 429 (error 20429), by chance or beyond a rate."""

    def __init__(self, share: float = 0.0, per_second: int = 0, latency: float = 0.0) -> None:
        self.taken: list[str] = []
        self.refused = 0
        self._share, self._per_second, self._latency = share, per_second, latency
        self._chance = random.Random(3)
        self._in_second: Counter[int] = Counter()

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_post(f"/2010-04-01/Accounts/{SID}/Messages.json", self.take)
        return app

    async def take(self, request: web.Request) -> web.Response:
        form = await request.post()
        await asyncio.sleep(self._latency)
        now = int(time.monotonic())
        if self._chance.random() < self._share or (self._per_second and self._in_second[now] >= self._per_second):
            self.refused += 1
            error = {"code": 20429, "message": "Too Many Requests", "status": 429}
            return web.json_response(error, status=429, headers={"Retry-After": "1"})
        self._in_second[now] += 1
        self.taken.append(str(form["To"]))
        return web.json_response({"sid": f"SM{len(self.taken):032}"}, status=201)


def people(count: int) -> list[Target]:
    return [Target(n, f"ref-{n}", f"+8190{n:08d}") for n in range(1, count + 1)]


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5])
def test_429_never_fails_a_message_and_none_is_sent_twice(share: float) -> None:
    provider = Provider(share)
    with serving(provider.application()) as url, closing(SmsChannel(SID, "t", "+86000", url, "", 30, 400)) as channel:
        outcomes = [outcome for _, outcome in channel.send(MESSAGE, people(60), SilentWire())]
    assert len(outcomes) == 60
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert provider.refused > 60 * share / 2
    assert Counter(provider.taken) == Counter(target.address for target in people(60))


def test_beyond_the_providers_rate_few_requests_are_wasted() -> None:
    provider = Provider(per_second=80)
    with serving(provider.application()) as url, closing(SmsChannel(SID, "t", "+815000", url, "", 50)) as channel:
        outcomes = [outcome for _, outcome in channel.send(MESSAGE, people(500), SilentWire())]
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert provider.refused < 500


def test_who_is_refused_for_long_goes_back_to_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "PATIENCE", 0.5)
    monkeypatch.setattr(gates, "LONGEST_HOLD", 0.2)
    provider = Provider(share=1.0)
    with serving(provider.application()) as url, closing(SmsChannel(SID, "t", "+815000", url, "", 10)) as channel:
        outcomes = [outcome for _, outcome in channel.send(MESSAGE, people(10), SilentWire())]
    assert outcomes == [THROTTLED] * 10


# Slots


def test_two_batches_share_the_slots_and_none_stands_idle() -> None:
    flight, now, most = InFlight("test", 10), 0, 0

    async def attempt(target: Target) -> Outcome:
        nonlocal now, most
        now += 1
        most = max(most, now)
        # the last one of the first batch takes long
        await asyncio.sleep(1.0 if target.delivery_id == 20 else 0.02)
        now -= 1
        return Accepted(str(target.delivery_id))

    async def nothing() -> None:
        pass

    ends: dict[int, float] = {}

    def hand(number: int, targets: list[Target]) -> None:
        assert len(list(flight.each(targets, SilentWire(), attempt))) == len(targets)
        ends[number] = time.monotonic()

    hands = [threading.Thread(target=hand, args=(n, people(100)[at : at + 20])) for n, at in ((0, 0), (1, 20), (2, 40))]
    for one in hands:
        one.start()
        time.sleep(0.02)
    for one in hands:
        one.join(20)
    flight.close(nothing)
    assert most == 10
    assert ends[1] < ends[0]
    assert ends[2] < ends[0]


def test_what_is_taken_back_begins_no_more() -> None:
    flight, begun = InFlight("test", 2), list[int]()

    class TakenBack(RecordingWire):
        def recalled(self) -> bool:
            return len(begun) >= 4

    async def attempt(target: Target) -> Outcome:
        begun.append(target.delivery_id)
        await asyncio.sleep(0.01)
        return Accepted("x")

    async def nothing() -> None:
        pass

    outcomes = [outcome for _, outcome in flight.each(people(50), TakenBack(), attempt)]
    flight.close(nothing)
    assert len(begun) <= 5
    assert outcomes.count(RECALLED) == 50 - len(begun)
