"""The sender of wake-ups: a thread of the process that approved, so that no request ever waits for the broker."""

import os
import threading
from collections.abc import Iterable

import structlog
from flask import Flask

from broadcast.alert import nudge
from disaster.scaled import broker

log = structlog.get_logger()


def init_app(app: Flask, url: str) -> None:
    """Let approvals wake the workers through this broker."""
    app.extensions[nudge.KEY] = Nudges(url)


class Nudges:
    """Callable with names of channels. Wake-ups for the same channel that have not left yet are one.

    Each burst has a connection of its own: hours lie between two alerts, and a connection that nobody serves would be cut meanwhile.
    """

    def __init__(self, url: str) -> None:
        self._broker = broker.connect(url)
        self._waiting: set[str] = set()
        self._lock = threading.Condition()
        self._process = 0  # that the thread belongs to: a web server forks after the application was made

    def __call__(self, channels: Iterable[str]) -> None:
        """Wake the lanes of these channels, soon; returns at once."""
        with self._lock:
            self._waiting.update(channels)
            if self._process != os.getpid():
                self._process = os.getpid()
                threading.Thread(target=self._run, name="nudges", daemon=True).start()
            self._lock.notify_all()

    def _run(self) -> None:
        while True:
            with self._lock:
                self._lock.wait_for(lambda: self._waiting)
                burst = sorted(self._waiting)
                self._waiting.clear()
            self._send(burst)

    def _send(self, burst: list[str]) -> None:
        try:
            for channel in burst:
                self._broker.enqueue(broker.wake_message(channel))
        except broker.UNREACHABLE as error:
            # nothing is lost: every worker's sweep finds the rows
            log.warning("broker not reached", error=type(error).__name__)
        except Exception:
            log.exception("nudge failed")
        finally:
            del self._broker.connection
