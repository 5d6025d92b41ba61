"""A post on X (API v2, OAuth 1.0a as the municipality's account).

X has no idempotency key, but refuses a text that is there already with 403 "duplicate content": so what is in doubt is looked for among the
account's newest posts, and repeating it doubles nothing. https://docs.x.com/x-api/posts/create-post
"""

import html
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests
from requests_oauthlib import OAuth1

from broadcast.channels import posting
from broadcast.channels.contract import Accepted, ChannelDown, Code, InDoubt, Message, Outcome, Refused, Target, Wire
from broadcast.channels.daily_budget import DailyBudget
from broadcast.channels.lasthop import refuse_drill
from broadcast.channels.posting import Unanswered
from broadcast.texts.limits import X_LIMIT, x_weight

URGENT_FROM = 4  # 警戒レベル
NEWEST = 10  # posts that are looked through; X counts every post that is read
_LEFT, _RESET = "x-{}-limit-24hour-remaining", "x-{}-limit-24hour-reset"


@dataclass(frozen=True, slots=True)
class Keys:
    """The application's and the account's halves of OAuth 1.0a."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    access_token_secret: str = field(repr=False)


class XChannel:
    """One post by the municipality's account. ``budget`` keeps posts back for levels 4 and 5."""

    name = "x"
    personal = False
    confirms = False
    chunk = 1
    retry_seconds = (5, 15, 60, 300)

    def __init__(self, keys: Keys, api_url: str, budget: DailyBudget) -> None:
        self._keys, self._url, self._budget = keys, api_url.rstrip("/"), budget
        self._account = ""
        self._session = posting.new_session()
        self._session.auth = OAuth1(
            keys.consumer_key, keys.consumer_secret, keys.access_token, keys.access_token_secret
        )

    def problems(self) -> list[str]:
        """What is not set up, as sentences for the officer."""
        needed = {
            "XのAPIキー（DISASTER_X_CONSUMER_KEY）": self._keys.consumer_key,
            "XのAPIキーの秘密（DISASTER_X_CONSUMER_SECRET）": self._keys.consumer_secret,
            "Xのアクセストークン（DISASTER_X_ACCESS_TOKEN）": self._keys.access_token,
            "Xのアクセストークンの秘密（DISASTER_X_ACCESS_TOKEN_SECRET）": self._keys.access_token_secret,
        }
        missing = [label for label, value in needed.items() if not value]
        if len(missing) == len(needed):
            return ["XのAPIキーとアクセストークン（DISASTER_X_…）が設定されていません。"]
        return [f"{label}が設定されていません。" for label in missing]

    def send(self, message: Message, targets: Sequence[Target], wire: Wire) -> Iterable[tuple[Target, Outcome]]:
        """Post once per target (there is one: the public).

        Raises:
            ChannelDown: nothing was sent: not set up, no connection, refused sign-in.
            ValueError: a drill message.
        """
        refuse_drill(message)
        if problems := self.problems():
            raise ChannelDown(problems[0])
        return posting.one_by_one(targets, wire, lambda _: self._post(message))

    def settle(self, message: Message, target: Target) -> Outcome | None:
        """Whether the text is among the newest posts; None where it is not or X cannot be asked: then it is posted
        again, which X refuses if it is there after all."""
        try:
            found = self._find(message.body)
        except (ChannelDown, Unanswered):
            return None
        return Accepted(found) if found else None

    def prove(self) -> None:
        """Ask X who we are (``GET /2/users/me``); nothing is posted.

        Raises:
            ChannelDown: it would take nothing from us.
        """
        try:
            answer = self._ask("GET", "/2/users/me")
        except Unanswered as error:
            raise ChannelDown("Xから答えがありません。") from error
        if answer.status_code != 200:
            _refusal(answer)
            raise ChannelDown(f"Xから正しい答えがありません（{answer.status_code}）。")

    def close(self) -> None:
        """Give connections back."""
        self._session.close()

    def _post(self, message: Message) -> Outcome:
        if x_weight(message.body) > X_LIMIT:
            return Refused(Code.CONTENT, retryable=False, detail="too long")
        level = int(message.extra.get("level") or 0)
        takes_back = bool(message.extra.get("takes_back"))  # a mistake that was posted must not stand until tomorrow
        if reason := self._budget.refusal(urgent=level >= URGENT_FROM or takes_back):
            return Refused(Code.BUDGET, retryable=level > 0, detail=reason)
        try:
            answer = self._ask("POST", "/2/tweets", json={"text": message.body})
        except Unanswered as error:
            return InDoubt(str(error))
        self._note(answer)
        if answer.status_code in (200, 201):
            self._budget.posted()
            return Accepted(_id(posting.said(answer).get("data")))
        return self._duplicate(message) if _is_duplicate(answer) else _refusal(answer)

    def _duplicate(self, message: Message) -> Outcome:
        """The very text is there: an alert's text holds its own address, so it is this alert's post."""
        try:
            found = self._find(message.body)
        except (ChannelDown, Unanswered):
            return Accepted("")  # X says that it is there; its name cannot be read just now
        return Accepted(found) if found else InDoubt("403 duplicate")

    def _find(self, text: str) -> str:
        """The id of the account's post with this text, or nothing.

        Raises:
            Unanswered: X gives no list now (its limit for reading, an error).
        """
        self._account = self._account or _id(self._read("/2/users/me"))
        if not self._account:
            raise Unanswered("no account")
        fields = {"max_results": str(NEWEST), "tweet.fields": "entities", "exclude": "retweets,replies"}
        posts = self._read(f"/2/users/{self._account}/tweets", fields)
        wanted = _plain(text)
        return next((_id(post) for post in posts or [] if _plain(_as_written(post)) == wanted), "")

    def _read(self, path: str, fields: dict[str, str] | None = None) -> Any:
        answer = self._ask("GET", path, params=fields)
        if answer.status_code != 200:
            raise Unanswered(str(answer.status_code))
        return posting.said(answer).get("data")

    def _ask(self, method: str, path: str, **given: Any) -> requests.Response:
        return posting.ask(self._session, method, self._url + path, "X", **given)

    def _note(self, answer: requests.Response) -> None:
        """The smaller of what application and account have left in 24 hours."""
        found = []
        for whose in ("app", "user"):
            left, reset = answer.headers.get(_LEFT.format(whose), ""), answer.headers.get(_RESET.format(whose), "")
            if left.isdecimal() and reset.isdecimal():
                found.append((int(left), float(reset)))
        if found:
            self._budget.told(*min(found))


