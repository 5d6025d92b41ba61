"""Any history of answers, receipts, bounces and hours: failover keeps its promises to every person."""

import os
import tempfile
from datetime import timedelta
from pathlib import Path

import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from broadcast import upkeep
from broadcast.alert import lifecycle
from broadcast.audience import failover
from broadcast.channels.contract import Accepted, Code, Outcome, Refused, Target
from broadcast.channels.receipt import Receipt
from broadcast.models.alert import Transmission
from broadcast.models.audience import Contact
from broadcast.models.delivery import Delivery, DeliveryEvent, Status
from broadcast.reports.receipts import apply
from disaster.app import create_app
from disaster.core.base import Base
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.errors import Stale
from disaster.core.extensions import db
from disaster.core.settings import Settings
from tests.broadcast.audience.test_failover import with_voice
from tests.broadcast.town import Town

PEOPLE = 5
MINUTES = timedelta(minutes=10)
CHANNELS = ("email", "sms", "voice")
CONFIRMING = ("sms", "voice")


class Persons(RuleBasedStateMachine):
    """Five people with any addresses in any order, and a world that answers as it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        config = Settings(data_dir=Path(self.folder.name), secret_key="test-secret", data_key="0" * 64, jma_feeds=False)
        self.app = create_app(config)
        self.context = self.app.app_context()
        self.context.push()
        Base.metadata.create_all(db.engine)
        self.town = with_voice(Town(self.app).build())
        self.late = timedelta(0)
        self.over = False
        self.written: dict[int, timedelta] = {}  # delivery → when it was first seen
        self.refuse: set[str] = set()

    def teardown(self) -> None:
        """Give everything back."""
        db.session.remove()
        db.engine.dispose()
        self.context.pop()
        self.folder.cleanup()

    @initialize(
        people=st.lists(
            st.lists(st.tuples(st.sampled_from(CHANNELS), st.booleans(), st.integers(0, 2)), min_size=2, max_size=3,
                     unique_by=lambda one: one[0]),
            min_size=PEOPLE, max_size=PEOPLE,
        ),
        dead=st.sets(st.tuples(st.integers(0, PEOPLE - 1), st.sampled_from(CHANNELS)), min_size=3, max_size=8),
    )  # fmt: skip
    def a_town_and_an_alert(self, people: list[list[tuple[str, bool, int]]], dead: set[tuple[int, str]]) -> None:
        for number, contacts in enumerate(people):
            person = self.town.resident(number, channels=tuple(channel for channel, _, _ in contacts))
            with transaction() as session:
                for channel, standby, priority in contacts:
                    found = session.query(Contact).filter_by(subscriber_id=person, channel=channel).one()
                    found.standby, found.priority = standby, priority
        for number, channel in dead:
            self.an_address_does_not_work(number, channel)
        for channel in CHANNELS:
            self.town.channels[channel].script = self.answer
        self.alert_id = self.town.approved(expires_at=now() + timedelta(hours=2))
        self.look()

    def answer(self, target: Target) -> Outcome:
        if target.address in self.refuse:
            return Refused(Code.ADDRESS, retryable=False, detail="no")
        return Accepted(f"id-{target.delivery_id}")

    def deliveries(self) -> list[Delivery]:
        db.session.rollback()
        query = select(Delivery).join(Transmission, Transmission.id == Delivery.transmission_id)
        query = query.where(Transmission.alert_id == self.alert_id, Delivery.contact_id != 0)
        return list(db.session.scalars(query.order_by(Delivery.id)))

    def look(self) -> None:
        for delivery in self.deliveries():
            self.written.setdefault(delivery.id, self.late)

    def at(self) -> time_machine.travel:
        return time_machine.travel(now() + self.late, tick=False)

    def an_address_does_not_work(self, number: int, channel: str) -> None:
        self.refuse.add(f"person{number}@example.jp" if channel == "email" else f"+8190{number:08d}")

    @rule()
    def every_lane_works_and_failover_looks(self) -> None:
        for channel in CHANNELS:
            self.a_lane_works(channel)
        self.failover_looks()

    @rule(channel=st.sampled_from(CHANNELS))
    def a_lane_works(self, channel: str) -> None:
        with self.at():
            lane = self.town.lane(channel)
            while lane.step():
                pass
            lane.wire.close()

    @rule(pick=st.integers(0, 20), status=st.sampled_from(["delivered", "undelivered", "failed"]))
    def a_provider_reports(self, pick: int, status: str) -> None:
        sent = [one for one in self.deliveries() if one.provider_id]
        if sent:
            one = sent[pick % len(sent)]
            with self.at():
                apply(one.channel, Receipt(one.provider_id or "", "", status, f"{one.id}-{status}"))  # type: ignore[arg-type]

    @rule(minutes=st.sampled_from([1, 5, 11]))
    def time_passes(self, minutes: int) -> None:
        self.late += timedelta(minutes=minutes)

    @rule()
    def failover_looks(self) -> None:
        before = self.state()
        with self.at():
            failover.run()
            failover.run()
        added = [one for one in self.deliveries() if one.id not in self.written]
        for one in added:
            person = self.person_of(one)
            assert not self.over, "nothing is added after the end"
            assert not any(self.reached(d) for d in before.get(person, [])), "nobody who was reached is tried further"
            assert not any(self.in_time(d) for d in before.get(person, [])), "nobody for whom something has time"
            assert one.code == "failover"
        assert len({self.person_of(one) for one in added}) == len(added), "one step at a time for each person"
        self.look()
        if not self.over:
            self.nobody_is_left()

    @rule()
    def what_is_not_needed_is_taken_back(self) -> None:
        queued = {one.id for one in self.deliveries() if one.status == Status.QUEUED}
        with self.at():
            failover.withdraw_reached()
        for one in self.deliveries():
            if one.id in queued and one.code == "reached":
                assert any(self.reached(d) for d in self.state()[self.person_of(one)])

    @precondition(lambda self: not self.over and self.late > timedelta(minutes=20))
    @rule()
    def an_officer_stops_it(self) -> None:
        with self.at():
            upkeep.finish_alerts(now())
            try:
                lifecycle.stop(self.alert_id, self.town.operator)
            except Stale:  # it counts as sent: nothing is queued
                db.session.rollback()
            else:
                self.over = True

    def nobody_is_left(self) -> None:
        """Whoever was not reached, has nothing on its way in time and has an address left, was given it."""
        if self.late >= timedelta(hours=2):
            return
        tried = {one.contact_id for one in self.deliveries()}
        for person, theirs in self.state().items():
            if any(self.reached(d) or self.in_time(d) for d in theirs):
                continue
            left = db.session.query(Contact).filter(Contact.subscriber_id == person, Contact.active)
            assert [c.channel for c in left if c.id not in tried] == [], "an address is left and nobody tried it"

    def state(self) -> dict[int, list[Delivery]]:
        found: dict[int, list[Delivery]] = {}
        for one in self.deliveries():
            found.setdefault(self.person_of(one), []).append(one)
        return found

    def person_of(self, delivery: Delivery) -> int:
        return db.session.get_one(Contact, delivery.contact_id).subscriber_id

    def reached(self, one: Delivery) -> bool:
        taken = one.status == Status.ACCEPTED and one.channel not in CONFIRMING
        return one.status == Status.DELIVERED or taken

    def in_time(self, one: Delivery) -> bool:
        under_way = one.status in (Status.QUEUED, Status.SENDING, Status.UNCERTAIN, Status.ACCEPTED)
        return under_way and self.late - self.written[one.id] < MINUTES

    @invariant()
    def every_contact_is_written_to_once(self) -> None:
        if not hasattr(self, "alert_id"):
            return
        pairs = [(one.channel, one.contact_id) for one in self.deliveries()]
        assert len(pairs) == len(set(pairs))
        events = db.session.scalars(select(DeliveryEvent.delivery_id).where(DeliveryEvent.code == "failover")).all()
        assert len(events) == len(set(events)), "one reason for each"


Persons.TestCase.settings = settings(
    max_examples=int(os.environ.get("MACHINE_EXAMPLES", "12")),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestPersons = Persons.TestCase
