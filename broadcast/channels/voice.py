"""Telephone calls over Twilio (Programmable Voice, API of 2010-04-01): for old people who have no mobile phone.

The text is given with the call, not fetched: a town hall whose web server cannot be reached still reads its alert out. Only the key press
needs our server, and what Twilio reports later. An accepted call has reached nobody: a key press has, an answered call perhaps, and a
busy or silent telephone is dialled again (``broadcast/reports/calls.py``).
"""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import aiohttp
from twilio.base.exceptions import TwilioException

from broadcast.channels import twiml
from broadcast.channels.call_reports import CallReport, Progress, of_call
from broadcast.channels.contract import Accepted, ChannelDown, Code, InDoubt, Message, Outcome, Refused, Target, Wire
from broadcast.channels.gate import Gate
from broadcast.channels.inflight import THROTTLED, InFlight
from broadcast.channels.lasthop import refuse_drill
from broadcast.channels.sms import e164
from broadcast.channels.twilio_api import BUSY, CODES, DOWN, Account, Transport
from broadcast.channels.twiml import Voice

LOOK_BACK = timedelta(
    seconds=90
)  # for a call in doubt of which it is not known when it was tried (the worker was killed)
SKEW = timedelta(seconds=30)  # by which Twilio's clock and ours may differ; a redial comes later than that
LONGEST_SECONDS = 600  # that a call may take
LANGUAGES = {"ja": "ja-JP", "easy_ja": "ja-JP", "en": "en-US"}
EVENTS = ["initiated", "ringing", "answered", "completed"]

# https://www.twilio.com/docs/api/errors, where a call answers otherwise than a message
_CODES = CODES | {
    13223: Code.ADDRESS,  # invalid number
    13224: Code.ADDRESS,  # invalid or not in service
    13227: Code.ADDRESS,  # not allowed for this destination
    21210: Code.CONFIG,
    21215: Code.CONFIG,  # not allowed for this destination (Geo Permissions)
    21216: Code.ADDRESS,  # blocked destination
    21219: Code.CONFIG,  # a trial account calls verified numbers only
    21205: Code.CONFIG,  # invalid address of ours
    21609: Code.CONFIG,
    12100: Code.CONTENT,  # TwiML that cannot be read
    12200: Code.CONTENT,
}
_DOWN = DOWN | {
    21210: "電話の発信元（DISASTER_TWILIO_VOICE_FROM）を確かめてください。Twilioで確認されていない番号です。",
    21212: "電話の発信元（DISASTER_TWILIO_VOICE_FROM）が正しくありません。",
    21213: "電話の発信元（DISASTER_TWILIO_VOICE_FROM）が設定されていません。",
    21215: "Twilioの設定で日本への発信が許可されていません。",
    21205: "公開アドレス（DISASTER_PUBLIC_URL）がTwilioから呼べる形ではありません。",
    21609: "公開アドレス（DISASTER_PUBLIC_URL）がTwilioから呼べる形ではありません。",
}


