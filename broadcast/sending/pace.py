"""How much a lane takes at once: what the provider takes in a few seconds, and ever less of what breaks off, down to one.

Little at a time, because what a lane has taken can be neither stopped nor overtaken: a stop or a cancel waits for the batch. Ever less
after an error of our own (a text or an address that nobody thought of), because the one delivery that causes it must not keep back
those beside it.
"""

from collections.abc import Hashable

FIRST, LEAST = 100, 20
SECONDS = 3.0  # that a batch should take
_GROWTH, _SHARE = 4, 10
_HOPELESS = 3  # single deliveries of one text that broke off in a row, and none of it that went


class Pace:
    """The memory of one lane."""

    def __init__(self) -> None:
        self._most = FIRST
        self._broken: dict[Hashable, int] = {}

    def most(self, chunk: int) -> int:
        """How many to take now; ``chunk`` is what the channel takes at best."""
        return min(self._most, chunk)

    def took(self, number: int, seconds: float) -> None:
        """A batch of this many came to its end."""
        if seconds > 2 * SECONDS:
            self._most = max(min(LEAST, self._most), int(number * SECONDS / seconds))
        elif number >= self._most and seconds < SECONDS:
            self._most *= _GROWTH

    def broke(self, text: Hashable, number: int) -> None:
        """An error of our own broke a batch of this many with one text off."""
        self._most = max(1, number // _SHARE)
        if number == 1:
            self._broken[text] = self._broken.get(text, 0) + 1

    def went(self, text: Hashable) -> None:
        """Something with this text got an answer."""
        self._broken.pop(text, None)

    def hopeless(self, text: Hashable) -> bool:
        """Whether it is the text that breaks every batch, and not one delivery in it."""
        return self._broken.get(text, 0) >= _HOPELESS
