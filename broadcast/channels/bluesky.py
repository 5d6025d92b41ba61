"""A post on Bluesky: a record in the account's repository (XRPC, lexicon ``app.bsky.feed.post``).

The record's key is derived from the delivery's reference. Creating a key that is there already is an error of the server, so every try
writes the same one record or none, and what is in doubt is asked for by its key.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import requests

from broadcast.channels import posting
from broadcast.channels.bluesky_session import BlueskySession
from broadcast.channels.contract import Accepted, ChannelDown, Code, InDoubt, Message, Outcome, Refused, Target, Wire
from broadcast.channels.lasthop import refuse_drill
from broadcast.channels.posting import Unanswered
from broadcast.channels.richtext import facets
from broadcast.texts.limits import BLUESKY_BYTES, BLUESKY_LIMIT, grapheme_count

COLLECTION = "app.bsky.feed.post"
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
_FROM = 1_672_531_200_000_000  # microseconds: 2023-01-01
_SPAN = 2 * 365 * 24 * 3600 * 1_000_000  # all keys look like times of two years that are over


class BlueskyChannel:
    """One public post by the account ``identifier`` at the server ``url``."""

    name = "bluesky"
    personal = False
    confirms = False
    chunk = 1
    retry_seconds = (5, 15, 60, 300)

    def __init__(self, url: str, identifier: str, app_password: str) -> None:
        self._identifier, self._password = identifier, app_password
        self._account = BlueskySession(url, identifier, app_password)

    def problems(self) -> list[str]:
        """What is not set up, as sentences for the officer."""
        needed = {
            "Blueskyのアカウント名（DISASTER_BLUESKY_IDENTIFIER）": self._identifier,
            "Blueskyのアプリパスワード（DISASTER_BLUESKY_APP_PASSWORD）": self._password,
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
        """Whether the record is there; None where it is not or the server cannot be asked: then it is created again."""
        try:
            uri = self._uri(target)
        except (ChannelDown, Unanswered):
            return None
        return Accepted(uri) if uri else None

    def prove(self) -> None:
        """Ask the server who we are (``getSession``); nothing is posted.

        Raises:
            ChannelDown: it would take nothing from us.
        """
        try:
            answer = self._account.call("GET", "com.atproto.server.getSession")
        except Unanswered as error:
            raise ChannelDown("Blueskyのサーバーから答えがありません。") from error
        if answer.status_code != 200:
            raise ChannelDown(f"Blueskyのサーバーから正しい答えがありません（{answer.status_code}）。")

    def close(self) -> None:
        """Give connections back."""
        self._account.close()

    def _post(self, message: Message, target: Target) -> Outcome:
        if grapheme_count(message.body) > BLUESKY_LIMIT or len(message.body.encode()) > BLUESKY_BYTES:
            return Refused(Code.CONTENT, retryable=False, detail="too long")
        try:
            self._account.sign_in()
            answer = self._account.call("POST", "com.atproto.repo.createRecord", json=self._creation(message, target))
        except Unanswered as error:
            return InDoubt(str(error))
        if answer.status_code == 200:
            return Accepted(str(posting.said(answer).get("uri", "")))
        return self._there(target, answer.status_code) if answer.status_code >= 500 else _refusal(answer)

    def _creation(self, message: Message, target: Target) -> dict[str, Any]:
        record = {
            "$type": COLLECTION,
            "text": message.body,
            "createdAt": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "langs": message.extra.get("langs", "ja").split(),
            "facets": facets(message.body),
        }
        key = record_key(target.reference)
        return {"repo": self._account.did, "collection": COLLECTION, "rkey": key, "record": record}

    def _there(self, target: Target, status: int) -> Outcome:
        """After an error of the server: the record may have been created, now or at an earlier try."""
        try:
            uri = self._uri(target)
        except (ChannelDown, Unanswered):
            uri = ""
        return Accepted(uri) if uri else InDoubt(f"HTTP {status}")

    def _uri(self, target: Target) -> str:
        """The record's address, empty where there is none.

        Raises:
            ChannelDown, Unanswered: the server says nothing about it.
        """
        self._account.sign_in()
        wanted = {"repo": self._account.did, "collection": COLLECTION, "rkey": record_key(target.reference)}
        answer = self._account.call("GET", "com.atproto.repo.getRecord", params=wanted)
        if answer.status_code == 200:
            return str(posting.said(answer).get("uri", ""))
        if answer.status_code in (400, 404):  # RecordNotFound; older servers: InvalidRequest
            return ""
        raise Unanswered(str(answer.status_code))


def record_key(reference: str) -> str:
    """The key of a delivery's record: a TID (13 letters; 53 bits of microseconds, 10 of a clock's number), always the same."""
    number = int.from_bytes(hashlib.sha256(reference.encode()).digest())
    whole = (_FROM + number % _SPAN) << 10 | (number >> 128) & 0x3FF
    return "".join(_SORTABLE[whole >> shift & 31] for shift in range(60, -1, -5))


def _refusal(answer: requests.Response) -> Outcome:
    """What a refusal means.

    Raises:
        ChannelDown: it concerns the account and would be the same for every text.
    """
    status, error = answer.status_code, str(posting.said(answer).get("error", ""))
    if status == 429:
        return Refused(Code.THROTTLED, retryable=True, detail="429")
    if status in (401, 403) or error in ("AccountTakedown", "AccountDeactivated", "AccountSuspended"):
        raise ChannelDown(
            f"Blueskyがこのアカウントの投稿を断りました。アカウントの状態を確かめてください。（{status}）"
        )
    return Refused(Code.CONTENT if status in (400, 413) else Code.REJECTED, retryable=False, detail=str(status))
