"""From the bytes of an Atom feed to the documents in it that concern the municipality."""

import io
import re
from calendar import timegm
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.sax import SAXException

import feedparser

from disaster.bulletins.download import Refused
from disaster.bulletins.reading import types
from disaster.bulletins.streams import NATIONWIDE, OLD_WARNINGS
from disaster.core.municipality import JmaCodes

_AREA = re.compile(r"_(\d{6})\.xml$")
_QUAKES = ("VXSE51", "VXSE53")


@dataclass(frozen=True)
class Entry:
    """One entry: the document's address and what the feed says about it. Whether it is 訓練 or 試験 only the document tells."""

    url: str
    title: str
    office: str
    updated: datetime | None

    @property
    def type(self) -> str | None:
        """The telegram's type."""
        return types.by_name(self.url.rsplit("/", 1)[-1]) or types.by_title(self.title)

    @property
    def area(self) -> str | None:
        """The last part of the address: the prefecture or office it is for."""
        found = _AREA.search(self.url.split("#", 1)[0])
        return found[1] if found else None


@dataclass(frozen=True)
class Feed:
    """A feed with its own time and its entries, oldest first."""

    updated: datetime | None
    entries: tuple[Entry, ...]


def parse(data: bytes) -> Feed:
    """Read a feed.

    Raises:
        Refused: it is no whole Atom feed (an error page, cut off, with a document type).
    """
    if b"<!DOCTYPE" in data[:4096].upper() or b"<!ENTITY" in data[:4096].upper():
        raise Refused("フィードではない文書が返りました。")
    # A stream and not the bytes: feedparser takes a short string for an address or a file name and opens it.
    found = feedparser.parse(io.BytesIO(data), sanitize_html=False, resolve_relative_uris=False)
    if found.get("bozo") and isinstance(found.get("bozo_exception"), SAXException):
        raise Refused("フィードが途中で切れているか、壊れています。")
    if not str(found.get("version", "")).startswith("atom"):
        raise Refused("フィードではない文書が返りました。")
    entries = [entry for entry in map(_entry, found.entries) if entry]
    entries.sort(key=lambda entry: entry.updated or datetime.max.replace(tzinfo=UTC))
    return Feed(_time(found.feed.get("updated_parsed")), tuple(entries))


def _entry(found: Any) -> Entry | None:
    """``links[0].href`` and not ``link``: the link's type is application/xml, so feedparser gives the id as ``link``."""
    links = found.get("links") or []
    url = links[0].get("href", "") if links else ""
    if not url:
        return None
    office = found.get("author_detail", {}).get("name") or found.get("author", "")
    return Entry(url, found.get("title", ""), office, _time(found.get("updated_parsed")))


def _time(parsed: Any) -> datetime | None:
    return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None


def concerning(feed: Feed, codes: JmaCodes, knows_r06: Callable[[], bool]) -> list[Entry]:
    """The entries to fetch: of the municipality's prefecture or office, and every earthquake and tsunami.

    VPWW53 and 54 repeat VPWW55 to 61 in the old form, so they are left where the new ones are known to come.
    """
    old = OLD_WARNINGS if knows_r06() else OLD_WARNINGS[:-1]
    return [entry for entry in feed.entries if _concerns(entry, codes) and entry.type not in old]


def _concerns(entry: Entry, codes: JmaCodes) -> bool:
    kind = entry.type or ""
    if kind.startswith((*_QUAKES, *NATIONWIDE)):
        return True
    if kind.startswith(("VXSE", "VFVO", "VFSV", "VZVO")):
        return False
    if entry.area is not None:
        return entry.area in codes.feed_areas
    return bool(kind) and entry.office == codes.office
