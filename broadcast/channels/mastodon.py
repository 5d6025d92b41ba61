"""A public post on Mastodon (any server that speaks its API).

``Idempotency-Key`` is the delivery's reference: the server answers a repeated post with the first one for an hour, so
what is in doubt is simply posted again.
"""

from collections.abc import Iterable, Iterator, Sequence

import requests
from mastodon import Mastodon, MastodonAPIError, MastodonError, MastodonNetworkError, MastodonRatelimitError
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from broadcast.channels.contract import Accepted, ChannelDown, Code, InDoubt, Message, Outcome, Refused, Target, Wire
from broadcast.channels.lasthop import refuse_drill

ANSWER_SECONDS = 20.0


class MastodonChannel:
    """One public post. ``limit`` is the server's number of characters (500 unless it says otherwise)."""

    name = "mastodon"
    personal = False
    confirms = False
    chunk = 1
    retry_seconds = (5, 15, 60, 300)

    def __init__(self, url: str, token: str, limit: int) -> None:
        self._url, self._token, self._limit = url, token, limit
        self._session = requests.Session()

    def problems(self) -> list[str]:
        """What is not set up, as sentences for the officer."""
        needed = {
            "Mastodonのサーバー（DISASTER_MASTODON_URL）": self._url,
            "Mastodonのアクセストークン（DISASTER_MASTODON_ACCESS_TOKEN）": self._token,
        }
        return [f"{label}が設定されていません。" for label, value in needed.items() if not value]

    def send(self, message: Message, targets: Sequence[Target], wire: Wire) -> Iterable[tuple[Target, Outcome]]:
        """Post once per target (there is one: the public).

        Raises:
            ChannelDown: nothing was sent: not set up, no connection, refused sign-in.
            ValueError: a drill message.
        """
        refuse_drill(message)
        if problems := self.problems():
            raise ChannelDown(problems[0])
        return self._each(message, targets, wire)

    def settle(self, message: Message, target: Target) -> Outcome | None:
        """Posting again with the same key is safe and tells more than asking."""
        return None

    def close(self) -> None:
        """Give connections back."""
        self._session.close()

    def _each(self, message: Message, targets: Sequence[Target], wire: Wire) -> Iterator[tuple[Target, Outcome]]:
        for target in targets:
            wire.sending(0, target.delivery_id)
            outcome = self._post(message, target)
            if isinstance(outcome, ChannelDown):
                wire.settled(0, target.delivery_id, Refused(Code.UNKNOWN, retryable=True, detail="not sent"))
                raise outcome
            wire.settled(0, target.delivery_id, outcome)
            yield target, outcome

    def _post(self, message: Message, target: Target) -> Outcome | ChannelDown:
        if len(message.body) > self._limit:
            return Refused(Code.CONTENT, retryable=False, detail="too long")
        server = Mastodon(
            access_token=self._token,
            api_base_url=self._url,
            ratelimit_method="throw",
            request_timeout=ANSWER_SECONDS,
            session=self._session,
            user_agent="disaster-information-system",
        )
        language = "en" if message.language == "en" else "ja"
        try:
            post = server.status_post(
                message.body, visibility="public", language=language, idempotency_key=target.reference
            )
        except MastodonError as error:
            return _failure(error)
        return Accepted(str(post["id"]))


def _failure(error: MastodonError) -> Outcome | ChannelDown:
    """What an error of the library means; its own text may repeat the post and is not passed on."""
    if isinstance(error, MastodonNetworkError):
        return _network(error.__context__)
    if isinstance(error, MastodonRatelimitError):
        return Refused(Code.THROTTLED, retryable=True, detail="429")
    status = error.args[1] if isinstance(error, MastodonAPIError) and len(error.args) > 1 else 0
    if status in (401, 403):
        return ChannelDown(f"Mastodonの認証に失敗しました。アクセストークンを確かめてください。（{status}）")
    if status == 422:
        return Refused(Code.CONTENT, retryable=False, detail="422")
    if isinstance(status, int) and 400 <= status < 500:
        return Refused(Code.REJECTED, retryable=False, detail=str(status))
    return InDoubt(f"HTTP {status}" if status else type(error).__name__)


def _network(cause: BaseException | None) -> Outcome | ChannelDown:
    """Nothing was sent when no connection came about; anything later is in doubt."""
    reason = getattr(cause.args[0], "reason", None) if cause is not None and cause.args else None
    unconnected = isinstance(cause, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError)
    if unconnected or isinstance(reason, NewConnectionError | ConnectTimeoutError):
        return ChannelDown("Mastodonのサーバーに接続できません。")
    return InDoubt(type(cause).__name__)
