"""Twilio's error codes in our words, and its library over our own connections."""

import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

import aiohttp
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from yarl import URL

from broadcast.channels.contract import Code
from broadcast.channels.gate import Gate, seconds
from broadcast.channels.inflight import new_session

TWILIO = "https://api.twilio.com"
TOO_MANY = 429

# https://www.twilio.com/docs/api/errors
CODES = {
    21211: Code.ADDRESS,  # invalid number
    21214: Code.ADDRESS,  # cannot be reached
    21217: Code.ADDRESS,  # does not look like a number
    21612: Code.ADDRESS,  # not reachable from this sender
    21614: Code.ADDRESS,  # a landline
    21610: Code.OPTED_OUT,  # the recipient answered STOP
    21602: Code.CONTENT,  # empty text
    21617: Code.CONTENT,  # too long
    30002: Code.CONFIG,  # account suspended
    30004: Code.REJECTED,  # blocked by the recipient's carrier or handset
    30005: Code.ADDRESS,  # unknown number
    30006: Code.ADDRESS,  # landline or unreachable carrier
    30007: Code.CONTENT,  # filtered by the carrier
}
BUSY = {20429, 21611, 30001}  # too many requests, queue of the sender full
DOWN = {
    20003: "Twilioの認証に失敗しました。アカウントSIDと認証トークンを確かめてください。",
    20005: "Twilioのアカウントが有効ではありません。",
    20404: "TwilioのアカウントSIDが見つかりません。",
    21212: "SMSの発信元（DISASTER_TWILIO_FROM）が正しくありません。",
    21408: "Twilioの設定で日本への送信が許可されていません。",
    21603: "SMSの発信元（DISASTER_TWILIO_FROM）が設定されていません。",
    21606: "SMSの発信元（DISASTER_TWILIO_FROM）からは送信できません。",
    21659: "SMSの発信元（DISASTER_TWILIO_FROM）がこのアカウントのものではありません。",
    21660: "SMSの発信元（DISASTER_TWILIO_FROM）がこのアカウントのものではありません。",
}


class Account(Client):  # type: ignore[misc]
    """The Twilio library's client. It makes out the same headers, with a look at the machine, for every single request; here once."""

    def __init__(self, account_sid: str, auth_token: str, transport: "Transport") -> None:
        super().__init__(account_sid, auth_token, http_client=transport)
        self._headers: dict[tuple[str, tuple[tuple[str, str], ...]], dict[str, str]] = {}

    def get_headers(self, method: str, headers: dict[str, str] | None) -> dict[str, str]:
        """The headers of the library, for each kind of request once."""
        kind = (method, tuple(headers.items()) if headers else ())
        if kind not in self._headers:
            self._headers[kind] = super().get_headers(method, headers)
        return dict(self._headers[kind])


class Transport(AsyncHttpClient):  # type: ignore[misc]
    """The Twilio library over our own connections: kept, timed, and silent (its own client logs the numbers).

    ``gate`` is told what Twilio takes and what is too much.
    """

    def __init__(self, api_url: str, connections: int, gate: Gate | None = None) -> None:
        super().__init__(logging.getLogger(__name__), True)
        self._api_url = api_url.rstrip("/") or TWILIO
        self._connections, self._gate = connections, gate
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        uri: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Make one request; redirects are never followed."""
        if self._session is None:
            self._session = new_session(self._api_url, self._connections)
        headers = headers or {}
        if auth is not None:
            headers["Authorization"] = _authorization(*auth)
        url = _address(self._api_url + uri.removeprefix(TWILIO))
        body = form(data) if data else None
        call = self._session.request(method, url, params=params, data=body, headers=headers, allow_redirects=False)
        async with call as answer:
            content = await answer.read()
        if self._gate is not None:
            self._note(self._gate, answer)
        return Response(answer.status, content.decode("utf-8", "replace"), answer.headers)

    @staticmethod
    def _note(gate: Gate, answer: aiohttp.ClientResponse) -> None:
        if answer.status == TOO_MANY:
            gate.busy(seconds(answer.headers.get("Retry-After")))
        else:
            gate.took()

    async def aclose(self) -> None:
        """Give the connections back."""
        if self._session is not None:
            await self._session.close()
        self._session = None


@lru_cache(maxsize=4)
def _authorization(user: str, password: str) -> str:
    return aiohttp.encode_basic_auth(user, password)


@lru_cache(maxsize=16)
def _address(url: str) -> URL:
    return URL(url, encoded=True)


def form(data: Mapping[str, Any]) -> bytes:
    """``application/x-www-form-urlencoded``; what is the same in thousands of requests is encoded once."""
    pairs: list[str] = []
    for name, value in data.items():
        for one in value if isinstance(value, list | tuple) else (value,):
            text = one if isinstance(one, str) else str(one)
            pairs.append(f"{name}={_quoted_once(text) if name in _SAME else quote_plus(text)}")
    return "&".join(pairs).encode("ascii")


_SAME = {"Body", "From", "MessagingServiceSid"}
_quoted_once = lru_cache(maxsize=32)(quote_plus)
