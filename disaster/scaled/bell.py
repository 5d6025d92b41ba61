"""A bell for a lane: it rests until it is rung or until its sweep is due, and whoever rang can wait until it rests again."""

import threading


class Bell(threading.Event):
    """Given to a lane's loop in place of the event that ends it: ``is_set`` is the end, ``wait`` is the rest between two looks.

    What was rung for while the lane was working is served by its next look, never by the one under way, which may have passed the
    rows already.
    """

    def __init__(self, end: threading.Event) -> None:
        super().__init__()
        self._end = end
        self._state = threading.Condition()
        self._rung = self._heard = self._served = 0

    def is_set(self) -> bool:
        """Whether the lane is to end."""
        return self._end.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Rest: until rung, at most ``timeout`` seconds; whether the lane is to end."""
        with self._state:
            self._served = self._heard
            self._state.notify_all()
            self._state.wait_for(lambda: self._rung > self._heard or self._end.is_set(), timeout)
            self._heard = self._rung
        return self._end.is_set()

    def ring(self) -> int:
        """Wake the lane; the number to wait for with ``served``."""
        with self._state:
            self._rung += 1
            self._state.notify_all()
            return self._rung

    def served(self, number: int, seconds: float) -> bool:
        """Wait until the lane has looked since that ring and found nothing more to do, at most so many seconds; whether it has."""
        with self._state:
            return self._state.wait_for(lambda: self._served >= number or self._end.is_set(), seconds)
