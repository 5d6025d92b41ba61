"""Replies in every shape: a whole group in one piece, byte by byte, torn anywhere; the outcome is always the same."""

import asyncio
import contextlib
import itertools
import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

import pytest

from broadcast.channels.contract import RECALLED, Accepted, Code, InDoubt, Message, Outcome, Refused, Target
from broadcast.channels.email import EmailChannel
from tests.fakes.smtp_server import FakeSmtp, serving_smtp
from tests.fakes.wire import RecordingWire

TEXT = Message("email", "ja", "全員避難してください。\n{{unsubscribe}}\n", subject="【避難指示】東員町")
GOOD = b"250 2.1.0 ok"


def people(count: int) -> list[Target]:
    return [Target(n, f"ref-{n}", f"person{n}@example.jp", f"token{n}") for n in range(1, count + 1)]


def channel_to(port: int, connections: int = 2) -> EmailChannel:
    return EmailChannel(
        host="127.0.0.1",
        port=port,
        starttls="off",
        sender="bosai@town.example",
        connections=connections,
        link=lambda path: f"https://bosai.example.jp{path}",
    )


def sent(channel: EmailChannel, to: list[Target], wire: RecordingWire | None = None) -> dict[int, Outcome]:
    found = list(channel.send(TEXT, to, wire or RecordingWire()))
    assert len(found) == len(to)
    return {target.delivery_id: outcome for target, outcome in found}


Pieces = Callable[[bytes], list[bytes]]


