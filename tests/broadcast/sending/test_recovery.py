"""The way back keeps the rule of the way out: whatever dies wherever, recovery sends nothing again that was answered for.

Services have had a second path for recovery that claimed nothing and looked at nothing, and it sent what had been sent. Here lanes are
killed at random places, recovered by several, and the provider's own list is compared with the ledger.
"""

import os
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from broadcast.channels import registry
from broadcast.channels.contract import Accepted, Message, Outcome, Target, Wire
from broadcast.models.delivery import Delivery, DeliveryEvent, Status
from broadcast.sending import claims, recovery
from broadcast.sending.dispatch import Lane
from broadcast.sending.journal import Remains
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db
from tests.broadcast.town import Town
from tests.fakes.channel import ScriptedChannel

PEOPLE = 24


class Killed(BaseException):
    """SIGKILL, as far as one process can play it: nothing of ours catches it."""


class MortalChannel(ScriptedChannel):
    """Dies when ``moments`` have passed: before, during and after each message, and in the instant between answer and commit."""

    moments = 10**9

    def send(self, message: Message, targets: Sequence[Target], wire: Wire) -> Iterable[tuple[Target, Outcome]]:
        for target in targets:
            self._moment()
            wire.sending(0, target.delivery_id)
            self._moment()
            self.received.append((target, message))
            self._moment()
            wire.settled(0, target.delivery_id, Accepted(f"id-{target.delivery_id}"))
            self._moment()
            yield target, Accepted(f"id-{target.delivery_id}")

    def _moment(self) -> None:
        self.moments -= 1
        if self.moments == 0:
            raise Killed


class Story:
    """Two workers, deaths, and recoveries in an order that a seed decides."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town, self.chance = town, random.Random(seed)
        for number in range(PEOPLE):
            town.resident(number)
        self.channel = town.channels["email"]
        self.channel.__class__ = MortalChannel
        self.channel.chunk = 5
        self.alert_id = town.approved()
        self.started = now()
        self.lives = 0
        self.lanes = [self.lane(), self.lane()]

    def lane(self) -> Lane:
        """Another worker's lane, under a name of its own."""
        self.lives += 1
        return self.town.lane("email", f"worker-{self.lives}")

    def run(self) -> None:
        """A death, turns in which anything may happen, then peace until all is settled."""
        anything = (self.work, self.work_and_die, self.work_and_die, self.recover, self.receipt)
        for turn in range(20):
            self.started += timedelta(seconds=self.chance.choice((0, 1, 3)))
            with time_machine.travel(self.started, tick=False):
                self.chance.choice(anything if turn else (self.work_and_die,))()
        for _ in range(20):
            self.started += timedelta(seconds=20)
            with time_machine.travel(self.started, tick=False):
                self.recover()
                self.work()
        for lane in self.lanes:
            lane.wire.close()

    def work(self) -> None:
        """A step of either worker."""
        self.channel.moments = 10**9  # type: ignore[attr-defined]
        self.chance.choice(self.lanes).step()

    def work_and_die(self) -> None:
        """A step that a kill may end; another worker comes in its place, and nobody tidies up."""
        self.channel.moments = self.chance.randint(1, 20)  # type: ignore[attr-defined]
        lane = self.chance.choice(self.lanes)
        try:
            lane.step()
        except Killed:
            db.session.rollback()
            lane.wire._map.close()
            os.close(lane.wire._file)  # the kernel lets the lock go
            self.lanes[self.lanes.index(lane)] = self.lane()

    def recover(self) -> None:
        """What every worker does every second, several of them at the same time."""
        for _ in range(self.chance.randint(1, 3)):
            recovery.recover(self.lanes[0].folder, registry.channels, now())
            recovery.doubt_lost_leases(now())

    def receipt(self) -> None:
        """The provider reports an arrival, also while the row is being recovered."""
        with transaction() as session:
            session.execute(
                update(Delivery)
                .where(Delivery.channel == "email", Delivery.status == Status.ACCEPTED)
                .where(Delivery.id % 5 == self.chance.randint(0, 4))
                .values(status=Status.DELIVERED)
            )

    def check(self) -> None:
        """Provider's list against ledger."""
        copies = Counter(target.delivery_id for target, _ in self.channel.received)
        references = {(target.delivery_id, target.reference) for target, _ in self.channel.received}
        doubted = set(
            db.session.scalars(select(DeliveryEvent.delivery_id).where(DeliveryEvent.status == Status.UNCERTAIN))
        )
        rows = db.session.scalar(select(func.count()).where(Delivery.channel == "email"))
        assert rows == len(copies) == PEOPLE, "nobody is left out, and nobody has a second delivery"
        assert len(references) == PEOPLE, "a repeat has the same reference"
        assert {number for number, count in copies.items() if count > 1} <= doubted, (
            "only what was in doubt is repeated"
        )
        assert set(self.town.statuses(self.alert_id, "email")) <= {Status.ACCEPTED, Status.DELIVERED}


