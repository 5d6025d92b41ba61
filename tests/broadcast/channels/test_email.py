"""E-mail over real SMTP conversations on loopback: every good and bad moment of a server, and the exact outcome of each."""

import email
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from broadcast.channels.contract import Accepted, ChannelDown, Code, InDoubt, Message, Outcome, Refused, Target
from broadcast.channels.email import EmailChannel
from broadcast.channels.smtp.limits import Limits
from tests.fakes.certificates import server_context
from tests.fakes.smtp_server import FakeSmtp, now_and_then, once_each, serving_smtp
from tests.fakes.wire import RecordingWire

TEXT = Message("email", "ja", "全員避難してください。\n配信停止 {{unsubscribe}}\n", subject="【避難指示】東員町")
CALM = Limits(
    enter=30.0, reply=60.0, content=60.0, patience=30.0, idle=60.0
)  # the machine that runs the tests may be busy
QUICK = Limits(enter=2.0, reply=1.0, content=1.5, patience=0.4, idle=20.0)


def targets(count: int, first: int = 1) -> list[Target]:
    return [
        Target(number, f"ref-{number:05d}", f"person{number}@example.jp", f"token{number}")
        for number in range(first, first + count)
    ]


Open = Callable[..., EmailChannel]


@pytest.fixture
def channel_to() -> Iterator[Open]:
    """Make channels that are closed at the end."""
    made: list[EmailChannel] = []

    def make(fake: FakeSmtp, **given: Any) -> EmailChannel:
        options: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": fake.port,
            "starttls": "off",
            "sender": "東員町 <bosai@town.example>",
            "connections": 4,
            "link": lambda path: f"https://bosai.example.jp{path}",
            "limits": CALM,
        }
        made.append(EmailChannel(**(options | given)))
        return made[-1]

    yield make
    for channel in made:
        channel.close()


def send(channel: EmailChannel, to: list[Target], wire: RecordingWire | None = None) -> dict[int, Outcome]:
    """Send and check that every target has exactly one outcome."""
    found = list(channel.send(TEXT, to, wire or RecordingWire()))
    assert Counter(target.delivery_id for target, _ in found) == Counter(target.delivery_id for target in to)
    return {target.delivery_id: outcome for target, outcome in found}


def mail_to(fake: FakeSmtp, address: str) -> EmailMessage:
    content = next(message.content for message in fake.received if message.to == address)
    read = email.message_from_bytes(content, policy=default)
    assert isinstance(read, EmailMessage)
    return read


