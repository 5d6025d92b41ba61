"""The CAP document of a transmission: what was frozen, with the installation's sender name and the chain of earlier messages."""

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

from broadcast.alert import content_json
from broadcast.cap import xml
from broadcast.cap.xml import Point
from broadcast.models.alert import Transmission
from broadcast.sending import ledger
from disaster.core.municipality import Municipality, municipality
from disaster.core.settings import settings


def render(transmission: Transmission) -> str:
    """The document (to be served as UTF-8), byte for byte the same at every call while the municipality's data stays the same."""
    content, town = content_json.load(transmission.content), municipality()
    written = xml.to_xml(
        content,
        identifier=transmission.identifier,
        sender=sender(),
        sent=transmission.sent_at,
        references=[xml.reference(sender(), one.identifier, one.sent_at) for one in _earlier(transmission)],
        boundary=boundary(town) if content.whole_town else (),
        points={area.name: (area.lat, area.lng) for area in town.areas},
    )
    return written.decode()


def sender() -> str:
    """Who sends, unique in the world and stable: the host of the public address."""
    return urlsplit(settings().public_url).netloc


def _earlier(transmission: Transmission) -> Iterator[Transmission]:
    """The message this one updates or cancels, and those before it."""
    seen = {transmission.alert_id}
    reference = transmission.content.get("reference")
    while reference and reference["alert_id"] not in seen:
        seen.add(reference["alert_id"])
        found = ledger.transmission_of(reference["alert_id"])
        if found is None:
            return
        yield found
        reference = found.content.get("reference")


def boundary(town: Municipality) -> list[Point]:
    """The outline of the municipality, latitude first; empty where its folder has none."""
    try:
        drawn = json.loads(town.file("boundary.geojson").read_text(encoding="utf-8"))
        ring = drawn["features"][0]["geometry"]["coordinates"][0]
        return [(float(latitude), float(longitude)) for longitude, latitude in ring]
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return []
