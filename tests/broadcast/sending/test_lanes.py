"""The lanes of one channel together: retries never delay first tries, and a stop takes back what is not on the wire."""

import threading
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select, update

from broadcast import upkeep
from broadcast.alert import lifecycle
from broadcast.alert.compose import Origin
from broadcast.cap.vocabulary import Kind, Mode, MsgType
from broadcast.channels import registry
from broadcast.channels.contract import (
    BUSY_ROUTE,
    RECALLED,
    Accepted,
    Code,
    InDoubt,
    Message,
    Outcome,
    Refused,
    Target,
    Wire,
)
from broadcast.channels.email import EmailChannel
from broadcast.models.audience import Contact
from broadcast.models.delivery import Delivery, DeliveryEvent, Status
from broadcast.sending import claims, recovery
from broadcast.sending.claims import Share
from broadcast.sending.dispatch import Lane, watch
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db
from tests.broadcast.town import Town
from tests.fakes.channel import ScriptedChannel


def lane(town: Town, share: Share, hand: int = 1) -> Lane:
    """A lane of e-mail that the test steps by hand."""
    folder: Path = town.app.extensions["disaster.settings"].data_dir / "wire"
    return Lane("email", "test", folder, share, hand)


def rows() -> list[Delivery]:
    db.session.rollback()
    return list(db.session.scalars(select(Delivery).where(Delivery.channel == "email").order_by(Delivery.id)))


class Obedient(ScriptedChannel):
    """Asks before each message whether it may still go, as the real channels do; ``pause`` seconds for each."""

    pause = 0.0

    def send(self, message: Message, targets: Sequence[Target], wire: Wire) -> Iterable[tuple[Target, Outcome]]:
        """Answer by the script."""
        for target in targets:
            if wire.recalled():
                yield target, RECALLED
                continue
            yield from super().send(message, [target], wire)
            time.sleep(self.pause)


def test_two_hands_and_a_slow_lane_share_the_work_and_nobody_gets_it_twice(any_town: Town) -> None:
    for number in range(120):
        any_town.resident(number)
    channel = any_town.channels["email"]
    channel.script = lambda t: (
        Refused(Code.UNKNOWN, True, "451") if t.attempt == 1 and t.delivery_id % 4 == 0 else Accepted()
    )
    alert_id = any_town.approved()
    hands = [lane(any_town, Share.FIRST, 1), lane(any_town, Share.FIRST, 2)]
    slow = lane(any_town, Share.AGAIN)
    while sum(hand.step() for hand in hands):
        pass
    assert any_town.statuses(alert_id, "email") == {Status.ACCEPTED: 90, Status.QUEUED: 30}
    with time_machine.travel(now() + timedelta(seconds=31), tick=False):
        assert [hand.step() for hand in hands] == [0, 0], "retries are not theirs"
        assert slow.step() == 30
    assert any_town.statuses(alert_id, "email") == {Status.ACCEPTED: 120}
    first = [target.address for target, _ in channel.received if target.attempt == 1]
    assert len(first) == len(set(first)) == 120
    for each in (*hands, slow):
        each.wire.close()


def test_the_slow_lane_never_touches_first_tries_and_settles_what_is_in_doubt(any_town: Town) -> None:
    any_town.resident(1)
    any_town.resident(2)
    channel = any_town.channels["email"]
    channel.script = lambda t: InDoubt("reset") if t.address.startswith("person1@") else Accepted()
    alert_id = any_town.approved()
    slow, first = lane(any_town, Share.AGAIN), lane(any_town, Share.FIRST)
    assert slow.step() == 0
    assert first.step() == 2
    channel.known = {target.delivery_id: Accepted("known") for target, _ in channel.received}
    with time_machine.travel(now() + timedelta(seconds=3), tick=False):
        assert first.step() == 0
        assert slow.step() == 1
    assert any_town.statuses(alert_id, "email") == {Status.ACCEPTED: 2}
    assert len(channel.received) == 2
    slow.wire.close()
    first.wire.close()


