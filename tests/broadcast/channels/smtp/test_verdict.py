"""What a reply means."""

import pytest

from broadcast.channels.contract import Accepted, Code, Refused
from broadcast.channels.smtp import verdict


@pytest.mark.parametrize(
    ("reply", "queue_id"),
    [
        (b"250 2.0.0 Ok: queued as 4ZfHnt1tK7z8Bw", "4ZfHnt1tK7z8Bw"),  # postfix
        (b"250 OK id=1tDkKR-0004Zv-Jq", "1tDkKR-0004Zv-Jq"),  # exim
        (b"250 2.0.0 Message-ID: <x.1@example.jp> accepted", "x.1@example.jp"),
        (b"250 2.0.0 Ok", ""),
    ],
)
def test_the_queue_id_is_kept_where_the_server_names_one(reply: bytes, queue_id: str) -> None:
    assert verdict.accepted(reply) == Accepted(queue_id)


@pytest.mark.parametrize(
    ("reply", "refused"),
    [
        (b"550 5.1.1 no such user", Refused(Code.ADDRESS, False, "550 5.1.1")),
        (b"550 no such user", Refused(Code.ADDRESS, False, "550")),
        (b"551 moved", Refused(Code.ADDRESS, False, "551")),
        (b"553-5.1.3 bad\n553 5.1.3 syntax", Refused(Code.ADDRESS, False, "553 5.1.3")),
        (b"550 5.7.1 relaying denied", Refused(Code.REJECTED, False, "550 5.7.1")),
        (b"552 5.2.2 mailbox full", Refused(Code.REJECTED, False, "552 5.2.2")),
        (b"554 5.7.1 policy", Refused(Code.REJECTED, False, "554 5.7.1")),
        (b"530 5.7.0 authentication required", Refused(Code.CONFIG, True, "530 5.7.0")),
        (b"450 4.2.0 greylisted", Refused(Code.UNKNOWN, True, "450 4.2.0")),
        (b"451 4.7.1 greylisted", Refused(Code.THROTTLED, True, "451 4.7.1")),
        (b"452 4.2.2 full", Refused(Code.UNKNOWN, True, "452 4.2.2")),
        (b"452 4.3.1 no space", Refused(Code.THROTTLED, True, "452 4.3.1")),
        (b"421 too busy", Refused(Code.THROTTLED, True, "421")),
        (b"354 what", Refused(Code.UNKNOWN, True, "354")),
    ],
)
def test_a_refused_recipient(reply: bytes, refused: Refused) -> None:
    assert verdict.refused_recipient(reply) == refused


@pytest.mark.parametrize(
    ("reply", "refused"),
    [
        (b"552 5.3.4 too large", Refused(Code.CONTENT, False, "552 5.3.4")),
        (b"552 too large", Refused(Code.CONTENT, False, "552")),
        (b"554 5.6.0 malformed", Refused(Code.CONTENT, False, "554 5.6.0")),
        (b"554 5.7.1 spam", Refused(Code.REJECTED, False, "554 5.7.1")),
        (b"550 5.1.1 no such user", Refused(Code.ADDRESS, False, "550 5.1.1")),
        (b"550 spam", Refused(Code.REJECTED, False, "550")),
        (b"451 4.3.0 try later", Refused(Code.UNKNOWN, True, "451 4.3.0")),
        (b"421 4.3.2 shutting down", Refused(Code.THROTTLED, True, "421 4.3.2")),
    ],
)
def test_refused_content(reply: bytes, refused: Refused) -> None:
    assert verdict.refused_content(reply) == refused


def test_a_refused_sender_says_nothing_of_the_recipient() -> None:
    assert verdict.refused_sender(b"550 5.7.1 quota of the day") == Refused(Code.CONFIG, True, "550 5.7.1")
    assert verdict.refused_sender(b"452 4.3.1 no space") == Refused(Code.THROTTLED, True, "452 4.3.1")
    assert verdict.refused_sender(b"552 5.3.4 too large") == Refused(Code.CONTENT, False, "552 5.3.4")
