"""What the tests of the bulletins share."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from disaster.bulletins import intake, proposals
from disaster.bulletins.intake import Received, Source

NOW = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
Receive = Callable[..., Received]


@pytest.fixture
def receive() -> Receive:
    """Take in a telegram as the feed would; each gets an address of its own."""
    count = iter(range(1, 10_000))

    def take_in(data: bytes, *, source: Source = Source.FEED, now: datetime = NOW, name: str = "") -> Received:
        name = name or f"https://www.data.jma.go.jp/developer/xml/data/{next(count)}.xml"
        return intake.receive(data, name=name, source=source, actor="system:worker", now=now)

    return take_in


def ago(minutes: float) -> datetime:
    """An instant so many minutes before the tests' present."""
    return NOW - timedelta(minutes=minutes)


def opened() -> list[tuple[str, str, str]]:
    """Open proposals as (hazard, kind, phase), the newest first."""
    return [(each.hazard, each.kind, each.phase) for each in proposals.open_proposals()]
