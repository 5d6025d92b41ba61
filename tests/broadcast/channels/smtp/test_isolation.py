"""One mail domain in a tarpit (trust.md R10): the others do not notice."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import pytest

from broadcast.channels.contract import BUSY_ROUTE, Accepted, InDoubt, Message, Outcome, Target
from broadcast.channels.email import EmailChannel
from tests.fakes.smtp_server import FakeSmtp, now_and_then, serving_smtp
from tests.fakes.wire import RecordingWire

TEXT = Message("email", "ja", "全員避難してください。\n", subject="【避難指示】東員町")
DOMAINS = ["a.example", "b.example", "c.example", "d.example", "tar.example"]
TAR = "tar.example"
LONG = 3.0  # seconds that the tarpit takes for one reply


def mixed(count: int, domains: list[str], first: int = 1, attempt: int = 1) -> list[Target]:
    return [
        Target(n, f"ref-{n}", f"p{n}@{domains[n % len(domains)]}", "", attempt, domains[n % len(domains)])
        for n in range(first, first + count)
    ]


def channel_to(fake: FakeSmtp, connections: int = 8) -> EmailChannel:
    return EmailChannel(
        host="127.0.0.1",
        port=fake.port,
        starttls="off",
        sender="bosai@town.example",
        connections=connections,
        link=lambda path: f"https://bosai.example.jp{path}",
    )


@dataclass
class Tarpit:
    """Slow for one domain at one command; ``at`` is RCPT, DATA or ``.``."""

    at: bytes
    domain: str = TAR
    on: bool = True

    def server(self, pace: float = 0.0) -> FakeSmtp:
        fake = FakeSmtp()
        where: dict[int, str] = {}
        inner = fake.rcpt

        def slow(connection: int, command: bytes) -> float:
            for number, line in reversed(fake.commands):
                if number == connection and line.upper().startswith(b"RCPT"):
                    where[connection] = line.partition(b"@")[2].rstrip(b">").decode()
                    break
            stuck = self.on and command == self.at and where.get(connection) == self.domain
            return LONG if stuck else pace if command == b"." else 0.0

        fake.slow, fake.rcpt = slow, inner
        return fake


def in_two_hands(channel: EmailChannel, targets: list[Target], chunk: int = 100) -> tuple[dict[int, Outcome], float]:
    """As the worker does: two batches at a time; the outcomes and the seconds."""
    parts = iter([targets[at : at + chunk] for at in range(0, len(targets), chunk)])
    lock, outcomes = threading.Lock(), dict[int, Outcome]()

    def hand() -> None:
        while True:
            with lock:
                part = next(parts, None)
            if part is None:
                return
            outcomes.update((t.delivery_id, o) for t, o in channel.send(TEXT, part, _Quiet()))

    started = time.monotonic()
    hands = [threading.Thread(target=hand) for _ in range(2)]
    for one in hands:
        one.start()
    for one in hands:
        one.join(60)
    assert len(outcomes) == len(targets)
    return outcomes, time.monotonic() - started


class _Quiet(RecordingWire):
    def sending(self, slot: int, delivery_id: int) -> None:
        pass

    def settled(self, slot: int, delivery_id: int, outcome: Outcome) -> None:
        pass


def of(targets: list[Target], outcomes: dict[int, Outcome], holds: Callable[[str], bool]) -> list[Outcome]:
    return [outcomes[t.delivery_id] for t in targets if holds(t.route)]


@pytest.mark.parametrize("at", [b"RCPT", b"DATA", b"."])
def test_four_quick_domains_are_as_quick_beside_a_tarpit(at: bytes) -> None:
    tries = (beside_a_tarpit(at) for _ in range(3))  # what else the machine does may fall into one of the two sends
    assert any(seconds < alone / 0.8 for alone, seconds in tries)


def beside_a_tarpit(at: bytes) -> tuple[float, float]:
    """Seconds for the quick domains alone and beside the slow one, whose letters are set aside."""
    tarpit, people = Tarpit(at), mixed(1500, DOMAINS)
    with serving_smtp(tarpit.server(pace=0.02)) as fake, closing(channel_to(fake)) as channel:
        tarpit.on = False
        _, alone = in_two_hands(channel, [t for t in people if t.route != TAR])
        tarpit.on = True
        outcomes, seconds = in_two_hands(channel, people)
    assert all(isinstance(outcome, Accepted) for outcome in of(people, outcomes, lambda route: route != TAR))
    slow = of(people, outcomes, lambda route: route == TAR)
    assert slow.count(BUSY_ROUTE) >= 290
    assert all(outcome == BUSY_ROUTE or isinstance(outcome, InDoubt | Accepted) for outcome in slow)
    return alone, seconds


def test_a_domain_that_turns_into_a_tarpit_in_mid_send_is_set_apart() -> None:
    tarpit = Tarpit(b"RCPT", on=False)
    with serving_smtp(tarpit.server(pace=0.005)) as fake, closing(channel_to(fake)) as channel:
        _, usual = in_two_hands(channel, mixed(1000, DOMAINS))
        tarpit.on = True
        people = mixed(1000, DOMAINS, first=2000)
        outcomes, seconds = in_two_hands(channel, people)
    assert all(isinstance(outcome, Accepted) for outcome in of(people, outcomes, lambda route: route != TAR))
    assert of(people, outcomes, lambda route: route == TAR).count(BUSY_ROUTE) >= 150
    assert seconds < 2 * usual + LONG, "200 letters of 3 seconds each would take eight connections more than a minute"


def test_what_is_late_anyway_may_hold_a_share_and_arrives() -> None:
    tarpit = Tarpit(b"RCPT")
    with serving_smtp(tarpit.server()) as fake, closing(channel_to(fake)) as channel:
        in_two_hands(channel, mixed(300, DOMAINS))
        before = len(fake.received)
        late = mixed(6, [TAR], first=2000, attempt=2)
        results: list[dict[int, Outcome]] = []
        other = threading.Thread(target=lambda: results.append(in_two_hands(channel, late)[0]))
        other.start()
        time.sleep(0.2)
        people = mixed(400, DOMAINS[:4], first=3000)
        outcomes, seconds = in_two_hands(channel, people)
        other.join(30)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes.values())
    assert seconds < LONG
    accepted = sum(isinstance(outcome, Accepted) for outcome in results[0].values())
    assert 1 <= accepted <= 2, "the share, and no more"
    assert list(results[0].values()).count(BUSY_ROUTE) == 6 - accepted
    assert len(fake.received) == before + 400 + accepted


def test_a_domain_that_is_quick_again_is_one_like_the_others() -> None:
    tarpit = Tarpit(b"RCPT")
    with serving_smtp(tarpit.server()) as fake, closing(channel_to(fake)) as channel:
        in_two_hands(channel, mixed(300, DOMAINS))
        tarpit.on = False
        time.sleep(LONG)
        in_two_hands(channel, mixed(2, [TAR], first=2000, attempt=2), chunk=1)
        in_two_hands(channel, mixed(2, [TAR], first=2100, attempt=2), chunk=1)
        outcomes, _ = in_two_hands(channel, mixed(500, DOMAINS, first=3000))
    assert all(isinstance(outcome, Accepted) for outcome in outcomes.values())


def test_a_server_that_is_slow_for_everyone_refuses_nobody_for_the_route() -> None:
    fake = FakeSmtp(slow=lambda connection, command: 0.6 if command == b"." else 0.0)
    with serving_smtp(fake), closing(channel_to(fake)) as channel:
        outcomes, _ = in_two_hands(channel, mixed(40, DOMAINS), chunk=20)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes.values())


def test_one_slow_recipient_does_not_make_a_domain_slow() -> None:
    last: dict[int, bytes] = {}

    def slow(connection: int, command: bytes) -> float:
        for number, line in reversed(fake.commands):
            if number == connection and line.upper().startswith(b"RCPT"):
                last[connection] = line
                break
        return 1.5 if command == b"." and b"<p7@" in last.get(connection, b"") else 0.005

    fake = FakeSmtp(slow=slow)
    with serving_smtp(fake), closing(channel_to(fake)) as channel:
        outcomes, _ = in_two_hands(channel, mixed(800, ["a.example", "a.example", "b.example"]))
    assert all(isinstance(outcome, Accepted) for outcome in outcomes.values())


def test_one_domain_alone_has_every_connection() -> None:
    fake = FakeSmtp(slow=lambda connection, command: 0.05 if command == b"." else 0.0)
    with serving_smtp(fake), closing(channel_to(fake)) as channel:
        outcomes, _ = in_two_hands(channel, mixed(200, ["a.example"]))
    assert all(isinstance(outcome, Accepted) for outcome in outcomes.values())
    assert len({message.connection for message in fake.received}) == 8


@pytest.mark.parametrize("seed", [1, 2])
def test_with_a_tarpit_and_random_faults_every_letter_has_one_outcome_and_nobody_is_lost(seed: int) -> None:
    tarpit = Tarpit(b"RCPT")
    fake = tarpit.server()
    fake.close_after = 25
    fake.cut_before_data = now_and_then(seed, 0.03)
    fake.cut_mid_content = now_and_then(seed + 10, 0.03)
    fake.cut_after_content = now_and_then(seed + 20, 0.03)
    waiting, doubtful, tries = {t.delivery_id: t for t in mixed(200, DOMAINS)}, set[str](), 0
    with serving_smtp(fake), closing(channel_to(fake, 4)) as channel:
        while waiting and (tries := tries + 1) < 40:
            tarpit.on = tries < 3
            again = [t._replace(attempt=tries) for t in waiting.values()]
            for number, outcome in in_two_hands(channel, again, chunk=40)[0].items():
                if isinstance(outcome, Accepted):
                    del waiting[number]
                elif isinstance(outcome, InDoubt):
                    doubtful.add(waiting[number].address)
                else:
                    assert outcome.retryable
    assert waiting == {}
    arrived = Counter(fake.to())
    assert set(arrived) == {t.address for t in mixed(200, DOMAINS)}
    assert {address for address, times in arrived.items() if times > 1} <= doubtful