def until(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return true()


# Good days


@pytest.mark.parametrize("pipelining", [True, False])
def test_everyone_gets_one_letter_of_their_own(channel_to: Open, pipelining: bool) -> None:
    with serving_smtp(FakeSmtp(pipelining=pipelining)) as fake:
        outcomes = send(channel_to(fake), targets(40))
    assert all(isinstance(outcome, Accepted) and outcome.provider_id.startswith("Q") for outcome in outcomes.values())
    assert sorted(fake.to()) == sorted(target.address for target in targets(40))
    mail = mail_to(fake, "person7@example.jp")
    assert mail["To"] == "person7@example.jp"
    assert mail["Subject"] == TEXT.subject
    assert mail["Message-ID"] == "<ref-00007@town.example>"
    assert mail.get_content().split() == [
        "全員避難してください。",
        "配信停止",
        "https://bosai.example.jp/unsubscribe/token7",
    ]
    assert {message.sender for message in fake.received} == {"bosai@town.example"}


def test_without_pipelining_every_command_waits_for_its_reply(channel_to: Open) -> None:
    with serving_smtp(
        FakeSmtp(pipelining=False, rcpt=lambda address: b"550 5.1.1 no" if "3@" in address else None)
    ) as fake:
        send(channel_to(fake, connections=1), targets(12))
    assert fake.early == []


def test_connections_stay_open_between_calls_and_are_no_more_than_allowed(channel_to: Open) -> None:
    with serving_smtp(FakeSmtp()) as fake:
        channel = channel_to(fake, connections=3)
        for call in range(5):
            send(channel, targets(30, first=call * 100))
        assert fake.connections == 3
        assert fake.verbs(1).count(b"EHLO") == 1
        channel.close()
    assert len(fake.received) == 150


def test_one_recipient_opens_one_connection(channel_to: Open) -> None:
    with serving_smtp(FakeSmtp()) as fake:
        send(channel_to(fake, connections=8), targets(1))
    assert fake.connections == 1


def test_no_recipients_touch_no_server(channel_to: Open) -> None:
    with serving_smtp(FakeSmtp()) as fake:
        assert send(channel_to(fake), []) == {}
    assert fake.connections == 0


def test_a_connection_that_the_server_closed_in_the_meantime_is_opened_again(channel_to: Open) -> None:
    with serving_smtp(FakeSmtp()) as fake:
        channel = channel_to(fake, connections=1, limits=replace(CALM, idle=0.2))
        send(channel, targets(2))
        assert until(lambda: fake.verbs(1)[-1] == b"QUIT")
        outcomes = send(channel, targets(2, first=10))
    assert all(isinstance(outcome, Accepted) for outcome in outcomes.values())
    assert fake.connections == 2


def test_at_most_one_letter_is_on_the_wire_of_each_connection(channel_to: Open) -> None:
    wire = RecordingWire()  # fails by itself when a slot carries two
    with serving_smtp(FakeSmtp()) as fake:
        send(channel_to(fake, connections=4), targets(200), wire)
    assert wire.most <= 4
    assert wire.slots <= {0, 1, 2, 3}
    assert sorted(wire.settled_ids) == list(range(1, 201))
    assert wire.under_way == {}


def test_the_wire_is_told_before_the_server_can_have_the_letter_and_settled_after_its_answer(channel_to: Open) -> None:
    noted: list[str] = []

    class Noting(RecordingWire):
        def sending(self, slot: int, delivery_id: int) -> None:
            noted.append(f"sending {delivery_id}")
            super().sending(slot, delivery_id)

        def settled(self, slot: int, delivery_id: int, outcome: Outcome) -> None:
            noted.append(f"settled {delivery_id}")
            super().settled(slot, delivery_id, outcome)

    def content(address: str) -> None:
        noted.append(f"server has {address[6]}")

    with serving_smtp(FakeSmtp(content=content)) as fake:
        send(channel_to(fake, connections=1), targets(3), Noting())
    assert noted == [f"{what} {n}" for n in (1, 2, 3) for what in ("sending", "server has", "settled")]


def test_two_batches_may_be_sent_at_the_same_time(channel_to: Open) -> None:
    results: dict[int, dict[int, Outcome]] = {}
    with serving_smtp(FakeSmtp()) as fake:
        channel = channel_to(fake)

        def work(number: int) -> None:
            quiet = RecordingWire.__new__(_Quiet)
            results[number] = {
                t.delivery_id: o for t, o in channel.send(TEXT, targets(100, first=number * 1000), quiet)
            }

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert {number: len(found) for number, found in results.items()} == dict.fromkeys(range(4), 100)
    assert len(set(fake.to())) == len(fake.to()) == 400


class _Quiet(RecordingWire):
    def sending(self, slot: int, delivery_id: int) -> None:
        pass

    def settled(self, slot: int, delivery_id: int, outcome: Outcome) -> None:
        pass


# Refusals: exact, and never at the cost of others


def only(number: int, reply: bytes) -> Callable[[str], bytes | None]:
    return lambda address: reply if address == f"person{number}@example.jp" else None


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("although", [True, False])
@pytest.mark.parametrize(
    ("where", "reply", "expected"),
    [
        ("rcpt", b"550 5.1.1 no such user", Refused(Code.ADDRESS, False, "550 5.1.1")),
        ("rcpt", b"550-5.1.1 no such\r\n550 5.1.1 user", Refused(Code.ADDRESS, False, "550 5.1.1")),
        ("rcpt", b"450 4.2.0 later", Refused(Code.UNKNOWN, True, "450 4.2.0")),
        ("rcpt", b"451 4.7.1 greylisted", Refused(Code.THROTTLED, True, "451 4.7.1")),
        ("data", b"451 4.3.0 later", Refused(Code.UNKNOWN, True, "451 4.3.0")),
        ("data", b"554 5.7.1 no", Refused(Code.REJECTED, False, "554 5.7.1")),
        ("content", b"554 5.7.1 spam", Refused(Code.REJECTED, False, "554 5.7.1")),
        ("content", b"552 5.3.4 large", Refused(Code.CONTENT, False, "552 5.3.4")),
        ("content", b"452 4.3.1 no space", Refused(Code.THROTTLED, True, "452 4.3.1")),
    ],
)
def test_a_refusal_concerns_its_recipient_only(
    channel_to: Open, pipelining: bool, although: bool, where: str, reply: bytes, expected: Refused
) -> None:
    fake = FakeSmtp(pipelining=pipelining, data_although_refused=although, **{where: only(5, reply)})  # type: ignore[arg-type]
    with serving_smtp(fake):
        outcomes = send(channel_to(fake, connections=2), targets(10))
    assert outcomes.pop(5) == expected
    assert all(isinstance(outcome, Accepted) for outcome in outcomes.values())
    assert sorted(fake.to()) == sorted(target.address for target in targets(10) if target.delivery_id != 5)
    assert fake.connections <= 2


def test_every_recipient_may_be_refused_in_a_row(channel_to: Open) -> None:
    with serving_smtp(FakeSmtp(rcpt=lambda address: b"550 5.1.1 no", data_although_refused=True)) as fake:
        outcomes = send(channel_to(fake), targets(50))
    assert set(outcomes.values()) == {Refused(Code.ADDRESS, False, "550 5.1.1")}
    assert fake.received == []


def test_greylisting_passes_at_the_second_try_with_the_same_message_id(channel_to: Open) -> None:
    with serving_smtp(FakeSmtp(rcpt=once_each(b"451 4.7.1 greylisted"))) as fake:
        channel = channel_to(fake)
        first = send(channel, targets(20))
        second = send(channel, [target._replace(attempt=2) for target in targets(20)])
    assert set(first.values()) == {Refused(Code.THROTTLED, True, "451 4.7.1")}
    assert all(isinstance(outcome, Accepted) for outcome in second.values())
    assert len(set(fake.to())) == len(fake.to()) == 20


def test_a_bad_address_never_touches_the_wire(channel_to: Open) -> None:
    bad = [
        "",
        "taro",
        "taro@example.jp\r\nRCPT TO:<all@example.jp>",
        "taro@exa mple.jp",
        "太\u202e郎@example.jp",
        "a\x00@b.jp",
    ]
    wrong = [Target(number + 100, f"bad-{number}", address) for number, address in enumerate(bad)]
    wire = RecordingWire()
    with serving_smtp(FakeSmtp()) as fake:
        outcomes = send(channel_to(fake), targets(3) + wrong, wire)
    assert all(outcomes[target.delivery_id] == Refused(Code.ADDRESS, False, "syntax") for target in wrong)
    assert sorted(fake.to()) == [target.address for target in targets(3)]
    assert sorted(wire.settled_ids) == [1, 2, 3]
    assert not any(b"all@example.jp" in line for _, line in fake.commands)


def test_a_reference_that_would_break_a_header_is_refused_and_the_rest_goes_on(channel_to: Open) -> None:
    evil = Target(99, "x>\r\nBcc: all@example.jp", "taro@example.jp", "t")
    with serving_smtp(FakeSmtp()) as fake:
        outcomes = send(channel_to(fake, connections=1), [*targets(2), evil, *targets(2, first=10)])
    assert outcomes.pop(99) == Refused(Code.CONFIG, False, "reference or link")
    assert all(isinstance(outcome, Accepted) for outcome in outcomes.values())
    assert fake.connections == 1


def test_an_international_address_is_sent_where_the_server_can_and_refused_where_not(channel_to: Open) -> None:
    who = [Target(1, "r1", "太郎@example.jp", "t1"), Target(2, "r2", "hanako@東員町.example", "t2")]
    with serving_smtp(FakeSmtp(utf8=True)) as fake:
        outcomes = send(channel_to(fake), who)
        assert all(isinstance(outcome, Accepted) for outcome in outcomes.values())
        assert sorted(line for _, line in fake.commands if line.startswith(b"MAIL")) == [
            b"MAIL FROM:<bosai@town.example>",
            b"MAIL FROM:<bosai@town.example> SMTPUTF8",
        ]
    with serving_smtp(FakeSmtp(utf8=False)) as fake:
        outcomes = send(channel_to(fake), who)
    assert outcomes[1] == Refused(Code.ADDRESS, False, "smtputf8")
    assert isinstance(outcomes[2], Accepted)


def test_a_letter_larger_than_the_server_takes_is_not_sent(channel_to: Open) -> None:
    with serving_smtp(FakeSmtp(size=1000)) as fake:
        outcomes = send(channel_to(fake), targets(3))
    assert set(outcomes.values()) == {Refused(Code.CONTENT, False, "size")}
    assert fake.received == []


# Servers that hang up


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_server_that_takes_few_letters_per_connection_gets_them_all_over_many(
    channel_to: Open, pipelining: bool
) -> None:
    with serving_smtp(FakeSmtp(close_after=7, pipelining=pipelining)) as fake:
        outcomes = send(channel_to(fake, connections=3), targets(100))
    assert all(isinstance(outcome, Accepted) for outcome in outcomes.values())
    assert len(set(fake.to())) == len(fake.to()) == 100
    assert fake.connections >= 100 / 7


def test_a_cut_before_content_may_be_tried_again(channel_to: Open) -> None:
    with serving_smtp(FakeSmtp(cut_before_data=lambda address: address.startswith("person1@"))) as fake:
        outcomes = send(channel_to(fake, connections=1), targets(1))
    assert outcomes == {1: Refused(Code.UNKNOWN, True, "connection lost")}


@pytest.mark.parametrize(("where", "arrived"), [("cut_mid_content", 0), ("cut_after_content", 1)])
def test_a_cut_in_or_after_content_is_in_doubt_and_only_that_letter(channel_to: Open, where: str, arrived: int) -> None:
    fake = FakeSmtp(**{where: lambda address: address == "person5@example.jp"})  # type: ignore[arg-type]
    with serving_smtp(fake):
        channel = channel_to(fake, connections=2)
        outcomes = send(channel, targets(20))
        assert channel.settle(TEXT, targets(5)[4]) is None
    assert outcomes.pop(5) == InDoubt("connection lost")
    assert all(isinstance(outcome, Accepted) for outcome in outcomes.values())
    assert fake.to().count("person5@example.jp") == arrived
    assert len(set(fake.to())) == len(fake.to())


@pytest.mark.parametrize("pipelining", [True, False])
def test_with_random_faults_nobody_is_lost_and_only_doubtful_letters_come_twice(
    channel_to: Open, pipelining: bool
) -> None:
    fake = FakeSmtp(
        pipelining=pipelining,
        close_after=40,
        rcpt=once_each(b"450 4.2.0 later"),
        cut_before_data=now_and_then(1, 0.02),
        cut_mid_content=now_and_then(2, 0.02),
        cut_after_content=now_and_then(3, 0.03),
    )
    waiting, doubtful, tries = {target.delivery_id: target for target in targets(500)}, set(), 0
    with serving_smtp(fake):
        channel = channel_to(fake, connections=4)
        while waiting and (tries := tries + 1) < 30:
            for number, outcome in send(channel, list(waiting.values())).items():
                if isinstance(outcome, Accepted):
                    del waiting[number]
                elif isinstance(outcome, InDoubt):
                    doubtful.add(f"person{number}@example.jp")
                else:
                    assert outcome.retryable
    assert waiting == {}
    arrived = Counter(fake.to())
    assert set(arrived) == {target.address for target in targets(500)}
    assert {address for address, times in arrived.items() if times > 1} <= doubtful
    assert doubtful, "the seed made no doubt: the trial proves nothing"
    for address in arrived:
        ids = {email.message_from_bytes(m.content)["Message-ID"] for m in fake.received if m.to == address}
        assert len(ids) == 1


# Slow servers


def test_a_slow_connection_does_not_hold_up_the_others(channel_to: Open) -> None:
    def slow(connection: int, command: bytes) -> float:
        return 1.0 if connection == 1 and command == b"." else 0.0

    with serving_smtp(FakeSmtp(slow=slow)) as fake:
        outcomes = send(channel_to(fake, connections=3, limits=replace(CALM, patience=0.4)), targets(300))
        on_slow = [message for message in fake.received if message.connection == 1]
    assert len(on_slow) <= 2
    assert sum(isinstance(outcome, Accepted) for outcome in outcomes.values()) >= 298
    assert len(set(fake.to())) == len(fake.to()) == 300


def test_who_waits_too_long_for_an_answer_is_in_doubt_and_the_late_answer_settles_it(channel_to: Open) -> None:
    with serving_smtp(FakeSmtp(slow=lambda connection, command: 1.0 if command == b"." else 0.0)) as fake:
        channel = channel_to(fake, connections=1, limits=replace(CALM, patience=0.2))
        target = targets(1)[0]
        assert send(channel, [target]) == {1: InDoubt("no answer yet")}
        assert channel.settle(TEXT, target) == InDoubt("no answer yet")
        assert until(lambda: channel.settle(TEXT, target) == Accepted("Q1"))
    assert len(fake.received) == 1


def test_an_answer_that_never_comes_ends_in_doubt_and_is_not_known(channel_to: Open) -> None:
    with serving_smtp(FakeSmtp(slow=lambda connection, command: 60.0 if command == b"." else 0.0)) as fake:
        channel = channel_to(fake, connections=1, limits=replace(CALM, patience=0.2, content=1.0))
        target = targets(1)[0]
        assert send(channel, [target]) == {1: InDoubt("no answer yet")}
        assert until(lambda: channel.settle(TEXT, target) is None)


def test_a_server_that_is_slow_before_content_loses_its_letter_to_a_later_try(channel_to: Open) -> None:
    with serving_smtp(FakeSmtp(slow=lambda connection, command: 60.0 if command == b"RCPT" else 0.0)) as fake:
        outcomes = send(channel_to(fake, connections=2, limits=QUICK), targets(2))
    assert set(outcomes.values()) == {Refused(Code.UNKNOWN, True, "timeout")}
    assert fake.received == []


# Servers that let nobody in


def down(channel: EmailChannel) -> str:
    wire = RecordingWire()
    with pytest.raises(ChannelDown) as raised:
        list(channel.send(TEXT, targets(20), wire))
    assert wire.settled_ids == []
    assert "example.jp" not in str(raised.value)
    return str(raised.value)


def test_nobody_listens(channel_to: Open) -> None:
    with serving_smtp(FakeSmtp()) as fake:
        pass
    assert "接続できません" in down(channel_to(fake))


def test_the_server_greets_with_an_error(channel_to: Open) -> None:
    with serving_smtp(FakeSmtp(greeting=lambda connection: b"421 4.3.2 too busy")) as fake:
        assert "421" in down(channel_to(fake))


def test_the_server_never_greets(channel_to: Open) -> None:
    with serving_smtp(FakeSmtp(slow=lambda connection, command: 30.0)) as fake:
        assert "時間切れ" in down(channel_to(fake, limits=replace(CALM, enter=0.3)))


def test_the_server_does_not_speak_smtp(channel_to: Open) -> None:
    with serving_smtp(FakeSmtp(greeting=lambda connection: b"HTTP/1.1 400 Bad Request")) as fake:
        assert "接続できません" in down(channel_to(fake))


def test_a_server_that_takes_only_two_connections_gets_everything_over_these(channel_to: Open) -> None:
    with serving_smtp(FakeSmtp(greeting=lambda number: b"220 ok" if number <= 2 else b"421 4.7.0 too many")) as fake:
        outcomes = send(channel_to(fake, connections=6), targets(100))
    assert all(isinstance(outcome, Accepted) for outcome in outcomes.values())
    assert {message.connection for message in fake.received} <= {1, 2}


def test_a_sender_that_the_server_does_not_know_stops_everything_before_anything_was_sent(channel_to: Open) -> None:
    with serving_smtp(FakeSmtp(mail=lambda address: b"550 5.1.8 sender unknown")) as fake:
        assert "差出人" in down(channel_to(fake))
    assert fake.received == []


# STARTTLS and sign-in


def secure(channel_to: Open, fake: FakeSmtp, ca_file: Path | None, **given: Any) -> EmailChannel:
    options = {"starttls": "required", "ca_file": ca_file, "user": "bosai", "password": "ひみつ"}
    return channel_to(fake, **(options | given))


@pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN", "LOGIN", "CRAM-MD5 LOGIN"])
def test_mail_goes_encrypted_and_signed_in(channel_to: Open, tmp_path: Path, mechanisms: str) -> None:
    context, authority = server_context(tmp_path)
    with serving_smtp(FakeSmtp(tls=context, account=("bosai", "ひみつ"), mechanisms=mechanisms)) as fake:
        outcomes = send(secure(channel_to, fake, authority), targets(30))
        assert fake.verbs(1)[:4] == [b"EHLO", b"STARTTLS", b"EHLO", b"AUTH"]
    assert all(isinstance(outcome, Accepted) for outcome in outcomes.values())


def test_without_starttls_nothing_is_sent(channel_to: Open, tmp_path: Path) -> None:
    context, authority = server_context(tmp_path)
    with serving_smtp(FakeSmtp(tls=context, offer_starttls=False, account=("bosai", "ひみつ"))) as fake:
        assert "STARTTLS" in down(secure(channel_to, fake, authority))
    assert set(fake.verbs(1)) == {b"EHLO"}


@pytest.mark.parametrize("given", [{"starttls": b"454 4.7.0 TLS not available"}, {"broken_tls": True}])
def test_where_the_encryption_fails_nothing_goes_in_clear_text(
    channel_to: Open, tmp_path: Path, given: dict[str, Any]
) -> None:
    context, authority = server_context(tmp_path)
    with serving_smtp(FakeSmtp(tls=context, account=("bosai", "ひみつ"), **given)) as fake:
        assert "TLS" in down(secure(channel_to, fake, authority))
    assert {line.split(b" ")[0] for _, line in fake.commands} == {b"EHLO", b"STARTTLS"}


def test_an_unknown_authority_is_not_trusted(channel_to: Open, tmp_path: Path) -> None:
    context, _ = server_context(tmp_path)
    with serving_smtp(FakeSmtp(tls=context, account=("bosai", "ひみつ"))) as fake:
        assert "証明書" in down(secure(channel_to, fake, None))
    assert b"AUTH" not in fake.verbs(1)


def test_a_certificate_for_another_name_is_not_trusted(channel_to: Open, tmp_path: Path) -> None:
    context, authority = server_context(tmp_path)
    with serving_smtp(FakeSmtp(tls=context, host="127.0.0.2")) as fake:
        assert "証明書" in down(secure(channel_to, fake, authority, host="127.0.0.2"))


def test_replies_smuggled_in_before_the_encryption_are_refused(channel_to: Open, tmp_path: Path) -> None:
    context, authority = server_context(tmp_path)
    fake = FakeSmtp(tls=context, account=("bosai", "ひみつ"), inject=b"250-evil\r\n250 AUTH PLAIN\r\n")
    with serving_smtp(fake):
        assert "余分なデータ" in down(secure(channel_to, fake, authority))


def test_a_wrong_password_stops_everything(channel_to: Open, tmp_path: Path) -> None:
    context, authority = server_context(tmp_path)
    with serving_smtp(FakeSmtp(tls=context, account=("bosai", "ひみつ"))) as fake:
        reason = down(secure(channel_to, fake, authority, password="ちがう"))
    assert "認証" in reason
    assert "ちがう" not in reason


def test_a_server_that_wants_a_sign_in_we_do_not_have_stops_everything(channel_to: Open) -> None:
    with serving_smtp(FakeSmtp(account=("bosai", "ひみつ"))) as fake:
        assert "認証" in down(channel_to(fake))


def test_a_server_without_the_sign_in_we_have_stops_everything(channel_to: Open, tmp_path: Path) -> None:
    context, authority = server_context(tmp_path)
    with serving_smtp(FakeSmtp(tls=context)) as fake:
        assert "認証に対応していません" in down(secure(channel_to, fake, authority))


# What is not set up, and drills


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"host": ""}, "DISASTER_SMTP_HOST"),
        ({"sender": ""}, "DISASTER_MAIL_FROM"),
        ({"sender": "東員町"}, "DISASTER_MAIL_FROM"),
        ({"host": "mail.example.jp"}, "DISASTER_SMTP_STARTTLS"),
        ({"user": "bosai"}, "DISASTER_SMTP_PASSWORD"),
        ({"ca_file": Path("/nowhere/ca.pem")}, "DISASTER_SMTP_CA_FILE"),
    ],
)
def test_what_is_not_set_up_is_said_and_nothing_is_sent(channel_to: Open, given: dict[str, Any], word: str) -> None:
    with serving_smtp(FakeSmtp()) as fake:
        channel = channel_to(fake, **given)
        assert len(channel.problems()) == 1
        assert word in channel.problems()[0]
        assert word in down(channel)
    assert fake.connections == 0