class VoiceChannel:
    """One call per recipient and try.

    ``api_url`` is empty for Twilio itself, ``hooks`` the public address under which our hooks for calls stand. ``voices`` names Twilio's
    voice for each of Twilio's languages. ``redials`` is how often a telephone that nobody answered is dialled again, after ``retry_seconds``.
    """

    name = "voice"
    personal = True
    confirms = True

    def __init__(
        self, account_sid: str, auth_token: str, sender: str, api_url: str, hooks: str, voices: dict[str, str],
        *, per_second: float = 1.0, redials: int = 3, retry_seconds: tuple[int, ...] = (60, 180, 300),
        ring_seconds: int = 30, detect_machines: bool = True,
    ) -> None:  # fmt: skip
        self._account_sid, self._auth_token, self._sender, self._hooks = account_sid, auth_token, sender, hooks
        self._voices = voices
        self._ring_seconds, self._detect_machines = ring_seconds, detect_machines
        self.redials, self.retry_seconds = redials, retry_seconds
        concurrency = max(1, math.ceil(per_second))
        self.chunk = max(2, math.ceil(per_second * 3))  # what a lane has taken can no longer be stopped
        gate = Gate(per_second)  # Twilio takes more, and lets it wait unseen, where nobody can stop it
        self._doubted: dict[str, datetime] = {}
        self._flight = InFlight(self.name, concurrency, gate)
        self._transport = Transport(api_url, concurrency, gate)
        self._calls = None if self.problems() else Account(account_sid, auth_token, self._transport).calls

    def problems(self) -> list[str]:
        """What is not set up, as sentences for the officer."""
        needed = {
            "TwilioのアカウントSID（DISASTER_TWILIO_ACCOUNT_SID）": self._account_sid,
            "Twilioの認証トークン（DISASTER_TWILIO_AUTH_TOKEN）": self._auth_token,
            "電話の発信元（DISASTER_TWILIO_VOICE_FROM）": self._sender,
        }
        return [f"{label}が設定されていません。" for label, value in needed.items() if not value]

    def voice(self, language: str) -> Voice:
        """Who speaks a language of ours."""
        return Voice(LANGUAGES[language], self._voices[LANGUAGES[language]])

    def document(self, message: Message, reference: str, *, first: Sequence[str] = ()) -> str:
        """What Twilio says in a call, and whom it tells the key."""
        words, closing = message.extra["spoken"].split("\n"), message.extra["closing"].split("\n")
        return twiml.announcement(
            words, closing, self.voice(message.language), self._hook("key", reference), first=first
        )

    def send(self, message: Message, targets: Sequence[Target], wire: Wire) -> Iterable[tuple[Target, Outcome]]:
        """Call every target.

        Raises:
            ChannelDown: nobody was called: not set up, no connection, refused sign-in.
            ValueError: a drill message.
        """
        refuse_drill(message)
        if problems := self.problems():
            raise ChannelDown(problems[0])

        async def attempt(target: Target) -> Outcome:
            number = e164(target.address)
            if number is None:
                return Refused(Code.ADDRESS, retryable=False, detail="not a phone number")
            started = datetime.now(UTC)
            outcome = await self._call(number, message, target.reference)
            if isinstance(outcome, InDoubt):
                self._doubted[target.reference] = started - SKEW
            return outcome

        return self._flight.each(targets, wire, attempt)

    def settle(self, message: Message, target: Target) -> Outcome | None:
        """Look for the call at Twilio: by recipient, then by time here (Twilio's ``StartTime`` leaves out what still waits).

        A call tells nothing of its text, so only one from the moment of the try can be the one in doubt. None: Twilio knows of none;
        ``InDoubt``: Twilio could not be asked now, ask again.
        """
        number = e164(target.address)
        if self._calls is None or number is None:
            return None
        since = self._doubted.get(target.reference, datetime.now(UTC) - LOOK_BACK)
        try:
            found = self._flight.run(self._newest(number, since))
        except (TwilioException, aiohttp.ClientError, TimeoutError, ValueError) as error:
            return InDoubt(f"look-up: {type(error).__name__}")
        self._doubted.pop(target.reference, None)
        if found is None:
            return None
        if of_call(str(found.status)) is Progress.MISSED:
            retryable = target.attempt <= self.redials
            return Refused(Code.UNANSWERED, retryable=retryable, detail=str(found.status))
        return Accepted(str(found.sid))

    def ask(self, sid: str) -> CallReport | None:
        """How a call went, for one of which no report came (our server could not be reached); None where that cannot be told now."""
        if self._calls is None:
            return None
        try:
            found = self._flight.run(self._calls(sid).fetch_async())
        except (TwilioException, aiohttp.ClientError, TimeoutError, ValueError):
            return None
        return CallReport.of(sid, "", str(found.status), answered_by=str(found.answered_by or ""))

    def close(self) -> None:
        """Give connections back."""
        self._flight.close(self._transport.aclose)

    def _hook(self, which: str, reference: str) -> str:
        return f"{self._hooks}/{which}?{urlencode({'reference': reference})}"

    async def _call(self, number: str, message: Message, reference: str) -> Outcome:
        assert self._calls is not None
        try:
            made = await self._calls.create_async(
                to=number, from_=self._sender, twiml=self.document(message, reference), timeout=self._ring_seconds,
                time_limit=LONGEST_SECONDS, status_callback=self._hook("status", reference),
                status_callback_event=EVENTS, status_callback_method="POST", **self._machine(reference),
            )  # fmt: skip
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise ChannelDown("Twilioに接続できません。") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            return InDoubt(type(error).__name__)
        except TwilioException as error:
            return _refusal(int(getattr(error, "status", 0)), _number(getattr(error, "code", 0)))
        return Accepted(str(made.sid))

    def _machine(self, reference: str) -> dict[str, str]:
        """Detection in the background: nobody waits in silence for it."""
        if not self._detect_machines:
            return {}
        callback = self._hook("machine", reference)
        return {
            "machine_detection": "Enable",
            "async_amd": "true",
            "async_amd_status_callback": callback,
            "async_amd_status_callback_method": "POST",
        }

    async def _newest(self, number: str, since: datetime) -> Any:
        assert self._calls is not None
        listed = await self._calls.list_async(to=number, from_=self._sender, limit=20, page_size=20)
        recent = [call for call in listed if call.date_created is None or call.date_created >= since]
        return recent[0] if recent else None


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
    if code in _DOWN or status in (401, 403):
        raise ChannelDown(f"{_DOWN.get(code, _DOWN[20003])}（{code or status}）")
    return Refused(_CODES.get(code, Code.REJECTED), retryable=False, detail=str(code or status))
