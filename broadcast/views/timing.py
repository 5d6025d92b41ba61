"""How long sending takes, told before approving: messages of each channel against what its provider takes in a second.

The rates are what can be counted on, not the best that was measured; while sending, the true rate is shown. SMS are counted in segments: a
text of 71 letters costs twice the time of one of 70.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from broadcast.alert.content_json import Texts
from broadcast.views import safety, wording
from disaster.core.settings import settings

PER_SECOND = {"email": 500.0, "sms": 40.0, "line": 100.0, "webpush": 200.0}
UNITS = {"sms": "通分", "voice": "件"}
READING_SECONDS = 60  # of one call, where its text does not say


@dataclass(frozen=True, slots=True)
class Estimate:
    """One channel: how many messages, at what rate, and how long for all of them."""

    channel: str
    label: str
    number: int
    units: int
    rate: str
    length: timedelta

    @property
    def words(self) -> str:
        """``約3分``."""
        return safety.spoken(self.length)


def estimates(reach: Mapping[str, int], texts: Texts) -> list[Estimate]:
    """Every personal channel that has somebody to write to, in the order of the pages."""
    order = [name for name in wording.CHANNELS if reach.get(name)]
    return [_estimate(name, reach[name], texts) for name in order]


def longest(found: list[Estimate]) -> str:
    """When the slowest is done; empty where nothing personal is sent."""
    return max(found, key=lambda one: one.length).words if found else ""


def _estimate(channel: str, number: int, texts: Texts) -> Estimate:
    message = texts.get(channel, {}).get("ja")
    each = int(message.extra.get("segments", 1)) if message and channel == "sms" else 1
    rate = settings().twilio_calls_per_second if channel == "voice" else PER_SECOND.get(channel, 20.0)
    seconds = number * each / rate
    if channel == "voice":  # the last one is dialled, then it is spoken
        seconds += int(message.extra.get("seconds", READING_SECONDS)) if message else READING_SECONDS
    shown = f"毎秒{rate:g}{UNITS.get(channel, '通')}"
    return Estimate(channel, wording.CHANNELS[channel], number, number * each, shown, timedelta(seconds=seconds))
