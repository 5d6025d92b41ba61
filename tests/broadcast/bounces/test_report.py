"""What letters that come back report, in the words of mail servers, carriers, people and strangers."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcast.bounces import report
from broadcast.bounces.report import Kind
from tests.broadcast.bounces.letters import FOLDER, REFERENCE, letter

TOLD = {
    "postfix_user_unknown": (Kind.FAILED, "5.1.1"),
    "postfix_delay": (Kind.DELAYED, "4.4.1"),
    "postfix_gave_up": (Kind.GAVE_UP, "4.4.1"),
    "postfix_docomo_after_data": (Kind.FAILED, "5.0.0"),
    "postfix_generic_status": (Kind.FAILED, "5.7.1"),
    "sendmail_message_id_only": (Kind.FAILED, "5.2.1"),
    "mailbox_full": (Kind.FAILED, "5.2.2"),
    "too_large": (Kind.FAILED, "5.3.4"),
    "delivered": (Kind.OTHER, ""),
    "relayed": (Kind.OTHER, ""),
    "qmail": (Kind.FAILED, "5.1.1"),
    "exim": (Kind.FAILED, "5.0.0"),
    "docomo_plain": (Kind.FAILED, "5.1.1"),
    "au_plain": (Kind.FAILED, "5.1.1"),
    "softbank_plain": (Kind.FAILED, "5.1.1"),
    "japanese_refused": (Kind.FAILED, "5.7.1"),
    "warning_plain": (Kind.DELAYED, "4.7.1"),
    "vacation": (Kind.OTHER, ""),
    "reply_of_a_person": (Kind.OTHER, ""),
    "read_receipt": (Kind.OTHER, ""),
    "complaint": (Kind.OTHER, ""),
    "forged_reference": (Kind.FAILED, "5.1.1"),
    "no_reference": (Kind.FAILED, "5.1.1"),
}


def test_every_sample_is_looked_at() -> None:
    assert {path.stem for path in FOLDER.glob("*.eml")} == set(TOLD)


@pytest.mark.parametrize("name", TOLD)
def test_what_a_letter_reports(name: str) -> None:
    found = report.read(letter(name))
    assert (found.kind, found.status) == TOLD[name]
    if name not in ("forged_reference", "no_reference"):
        assert found.references[0] == REFERENCE


def test_the_letter_is_found_by_what_it_quotes_where_the_address_does_not_say() -> None:
    for name in ("sendmail_message_id_only", "qmail"):
        assert report.read(letter(name)).references == (REFERENCE,)
    assert report.read(letter("no_reference")).references == ()


def test_the_address_it_came_back_to_counts_more_than_what_it_quotes() -> None:
    other = "00000000-0000-8000-8000-000000000063"
    text = letter("postfix_user_unknown").replace(f"<{REFERENCE}@".encode(), f"<{other}@".encode())
    assert report.read(text).references == (REFERENCE, other)


def test_line_ends_of_either_kind_are_read_alike() -> None:
    for name in TOLD:
        unix = report.read(letter(name).replace(b"\r\n", b"\n"))
        assert (unix.kind, unix.status) == TOLD[name]


def test_two_different_letters_have_two_names_and_the_same_letter_one() -> None:
    first = report.read(letter("postfix_user_unknown"))
    assert first.digest == report.read(letter("postfix_user_unknown")).digest
    assert first.digest != report.read(letter("postfix_delay")).digest


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"\x00" * 5000,
        b"Content-Type: multipart/report; boundary=\r\n\r\n",
        b"Content-Type: multipart/report; report-type=\r\n\r\n--\r\n",
        b"Content-Type: text/plain; charset=no-such-charset\r\nFrom: MAILER-DAEMON@x\r\n\r\n550 5.1.1 User unknown",
        b"From: MAILER-DAEMON@x\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!not base64!!!!",
        b"From: =?utf-8?b?////?= <\xff\xfe@x>\r\nTo: \xff\r\n\r\n550 User unknown",
        b"From: MAILER-DAEMON@x\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n\r\nAction",
        b"Content-Type: message/rfc822\r\n\r\n" * 2000,
        b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(3000)),
        b"To: " + b"+" * 200_000,
        b"From: MAILER-DAEMON@x\r\n\r\n" + b"<" * 250_000,
    ],
)
def test_hostile_letters_are_read_in_no_time(hostile: bytes) -> None:
    started = time.process_time()
    report.read(hostile)
    assert time.process_time() - started < 5


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=2000))
def test_any_octets_are_read_or_passed_over(octets: bytes) -> None:
    assert report.read(octets).kind in Kind


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(TOLD)),
    st.lists(st.tuples(st.integers(0, 3000), st.binary(max_size=12)), min_size=1, max_size=6),
)
def test_a_damaged_report_is_read_or_passed_over(name: str, damage: list[tuple[int, bytes]]) -> None:
    text = letter(name)
    for at, octets in damage:
        text = text[:at] + octets + text[at + len(octets) :]
    assert report.read(text).kind in Kind


def test_only_the_beginning_of_a_huge_letter_is_looked_at() -> None:
    found = report.read(letter("postfix_user_unknown") + b"x" * 20_000_000)
    assert found.kind is Kind.FAILED
