"""The worker of scaled mode: the same lanes and duties, but its lanes rest until the broker wakes them or their sweep is due.

A wake-up is answered for (acknowledged) only when the lanes of its channel have nothing more to do: the broker gives one that a killed
worker held to another worker at once. Its loss delays by a sweep and no more, because the row is the queue.
"""

import threading
import time
from collections import defaultdict
from functools import partial

import dramatiq
import structlog
from flask import Flask

from broadcast.sending.dispatch import Lane
from disaster.app import create_app
from disaster.core.settings import settings
from disaster.scaled import broker
from disaster.scaled.bell import Bell
from disaster.worker import Worker, until_told

log = structlog.get_logger()
SWEEP_SECONDS = 2.0
HOLD_SECONDS = (
    60.0  # that a wake-up is held at most: the broker takes back what is not answered for within half an hour
)
THREADS = 8  # wake-ups in hand at a time; each only waits for lanes
STOP_MS = 2000


class ScaledWorker(Worker):
    """One of several workers of one ledger."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self.bells: dict[str, list[Bell]] = defaultdict(list)
        with app.app_context():
            self.broker = broker.connect(settings().broker_url.get_secret_value())

    def run(self) -> None:
        """Listen to the broker, whether it is there or not, and work until told to stop."""
        dramatiq.actor(actor_name=broker.ACTOR, queue_name=broker.QUEUE, broker=self.broker)(self.wake)
        listener = dramatiq.Worker(self.broker, worker_threads=THREADS)
        listener.queue_prefetch = THREADS  # what waits behind busy threads would better be taken by another worker
        listener.start()
        threading.Thread(target=self._ring_at_the_end, name="end", daemon=True).start()
        super().run()
        listener.stop(STOP_MS)
        self.broker.close()

    def work(self, lane: Lane) -> None:
        """A lane's own loop: until it is idle, then rest."""
        bell = Bell(self.stop)
        self.bells[lane.channel].append(bell)
        lane.run(bell, partial(bell.wait, SWEEP_SECONDS))

    def look_out(self) -> None:
        """The broker does it."""

    def wake(self, channel: str) -> None:
        """Let the lanes of a channel look now, and answer for it when they are done."""
        rung = [(bell, bell.ring()) for bell in self.bells.get(channel, ())]
        until = time.monotonic() + HOLD_SECONDS
        done = [bell.served(number, max(0.0, until - time.monotonic())) for bell, number in rung]
        if not all(done):  # a long send: another worker may be free by now
            self.broker.enqueue(broker.wake_message(channel))

    def _ring_at_the_end(self) -> None:
        self.stop.wait()
        for bell in [bell for bells in self.bells.values() for bell in bells]:
            bell.ring()


def main() -> None:
    """Run a worker that the broker wakes, until SIGTERM or SIGINT."""
    until_told(ScaledWorker(create_app()))


if __name__ == "__main__":
    main()
