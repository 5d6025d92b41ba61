"""Before the application: a page that everybody asks for at once is given out again without being looked at, for a fifth of a second.

Thousands of people press reload in the minute of an alert. What the application marked as public and carries an ETag is kept with its
headers; a repeat within ``FRESH`` seconds costs no query and no routing. Texts go out compressed where the browser takes it (to a tenth: a
telephone on a bad line). Whoever asks with the ETag of what is kept gets 304. Stands in ``disaster/wsgi.py``, so that a test sees every change.
"""

import gzip
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from werkzeug.http import parse_accept_header, parse_etags, quote_etag, unquote_etag

FRESH = 0.2  # seconds; browsers and proxies may keep a page for longer (``served.CACHE_SECONDS``)
MOST = 400  # answers of one process
LONGEST = 2_000_000  # bytes of an answer that is kept
_SMALL = 500  # bytes below which compressing is not worth it
_TEXTS = ("text/", "application/json", "application/geo+json", "application/atom+xml", "application/xml")
_BODILY = frozenset(["content-length", "content-type", "content-disposition"])
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(slots=True)
class Kept:
    """One answer: headers without length and ETag, the body plain and compressed (None: not worth it)."""

    until: float
    etag: str
    headers: list[tuple[str, str]]
    body: bytes
    packed: bytes | None


class Front:
    """The middleware. ``now`` gives seconds that only go forward."""

    def __init__(self, inside: Application, now: Callable[[], float] = time.monotonic) -> None:
        self._inside, self._now = inside, now
        self._kept: OrderedDict[tuple[str, ...], Kept] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer from what is kept, or ask the application and keep what may be kept."""
        if environ["REQUEST_METHOD"] != "GET" or len(environ.get("QUERY_STRING", "")) > 200:
            return self._inside(environ, start)
        key = tuple(
            str(environ.get(name, "")) for name in ("HTTP_HOST", "PATH_INFO", "QUERY_STRING", "HTTP_X_FORWARDED_PROTO")
        )
        with self._lock:
            kept = self._kept.get(key)
        if kept is None:
            return self._first(key, environ, start)
        if kept.until <= self._now():
            status, headers, body = self._ask({**environ, "HTTP_IF_NONE_MATCH": quote_etag(kept.etag)})
            if status.startswith("304"):
                kept.until = self._now() + FRESH
            else:
                found = self._keep(key, status, headers, body)
                if found is None:
                    start(status, headers)
                    return [body]
                kept = found
        return _answer(kept, environ, start)

    def _first(self, key: tuple[str, ...], environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """The application answers as it would without us; a whole public answer is kept on its way."""
        told: list[Any] = []

        def listen(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            told[:] = [status, headers]
            if _may_be_kept(status, headers):
                return lambda _: None
            return start(status, headers, *more)

        answer = self._inside(environ, listen)
        if not (told and _may_be_kept(told[0], told[1])):
            return answer
        try:
            body = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        kept = self._keep(key, told[0], told[1], body)
        if kept is None:
            start(told[0], told[1])
            return [body]
        return _answer(kept, environ, start)

    def _ask(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        told: list[Any] = []
        answer = self._inside(environ, lambda status, headers, *_: told.extend([status, headers]))
        try:
            body = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        return told[0], told[1], body

    def _keep(self, key: tuple[str, ...], status: str, headers: list[tuple[str, str]], body: bytes) -> Kept | None:
        if not _may_be_kept(status, headers) or len(body) > LONGEST:
            with self._lock:
                self._kept.pop(key, None)
            return None
        etag = unquote_etag(_header(headers, "etag"))[0] or ""
        rest = [(name, value) for name, value in headers if name.lower() not in ("content-length", "etag")]
        worth = len(body) > _SMALL and _header(headers, "content-type").startswith(_TEXTS)
        packed = gzip.compress(body, 6, mtime=0) if worth else None
        if worth:
            rest.append(("Vary", "Accept-Encoding"))
        kept = Kept(self._now() + FRESH, etag, rest, body, packed)
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return kept


def _may_be_kept(status: str, headers: list[tuple[str, str]]) -> bool:
    """Whole answers for everybody: marked public, with an ETag, setting no cookie, depending on nothing that was sent along."""
    names = {name.lower() for name, _ in headers}
    public = "public" in _header(headers, "cache-control")
    return (
        status.startswith("200")
        and public
        and "etag" in names
        and not names & {"set-cookie", "vary", "content-encoding"}
    )


def _answer(kept: Kept, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    packed = kept.packed if kept.packed is not None and _takes_gzip(environ) else None
    etag = f"{kept.etag}-gz" if packed is not None else kept.etag
    asked = parse_etags(environ.get("HTTP_IF_NONE_MATCH"))
    if asked and (asked.contains_weak(kept.etag) or asked.contains_weak(f"{kept.etag}-gz")):
        bare = [(name, value) for name, value in kept.headers if name.lower() not in _BODILY]
        start("304 NOT MODIFIED", [*bare, ("ETag", quote_etag(etag))])
        return []
    body = kept.body if packed is None else packed
    headers = [*kept.headers, ("ETag", quote_etag(etag)), ("Content-Length", str(len(body)))]
    if packed is not None:
        headers.append(("Content-Encoding", "gzip"))
    start("200 OK", headers)
    return [body]


def _takes_gzip(environ: dict[str, Any]) -> bool:
    said = environ.get("HTTP_ACCEPT_ENCODING", "")
    return "gzip" in said and parse_accept_header(said).quality("gzip") > 0


def _header(headers: list[tuple[str, str]], wanted: str) -> str:
    return next((value for name, value in headers if name.lower() == wanted), "")
