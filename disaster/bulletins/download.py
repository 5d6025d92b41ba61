"""Fetch one document of 気象庁: allowed hosts only, no redirects, a limit on size and on the whole time."""

import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

FEED_BYTES = 10 * 1024 * 1024
SECONDS = 20.0
_PIECE = 65536
_WAIT = (5.0, 10.0)  # seconds to connect, and between two pieces


class Refused(Exception):
    """It was not fetched, or not to the end; the text is one plain Japanese sentence. ``gone``: asking again is no use."""

    def __init__(self, message: str, *, gone: bool = False) -> None:
        super().__init__(message)
        self.gone = gone


@dataclass(frozen=True)
class Answer:
    """An answer; ``data`` is None where the server says that nothing changed (304)."""

    data: bytes | None
    etag: str
    last_modified: str


def allowed(url: str, base: str, hosts: frozenset[str]) -> str:
    """The address as it may be asked for: on an allowed host, on the feed's own port, and over TLS where the feed is.

    Old feeds link to ``http://``; that is asked for over TLS.

    Raises:
        Refused: it leads elsewhere.
    """
    own = urlsplit(base)
    try:
        found = urlsplit(url.split("#", 1)[0])
        host, port = found.hostname, found.port
    except ValueError:
        raise Refused("フィードの中のアドレスが壊れています。") from None
    if found.scheme not in ("http", "https") or host not in hosts or found.username or found.password:
        raise Refused("フィードが、許していないサーバーのアドレスを指しています。")
    if port is not None and port not in (own.port, 80 if found.scheme == "http" else 443):
        raise Refused("フィードが、許していないサーバーのアドレスを指しています。")
    return found._replace(scheme="https", netloc=host).geturl() if own.scheme == "https" else found.geturl()


def get(url: str, *, limit: int, etag: str = "", last_modified: str = "", seconds: float = SECONDS) -> Answer:
    """Ask for a document, with the validators of the last one.

    Raises:
        Refused: no answer, not in time, too large, cut off, moved, or an error status.
    """
    headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    ends = time.monotonic() + seconds
    try:
        with requests.get(
            url,
            headers={name: value for name, value in headers.items() if value},
            stream=True,
            timeout=_WAIT,
            allow_redirects=False,
        ) as response:
            if response.status_code == requests.codes.not_modified:
                return Answer(None, etag, last_modified)
            if response.status_code != requests.codes.ok:
                gone = response.status_code in (requests.codes.not_found, requests.codes.gone)
                raise Refused(f"気象庁のサーバーがエラーを返しました（{response.status_code}）。", gone=gone)
            data = _body(response, limit, ends)
            return Answer(data, response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))
    except requests.exceptions.SSLError:
        raise Refused("気象庁のサーバーの証明書を確かめられません。") from None
    except requests.exceptions.Timeout:
        raise Refused("気象庁のサーバーが時間内に答えません。") from None
    except (requests.exceptions.RequestException, OSError) as error:
        raise Refused(f"気象庁のサーバーにつながりません（{type(error).__name__}）。") from None


def _body(response: requests.Response, limit: int, ends: float) -> bytes:
    """The whole body; ``read1`` because a whole piece may never come from a server that drips."""
    found = bytearray()
    try:
        while piece := response.raw.read1(_PIECE, decode_content=True):
            found += piece
            if len(found) > limit:
                raise Refused(f"受け取ったデータが大きすぎます（{limit // 1024 // 1024}MBまで）。")
            if time.monotonic() > ends:
                raise Refused("気象庁のサーバーの応答が遅すぎます。")
    except Refused:
        raise
    except Exception as error:  # urllib3 raises its own kinds here: cut connection, broken gzip, time-out
        raise Refused(f"通信が途中で切れました（{type(error).__name__}）。") from None
    length = response.headers.get("Content-Length", "")
    if length.isdigit() and not response.headers.get("Content-Encoding") and len(found) < int(length):
        raise Refused("通信が途中で切れました。")
    return bytes(found)