def test_a_good_set_up_has_no_problems(channel_to: Open) -> None:
    assert channel_to(FakeSmtp()).problems() == []
    assert channel_to(FakeSmtp(), host="mail.example.jp", starttls="required").problems() == []


def test_a_drill_never_passes_the_last_hop(channel_to: Open) -> None:
    with serving_smtp(FakeSmtp()) as fake, pytest.raises(ValueError, match="drill"):
        channel_to(fake).send(replace(TEXT, extra={"mode": "drill"}), targets(1), RecordingWire())
    assert fake.connections == 0


def test_closing_in_mid_send_leaves_doubt_only_for_what_was_on_the_wire(channel_to: Open) -> None:
    with serving_smtp(FakeSmtp(slow=lambda connection, command: 0.3 if command == b"." else 0.0)) as fake:
        channel = channel_to(fake, connections=2)
        outcomes: dict[int, Outcome] = {}
        worker = threading.Thread(target=lambda: outcomes.update(send(channel, targets(20))))
        worker.start()
        time.sleep(0.5)
        channel.close()
        worker.join(5)
    assert len(outcomes) == 20
    assert sum(isinstance(outcome, InDoubt) for outcome in outcomes.values()) <= 2
    assert all(isinstance(o, Accepted | InDoubt) or (isinstance(o, Refused) and o.retryable) for o in outcomes.values())


def test_the_channel_works_again_after_it_was_closed(channel_to: Open) -> None:
    with serving_smtp(FakeSmtp()) as fake:
        channel = channel_to(fake)
        send(channel, targets(3))
        channel.close()
        channel.close()
        outcomes = send(channel, targets(3, first=10))
    assert all(isinstance(outcome, Accepted) for outcome in outcomes.values())


def test_after_the_caller_gave_up_only_what_is_on_the_wire_already_can_still_arrive(channel_to: Open) -> None:
    fake = FakeSmtp(slow=lambda connection, command: 0.5 if command == b"." else 0.0)
    with serving_smtp(fake):
        answers = channel_to(fake, connections=1).send(TEXT, targets(6), RecordingWire())
        next(answers)
        answers.close()
        time.sleep(2.5)
        assert len(fake.received) <= 2, "the third letter's envelope was on its way, its content must not follow"
