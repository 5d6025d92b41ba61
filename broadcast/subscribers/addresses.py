"""Addresses of people: their one canonical form, what finds them, where they may fail together, and who may be written to.

The canonical form decides whether two texts are the same address: a mail domain has no case (RFC 5321 section 2.4) while a local part may
have one, a number is E.164, a push subscription is its endpoint.
"""

import json
import re
import unicodedata
from enum import StrEnum
from pathlib import Path

import phonenumbers

from broadcast.channels.smtp.address import InvalidAddress, mailbox
from disaster.core import sealed

TELEPHONE = ("sms", "voice")
PURPOSE = "contact"
_MOST = 4000  # letters of the longest address, a push subscription
_MARKS = str.maketrans("ー－―‐‑–—−ｰ〜~", "-----------")  # what people type between the parts of a number
_LINE = re.compile(r"U[0-9a-f]{32}")
# 070/080/090 and, since 2026, 060 are mobile (総務省 電気通信番号計画); 050 is VoIP.
_JP_MOBILE, _JP_VOIP = re.compile(r"\+81[6789]0\d{8}"), re.compile(r"\+8150\d{8}")
# Paid by whom is called (0120, 0800), premium or mass services (0570, 0180, 0990), machines (020): never a resident's telephone.
_JP_SPECIAL = re.compile(r"\+81(?:120|800|570|180|170|990|20|1\d\d$)")
_JP_FIXED = re.compile(r"\+81[1-9]\d{8}")
_FORBIDDEN_TYPES = (
    phonenumbers.PhoneNumberType.PREMIUM_RATE,
    phonenumbers.PhoneNumberType.SHARED_COST,
    phonenumbers.PhoneNumberType.TOLL_FREE,
    phonenumbers.PhoneNumberType.UAN,
    phonenumbers.PhoneNumberType.PAGER,
    phonenumbers.PhoneNumberType.VOICEMAIL,
)
# Providers with so many residents that their name tells nothing about one; every other domain is only a digest.
_BIG = frozenset(Path(__file__).with_name("mail_providers.txt").read_text(encoding="ascii").split())
# d.vodafone.ne.jp … s.vodafone.ne.jp: one provider, its regions as subdomains.
_BIG_FAMILIES = ("vodafone.ne.jp", "biglobe.ne.jp", "so-net.ne.jp", "ocn.ne.jp", "dion.ne.jp", "plala.or.jp")


class Fault(StrEnum):
    """Why a text is no address that can be subscribed; each has words in every language."""

    EMPTY = "empty"
    MAIL = "mail"
    NUMBER = "number"
    LANDLINE = "landline"  # for SMS
    COUNTRY = "country"
    SPECIAL = "special"
    OTHER = "other"


