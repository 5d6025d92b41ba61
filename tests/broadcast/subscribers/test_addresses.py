"""Addresses: one form each, nobody's private domain in clear, and no number that costs the town or earns a stranger money."""

import json

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from broadcast.subscribers import addresses
from broadcast.subscribers.addresses import BadAddress, Fault

JP = frozenset({"JP"})


@pytest.mark.parametrize(
    ("channel", "typed", "known"),
    [
        ("email", "Taro.Yamada@Example.JP", "Taro.Yamada@example.jp"),
        ("email", " taro@gmail.com ", "taro@gmail.com"),
        ("email", "ｔａｒｏ＠ｇｍａｉｌ．ｃｏｍ", "taro@gmail.com"),
        ("email", "da..ro.@docomo.ne.jp", "da..ro.@docomo.ne.jp"),
        ("email", "taro@日本.jp", "taro@xn--wgv71a.jp"),
        ("sms", "090-1234-5678", "+819012345678"),
        ("sms", "０９０ー１２３４ー５６７８", "+819012345678"),
        ("sms", "060 1234 5678", "+816012345678"),
        ("sms", "+81 90 1234 5678", "+819012345678"),
        ("sms", "(080)12345678", "+818012345678"),
        ("voice", "0594−86−2824", "+81594862824"),
        ("voice", "050-1234-5678", "+815012345678"),
    ],
)
def test_what_people_type_becomes_one_form(channel: str, typed: str, known: str) -> None:
    assert addresses.subscribable(channel, typed, JP) == known
    assert addresses.subscribable(channel, known, JP) == known


@pytest.mark.parametrize(
    ("channel", "typed", "fault"),
    [
        ("email", "", Fault.EMPTY),
        ("email", "  ", Fault.EMPTY),
        ("email", "taro", Fault.MAIL),
        ("email", "taro@localhost", Fault.MAIL),
        ("email", "taro@a.jp\nBcc: x@y.jp", Fault.MAIL),
        ("email", "taro@a.jp,jiro@a.jp", Fault.MAIL),
        ("email", "a" * 65 + "@a.jp", Fault.MAIL),
        ("sms", "12", Fault.NUMBER),
        ("sms", "abc", Fault.NUMBER),
        ("sms", "0594-86-2824", Fault.LANDLINE),
        ("sms", "050-1234-5678", Fault.LANDLINE),
        ("voice", "0120-123-456", Fault.SPECIAL),
        ("voice", "0800-123-4567", Fault.SPECIAL),
        ("voice", "0570-000-000", Fault.SPECIAL),
        ("voice", "0990-123-456", Fault.SPECIAL),
        ("voice", "0180-99-1234", Fault.SPECIAL),
        ("sms", "020-1234-5678", Fault.SPECIAL),
        ("voice", "+1 809 555 1234", Fault.COUNTRY),
        ("sms", "+44 7700 900123", Fault.COUNTRY),
        ("voice", "+979 123456789", Fault.COUNTRY),
        ("line", "U123", Fault.OTHER),
    ],
)
def test_what_is_no_address_of_a_resident_says_why(channel: str, typed: str, fault: Fault) -> None:
    with pytest.raises(BadAddress) as refused:
        addresses.subscribable(channel, typed, JP)
    assert refused.value.fault == fault
    assert not typed.strip() or typed not in str(refused.value)


def test_a_town_may_allow_another_country_but_not_those_that_share_its_code() -> None:
    allowed = frozenset({"JP", "US"})
    assert addresses.subscribable("sms", "+1 212 555 2368", allowed) == "+12125552368"
    with pytest.raises(BadAddress):
        addresses.subscribable("sms", "+1 876 555 1234", allowed)  # Jamaica
    with pytest.raises(BadAddress):
        addresses.subscribable("voice", "+1 900 555 1234", allowed)  # premium


def test_a_big_provider_is_named_and_a_private_domain_is_not(app: Flask) -> None:
    assert addresses.route_of("email", "taro@docomo.ne.jp") == "docomo.ne.jp"
    assert addresses.route_of("email", "taro@k.vodafone.ne.jp") == "vodafone.ne.jp"
    mine = addresses.route_of("email", "taro@yamada-family.example")
    assert mine.startswith("other-")
    assert len(mine) <= 40
    assert "yamada" not in mine
    assert mine == addresses.route_of("email", "hanako@yamada-family.example")
    assert addresses.route_of("sms", "+819012345678") == ""
    assert addresses.route_of("email", "a@evilgmail.com").startswith("other-")


def test_a_push_subscription_is_found_by_its_endpoint(app: Flask) -> None:
    first = json.dumps({"endpoint": "https://push.example/1", "keys": {"p256dh": "a", "auth": "b"}})
    renewed = json.dumps({"endpoint": "https://push.example/1", "keys": {"p256dh": "c", "auth": "d"}})
    assert addresses.found_by("webpush", first) == addresses.found_by("webpush", renewed)
    with pytest.raises(BadAddress):
        addresses.found_by("webpush", "{}")


@pytest.mark.parametrize(
    ("channel", "address", "shown"),
    [
        ("email", "taro@gmail.com", "t…@g….com"),
        ("email", "t@example.co.jp", "t…@e….co.jp"),
        ("sms", "+819012345678", "…5678"),
        ("line", "U" + "0" * 32, ""),
    ],
)
def test_a_masked_address_shows_its_owner_which_one(channel: str, address: str, shown: str) -> None:
    assert addresses.masked(channel, address) == shown


@given(st.sampled_from(["email", "sms", "voice", "line", "webpush"]), st.text(max_size=80))
def test_any_text_is_an_address_or_refused_with_a_fault(channel: str, typed: str) -> None:
    try:
        known = addresses.subscribable(channel, typed, JP)
    except BadAddress:
        return
    assert addresses.subscribable(channel, known, JP) == known
    assert "\n" not in known or channel == "webpush"


def test_a_number_is_shown_as_its_owner_writes_it() -> None:
    assert addresses.readable("sms", "+819000000888") == "090-0000-0888"
    assert addresses.readable("voice", "+81594862824") == "0594-86-2824"
    assert addresses.readable("sms", "+12125552368") == "+1 212-555-2368"
    assert addresses.readable("email", "taro@gmail.com") == "taro@gmail.com"
