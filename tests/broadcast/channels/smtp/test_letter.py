"""The prebuilt letter: what a reader's mail program makes of it, and that nothing of a recipient can break it."""

import email
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.channels.contract import Message, Target
from broadcast.channels.smtp.address import mailbox
from broadcast.channels.smtp.letter import Letter, Unfit

AT = datetime(2026, 9, 1, 3, 4, 5, tzinfo=UTC)
TEXT = Message(
    "email",
    "ja",
    "警戒レベル４、避難指示。\n危険な場所から全員避難してください。\n\n配信停止: {{unsubscribe}}\n東員町",
    subject="【避難指示】東員町 洪水 警戒レベル４ 全域 危険な場所から全員避難してください",
)
TARGET = Target(1, "0197c9e2-7b7a-7cc3-9b9e-1f2d3c4b5a69", "taro@example.jp", "t0Ken_-x")


def link(path: str) -> str:
    return f"https://bosai.example.jp{path}"


def letter(message: Message = TEXT, sender: str = "東員町 災害対策本部 <bosai@town.example>") -> Letter:
    return Letter(message, sender, link, AT)


def read(content: bytes) -> EmailMessage:
    mail = email.message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects
    return mail


def test_the_recipient_reads_exactly_the_approved_text() -> None:
    mail = read(letter().fill(TARGET, mailbox(TARGET.address)))
    assert mail["Subject"] == TEXT.subject
    assert mail["From"].addresses[0].display_name == "東員町 災害対策本部"
    assert mail["From"].addresses[0].addr_spec == "bosai@town.example"
    assert mail["To"] == "taro@example.jp"
    body = mail.get_content().replace("\r\n", "\n")
    assert body == TEXT.body.replace("{{unsubscribe}}", "https://bosai.example.jp/unsubscribe/t0Ken_-x") + "\n"


def test_headers_that_mail_programs_and_servers_look_for() -> None:
    mail = read(letter().fill(TARGET, mailbox(TARGET.address)))
    assert mail["Message-ID"] == "<0197c9e2-7b7a-7cc3-9b9e-1f2d3c4b5a69@town.example>"
    assert mail["Date"].datetime == AT
    assert mail["List-Unsubscribe"] == "<https://bosai.example.jp/unsubscribe/t0Ken_-x>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "ja"
    assert mail["MIME-Version"] == "1.0"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content_charset() == "utf-8"
    assert len(mail.keys()) == len({name.lower() for name in mail.keys()})  # noqa: SIM118


def test_the_message_id_is_the_same_at_every_try_whoever_renders_it() -> None:
    first = read(letter().fill(TARGET, mailbox(TARGET.address)))
    again = read(
        Letter(TEXT, "bosai@town.example", link, datetime.now(UTC)).fill(
            TARGET._replace(attempt=4), mailbox(TARGET.address)
        )
    )
    assert first["Message-ID"] == again["Message-ID"]


def test_it_is_seven_bit_with_short_lines_that_no_dot_begins() -> None:
    long = replace(TEXT, body="あ" * 5000 + "\n.\n..\n.x\n{{unsubscribe}}\n.")
    content = letter(long).fill(TARGET, mailbox(TARGET.address))
    assert content.isascii()
    assert content.endswith(b"\r\n")
    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert not any(line.startswith(b".") or b"\n" in line or b"\r" in line for line in lines)
    assert read(content).get_content().replace("\r\n", "\n").startswith("あ" * 5000 + "\n.\n..\n.x\nhttps://")


def test_the_size_is_an_upper_bound() -> None:
    for body in ("", "{{unsubscribe}}", "あ" * 3000, "{{unsubscribe}}" + "あ" * 3000):
        written = letter(replace(TEXT, body=body))
        assert len(written.fill(TARGET, mailbox(TARGET.address))) <= written.size


@given(
    front=st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=300),
    back=st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=300),
    token=st.text("abcXYZ012_-", min_size=1, max_size=80),
)
def test_any_text_around_a_link_of_any_length_arrives_unchanged(front: str, back: str, token: str) -> None:
    message = replace(TEXT, body=front + "{{unsubscribe}}" + back)
    mail = read(letter(message).fill(TARGET._replace(token=token), mailbox(TARGET.address)))
    expected = message.body.replace("{{unsubscribe}}", link(f"/unsubscribe/{token}"))
    assert mail.get_payload(decode=True) == (expected + "\r\n").encode()


def test_the_link_may_stand_in_several_places_or_nowhere() -> None:
    twice = letter(replace(TEXT, body="{{unsubscribe}}\n中\n{{unsubscribe}}")).fill(TARGET, mailbox(TARGET.address))
    assert read(twice).get_content().count("/unsubscribe/t0Ken_-x") == 2
    never = letter(replace(TEXT, body="本文だけ")).fill(TARGET, mailbox(TARGET.address))
    assert read(never).get_content() == "本文だけ\r\n" or read(never).get_content() == "本文だけ\n"


def test_who_has_no_token_gets_no_unsubscribe_headers_and_no_placeholder() -> None:
    mail = read(letter().fill(TARGET._replace(token=""), mailbox(TARGET.address)))
    assert "List-Unsubscribe" not in mail
    assert "{{" not in mail.get_content()


def test_a_header_of_the_text_is_added_and_the_sender_may_be_named_by_it() -> None:
    message = replace(TEXT, extra={"header:X-Alert": "避難指示", "from_name": "東員町", "mode": "live"})
    mail = read(letter(message, "bosai@town.example").fill(TARGET, mailbox(TARGET.address)))
    assert mail["X-Alert"] == "避難指示"
    assert mail["From"].addresses[0].display_name == "東員町"


@pytest.mark.parametrize("bad", ["x\r\nBcc: all@example.jp", "x\n", "a b", "<a>", "", "あ", "x" * 200])
def test_a_reference_or_token_that_would_break_a_header_is_refused(bad: str) -> None:
    with pytest.raises(Unfit):
        letter().fill(TARGET._replace(reference=bad), mailbox(TARGET.address))
    if bad:
        with pytest.raises(Unfit):
            letter().fill(TARGET._replace(token=bad), mailbox(TARGET.address))


def test_a_link_with_a_line_break_or_bracket_is_refused() -> None:
    for base in ("https://x\r\nBcc: a@b.jp", "https://x>", "javascript:x", "https://x y"):
        written = Letter(TEXT, "bosai@town.example", lambda path, base=base: base + path, AT)  # type: ignore[misc]
        with pytest.raises(Unfit):
            written.fill(TARGET, mailbox(TARGET.address))


@pytest.mark.parametrize(
    "message",
    [
        replace(TEXT, subject="避難指示\r\nBcc: all@example.jp"),
        replace(TEXT, subject="避難指示\nBcc: all@example.jp"),
        replace(TEXT, extra={"header:X-Alert": "a\r\nBcc: all@example.jp"}),
        replace(TEXT, extra={"from_name": "東員町\r\nBcc: all@example.jp"}),
    ],
)
def test_a_line_break_in_a_shared_header_is_an_error(message: Message) -> None:
    with pytest.raises(ValueError):
        letter(message)
