"""The bell of a lane: it ends a rest, and whoever rang knows when the lane has looked since."""

import threading
import time
from collections.abc import Iterator

import pytest

from disaster.scaled.bell import Bell


class Lane:
    """Looks, rests, and counts how often it looked."""

    def __init__(self) -> None:
        self.end = threading.Event()
        self.bell = Bell(self.end)
        self.looks = 0
        self.working = threading.Event()
        self.working.set()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        while not self.bell.is_set():
            self.working.wait(10)
            self.looks += 1
            self.bell.wait(20)

    def stop(self) -> None:
        """End it as a worker does."""
        self.end.set()
        self.bell.ring()
        self.thread.join(10)
        assert not self.thread.is_alive()


@pytest.fixture
def lane() -> Iterator[Lane]:
    lane = Lane()
    yield lane
    lane.stop()


def test_a_ring_ends_the_rest_and_is_served_by_the_next_look(lane: Lane) -> None:
    assert lane.bell.served(0, 5)
    looks = lane.looks
    assert lane.bell.served(lane.bell.ring(), 5)
    assert lane.looks == looks + 1


def test_rings_during_a_look_are_served_by_one_more_look(lane: Lane) -> None:
    assert lane.bell.served(lane.bell.ring(), 5)
    lane.working.clear()
    lane.bell.ring()
    time.sleep(0.1)  # the lane is at work now
    numbers = [lane.bell.ring() for _ in range(5)]
    looks = lane.looks
    assert not lane.bell.served(numbers[0], 0.1), "not before it has looked again"
    lane.working.set()
    assert all(lane.bell.served(number, 5) for number in numbers)
    assert lane.looks == looks + 2


def test_nobody_waits_for_a_lane_that_ends() -> None:
    lane = Lane()
    lane.working.clear()
    lane.bell.ring()
    lane.end.set()
    lane.working.set()
    assert lane.bell.served(99, 5)
    lane.stop()


def test_a_rest_ends_by_itself() -> None:
    bell = Bell(threading.Event())
    started = time.monotonic()
    assert bell.wait(0.05) is False
    assert time.monotonic() - started < 5
