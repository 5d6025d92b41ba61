"""Addresses on the wire."""

import pytest

from broadcast.channels.smtp.address import InvalidAddress, mailbox


@pytest.mark.parametrize(
    "address", ["taro@example.jp", "a.b-c+d_e@mail.town.example.jp", "o'neil@example.jp", "x" * 64 + "@example.jp"]
)
def test_an_ordinary_address_goes_as_it_is(address: str) -> None:
    assert mailbox(address).wire == address.encode()
    assert not mailbox(address).utf8


@pytest.mark.parametrize("local", ["taro..yamada", "taro.", ".taro", "a...b."])
def test_an_old_carrier_address_with_loose_dots_is_quoted(local: str) -> None:
    assert mailbox(f"{local}@docomo.example").wire == f'"{local}"@docomo.example'.encode()


def test_an_international_domain_becomes_ascii_and_needs_no_smtputf8() -> None:
    box = mailbox("taro@東員町.example")
    assert box.wire.startswith(b"taro@xn--")
    assert not box.utf8


def test_an_international_local_part_needs_smtputf8() -> None:
    box = mailbox("太郎@example.jp")
    assert box.wire == "太郎@example.jp".encode()
    assert box.utf8


@pytest.mark.parametrize(
    "address",
    [
        "",
        "taro",
        "@example.jp",
        "taro@",
        "taro@example..jp",
        "taro@-example.jp",
        "taro@exa mple.jp",
        "ta ro@example.jp",
        "taro@example.jp\r\nBcc: all@example.jp",
        "taro\r\n@example.jp",
        "taro\n",
        "taro@example.jp\n",
        "taro\x00@example.jp",
        "太\u0085郎@example.jp",
        "太\u2028郎@example.jp",
        "太\u202e郎@example.jp",
        "太郎\ud800@example.jp",
        "taro>@example.jp",
        "taro@example.jp> SIZE=1",
        "<taro@example.jp>",
        '"taro"@example.jp',
        "a@b@example.jp",
        "taro@[127.0.0.1]",
        "x" * 65 + "@example.jp",
        "taro@" + ("a" * 60 + ".") * 5 + "jp",
        "taro@" + "a" * 64 + ".jp",
    ],
)
def test_what_is_no_address_or_would_break_a_command_is_refused(address: str) -> None:
    with pytest.raises(InvalidAddress) as refused:
        mailbox(address)
    assert str(refused.value) == ""
