"""What many people look at every two seconds is worked out once a second for all of them, so that looking never slows a send.

In 2020 a nation's warning day failed because those who asked how it went overloaded what was sending. Each process keeps what it rendered
last; whoever comes while it is being made anew waits for that one.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

from flask import Response, current_app, request

GOOD_SECONDS = 1.0
MOST = 200  # things kept for a process
_KEY = "broadcast.glance"
_T = TypeVar("_T")


@dataclass
class _Kept(Generic[_T]):
    lock: threading.Lock = field(default_factory=threading.Lock)
    made_at: float | None = None
    value: _T | None = None


class Shelf:
    """What one process worked out lately."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, _Kept[object]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], _T], seconds: float) -> _T:
        """The value under the key, at most ``seconds`` old; made by one caller at a time."""
        with self._lock:
            kept = self._kept.setdefault(key, _Kept())
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        with kept.lock:
            if kept.made_at is None or not 0 <= time.monotonic() - kept.made_at < seconds:
                kept.value = make()
                kept.made_at = time.monotonic()  # afterwards: what takes long is not stale the moment it is there
            return cast(_T, kept.value)


def once(key: Hashable, make: Callable[[], _T], seconds: float = GOOD_SECONDS) -> _T:
    """What ``make`` gives, worked out at most once in ``seconds`` by this process. ``key`` holds everything it depends on."""
    shelf: Shelf = current_app.extensions.setdefault(_KEY, Shelf())
    return shelf.get(key, make, seconds)


def fragment(body: str) -> Response:
    """A polled part of a page; 304 where the page has it already (its script names the ETag it has)."""
    response = Response(body, mimetype="text/html")
    response.set_etag(hashlib.sha256(body.encode()).hexdigest()[:20])
    if request.if_none_match.contains(response.get_etag()[0] or ""):
        return Response(status=304, headers={"ETag": response.headers["ETag"]})
    return response
