"""Pages rendered once per change and served as bytes: thousands of people press reload at the same minute.

What was rendered stays good while no transmission, no shelter and no state changed (one counting query), and until an alert runs out by
time. Every answer carries an ETag, so that a reload costs a few hundred bytes.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Response, current_app, request
from sqlalchemy import func, select

from broadcast.models.alert import Transmission
from broadcast.sending import ledger
from disaster.core import clock
from disaster.core.extensions import db
from disaster.shelters.models import ShelterState

MOST = 400  # pages kept for a process; the least recently used one goes
CACHE_SECONDS = 5  # how long a browser or proxy may keep a page: an alert must not wait for a cache
FAR = timedelta(days=365)
# Newest transmission, number of them, number of stopped ones, number of shelters, sum of their versions: one statement, built
# once, because it runs for every single request.
_VERSION = select(
    select(func.max(Transmission.id)).scalar_subquery(),
    select(func.count(Transmission.id)).scalar_subquery(),
    select(func.count(Transmission.stopped_at)).scalar_subquery(),
    select(func.count()).select_from(ShelterState).scalar_subquery(),
    select(func.sum(ShelterState.version)).scalar_subquery(),
)


@dataclass(frozen=True, slots=True)
class Stored:
    """One rendered page."""

    version: Hashable
    good_until: datetime
    body: bytes
    etag: str


class Shelf:
    """The rendered pages of one process."""

    def __init__(self) -> None:
        self._pages: OrderedDict[Hashable, Stored] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, version: Hashable, now: datetime) -> Stored | None:
        """The page, if it is still good."""
        with self._lock:
            found = self._pages.get(key)
            if found is None or found.version != version or found.good_until <= now:
                return None
            self._pages.move_to_end(key)
            return found

    def put(self, key: Hashable, page: Stored) -> None:
        """Keep the page in place of an older one."""
        with self._lock:
            self._pages[key] = page
            self._pages.move_to_end(key)
            while len(self._pages) > MOST:
                self._pages.popitem(last=False)


def answer(
    key: Hashable,
    render: Callable[[datetime], str | bytes],
    *,
    mimetype: str = "text/html",
    each_minute: bool = False,
    clocked: bool = False,
) -> Response:
    """The page under ``key``: from the shelf, or rendered for this instant.

    ``each_minute`` is for pages that say when they were checked while nothing is in force, ``clocked`` for those that always say it.
    """
    shelf: Shelf = current_app.extensions.setdefault("disaster.public.shelf", Shelf())
    now, version = clock.now(), tuple(db.session.execute(_VERSION).one())
    page = shelf.get(key, version, now)
    if page is None:
        text = render(now)
        body = text if isinstance(text, bytes) else text.encode()
        etag = hashlib.sha256(body).hexdigest()[:20]
        page = Stored(version, _good_until(now, each_minute, clocked), body, etag)
        shelf.put(key, page)
    return conditional(page.body, page.etag, mimetype)


def conditional(body: bytes, etag: str, mimetype: str, seconds: int = CACHE_SECONDS) -> Response:
    """The bytes, or 304 where the caller has them already."""
    response = Response(body, mimetype=mimetype)
    response.set_etag(etag)
    response.cache_control.public = True
    response.cache_control.max_age = seconds
    return response.make_conditional(request)  # type: ignore[return-value]


def _good_until(now: datetime, each_minute: bool, clocked: bool) -> datetime:
    """When time alone changes the page: the next minute, or the end of the first alert in force."""
    ends = [transmission.expires_at for transmission in ledger.in_force(now)]
    if clocked or (each_minute and not ends):
        ends.append(now.replace(second=0, microsecond=0) + timedelta(minutes=1))
    return min(ends, default=now + FAR)