class BadAddress(ValueError):
    """This text is no such address; the error names the fault and never repeats the text."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def canonical(channel: str, address: str) -> str:
    """The one form in which an address is sealed and found.

    Raises:
        BadAddress: it cannot be an address of this channel.
    """
    if not address.strip():
        raise BadAddress(Fault.EMPTY)
    if len(address) > _MOST:
        raise BadAddress(Fault.OTHER)
    if channel == "email":
        return _mail(address)
    if channel in TELEPHONE:
        return _number(address)
    if channel == "line" and not _LINE.fullmatch(address):
        raise BadAddress(Fault.OTHER)
    return address


def found_by(channel: str, address: str) -> str:
    """The digest that finds a canonical address without opening any; of a push subscription, its endpoint."""
    return sealed.digest(_endpoint(address) if channel == "webpush" else address, PURPOSE)


def route_of(channel: str, address: str) -> str:
    """The bucket of addresses that fail together: for mail its provider, by name only where the name tells nothing about a person."""
    if channel != "email":
        return ""
    domain = address.rpartition("@")[2].lower()
    family = next((known for known in _BIG_FAMILIES if domain.endswith("." + known)), domain)
    return family if family in _BIG else "other-" + sealed.digest(domain, "route")[:12]


def countries(setting: str) -> frozenset[str]:
    """Regions (ISO 3166) out of their list with commas."""
    return frozenset(part.strip().upper() for part in setting.split(",") if part.strip())


def subscribable(channel: str, address: str, allowed: frozenset[str]) -> str:
    """The canonical form of what a resident typed, if the service may write to it at all.

    ``allowed`` are the regions (ISO 3166) whose numbers are taken: a form that anybody can fill in must not ring the world, nor numbers
    whose calls earn somebody money.

    Raises:
        BadAddress: with the fault.
    """
    known = canonical(channel, unicodedata.normalize("NFKC", address).strip())
    if channel not in TELEPHONE:
        return known
    number = phonenumbers.parse(known)
    _of_country(number, allowed)
    if number.country_code == 81:
        return _japanese(channel, known)
    kind = phonenumbers.number_type(number)
    if kind in _FORBIDDEN_TYPES or not phonenumbers.is_valid_number(number):
        raise BadAddress(Fault.SPECIAL)
    if channel == "sms" and kind == phonenumbers.PhoneNumberType.FIXED_LINE:
        raise BadAddress(Fault.LANDLINE)
    return known


def masked(channel: str, address: str) -> str:
    """Enough for its owner to know it again and too little for anybody else: ``t…@g….com``, ``090-…-5678``."""
    if channel == "email":
        local, _, domain = address.rpartition("@")
        name, dot, rest = domain.partition(".")
        return f"{local[:1]}…@{name[:1]}…{dot}{rest}"
    if channel in TELEPHONE:
        return f"…{address[-4:]}"
    return ""


def readable(channel: str, address: str) -> str:
    """A canonical address as its owner writes it: a Japanese number with hyphens and without its country."""
    if channel not in TELEPHONE:
        return address
    number = phonenumbers.parse(address)
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, form.NATIONAL if number.country_code == 81 else form.INTERNATIONAL)


def _mail(address: str) -> str:
    local, _, domain = address.strip().rpartition("@")
    try:
        mailbox(f"{local}@{domain}")
        name = domain.lower() if domain.isascii() else domain.encode("idna").decode("ascii").lower()
    except (InvalidAddress, UnicodeError):
        raise BadAddress(Fault.MAIL) from None
    if "." not in name:
        raise BadAddress(Fault.MAIL)
    return f"{local}@{name}"


def _number(address: str) -> str:
    try:
        number = phonenumbers.parse(address.translate(_MARKS), "JP")
    except phonenumbers.NumberParseException:
        raise BadAddress(Fault.NUMBER) from None
    if not phonenumbers.is_possible_number(number):
        raise BadAddress(Fault.NUMBER)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _of_country(number: phonenumbers.PhoneNumber, wanted: frozenset[str]) -> None:
    """Several countries may share a code (+1 is also islands whose numbers are used for fraud): there the number itself must tell."""
    regions = phonenumbers.region_codes_for_country_code(number.country_code or 0)
    shared = len(regions) > 1
    allowed = phonenumbers.region_code_for_number(number) in wanted if shared else bool(wanted & set(regions))
    if not allowed:
        raise BadAddress(Fault.COUNTRY)


def _japanese(channel: str, number: str) -> str:
    if _JP_SPECIAL.match(number):
        raise BadAddress(Fault.SPECIAL)
    if _JP_MOBILE.fullmatch(number):
        return number
    if not (_JP_FIXED.fullmatch(number) or _JP_VOIP.fullmatch(number)):
        raise BadAddress(Fault.NUMBER)
    if channel == "sms":
        raise BadAddress(Fault.LANDLINE)
    return number


def _endpoint(address: str) -> str:
    try:
        return str(json.loads(address)["endpoint"])
    except (ValueError, KeyError, TypeError):
        raise BadAddress(Fault.OTHER) from None