def _is_duplicate(answer: requests.Response) -> bool:
    return answer.status_code == 403 and "duplicate" in str(posting.said(answer).get("detail", "")).lower()


def _refusal(answer: requests.Response) -> Outcome:
    """What an answer that is not an acceptance means.

    Raises:
        ChannelDown: it concerns the account and would be the same for every text.
    """
    status, told = answer.status_code, posting.said(answer)
    if status == 429:
        return Refused(Code.THROTTLED, retryable=True, detail="429")
    if status == 401:
        raise ChannelDown("Xの認証に失敗しました。APIキーとアクセストークンを確かめてください。（401）")
    if status == 402:
        raise ChannelDown("Xの利用枠（クレジット）がありません。契約を確かめてください。（402）")
    if status == 403 and "oauth" in f"{told.get('detail')} {told.get('type')} {told.get('reason')}".lower():
        raise ChannelDown(
            "Xのアプリに投稿の権限がありません。アプリの権限を「読み取りと書き込み」にしてください。（403）"
        )
    if status >= 500:
        return InDoubt(f"HTTP {status}")
    about_text = status == 400 or (status == 403 and "text" in str(told.get("detail", "")).lower())
    return Refused(Code.CONTENT if about_text else Code.REJECTED, retryable=False, detail=str(status))


def _id(plain: Any) -> str:
    return str(plain.get("id", "")) if isinstance(plain, dict) else ""


def _as_written(post: dict[str, Any]) -> str:
    """A post's text as it was sent: X answers with its short links and with ``&amp;``."""
    text = str(post.get("text", ""))
    for link in (post.get("entities") or {}).get("urls") or []:
        text = text.replace(str(link.get("url")), str(link.get("expanded_url")))
    return html.unescape(text)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).split())
