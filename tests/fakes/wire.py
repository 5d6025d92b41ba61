"""A wire that remembers what was noted on it."""

from collections.abc import Callable

from broadcast.channels.contract import Outcome


class RecordingWire:
    """Keeps every note; ``most`` is the largest number of deliveries under way at once; ``then`` is called after each outcome."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self.under_way: dict[int, int] = {}
        self.settled_ids: list[int] = []
        self.most = 0
        self.slots: set[int] = set()
        self._then = then

    def sending(self, slot: int, delivery_id: int) -> None:
        assert slot not in self.under_way, "two deliveries on one slot"
        self.under_way[slot] = delivery_id
        self.slots.add(slot)
        self.most = max(self.most, len(self.under_way))

    def settled(self, slot: int, delivery_id: int, outcome: Outcome) -> None:
        assert self.under_way.pop(slot) == delivery_id
        self.settled_ids.append(delivery_id)
        self._then()

    def recalled(self) -> bool:
        return False
