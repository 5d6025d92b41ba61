"""Twilio's error codes in our words, and its library over our own connections."""

import logging
from typing import Any

import aiohttp
from twilio.http import AsyncHttpClient
from twilio.http.response import Response

from broadcast.channels.contract import Code
from broadcast.channels.inflight import new_session

TWILIO = "https://api.twilio.com"

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


class Transport(AsyncHttpClient):  # type: ignore[misc]
    """The Twilio library over our own connections: kept, timed, and silent (its own client logs the numbers)."""

    def __init__(self, api_url: str, connections: int) -> None:
        super().__init__(logging.getLogger(__name__), True)
        self._api_url = api_url.rstrip("/") or TWILIO
        self._connections = connections
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
        headers = dict(headers or {})
        if auth is not None:
            headers["Authorization"] = aiohttp.encode_basic_auth(*auth)
        url = self._api_url + uri.removeprefix(TWILIO)
        call = self._session.request(method, url, params=params, data=data, headers=headers, allow_redirects=False)
        async with call as answer:
            return Response(answer.status, await answer.text(), dict(answer.headers))

    async def aclose(self) -> None:
        """Give the connections back."""
        if self._session is not None:
            await self._session.close()
        self._session = None
