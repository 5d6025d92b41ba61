"""The worker process: a lane per channel, upkeep every second, the bulletins every minute. Several may run at once."""

import contextlib
import gc
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import structlog
from flask import Flask

from broadcast import duties, upkeep
from broadcast.alert import lifecycle
from broadcast.audience.spreading import Spreader
from broadcast.cap.vocabulary import Mode
from broadcast.channels import registry
from broadcast.reports import calls
from broadcast.sending import recovery, tallies
from broadcast.sending.claims import Share
from broadcast.sending.dispatch import LOOKS_EVERY, Lane, watch
from broadcast.sending.scout import Scout
from disaster.app import create_app
from disaster.bulletins import feed
from disaster.core.clock import now
from disaster.core.extensions import db
from disaster.core.settings import settings
from registry import duties as registry_duties

log = structlog.get_logger()
BULLETINS_EVERY = 60.0
DRAFTS_EVERY = 60.0
CALLS_EVERY = 5.0
RENEW_EVERY = 3.0  # a fifth of the lease
COMPACT_EVERY = 2.0
SLOW_PAUSE = 0.5  # between two looks of a slow lane that finds nothing of its own
HANDS = 2  # lanes that share the first tries of a personal channel
STOP_SECONDS = 20.0


class Worker:
    """All lanes and duties of one process."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.name = f"{socket.gethostname()[:12]}-{os.getpid()}-{secrets.token_hex(2)}"
        self.stop = threading.Event()
        self.threads: list[threading.Thread] = []
        self.scout = Scout()

    def run(self) -> None:
        """Recover what a dead worker left, then work until told to stop."""
        with self.app.app_context():
            folder = settings().data_dir / "wire"
            self._try(lambda: recovery.recover(folder, registry.channels, now()))
            for first in duties.FIRST:
                self._try(first)
            lanes = lanes_of(self.name, folder)
            reads_feeds = settings().jma_feeds
        for lane in lanes:
            self._thread(lane.channel, partial(self.work, lane))
        self._thread("scout", self.look_out)
        self._thread("upkeep", partial(self._every, 1.0, self._tick))
        self._thread("leases", partial(self._every, RENEW_EVERY, partial(self._renew, lanes)))
        self._thread("spreading", self._spread)
        self._thread("stops", partial(self._every, LOOKS_EVERY, lambda: watch(lanes, now())))
        self._thread("tallies", partial(self._every, COMPACT_EVERY, tallies.compact))
        self._thread("drafts", partial(self._every, DRAFTS_EVERY, lifecycle.expire_drafts))
        self._thread("calls", partial(self._every, CALLS_EVERY, lambda: calls.ask(now())))
        for name, seconds, duty in (*duties.DUTIES, *registry_duties.DUTIES):
            self._thread(name, partial(self._every, seconds, duty))
        if reads_feeds:
            self._thread("bulletins", partial(self._every, BULLETINS_EVERY, feed.poll))
        log.info("worker started", worker=self.name)
        self.stop.wait()
        until = time.monotonic() + STOP_SECONDS  # for all together; a lane that is cut off leaves its journal
        for thread in self.threads:
            thread.join(timeout=max(0.0, until - time.monotonic()))

    def work(self, lane: Lane) -> None:
        """A lane's own loop, in its own thread."""
        lane.run(self.stop, partial(self._rest, lane))

    def look_out(self) -> None:
        """See for all lanes what there is to do."""
        self.scout.run(self.stop)

    def _rest(self, lane: Lane) -> None:
        if lane.share == Share.AGAIN:  # what the scout names may all be first tries
            self.stop.wait(SLOW_PAUSE)
        self.scout.wait(lane.channel, self.stop)

    def _tick(self) -> None:
        """Each duty by itself: one that fails again and again must not keep the others from being done."""
        at, folder = now(), settings().data_dir / "wire"
        self._try(lambda: upkeep.beat(self.name))
        self._try(lambda: recovery.recover(folder, registry.channels, at))
        self._try(lambda: recovery.doubt_lost_leases(at))
        self._try(lambda: calls.sweep(at))
        self._try(lambda: upkeep.expire_deliveries(at))
        self._try(lambda: upkeep.finish_alerts(at))

    def _spread(self) -> None:
        spreader = Spreader()
        while not self.stop.is_set():
            self._try(spreader.step)
            self.stop.wait(spreader.wait)

    def _renew(self, lanes: list[Lane]) -> None:
        for lane in lanes:
            self._try(lane.renew)

    def _every(self, seconds: float, duty: Callable[[], object]) -> None:
        while not self.stop.is_set():
            started = time.monotonic()
            self._try(duty)
            self.stop.wait(max(0.05, seconds - (time.monotonic() - started)))

    def _try(self, duty: Callable[[], object]) -> None:
        try:
            duty()
        except Exception:
            log.exception("duty failed", worker=self.name)
        with contextlib.suppress(Exception):  # a connection that is gone cannot be rolled back; the next one is new
            db.session.remove()

    def _thread(self, name: str, work: Callable[[], object]) -> None:
        def in_context() -> None:
            with self.app.app_context():
                work()

        thread = threading.Thread(target=in_context, name=name, daemon=True)
        thread.start()
        self.threads.append(thread)


def lanes_of(owner: str, folder: Path) -> list[Lane]:
    """The lanes of one worker: for each personal channel two hands and a slow lane, one for each that speaks to everyone."""
    found = []
    for name, channel in registry.channels(Mode.LIVE).items():
        if channel.personal:
            found += [Lane(name, owner, folder, Share.FIRST, hand) for hand in range(1, HANDS + 1)]
            found.append(Lane(name, owner, folder, Share.AGAIN))
        else:
            found.append(Lane(name, owner, folder))
    return found


def main() -> None:
    """Run a worker that looks by itself what is to be done, until SIGTERM or SIGINT."""
    until_told(Worker(create_app()))


def until_told(worker: Worker) -> None:
    """Run it until SIGTERM or SIGINT."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop.set())
    gc.collect()
    gc.freeze()  # what is here stays; looking through all of it again would stop every lane for 50 ms in mid-send
    gc.set_threshold(
        20_000, 20, 20
    )  # a batch is thousands of tuples and no cycles: looking at every 700 took 1 to 2 µs a letter
    with contextlib.suppress(KeyboardInterrupt):
        worker.run()


if __name__ == "__main__":
    main()