@pytest.mark.parametrize("seed", range(4))
def test_whatever_dies_wherever_nobody_is_left_out_and_nothing_that_was_answered_for_is_sent_again(
    any_town: Town, seed: int
) -> None:
    story = Story(any_town, seed)
    story.run()
    story.check()


def test_the_check_sees_a_recovery_that_just_sends_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def again(left: Remains, channels: recovery.Channels, at: datetime) -> int:
        """As one would write it first: what the dead one held goes back to the queue."""
        with transaction() as session:
            held = session.scalars(select(Delivery.id).where(Delivery.lease_owner == left.owner)).all()
            claims.give_back(session, left.owner, list(held), at, at)
        return len(held)

    monkeypatch.setattr(recovery, "reconcile", again)
    story = Story(town, 1)
    story.run()
    with pytest.raises(AssertionError, match="only what was in doubt"):
        story.check()


def test_after_a_power_cut_the_whole_lease_is_in_doubt_and_not_only_what_the_journal_has_on_the_wire(
    town: Town,
) -> None:
    for number in range(5):
        town.resident(number)
    alert_id = town.approved()
    answered, on_wire, *_ = claims.claim("email", "dead", 50, now())
    left = Remains("dead", same_boot=False, settled={answered.id: Accepted("id")}, on_wire={on_wire.id})
    assert recovery.reconcile(left, registry.channels, now()) == 5
    assert town.statuses(alert_id, "email") == {Status.ACCEPTED: 1, Status.UNCERTAIN: 4}


def test_a_lease_that_is_renewed_between_the_look_and_the_deed_is_not_in_doubt(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.resident(1)
    alert_id = town.approved()
    claims.claim("email", "slow", 50, now())
    late, plain = now() + claims.LEASE + timedelta(seconds=1), recovery.transaction

    @contextmanager
    def a_moment_later() -> Iterator[Session]:
        db.session.rollback()
        claims.renew("slow", late)
        with plain() as session:
            yield session

    monkeypatch.setattr(recovery, "transaction", a_moment_later)
    assert recovery.doubt_lost_leases(late) == 0
    assert town.statuses(alert_id, "email") == {Status.SENDING: 1}


def test_what_moved_on_since_the_kill_is_not_touched(any_town: Town) -> None:
    for number in range(6):
        any_town.resident(number)
    alert_id = any_town.approved()
    lane = any_town.lane("email", "dead")
    taken = claims.claim("email", lane.owner, 50, now())
    lane.wire.begin()
    for slot, one in enumerate(taken):
        lane.wire.sending(slot, one.id)
    lane.wire._map.close()
    os.close(lane.wire._file)
    delivered, other = taken[0].id, taken[1].id
    with transaction() as session:
        session.execute(update(Delivery).where(Delivery.id == delivered).values(status=Status.DELIVERED))
        session.execute(update(Delivery).where(Delivery.id == other).values(lease_owner="another-lane"))
    recovery.recover(lane.folder, registry.channels, now())
    recovery.recover(lane.folder, registry.channels, now())
    assert any_town.statuses(alert_id, "email") == {Status.DELIVERED: 1, Status.SENDING: 1, Status.UNCERTAIN: 4}
    owner = db.session.scalar(select(Delivery.lease_owner).where(Delivery.id == other))
    assert owner == "another-lane", "it is that lane's to settle"
