"""A public post on Mastodon (any server that speaks its API).

``Idempotency-Key`` is the delivery's reference: the server answers a repeated post with the first one, but only for an hour. So what is in doubt
is looked for among the account's newest posts before it is posted again.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import requests
from lxml import html
from mastodon import Mastodon, MastodonAPIError, MastodonError, MastodonNetworkError, MastodonRatelimitError

from broadcast.channels import posting
from broadcast.channels.contract import Accepted, ChannelDown, Code, InDoubt, Message, Outcome, Refused, Target, Wire
from broadcast.channels.lasthop import refuse_drill

ANSWER_SECONDS = 20.0
NEWEST = 20  # posts that are looked through


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
        self._account: Any = None

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
        return posting.one_by_one(targets, wire, lambda target: self._post(message, target))

    def settle(self, message: Message, target: Target) -> Outcome | None:
        """Whether the text is among the newest posts; None where it is not or the server does not let us read: then it is
        posted again with the same key."""
        server = self._server()
        try:
            self._account = self._account or server.account_verify_credentials()["id"]
            posts = server.account_statuses(self._account, limit=NEWEST, exclude_reblogs=True)
        except MastodonError:
            return None
        wanted = _plain(message.body)
        return next((Accepted(str(post["id"])) for post in posts if _plain(_text(post["content"])) == wanted), None)

    def prove(self) -> None:
        """Ask the server who we are (``verify_credentials``); nothing is posted.

        Raises:
            ChannelDown: it would take nothing from us.
        """
        try:
            self._server().account_verify_credentials()
        except MastodonError as error:
            _failure(error)
            raise ChannelDown("Mastodonのサーバーから正しい答えがありません。") from error

    def close(self) -> None:
        """Give connections back."""
        self._session.close()

    def _server(self) -> Mastodon:
        return Mastodon(
            access_token=self._token,
            api_base_url=self._url,
            ratelimit_method="throw",
            request_timeout=ANSWER_SECONDS,
            session=self._session,
            user_agent=posting.AGENT,
        )

    def _post(self, message: Message, target: Target) -> Outcome:
        if len(message.body) > self._limit:
            return Refused(Code.CONTENT, retryable=False, detail="too long")
        language = "en" if message.language == "en" else "ja"
        try:
            post = self._server().status_post(
                message.body, visibility="public", language=language, idempotency_key=target.reference
            )
        except MastodonError as error:
            return _failure(error)
        return Accepted(str(post["id"]))


def _failure(error: MastodonError) -> Outcome:
    """What an error of the library means; its own text may repeat the post and is not passed on.

    Raises:
        ChannelDown: nothing was sent.
    """
    if isinstance(error, MastodonNetworkError):
        if posting.unconnected(error.__context__):
            raise ChannelDown("Mastodonのサーバーに接続できません。")
        return InDoubt(type(error.__context__).__name__)
    if isinstance(error, MastodonRatelimitError):
        return Refused(Code.THROTTLED, retryable=True, detail="429")
    status = error.args[1] if isinstance(error, MastodonAPIError) and len(error.args) > 1 else 0
    if status in (401, 403):
        raise ChannelDown(f"Mastodonの認証に失敗しました。アクセストークンを確かめてください。（{status}）")
    if status == 422:
        return Refused(Code.CONTENT, retryable=False, detail="422")
    if isinstance(status, int) and 400 <= status < 500:
        return Refused(Code.REJECTED, retryable=False, detail=str(status))
    return InDoubt(f"HTTP {status}" if status else type(error).__name__)


def _text(content: str) -> str:
    """The letters of a post that the server answers as HTML."""
    return str(html.fromstring(f"<div>{content}</div>").text_content()) if content else ""


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).split())
