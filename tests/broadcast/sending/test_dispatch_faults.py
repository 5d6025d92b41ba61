"""Lanes and bad luck: one bad address, text or answer never holds up the others, and every try has an end."""

import sqlite3
import threading
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, text, update

from broadcast.alert.compose import Origin
from broadcast.cap.vocabulary import Kind, MsgType
from broadcast.channels.contract import Accepted, Code, InDoubt, Message, Outcome, Refused, Target, Wire
from broadcast.models.audience import Contact
from broadcast.models.delivery import Delivery, Status
from broadcast.sending import claims, settling
from broadcast.sending.dispatch import Lane
from disaster.core import db as database
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db
from tests.broadcast.town import Town
from tests.fakes.channel import ScriptedChannel


def turn(lane: Lane) -> int:
    """One step as the lane's own loop takes it: an error ends the step and not the lane."""
    try:
        return lane.step()
    except Exception:
        db.session.rollback()
        return -1


def row(channel: str = "email") -> Delivery:
    db.session.rollback()
    return db.session.scalars(select(Delivery).where(Delivery.channel == channel)).one()


def test_an_address_that_does_not_open_is_its_own_failure_and_no_other_persons(any_town: Town) -> None:
    for number in range(5):
        any_town.resident(number)
    with transaction() as session:
        session.execute(update(Contact).where(Contact.token == "token-2-email").values(address=b"x" * 40))
    alert_id = any_town.approved()
    lane = any_town.lane("email")
    lane.step()
    assert any_town.statuses(alert_id, "email") == {Status.ACCEPTED: 4, Status.QUEUED: 1}
    for hours in range(1, 9):
        with time_machine.travel(now() + timedelta(minutes=10 * hours), tick=False):
            lane.step()
    lane.wire.close()
    assert any_town.statuses(alert_id, "email") == {Status.ACCEPTED: 4, Status.FAILED: 1}
    failed = db.session.scalars(select(Delivery).where(Delivery.status == Status.FAILED)).one()
    assert (failed.code, failed.detail) == ("unknown", "the address does not open")


def test_one_delivery_that_breaks_every_batch_is_singled_out_and_ends_as_failed(any_town: Town) -> None:
    for number in range(40):
        any_town.resident(number)
    channel, lane = any_town.channels["email"], any_town.lane("email")

    class Picky(ScriptedChannel):
        """Falls over one address before anything of the batch is on the wire."""

        def send(self, message: Message, targets: Sequence[Target], wire: Wire) -> Iterable[tuple[Target, Outcome]]:
            if any(target.address.startswith("person7@") for target in targets):
                raise KeyError("person7@example.jp")
            return super().send(message, targets, wire)

    channel.__class__ = Picky
    alert_id = any_town.approved()
    for _ in range(60):
        turn(lane)
    assert any_town.statuses(alert_id, "email") == {Status.ACCEPTED: 39, Status.QUEUED: 1}
    assert len(channel.addresses) == len(set(channel.addresses)) == 39
    for number in range(1, 9):
        with time_machine.travel(now() + timedelta(minutes=10 * number), tick=False):
            turn(lane)
    lane.wire.close()
    assert any_town.statuses(alert_id, "email") == {Status.ACCEPTED: 39, Status.FAILED: 1}
    failed = db.session.scalars(select(Delivery).where(Delivery.status == Status.FAILED)).one()
    assert failed.detail == "KeyError", "the kind of the error and nothing that it said"


def test_a_text_that_no_channel_code_survives_does_not_keep_back_the_next_alert(town: Town) -> None:
    for number in range(60):
        town.resident(number)
    first = town.approved(kind=Kind.EMERGENCY)
    second = town.approved(kind=Kind.NOTICE, title="給水", situation="給水車が来ます。")
    channel, lane = town.channels["email"], town.lane("email")

    class Fussy(ScriptedChannel):
        def send(self, message: Message, targets: Sequence[Target], wire: Wire) -> Iterable[tuple[Target, Outcome]]:
            if "緊急安全確保" in message.body:
                raise ValueError("a header with a line end")
            return super().send(message, targets, wire)

    channel.__class__ = Fussy
    for _ in range(30):
        turn(lane)
    lane.wire.close()
    assert town.statuses(second, "email") == {Status.ACCEPTED: 60}
    assert town.statuses(first, "email") == {Status.QUEUED: 60}