def test_a_busy_route_goes_to_the_slow_lane_and_the_try_does_not_count(any_town: Town) -> None:
    for number in range(6):
        any_town.resident(number)
    channel = any_town.channels["email"]
    channel.script = lambda t: BUSY_ROUTE if t.delivery_id % 2 and t.attempt == 1 else Accepted()
    any_town.approved()
    first, slow = lane(any_town, Share.FIRST), lane(any_town, Share.AGAIN)
    first.step()
    waiting = [row for row in rows() if row.status == Status.QUEUED]
    assert [row.attempts for row in waiting] == [1, 1, 1]
    assert first.step() == 0
    busy = {row.id for row in waiting}
    assert not db.session.scalars(select(DeliveryEvent).where(DeliveryEvent.delivery_id.in_(busy))).all()
    with time_machine.travel(now() + timedelta(seconds=11), tick=False):
        slow.step()
    assert {row.status for row in rows()} == {Status.ACCEPTED}
    first.wire.close()
    slow.wire.close()


def test_the_route_of_an_address_reaches_the_channel(town: Town) -> None:
    town.resident(1)
    with transaction() as session:
        session.execute(update(Contact).values(route="docomo.ne.jp"))
    town.approved()
    town.send_everything()
    assert [target.route for target, _ in town.channels["email"].received] == ["docomo.ne.jp"]


def test_an_ill_route_does_not_keep_back_the_retries_of_the_others(any_town: Town) -> None:
    for number in range(40):
        any_town.resident(number)
    with transaction() as session:
        ill = select(Contact.id).where(Contact.id <= 30)
        session.execute(update(Contact).where(Contact.id.in_(ill)).values(route="ill.example"))
        session.execute(update(Contact).where(Contact.id.not_in(ill)).values(route="well.example"))
    channel = any_town.channels["email"]
    channel.script = lambda t: (
        Refused(Code.THROTTLED, True, "421") if t.route == "ill.example" or t.attempt == 1 else Accepted()
    )
    any_town.approved()
    first, slow = lane(any_town, Share.FIRST), lane(any_town, Share.AGAIN)
    first.step()
    channel.received.clear()
    start = now()
    for second in range(31, 91, 2):
        with time_machine.travel(start + timedelta(seconds=second), tick=False):
            slow.step()
    well = [target for target, _ in channel.received if target.route == "well.example"]
    tried = [target for target, _ in channel.received if target.route == "ill.example"]
    assert len(well) == 10
    assert len(tried) <= 25, "a few probes, not all thirty again and again"
    first.wire.close()
    slow.wire.close()


@pytest.mark.parametrize("what", ["stop", "cancel", "correction", "expiry"])
def test_what_a_lane_holds_and_had_not_begun_is_taken_back_at_once(any_town: Town, what: str) -> None:
    """A provider takes two seconds for a batch of fifty and the officer presses after five messages."""
    for number in range(50):
        any_town.resident(number)
    channel = any_town.channels["email"]
    channel.__class__ = Obedient
    channel.pause = 0.05  # type: ignore[attr-defined]
    first = any_town.approved(expires_at=now() + timedelta(minutes=30))
    follow_up = _follow_up(any_town, first, what)
    hand = lane(any_town, Share.FIRST)
    pressed = threading.Event()

    def press(target: Target) -> Outcome:
        if len(channel.received) == 5:
            pressed.set()
        return Accepted()

    channel.script = press

    def work() -> None:
        with any_town.app.app_context():
            hand.step()
            db.session.remove()

    thread = threading.Thread(target=work)
    thread.start()
    assert pressed.wait(20)
    at = now()
    if what == "stop":
        lifecycle.stop(first, any_town.operator)
    elif what == "expiry":
        at = now() + timedelta(minutes=31)
    else:
        lifecycle.approve(follow_up, any_town.approver, any_town.seen(follow_up), code=any_town.code())
    assert watch([hand], at) == 1
    thread.join(20)
    if what == "expiry":
        upkeep.expire_deliveries(at)
    counts = any_town.statuses(first, "email")
    ended = Status.EXPIRED if what == "expiry" else Status.SKIPPED
    assert counts[Status.ACCEPTED] == len(channel.received) < 50
    assert counts == {Status.ACCEPTED: len(channel.received), ended: 50 - len(channel.received)}
    if what in ("cancel", "correction"):
        codes = set(db.session.scalars(select(Delivery.code).where(Delivery.status == Status.SKIPPED)))
        assert codes == {"superseded"}
    hand.wire.close()


