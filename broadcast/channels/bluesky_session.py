"""Signed in at a Bluesky server: the access token lives some minutes, the refresh token weeks, and signing in is itself limited
(30 times in five minutes, 300 a day), so both are kept as long as they are good."""

from typing import Any

import requests

from broadcast.channels import posting
from broadcast.channels.contract import ChannelDown
from broadcast.channels.posting import Unanswered

_WORN_OUT = frozenset({"ExpiredToken", "InvalidToken", "AuthMissing"})


class BlueskySession:
    """One account at one server (an ``atproto`` PDS); ``did`` is the account's lasting name once signed in."""

    def __init__(self, url: str, identifier: str, password: str) -> None:
        self._url, self._identifier, self._password = url.rstrip("/"), identifier, password
        self._http = posting.new_session()
        self._access = self._refresh = self.did = ""

    def call(self, method: str, name: str, **given: Any) -> requests.Response:
        """Call one procedure or query of the server by its XRPC name.

        Raises:
            ChannelDown: no connection, or signing in was refused; the call itself did nothing.
            Unanswered: the call may have done something.
        """
        self.sign_in()
        answer = self._ask(method, name, self._access, **given)
        if answer.status_code in (400, 401) and posting.said(answer).get("error") in _WORN_OUT:
            self._access = ""
            self.sign_in()
            answer = self._ask(method, name, self._access, **given)
        return answer

    def sign_in(self) -> None:
        """Have an access token: the one there is, a refreshed one, or a new one.

        Raises:
            ChannelDown: the server gives none.
        """
        if self._access:
            return
        if self._refresh:
            answer = self._before_posting("refreshSession", token=self._refresh)
            if self._take(answer):
                return
        answer = self._before_posting(
            "createSession", json={"identifier": self._identifier, "password": self._password}
        )
        if not self._take(answer):
            raise ChannelDown(_why(answer.status_code))

    def close(self) -> None:
        """Give connections back."""
        self._http.close()

    def _take(self, answer: requests.Response) -> bool:
        told = posting.said(answer)
        self._access, self._refresh = str(told.get("accessJwt", "")), str(told.get("refreshJwt", ""))
        self.did = str(told.get("did", "")) or self.did
        good = answer.status_code == 200 and bool(self._access and self.did)
        if not good:
            self._access = self._refresh = ""
        return good

    def _before_posting(self, what: str, token: str = "", **given: Any) -> requests.Response:
        try:
            return self._ask("POST", f"com.atproto.server.{what}", token, **given)
        except Unanswered as error:  # nothing is posted by signing in
            raise ChannelDown("Blueskyのサーバーが応答しません。") from error

    def _ask(self, method: str, name: str, token: str, **given: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return posting.ask(self._http, method, f"{self._url}/xrpc/{name}", "Bluesky", headers=headers, **given)


def _why(status: int) -> str:
    if status == 429:
        return "Blueskyへのログインが多すぎるため、しばらく断られています。（429）"
    if status >= 500:
        return f"Blueskyのサーバーに障害があります。（{status}）"
    return f"Blueskyの認証に失敗しました。アカウント名とアプリパスワードを確かめてください。（{status}）"
