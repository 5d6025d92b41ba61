"""Lanes: claim, send, record; retries, doubt, a dead provider, expiry; nothing lost and nothing doubled."""

import os
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from broadcast import upkeep
from broadcast.alert import compose
from broadcast.cap.vocabulary import Kind, Language, Mode
from broadcast.channels import registry
from broadcast.channels.contract import Accepted, Code, InDoubt, Outcome, Refused, Target
from broadcast.models.alert import State
from broadcast.models.audience import Contact
from broadcast.models.delivery import Delivery, DeliveryEvent, Status
from broadcast.models.health import ChannelHealth
from broadcast.sending import claims, recovery
from broadcast.sending.answers import Broken
from broadcast.sending.dispatch import Lane
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db
from tests.broadcast.town import Town


def test_everyone_gets_the_approved_text_once_and_each_outcome_is_recorded(any_town: Town) -> None:
    for number in range(120):
        any_town.resident(number)
    alert_id = any_town.approved()
    any_town.send_everything()
    email = any_town.channels["email"]
    assert len(email.addresses) == len(set(email.addresses)) == 120
    assert any_town.statuses(alert_id, "email") == {Status.ACCEPTED: 120}
    events = db.session.scalars(
        select(DeliveryEvent.status)
        .join(Delivery, Delivery.id == DeliveryEvent.delivery_id)
        .where(Delivery.channel == "email")
    )
    assert list(events) == [Status.ACCEPTED] * 120
    upkeep.finish_alerts(now())
    assert compose.get(alert_id).state == State.SENT


def test_each_person_is_written_to_in_their_language(town: Town) -> None:
    town.resident(1)
    town.resident(2, language=Language.EN)
    town.resident(3, language=Language.EASY_JA)
    town.approved()
    town.send_everything()
    bodies = {target.address: message.body for target, message in town.channels["email"].received}
    assert "避難指示" in bodies["person1@example.jp"]
    assert "Evacuation Order" in bodies["person2@example.jp"]
    assert "にげ" in bodies["person3@example.jp"]


def test_a_channel_that_is_not_set_up_never_pretends_to_have_sent(town: Town) -> None:
    town.resident(1, channels=("email", "sms"))
    town.channels["sms"].missing = ["SMSの設定がありません。"]
    alert_id = town.approved()
    town.send_everything()
    assert town.statuses(alert_id, "sms") == {Status.SKIPPED: 1}
    assert town.statuses(alert_id, "email") == {Status.ACCEPTED: 1}
    assert town.channels["sms"].received == []
    assert db.session.scalars(select(Delivery.code).where(Delivery.channel == "sms")).one() == "config"


def test_a_temporary_refusal_is_tried_again_on_the_schedule_and_holds_up_nobody(any_town: Town) -> None:
    any_town.resident(1)
    any_town.resident(2)
    email = any_town.channels["email"]
    email.script = lambda t: (
        Refused(Code.THROTTLED, True, "451") if t.address.startswith("person1") and t.attempt == 1 else Accepted()
    )
    alert_id = any_town.approved()
    any_town.send_everything()
    assert any_town.statuses(alert_id, "email") == {Status.QUEUED: 1, Status.ACCEPTED: 1}
    with time_machine.travel(now() + timedelta(seconds=31), tick=False):
        any_town.send_everything()
    assert any_town.statuses(alert_id, "email") == {Status.ACCEPTED: 2}
    first, second = (t for t, _ in email.received if t.address.startswith("person1"))
    assert first.reference == second.reference


@pytest.mark.parametrize(
    ("code", "status"),
    [(Code.ADDRESS, Status.UNDELIVERABLE), (Code.OPTED_OUT, Status.SKIPPED), (Code.CONTENT, Status.FAILED)],
)
def test_a_final_refusal_ends_the_delivery_with_its_reason(town: Town, code: Code, status: Status) -> None:
    town.resident(1)
    town.channels["email"].script = lambda target: Refused(code, False, "550 5.1.1")
    alert_id = town.approved()
    town.send_everything()
    assert town.statuses(alert_id, "email") == {status: 1}
    row = db.session.scalars(select(Delivery).where(Delivery.channel == "email")).one()
    assert (row.code, row.detail) == (code, "550 5.1.1")