@dataclass
class Torn:
    """A server with PIPELINING that answers a whole group at once and tears its replies as told. ``verdict`` is asked with the command
    and the recipient, b"." for the content."""

    pieces: Pieces
    verdict: Callable[[bytes, str], bytes | None] = lambda command, to: None
    received: list[str] = field(default_factory=list)
    host: str = "127.0.0.1"
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await self.converse(reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        buffer, content, to, ready = b"", False, "", b""
        writer.write(b"220 torn\r\n")
        while data := await reader.read(65536):
            buffer += data
            while True:
                end = b"\r\n.\r\n" if content else b"\r\n"
                command, mark, rest = buffer.partition(end)
                if not mark:
                    break
                buffer, verb = rest, b"." if content else command[:4].upper()
                if verb == b"EHLO":
                    ready += b"250-torn\r\n250 PIPELINING\r\n"
                    continue
                if verb == b"RCPT":
                    to = command.partition(b"<")[2].rpartition(b">")[0].decode()
                reply = self.verdict(verb, to) or {b"DATA": b"354 go"}.get(verb, b"250 2.0.0 Ok: queued as Q1")
                if verb == b"RCPT" and not reply.startswith(b"2"):
                    to = ""
                if (verb, to) == (b".", ""):
                    reply = b"554 5.5.1 no valid recipients"
                elif verb == b"." and reply.startswith(b"2"):
                    self.received.append(to)
                content = verb == b"DATA" and reply.startswith(b"354")
                buffer = b"\r\n" + buffer if content else buffer  # an empty content is a lone dot
                ready += reply + b"\r\n"
            for piece in self.pieces(ready):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
            ready = b""


def whole(data: bytes) -> list[bytes]:
    return [data] if data else []


def bytewise(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def by_chance(data: bytes) -> list[bytes]:
    chance = random.Random(len(data))
    cuts = sorted(chance.sample(range(len(data) + 1), min(3, len(data) + 1)))
    return [data[a:b] for a, b in itertools.pairwise([0, *cuts, len(data)]) if a != b]


def in_lines(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True)


SHAPES = [whole, bytewise, by_chance, in_lines]


@pytest.mark.parametrize("pieces", SHAPES)
def test_replies_mean_the_same_however_they_arrive(pieces: Pieces) -> None:
    with serving_smtp(Torn(pieces)) as torn, closing(channel_to(torn.port)) as channel:
        outcomes = sent(channel, people(40))
    assert set(outcomes.values()) == {Accepted("Q1")}
    assert sorted(torn.received) == sorted(target.address for target in people(40))


@pytest.mark.parametrize("pieces", SHAPES)
@pytest.mark.parametrize(
    ("verb", "reply", "expected"),
    [
        (b"RCPT", b"550 5.1.1 no", Refused(Code.ADDRESS, False, "550 5.1.1")),
        (b"RCPT", b"450-4.2.0 not\r\n450 4.2.0 now", Refused(Code.UNKNOWN, True, "450 4.2.0")),
        (b"DATA", b"451 4.3.0 later", Refused(Code.UNKNOWN, True, "451 4.3.0")),
        (b".", b"554 5.7.1 spam", Refused(Code.REJECTED, False, "554 5.7.1")),
        (b".", b"452 4.3.1 full", Refused(Code.THROTTLED, True, "452 4.3.1")),
        (b".", b"399 what", InDoubt("399")),
    ],
)
def test_a_refusal_in_mid_group_is_that_letters_own(
    pieces: Pieces, verb: bytes, reply: bytes, expected: Outcome
) -> None:
    refused = {5, 6, 17, 40}

    def verdict(command: bytes, to: str) -> bytes | None:
        return reply if command == verb and to and int(to[6:].partition("@")[0]) in refused else None

    with serving_smtp(Torn(pieces, verdict)) as torn, closing(channel_to(torn.port, 1)) as channel:
        outcomes = sent(channel, people(40))
    assert {n for n, outcome in outcomes.items() if outcome == expected} == refused
    assert {outcome for n, outcome in outcomes.items() if n not in refused} == {Accepted("Q1")}
    assert len(torn.received) == len(set(torn.received)) == 36


@pytest.mark.parametrize("pieces", [whole, bytewise])
def test_accepted_in_several_lines_is_accepted(pieces: Pieces) -> None:
    several = b"250-2.0.0 Ok\r\n250 2.0.0 queued as Z9"
    torn = Torn(pieces, lambda command, to: several if command == b"." else None)
    with serving_smtp(torn), closing(channel_to(torn.port, 1)) as channel:
        assert len(sent(channel, people(12))) == len(torn.received) == 12


def test_a_good_bye_behind_an_acceptance_costs_no_letter() -> None:
    count = itertools.count(1)

    def verdict(command: bytes, to: str) -> bytes | None:
        return b"421 4.7.0 enough" if command == b"MAIL" and next(count) % 7 == 0 else None

    with serving_smtp(Torn(whole, verdict)) as torn, closing(channel_to(torn.port, 2)) as channel:
        outcomes = sent(channel, people(60))
    assert set(outcomes.values()) == {Accepted("Q1")}
    assert len(torn.received) == len(set(torn.received)) == 60


def test_more_replies_than_commands_end_the_connection_and_accept_nothing_twice() -> None:
    torn = Torn(lambda data: [data + b"250 2.0.0 one too many\r\n"] if data.startswith(b"250 2.0.0") else whole(data))
    with serving_smtp(torn), closing(channel_to(torn.port, 1)) as channel:
        outcomes = sent(channel, people(6))
    accepted = sum(isinstance(outcome, Accepted) for outcome in outcomes.values())
    assert accepted <= len(set(torn.received)) <= 6


class TakenBack(RecordingWire):
    """The batch is taken back after so many answers."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def recalled(self) -> bool:
        return len(self.settled_ids) >= self.after


def test_what_is_taken_back_is_not_sent_and_what_is_under_way_ends_as_it_ends() -> None:
    wire = TakenBack(after=20)
    with serving_smtp(FakeSmtp()) as fake, closing(channel_to(fake.port, 2)) as channel:
        outcomes = sent(channel, people(400), wire)
    arrived = {int(address[6:].partition("@")[0]) for address in fake.to()}
    assert {n for n, outcome in outcomes.items() if isinstance(outcome, Accepted)} == arrived
    assert {outcome for n, outcome in outcomes.items() if n not in arrived} == {RECALLED}
    assert 20 <= len(arrived) <= 22
    assert wire.under_way == {}


def test_a_batch_that_is_taken_back_before_it_began_sends_nothing() -> None:
    with serving_smtp(FakeSmtp()) as fake, closing(channel_to(fake.port, 2)) as channel:
        assert set(sent(channel, people(50), TakenBack(after=0)).values()) == {RECALLED}
    assert fake.received == []


def test_reports_of_failure_come_back_to_an_address_that_names_the_delivery() -> None:
    with serving_smtp(FakeSmtp()) as fake:
        channel = EmailChannel(
            host="127.0.0.1", port=fake.port, starttls="off", sender="bosai@town.example",
            bounce="bounce@mail.town.example", connections=1, link=lambda path: f"https://b.example{path}",
        )  # fmt: skip
        with closing(channel):
            assert channel.problems() == []
            outcomes = sent(channel, [*people(3), Target(9, "a..b", "x@example.jp"), Target(10, "a.", "x@example.jp")])
    assert sorted(message.sender for message in fake.received) == [
        f"bounce+ref-{n}@mail.town.example" for n in (1, 2, 3)
    ]
    assert all(b"From: bosai@town.example" in message.content for message in fake.received)
    assert outcomes[9] == outcomes[10] == Refused(Code.CONFIG, False, "reference or link")


@pytest.mark.parametrize("bounce", ["bounce", "x" * 28 + "@town.example", "bou nce@town.example", "配信@town.example"])
def test_an_address_for_reports_that_cannot_be_is_named_and_nothing_is_sent(bounce: str) -> None:
    channel = EmailChannel(
        host="localhost", starttls="off", sender="bosai@town.example", bounce=bounce, link=lambda path: path
    )
    assert len(channel.problems()) == 1
    assert "DISASTER_MAIL_BOUNCE_ADDRESS" in channel.problems()[0]