def test_a_channel_that_forgets_to_answer_leaves_doubt_and_nothing_on_its_way_for_ever(town: Town) -> None:
    for number in range(3):
        town.resident(number)
    channel = town.channels["email"]

    class Forgetful(ScriptedChannel):
        def send(self, message: Message, targets: Sequence[Target], wire: Wire) -> Iterable[tuple[Target, Outcome]]:
            return super().send(message, targets[1:], wire)

    channel.__class__ = Forgetful
    alert_id = town.approved()
    lane = town.lane("email")
    lane.step()
    lane.wire.close()
    assert town.statuses(alert_id, "email") == {Status.ACCEPTED: 2, Status.UNCERTAIN: 1}


def test_an_error_in_asking_for_one_in_doubt_does_not_hold_up_the_others(town: Town) -> None:
    for number in range(3):
        town.resident(number)
    channel = town.channels["email"]
    channel.script = lambda target: InDoubt("timeout")

    class Broken(ScriptedChannel):
        def settle(self, message: Message, target: Target) -> Outcome | None:
            if target.address.startswith("person0@"):
                raise KeyError("sid")
            return Accepted("known")

    channel.__class__ = Broken
    alert_id = town.approved()
    town.send_everything()
    with time_machine.travel(now() + timedelta(seconds=3), tick=False):
        town.send_everything()
    assert town.statuses(alert_id, "email") == {Status.ACCEPTED: 2, Status.UNCERTAIN: 1}


def test_what_stays_in_doubt_is_repeated_ever_later_and_eight_times_at_most(any_town: Town) -> None:
    any_town.resident(1)
    channel, lane = any_town.channels["email"], any_town.lane("email")
    channel.script = lambda target: InDoubt("reset after the final dot")
    alert_id = any_town.approved()
    start = now()
    for second in range(0, 120):
        with time_machine.travel(start + timedelta(seconds=second), tick=False):
            lane.step()
    assert len(channel.received) <= 4, "not every two seconds"
    for minute in range(3, 300, 2):
        with time_machine.travel(start + timedelta(minutes=minute), tick=False):
            lane.step()
    lane.wire.close()
    assert len(channel.received) == 8
    assert len({target.reference for target, _ in channel.received}) == 1
    assert any_town.statuses(alert_id, "email") == {Status.UNCERTAIN: 1}, "nobody knows, so nobody says failed"


def test_a_slow_answer_to_what_is_in_doubt_does_not_keep_back_what_is_queued(town: Town) -> None:
    for number in range(10):
        town.resident(number)
    channel, lane = town.channels["email"], town.lane("email")
    channel.script = lambda target: InDoubt("timeout")

    class Slow(ScriptedChannel):
        def settle(self, message: Message, target: Target) -> Outcome | None:
            time.sleep(1.1)
            return InDoubt("still nothing")

    channel.__class__ = Slow
    town.approved()
    lane.step()
    with time_machine.travel(now() + timedelta(seconds=3)):
        started = time.monotonic()
        lane.step()
        assert time.monotonic() - started < 6
        assert db.session.scalar(select(Delivery.lease_owner).where(Delivery.lease_owner.is_not(None))) is None
    lane.wire.close()


def test_a_provider_with_an_endless_or_odd_name_for_a_message_breaks_nothing(any_town: Town) -> None:
    any_town.resident(1)
    any_town.resident(2)
    any_town.channels["email"].script = lambda target: Accepted("\0\ud800" + "x" * 5000)
    alert_id = any_town.approved()
    any_town.send_everything()
    assert any_town.statuses(alert_id, "email") == {Status.ACCEPTED: 2}


@pytest.mark.parametrize("back", [timedelta(hours=2), timedelta(days=3)])
def test_a_clock_that_is_set_back_after_the_approval_delays_nobody(any_town: Town, back: timedelta) -> None:
    any_town.resident(1)
    alert_id = any_town.approved()
    with time_machine.travel(now() - back, tick=False):
        any_town.send_everything()
    assert any_town.statuses(alert_id, "email") == {Status.ACCEPTED: 1}