def test_whoever_opted_out_at_the_provider_is_not_written_to_again(town: Town) -> None:
    town.resident(1)
    town.channels["email"].script = lambda target: Refused(Code.OPTED_OUT, False, "21610")
    town.approved()
    town.send_everything()
    assert db.session.scalars(select(Contact.active)).all() == [False]
    second = town.approved()
    assert town.statuses(second, "email") == {}


def test_whoever_left_between_approval_and_sending_is_skipped(town: Town) -> None:
    town.resident(1)
    alert_id = town.approved()
    with transaction() as session:
        session.query(Contact).update({"active": False})
    town.send_everything()
    assert town.channels["email"].received == []
    assert town.statuses(alert_id, "email") == {Status.SKIPPED: 1}


def test_doubt_is_settled_by_asking_the_provider_and_nothing_is_sent_twice(any_town: Town) -> None:
    any_town.resident(1)
    sms = any_town.channels["email"]
    sms.script = lambda target: InDoubt("timeout")
    alert_id = any_town.approved()
    any_town.send_everything()
    assert any_town.statuses(alert_id, "email") == {Status.UNCERTAIN: 1}
    sms.known = {sms.received[0][0].delivery_id: Accepted("SM1")}
    with time_machine.travel(now() + timedelta(seconds=3), tick=False):
        any_town.send_everything()
    assert any_town.statuses(alert_id, "email") == {Status.ACCEPTED: 1}
    assert len(sms.received) == 1


def test_what_the_provider_does_not_know_is_sent_again_under_the_same_reference(town: Town) -> None:
    town.resident(1)
    email = town.channels["email"]
    email.script = lambda target: InDoubt("reset") if target.attempt == 1 else Accepted()
    alert_id = town.approved()
    town.send_everything()
    with time_machine.travel(now() + timedelta(seconds=3), tick=False):
        town.send_everything()
    assert town.statuses(alert_id, "email") == {Status.ACCEPTED: 1}
    assert len({target.reference for target, _ in email.received}) == 1


def test_a_provider_that_cannot_be_reached_loses_nothing_and_slows_nobody(any_town: Town) -> None:
    for number in range(3):
        any_town.resident(number, channels=("email", "sms"))
    any_town.channels["email"].down = "connection refused"
    alert_id = any_town.approved()
    lane = any_town.lane("email")
    lane.step()
    assert any_town.statuses(alert_id, "email") == {Status.QUEUED: 3}
    assert db.session.get_one(ChannelHealth, "email").cause == "connection refused"
    assert {d.attempts for d in db.session.scalars(select(Delivery).where(Delivery.channel == "email"))} == {0}
    any_town.channels["email"].down = ""
    assert lane.step() == 0, "the lane waits before it tries again"
    with time_machine.travel(now() + timedelta(seconds=3), tick=False):
        lane.step()
    lane.wire.close()
    assert any_town.statuses(alert_id, "email") == {Status.ACCEPTED: 3}
    assert db.session.get_one(ChannelHealth, "email").down_since is None


def test_nothing_is_sent_after_the_time_of_the_alert(any_town: Town) -> None:
    any_town.resident(1)
    alert_id = any_town.approved(expires_at=now() + timedelta(minutes=5))
    with time_machine.travel(now() + timedelta(minutes=6), tick=False):
        any_town.send_everything()
        assert upkeep.expire_deliveries(now()) > 0
    assert any_town.channels["email"].received == []
    assert any_town.statuses(alert_id, "email") == {Status.EXPIRED: 1}


def test_a_drill_reaches_no_real_channel(any_town: Town) -> None:
    any_town.resident(1, channels=("email", "sms"))
    alert_id = any_town.approved(mode=Mode.DRILL)
    any_town.send_everything()
    assert all(channel.received == [] for channel in any_town.channels.values())
    assert any_town.statuses(alert_id) == {Status.ACCEPTED: 4}
    assert any_town.statuses(alert_id, "web") == {}


