"""The worker process: its duties do not depend on each other, and it ends when it is told to."""

import os
import threading
import time
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from broadcast.channels.contract import Accepted
from broadcast.models.delivery import Delivery, Status
from broadcast.models.health import WorkerBeat
from broadcast.sending import claims
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.worker import Worker
from tests.broadcast.town import Town


@pytest.fixture
def town(app: Flask) -> Town:
    """A small town."""
    return Town(app).build()


def test_a_duty_that_fails_keeps_none_of_the_others_from_being_done(town: Town) -> None:
    town.resident(1)
    town.resident(2)
    alert_id = town.approved(expires_at=now() + timedelta(minutes=5))
    lane = town.lane("email", owner="dead")
    taken = claims.claim("email", lane.owner, 1, now())
    lane.wire.begin()
    lane.wire.settled(0, taken[0].id, Accepted("q"))
    lane.wire._map.close()
    os.close(lane.wire._file)
    with (
        transaction() as session
    ):  # of a channel that this version does not know any more: its journal cannot be worked on
        session.execute(update(Delivery).where(Delivery.id == taken[0].id).values(channel="fax"))
    with time_machine.travel(now() + timedelta(minutes=6), tick=False):
        Worker(town.app)._tick()
    assert town.statuses(alert_id, "email") == {Status.EXPIRED: 1}, "expiry is seen to all the same"
    assert db.session.query(WorkerBeat).count() == 1


def test_a_worker_that_cannot_look_after_a_dead_one_starts_all_the_same_and_stops_at_once(town: Town) -> None:
    folder = town.app.extensions["disaster.settings"].data_dir / "wire"
    folder.mkdir()
    (folder / "broken.email.wire").write_bytes(b"WIRE1\n" + b"\xff" * 700_000)
    worker = Worker(town.app)
    thread = threading.Thread(target=worker.run)
    thread.start()
    town.resident(1)
    alert_id = town.approved()
    until = time.monotonic() + 20
    while town.statuses(alert_id, "email") != {Status.ACCEPTED: 1}:
        assert time.monotonic() < until
        time.sleep(0.1)
    started = time.monotonic()
    worker.stop.set()
    thread.join(25)
    assert not thread.is_alive()
    assert time.monotonic() - started < 15