def _follow_up(town: Town, first: int, what: str) -> int:
    if what == "cancel":
        return town.submitted(origin=Origin(MsgType.CANCEL, references_id=first))
    if what == "correction":
        return town.submitted(origin=Origin(MsgType.UPDATE, references_id=first), correction="川の名前を訂正します。")
    return 0


def test_a_lane_that_was_frozen_longer_than_its_lease_sends_nothing_of_what_it_held(any_town: Town) -> None:
    for number in range(5):
        any_town.resident(number)
    channel = any_town.channels["email"]
    channel.__class__ = Obedient
    alert_id = any_town.approved()
    hand = lane(any_town, Share.FIRST)
    hand._lease_holds = lambda since=0.0: hand.wire.good_for(-1)  # type: ignore[method-assign]
    hand.step()
    assert channel.received == []
    assert any_town.statuses(alert_id, "email") == {Status.QUEUED: 5}
    del hand._lease_holds  # type: ignore[method-assign]
    hand.step()
    assert any_town.statuses(alert_id, "email") == {Status.ACCEPTED: 5}
    hand.wire.close()


def test_a_lane_gives_back_nothing_that_somebody_else_holds_by_now(any_town: Town) -> None:
    any_town.resident(1)
    alert_id = any_town.approved()
    mine = claims.claim("email", "mine", 5, now())
    with time_machine.travel(now() + timedelta(minutes=2), tick=False):
        assert recovery.doubt_lost_leases(now()) == 1
        with transaction() as session:
            claims.give_back(session, "mine", [mine[0].id], now(), now())
    assert any_town.statuses(alert_id, "email") == {Status.UNCERTAIN: 1}


def test_a_lease_is_kept_from_another_thread_while_the_lane_is_busy(any_town: Town) -> None:
    any_town.resident(1)
    channel, hand = any_town.channels["email"], lane(any_town, Share.FIRST)
    found: list[int] = []

    def slow(target: Target) -> Outcome:
        with time_machine.travel(now() + claims.LEASE * 0.9, tick=False):
            hand.renew()
        with time_machine.travel(now() + claims.LEASE * 1.5, tick=False):
            found.append(recovery.doubt_lost_leases(now()))
        return Accepted()

    channel.script = slow
    any_town.approved()
    hand.step()
    hand.wire.close()
    assert found == [0]


def test_an_urgent_alert_overtakes_a_queue_of_retries_as_well(any_town: Town) -> None:
    for number in range(5):
        any_town.resident(number)
    channel = any_town.channels["email"]
    channel.script = lambda t: Refused(Code.UNKNOWN, True, "451")
    any_town.approved(kind=Kind.NOTICE, title="給水", situation="給水車が来ます。")
    any_town.approved(kind=Kind.EMERGENCY)
    one = any_town.lane("email")
    while one.step():
        pass
    channel.received.clear()
    with time_machine.travel(now() + timedelta(seconds=31), tick=False):
        one.step()
    one.wire.close()
    assert all("緊急安全確保" in message.body for _, message in channel.received)


def test_the_slow_lane_has_mail_connections_of_its_own(town: Town) -> None:
    town.app.extensions.pop(registry.KEY)
    usual, slow = registry.channels(Mode.LIVE), registry.slow(Mode.LIVE)
    assert isinstance(slow["email"], EmailChannel)
    assert slow["email"] is not usual["email"]
    assert slow["email"] is registry.slow(Mode.LIVE)["email"]
    assert slow["sms"] is usual["sms"], "the provider's limit is one for all"
    assert registry.slow(Mode.DRILL) == registry.channels(Mode.DRILL)
