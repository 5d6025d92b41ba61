"""LINE: one push message per friend of the town's official account (Messaging API).

``X-Line-Retry-Key`` is the delivery's reference: for 24 hours LINE answers a repeated push with 409 and the first
one's id, so what is in doubt is simply pushed again.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import aiohttp

from broadcast.channels.contract import Accepted, ChannelDown, Code, InDoubt, Message, Outcome, Refused, Target, Wire
from broadcast.channels.gate import Gate, seconds
from broadcast.channels.inflight import THROTTLED, TIME_LIMITS, InFlight, new_session
from broadcast.channels.lasthop import refuse_drill

CONCURRENCY = 20
PER_SECOND = 2000.0  # LINE's limit for push messages (Messaging API reference, rate limits)


class LineChannel:
    """One push per user id. ``token`` is the channel access token, ``api_url`` LINE's address or a stand-in's."""

    name = "line"
    personal = True
    confirms = False
    chunk = 200
    retry_seconds = (5, 15, 60, 120)

    def __init__(self, token: str, api_url: str) -> None:
        self._token, self._api_url = token, api_url
        self._gate = Gate(PER_SECOND)
        self._flight = InFlight(self.name, CONCURRENCY, self._gate)
        self._api: Any = None

    def problems(self) -> list[str]:
        """What is not set up, as sentences for the officer."""
        if self._token:
            return []
        return ["LINE公式アカウントのアクセストークン（DISASTER_LINE_CHANNEL_ACCESS_TOKEN）が設定されていません。"]

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
            return await self._push(target, message.body)

        return self._flight.each(targets, wire, attempt)

    def settle(self, message: Message, target: Target) -> Outcome | None:
        """Pushing again with the same retry key is safe and tells more than asking."""
        return None

    def prove(self) -> None:
        """Ask LINE who we are (``GET /v2/bot/info``); nobody gets anything.

        Raises:
            ChannelDown: it would take nothing from us.
        """
        self._flight.run(self._known())

    def close(self) -> None:
        """Give connections back."""
        self._flight.close(self._aclose)

    async def _push(self, target: Target, text: str) -> Outcome:
        # Here and not above: the SDK takes two seconds and 40 MB, which a town without LINE need not pay.
        from linebot.v3.messaging import ApiException, PushMessageRequest, TextMessage

        request = PushMessageRequest(to=target.address, messages=[TextMessage(text=text)])
        try:
            api = await self._connected()
            answer = await api.push_message(request, x_line_retry_key=target.reference, _request_timeout=TIME_LIMITS)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise ChannelDown("LINEに接続できません。") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            return InDoubt(type(error).__name__)
        except ApiException as error:
            if error.status == 429:
                self._gate.busy(seconds((error.headers or {}).get("Retry-After")))
            return _refusal(error.status, error.body)
        self._gate.took()
        return Accepted(answer.sent_messages[0].id)

    async def _known(self) -> None:
        # as above
        from linebot.v3.messaging import ApiException

        try:
            api = await self._connected()
            await api.get_bot_info(_request_timeout=TIME_LIMITS)
        except ApiException as error:
            _refusal(error.status, error.body)
            raise ChannelDown(f"LINEから正しい答えがありません（{error.status}）。") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ChannelDown("LINEに接続できません。") from error

    async def _connected(self) -> Any:
        if self._api is None:
            # as above
            from linebot.v3.messaging import AsyncApiClient, AsyncMessagingApi, Configuration

            client = AsyncApiClient(Configuration(host=self._api_url, access_token=self._token))
            theirs, client.rest_client.pool_manager = (
                client.rest_client.pool_manager,
                new_session(self._api_url, CONCURRENCY),
            )
            self._api = AsyncMessagingApi(client)
            await theirs.close()
        return self._api

    async def _aclose(self) -> None:
        if self._api is not None:
            await self._api.api_client.close()
        self._api = None


def _refusal(status: int, body: Any) -> Outcome:
    """Turn LINE's answer into an outcome.

    Raises:
        ChannelDown: it concerns the account, so it would be the same for everyone.
    """
    answer = _json(body)
    if status == 409:
        sent = answer.get("sentMessages") or [{}]
        return Accepted(str(sent[0].get("id", "")))
    if status == 429:
        # Used up until the month ends: told at once, so that each person is tried on another channel.
        monthly = "monthly" in str(answer.get("message", ""))
        return Refused(Code.QUOTA, retryable=False, detail="429 monthly limit") if monthly else THROTTLED
    if status in (401, 403):
        raise ChannelDown(f"LINEの認証に失敗しました。アクセストークンを確かめてください。（{status}）")
    if status == 400:
        return Refused(Code.CONTENT if _about_text(answer) else Code.ADDRESS, retryable=False, detail="400")
    if status >= 500:
        return InDoubt(f"HTTP {status}")
    return Refused(Code.REJECTED, retryable=False, detail=str(status))


def _about_text(answer: dict[str, Any]) -> bool:
    """Whether a 400 names the text (``messages[0].text``); otherwise it is about the recipient: unknown, or no friend any more."""
    details = answer.get("details")
    named = (
        [str(one.get("property", "")) for one in details if isinstance(one, dict)] if isinstance(details, list) else []
    )
    return any(name.startswith("messages") for name in named) or "'messages" in str(answer.get("message", ""))


def _json(body: Any) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
