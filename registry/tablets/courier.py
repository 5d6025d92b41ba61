"""Calls of several tablets in one transaction: whoever comes while another one is written goes with the next, so that all share one commit.

On SQLite one writer writes at a time, and each commit waits for the disk. Of the calls that wait in one process the first takes all with it;
the processes take turns by a lock that the system hands on at once, where SQLite's own would be asked for again and again.
"""

import contextlib
import fcntl
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.core.settings import settings
from registry.tablets import syncing
from registry.tablets.devices import NotYours
from registry.tablets.syncing import Parcel, Result

MOST = 32  # parcels of one transaction
PATIENCE = 0.01  # seconds that whoever goes waits for those who are still opening what they were sent
TURN, NEXT = "intake.turn", "intake.next"  # the files of the locks, in the data folder
_Answer = Future[list[Result] | NotYours]


class _Courier:
    def __init__(self) -> None:
        self._waiting: deque[tuple[Parcel, _Answer]] = deque()
        self._going = threading.Lock()
        self._opening = 0  # calls whose parcels are not ready yet
        self._ready = threading.Condition()

    def deliver(self, opened: Callable[[], Parcel]) -> list[Result]:
        """Open a parcel and wait until it is committed."""
        answer: _Answer = Future()
        with self._counted():
            self._waiting.append((opened(), answer))
        while not answer.done():
            with self._going:
                if not answer.done():
                    self._go()
        found = answer.result()
        if isinstance(found, NotYours):
            raise found
        return found

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        with self._ready:
            self._opening += 1
        try:
            yield
        finally:
            with self._ready:
                self._opening -= 1
                self._ready.notify()

    def _gather(self) -> None:
        """Let those come along who are about to: a commit is shared, and a thread that writes is not held up by others that open."""
        with self._ready:
            self._ready.wait_for(lambda: not self._opening or len(self._waiting) >= MOST, PATIENCE)

    def _go(self) -> None:
        with _turn():
            self._gather()
            taken = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST))]
            try:
                answers = _written([parcel for parcel, _ in taken])
            except Exception as error:
                if len(taken) == 1:
                    taken[0][1].set_exception(error)
                    return
                for parcel, answer in taken:  # whoever cannot be taken must not take the others down
                    _alone(parcel, answer)
                return
        for (_, answer), results in zip(taken, answers, strict=True):
            answer.set_result(results)


def _alone(parcel: Parcel, answer: _Answer) -> None:
    try:
        answer.set_result(_written([parcel])[0])
    except Exception as error:
        answer.set_exception(error)


def _written(parcels: Sequence[Parcel]) -> list[list[Result] | NotYours]:
    with transaction() as session:
        return syncing.take(session, parcels)


@contextlib.contextmanager
def _turn() -> Iterator[None]:
    """The turn of this process among those of one SQLite database.

    Whoever waits for it holds the place behind it. Without that, a process that has just written would write again before the other one was
    awake: alone, with the one call that came meanwhile.
    """
    if db.engine.dialect.name != "sqlite":
        yield
        return
    folder = settings().data_dir
    with contextlib.ExitStack() as turn:
        with _held(folder / NEXT):
            turn.enter_context(_held(folder / TURN))
        yield


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    """A lock among processes; it ends with the process, however that ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)  # which gives the lock back


_courier = _Courier()


def deliver(opened: Callable[[], Parcel]) -> list[Result]:
    """Take in the parcel that ``opened`` makes of a call, together with whatever others bring; returns when it is committed.

    Raises:
        NotYours: the tablet was revoked since it knocked.
        Busy, DiskFull
        whatever ``opened`` raises
    """
    return _courier.deliver(opened)