def test_a_clock_that_is_set_back_while_the_provider_is_down_does_not_block_the_lane(town: Town) -> None:
    town.resident(1)
    channel, lane = town.channels["email"], town.lane("email")
    channel.down = "no connection"
    alert_id = town.approved()
    lane.step()
    channel.down = ""
    with time_machine.travel(now() - timedelta(hours=2), tick=False):
        lane.step()
    lane.wire.close()
    assert town.statuses(alert_id, "email") == {Status.ACCEPTED: 1}


def test_a_cancel_also_goes_to_whom_an_unanswered_try_may_have_reached(any_town: Town) -> None:
    any_town.resident(1)
    any_town.resident(2)
    channel, lane = any_town.channels["email"], any_town.lane("email")
    channel.script = lambda target: InDoubt("reset") if target.address.startswith("person1@") else Accepted()
    first = any_town.approved()
    lane.step()
    with time_machine.travel(now() + timedelta(seconds=3), tick=False):
        claimed = claims.claim_uncertain("email", lane.owner, 20, now())
        assert len(claimed) == 1
        settling.settled(channel, claimed[0], None)
    assert any_town.statuses(first, "email") == {Status.ACCEPTED: 1, Status.QUEUED: 1}
    cancel = any_town.approved(origin=Origin(MsgType.CANCEL, references_id=first))
    assert any_town.statuses(cancel, "email") == {Status.QUEUED: 2}
    lane.wire.close()


@pytest.mark.postgres
@pytest.mark.parametrize("any_database", ["postgresql"], indirect=True)
def test_renewing_leases_never_waits_for_rows_that_are_being_written(any_town: Town) -> None:
    for number in range(20):
        any_town.resident(number)
    any_town.approved()
    claims.claim("email", "lane", 50, now())
    held, done = threading.Event(), threading.Event()

    def writing() -> None:
        with any_town.app.app_context():
            with transaction() as session:
                session.execute(update(Delivery).where(Delivery.channel == "email").values(detail="being written"))
                held.set()
                done.wait(10)
            db.session.remove()

    thread = threading.Thread(target=writing)
    thread.start()
    held.wait(10)
    started = time.monotonic()
    claims.renew("lane", now())
    took = time.monotonic() - started
    done.set()
    thread.join()
    assert took < 2


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that waits for another writer for a moment only; before ``town`` in the arguments of a test."""
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 100)


@pytest.mark.parametrize("trouble", ["held", "full"])
def test_what_was_accepted_while_the_database_could_not_be_written_is_neither_lost_nor_sent_again(
    impatient: None, town: Town, trouble: str
) -> None:
    for number in range(40):
        town.resident(number)
    alert_id = town.approved()
    channel, lane = town.channels["email"], town.lane("email")
    folder = town.app.extensions["disaster.settings"].data_dir
    other = sqlite3.connect(folder / "disaster.sqlite", isolation_level=None)

    def begins(target: Target) -> Outcome:
        if len(channel.received) == 10 and trouble == "held":
            other.execute("BEGIN IMMEDIATE")
        if len(channel.received) == 10 and trouble == "full":
            pages = db.session.scalar(text("PRAGMA page_count"))
            db.session.execute(text(f"PRAGMA max_page_count = {pages}"))
        return Accepted("q" * 120)

    channel.script = begins
    for _ in range(3):
        turn(lane)
    assert len(channel.received) == 40
    if trouble == "held":
        other.execute("COMMIT")
    db.session.execute(text("PRAGMA max_page_count = 1000000"))
    other.close()
    while turn(lane):
        pass
    lane.wire.close()
    assert town.statuses(alert_id, "email") == {Status.ACCEPTED: 40}
    assert len(channel.received) == len(set(channel.addresses)) == 40


def test_a_mail_server_that_is_ill_for_hours_is_tried_until_the_alert_is_over(any_town: Town) -> None:
    any_town.resident(1)
    channel, lane = any_town.channels["email"], any_town.lane("email")
    channel.script = lambda target: Refused(Code.UNKNOWN, True, "450")
    alert_id = any_town.approved(expires_at=now() + timedelta(hours=6))
    start = now()
    for minute in range(0, 300, 5):
        with time_machine.travel(start + timedelta(minutes=minute), tick=False):
            lane.step()
    assert len(channel.received) == 60
    channel.script = lambda target: Accepted()
    with time_machine.travel(start + timedelta(minutes=301), tick=False):
        lane.step()
    lane.wire.close()
    assert any_town.statuses(alert_id, "email") == {Status.ACCEPTED: 1}
