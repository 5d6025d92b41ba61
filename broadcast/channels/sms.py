"""SMS over Twilio (Programmable Messaging, API of 2010-04-01).

Twilio has no idempotency key. A 429 was not processed; after a 5xx, a timeout or a reset the message may have been
accepted, so it is looked up by recipient, text and time before it is sent again. Status callbacks carry our reference
in their signed address.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import phonenumbers
from twilio.base.exceptions import TwilioException
from twilio.request_validator import RequestValidator

from broadcast.channels.contract import Accepted, ChannelDown, Code, InDoubt, Message, Outcome, Refused, Target, Wire
from broadcast.channels.gate import Gate
from broadcast.channels.inflight import THROTTLED, InFlight
from broadcast.channels.lasthop import refuse_drill
from broadcast.channels.receipt import InvalidReceipt, Progress, Receipt
from broadcast.channels.twilio_api import BUSY, CODES, DOWN, Account, Transport

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
LOOK_BACK = timedelta(hours=24)

_PROGRESS: dict[str, Progress] = {
    "accepted": "accepted",
    "scheduled": "accepted",
    "queued": "accepted",
    "sending": "accepted",
    "sent": "accepted",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "undelivered",
    "failed": "failed",
    "canceled": "failed",
}


_is_japanese_mobile = re.compile(r"\+81[6789]0[0-9]{8}").fullmatch


def e164(address: str) -> str | None:
    """The number in E.164 form, or None where it cannot be one (new ranges pass: whether it exists, Twilio says)."""
    if _is_japanese_mobile(address):  # as nearly all are kept; reading a number anew costs more than sending it
        return address
    try:
        number = phonenumbers.parse(address, "JP")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class SmsChannel:
    """One SMS per recipient.

    ``api_url`` is empty for Twilio itself; ``status_callback`` is our public hook, empty for no callbacks.
    ``sender`` is a number, a sender name or a messaging service (``MG…``). ``concurrency`` is the number of requests
    in flight, ``per_second`` how many may begin in a second (0: as many as Twilio takes).
    """

    name = "sms"
    personal = True
    confirms = True
    chunk = 200
    retry_seconds = (5, 15, 60, 120)

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        sender: str,
        api_url: str,
        status_callback: str,
        concurrency: int,
        per_second: float = 0.0,
    ) -> None:
        self._account_sid, self._auth_token, self._sender = account_sid, auth_token, sender
        self._status_callback = status_callback
        gate = Gate(per_second)
        self._flight = InFlight(self.name, concurrency, gate)
        self._transport = Transport(api_url, concurrency, gate)
        self._twilio = None if self.problems() else Account(account_sid, auth_token, self._transport)
        self._origin = {"MessagingServiceSid" if sender.startswith("MG") else "From": sender}

    def problems(self) -> list[str]:
        """What is not set up, as sentences for the officer."""
        needed = {
            "TwilioのアカウントSID（DISASTER_TWILIO_ACCOUNT_SID）": self._account_sid,
            "Twilioの認証トークン（DISASTER_TWILIO_AUTH_TOKEN）": self._auth_token,
            "SMSの発信元（DISASTER_TWILIO_FROM）": self._sender,
        }
        return [f"{label}が設定されていません。" for label, value in needed.items() if not value]

    def send(self, message: Message, targets: Sequence[Target], wire: Wire) -> Iterable[tuple[Target, Outcome]]:
        """Send to every target.

        Raises:
            ChannelDown: nothing was sent: not set up, no connection, refused sign-in.
            ValueError: a drill message.
        """
        refuse_drill(message)
        if problems := self.problems():
            raise ChannelDown(problems[0])

        async def attempt(target: Target) -> Outcome:
            number = e164(target.address)
            if number is None:
                return Refused(Code.ADDRESS, retryable=False, detail="not a phone number")
            return await self._create(number, message.body, target.reference)

        return self._flight.each(targets, wire, attempt)

    def settle(self, message: Message, target: Target) -> Outcome | None:
        """Look for the message at Twilio: by recipient, then by text and time here.

        Twilio's own ``DateSent`` filter would leave out what is accepted and still queued. None: Twilio knows nothing
        of it; ``InDoubt``: Twilio could not be asked now, ask again.
        """
        number = e164(target.address)
        if self._twilio is None or number is None:
            return None
        try:
            return self._flight.run(self._find(number, message.body))
        except (TwilioException, aiohttp.ClientError, TimeoutError, ValueError) as error:
            return InDoubt(f"look-up: {type(error).__name__}")

    def close(self) -> None:
        """Give connections back."""
        self._flight.close(self._transport.aclose)

    async def _create(self, number: str, body: str, reference: str) -> Outcome:
        """Create the message by the library's request and errors, without its object for the answer: of its 30 fields, three of them
        dates, one is wanted, and reading them all costs as much as everything else the library does."""
        assert self._twilio is not None
        given = {"To": number, **self._origin, "Body": body}
        if self._status_callback:
            given["StatusCallback"] = f"{self._status_callback}?{urlencode({'reference': reference})}"
        path = f"/Accounts/{self._account_sid}/Messages.json"
        try:
            made = await self._twilio.api.v2010.create_async("POST", path, data=given, headers=dict(_FORM))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise ChannelDown("Twilioに接続できません。") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            return InDoubt(type(error).__name__)
        except TwilioException as error:
            return _refusal(int(getattr(error, "status", 0)), _number(getattr(error, "code", 0)))
        return Accepted(str(made["sid"]))

    async def _find(self, number: str, body: str) -> Outcome | None:
        assert self._twilio is not None
        since = datetime.now(UTC) - LOOK_BACK
        for found in await self._twilio.messages.list_async(to=number, limit=50, page_size=50):
            if found.body != body or (found.date_created and found.date_created < since):
                continue
            if _PROGRESS.get(str(found.status)) in ("undelivered", "failed"):
                code = _number(found.error_code)
                return Refused(CODES.get(code, Code.UNKNOWN), retryable=False, detail=str(code or found.status))
            return Accepted(str(found.sid))
        return None


def _number(value: Any) -> int:
    return int(value) if str(value).isdigit() else 0


def _refusal(status: int, code: int) -> Outcome:
    """Turn Twilio's answer into an outcome.

    Raises:
        ChannelDown: it concerns the account or the sender, so it would be the same for everyone.
    """
    if status == 429 or code in BUSY:
        return THROTTLED
    if status >= 500:
        return InDoubt(f"HTTP {status}")
    if code in DOWN or status in (401, 403):
        raise ChannelDown(f"{DOWN.get(code, DOWN[20003])}（{code or status}）")
    return Refused(CODES.get(code, Code.REJECTED), retryable=False, detail=str(code or status))


def parse_status_callback(url: str, form: Mapping[str, str], signature: str, auth_token: str) -> Receipt:
    """Read a status callback.

    ``url`` is the exact public address that Twilio called, with its query (built from the public address in the
    settings, never from the Host header), ``form`` the posted fields (a plain mapping or Werkzeug's MultiDict),
    ``signature`` the header ``X-Twilio-Signature``.

    Raises:
        InvalidReceipt: the signature is wrong, or the form is not a status callback.
    """
    if not auth_token or not RequestValidator(auth_token).validate(url, form, signature):
        raise InvalidReceipt("wrong signature")
    sid, status = form.get("MessageSid", ""), form.get("MessageStatus", "")
    if not sid or status not in _PROGRESS:
        raise InvalidReceipt("not a status callback")
    progress = _PROGRESS[status]
    error = _number(form.get("ErrorCode", ""))
    failed = progress in ("undelivered", "failed")
    return Receipt(
        provider_id=sid,
        reference=parse_qs(urlsplit(url).query).get("reference", [""])[0],
        status=progress,
        source_id=f"twilio:{sid}:{status}",
        code=CODES.get(error, Code.UNKNOWN) if failed else None,
        detail=str(error or status) if failed else "",
    )