def test_a_more_urgent_alert_overtakes_what_is_queued(town: Town) -> None:
    for number in range(60):
        town.resident(number)
    town.approved(kind=Kind.NOTICE, title="給水", situation="給水車が来ます。")
    town.approved(kind=Kind.EMERGENCY)
    lane = town.lane("email")
    lane.step()
    lane.wire.close()
    assert all("緊急安全確保" in message.body for _, message in town.channels["email"].received)


def test_two_lanes_never_take_the_same_delivery(any_town: Town) -> None:
    for number in range(80):
        any_town.resident(number)
    any_town.approved()
    one = claims.claim("email", "one", 50, now())
    other = claims.claim("email", "other", 50, now())
    assert (len(one), len(other)) == (50, 30)
    assert not {c.id for c in one} & {c.id for c in other}


def test_what_a_dead_lane_left_is_committed_doubted_or_given_back(any_town: Town) -> None:
    for number in range(10):
        any_town.resident(number)
    alert_id = any_town.approved()
    lane = any_town.lane("email")
    taken = claims.claim("email", lane.owner, 50, now())
    lane.wire.begin()
    for claimed in taken[:4]:
        lane.wire.sending(0, claimed.id)
        lane.wire.settled(0, claimed.id, Accepted("q1"))
    lane.wire.sending(1, taken[4].id)
    _leave_as_dead(lane)
    recovery.recover(lane.folder, registry.channels, now())
    assert any_town.statuses(alert_id, "email") == {Status.ACCEPTED: 4, Status.UNCERTAIN: 1, Status.QUEUED: 5}
    any_town.send_everything()
    assert any_town.statuses(alert_id, "email") == {Status.ACCEPTED: 10}
    assert len(any_town.channels["email"].received) == 6


def _leave_as_dead(lane: Lane) -> None:
    """Let the lock go without removing the file, as the kernel does for a killed process."""
    lane.wire._map.close()
    os.close(lane.wire._file)


def test_a_batch_that_an_error_broke_off_is_told_apart_and_goes_on(any_town: Town) -> None:
    for number in range(10):
        any_town.resident(number)
    alert_id = any_town.approved()
    email, lane = any_town.channels["email"], any_town.lane("email")

    def breaks(target: Target) -> Outcome:
        if len(email.received) == 5:
            raise RuntimeError("a defect")
        return Accepted("q")

    email.script = breaks
    with pytest.raises(Broken, match="RuntimeError"):
        lane.step()
    assert any_town.statuses(alert_id, "email") == {Status.ACCEPTED: 4, Status.SENDING: 6}
    email.script = lambda target: Accepted("q")
    while lane.step():
        pass
    lane.wire.close()
    any_town.send_everything()
    assert any_town.statuses(alert_id, "email") == {Status.ACCEPTED: 10}
    assert len(email.received) == 11, "only the one on the wire went again"


def test_a_lease_that_ran_out_without_a_journal_is_in_doubt(any_town: Town) -> None:
    any_town.resident(1)
    alert_id = any_town.approved()
    claims.claim("email", "another-host", 50, now())
    assert recovery.doubt_lost_leases(now()) == 0
    with time_machine.travel(now() + timedelta(seconds=61), tick=False):
        assert recovery.doubt_lost_leases(now()) == 1
    assert any_town.statuses(alert_id, "email") == {Status.UNCERTAIN: 1}


def test_a_slow_but_living_lane_keeps_its_lease(town: Town) -> None:
    town.resident(1)
    town.approved()
    claims.claim("email", "slow", 50, now())
    start = now()
    with time_machine.travel(start + claims.LEASE * 0.8, tick=False):
        claims.renew("slow", now())
    with time_machine.travel(start + claims.LEASE * 1.6, tick=False):
        assert recovery.doubt_lost_leases(now()) == 0
