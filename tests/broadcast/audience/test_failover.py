"""Failover by person: who was not reached on one channel is tried on the next, once, and nobody who was reached."""

import threading
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from broadcast import upkeep
from broadcast.alert import compose, lifecycle
from broadcast.alert.compose import Origin
from broadcast.audience import choosing, failover
from broadcast.cap.vocabulary import Mode, MsgType
from broadcast.channels import registry
from broadcast.channels.contract import Accepted, Code, Outcome, Refused, Target
from broadcast.channels.drill import DrillChannel
from broadcast.channels.receipt import Receipt
from broadcast.models.alert import State, Transmission
from broadcast.models.audience import Contact
from broadcast.models.delivery import Delivery, DeliveryEvent, Status
from broadcast.reports.receipts import apply
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db
from tests.broadcast.town import Town
from tests.fakes.channel import ScriptedChannel

MINUTES = timedelta(minutes=10)


def refused(_: Target) -> Outcome:
    return Refused(Code.ADDRESS, retryable=False, detail="21614")


def with_voice(town: Town) -> Town:
    """Telephone calls beside the usual channels; SMS and calls report arrival."""
    town.channels["voice"] = ScriptedChannel("voice")
    town.channels["sms"].confirms = town.channels["voice"].confirms = True
    drill = {name: DrillChannel(name, personal=channel.personal) for name, channel in town.channels.items()}
    town.app.extensions[registry.KEY] = {Mode.LIVE: dict(town.channels), Mode.DRILL: drill}
    return town


@pytest.fixture
def town(app_on_any_database: Flask) -> Town:
    return with_voice(Town(app_on_any_database).build())


def standby(person: int, *channels: str) -> None:
    with transaction() as session:
        for contact in session.query(Contact).filter(Contact.subscriber_id == person, Contact.channel.in_(channels)):
            contact.standby, contact.priority = True, 5


def receipt(town: Town, alert_id: int, channel: str, status: str = "delivered") -> None:
    for delivery in deliveries(alert_id, channel):
        assert apply(channel, Receipt(delivery.provider_id or "", "", status, f"{delivery.id}-{status}"))  # type: ignore[arg-type]


def deliveries(alert_id: int, channel: str = "") -> list[Delivery]:
    db.session.rollback()
    query = select(Delivery).join(Transmission, Transmission.id == Delivery.transmission_id)
    query = query.where(Transmission.alert_id == alert_id, Delivery.contact_id != 0).order_by(Delivery.id)
    return list(db.session.scalars(query.where(Delivery.channel == channel) if channel else query))


def test_who_cannot_be_reached_by_sms_is_called_at_once(town: Town) -> None:
    person = town.resident(1, channels=("sms", "voice"))
    standby(person, "voice")
    town.channels["sms"].script = refused
    alert_id = town.approved()
    town.send_everything()
    assert failover.run() == 1
    assert failover.run() == 0
    called = deliveries(alert_id, "voice")
    assert [(one.status, one.code, one.detail) for one in called] == [(Status.QUEUED, "failover", "sms")]
    events = db.session.scalars(select(DeliveryEvent).where(DeliveryEvent.delivery_id == called[0].id)).all()
    assert [(event.code, event.detail) for event in events] == [("failover", "sms")]
    town.send_everything()
    assert town.channels["voice"].addresses == ["+819000000001"]
    assert [(s.from_channel, s.to_channel, s.people) for s in failover.steps(called[0].transmission_id)] == [
        ("sms", "voice", 1)
    ]


def test_a_message_that_is_accepted_and_not_confirmed_waits_for_the_set_minutes(town: Town) -> None:
    person = town.resident(1, channels=("sms", "voice"))
    standby(person, "voice")
    alert_id = town.approved()
    town.send_everything()
    with time_machine.travel(now() + MINUTES - timedelta(seconds=5), tick=False):
        assert failover.run() == 0
    with time_machine.travel(now() + MINUTES + timedelta(seconds=5), tick=False):
        assert failover.run() == 1
        assert failover.run() == 0
    assert len(deliveries(alert_id, "voice")) == 1


def test_nobody_is_tried_further_who_was_reached_on_any_channel(town: Town) -> None:
    by_mail = town.resident(1, channels=("email", "sms", "voice"))
    by_sms = town.resident(2, channels=("sms", "voice"))
    standby(by_mail, "voice")
    standby(by_sms, "voice")
    town.channels["sms"].script = lambda target: (
        refused(target) if target.address.endswith("1") else Accepted(f"id-{target.delivery_id}")
    )
    alert_id = town.approved()
    town.send_everything()
    for delivery in deliveries(alert_id, "sms"):
        if delivery.status == Status.ACCEPTED:
            assert apply("sms", Receipt(delivery.provider_id or "", "", "delivered", "once"))
    with time_machine.travel(now() + 3 * MINUTES, tick=False):
        assert failover.run() == 0
    assert deliveries(alert_id, "voice") == []


def test_while_another_channel_still_has_time_nothing_is_added(town: Town) -> None:
    person = town.resident(1, channels=("email", "sms", "voice"))
    standby(person, "voice")
    town.channels["sms"].script = refused
    town.channels["email"].down = "接続できません。"
    alert_id = town.approved()
    town.send_everything()
    assert failover.run() == 0, "the e-mail is queued and has its minutes"
    with time_machine.travel(now() + MINUTES + timedelta(seconds=1), tick=False):
        assert failover.run() == 1
    assert len(deliveries(alert_id, "voice")) == 1


def test_a_mail_that_bounces_later_sends_the_person_on(town: Town) -> None:
    person = town.resident(1, channels=("email", "voice"))
    standby(person, "voice")
    alert_id = town.approved()
    town.send_everything()
    assert failover.run() == 0
    receipt(town, alert_id, "email", "undelivered")
    assert failover.run() == 1


def test_a_channel_that_is_not_set_up_sends_its_people_on(town: Town) -> None:
    person = town.resident(1, channels=("sms", "voice"))
    standby(person, "voice")
    town.channels["sms"].missing = ["設定がありません。"]
    alert_id = town.approved()
    assert failover.run() == 1
    assert len(deliveries(alert_id, "voice")) == 1


def test_the_next_address_is_the_one_the_person_put_first(town: Town) -> None:
    person = town.resident(1, channels=("sms", "email", "voice"))
    standby(person, "email", "voice")
    with transaction() as session:
        session.query(Contact).filter_by(channel="voice").update({"priority": 1})
    town.channels["sms"].script = town.channels["voice"].script = refused
    alert_id = town.approved()
    for expected in (["voice"], ["voice", "email"], ["voice", "email"]):
        town.send_everything()
        failover.run()
        assert [one.channel for one in deliveries(alert_id)][1:] == expected


def test_nothing_is_added_after_expiry_a_stop_or_a_follow_up(town: Town) -> None:
    person = town.resident(1, channels=("sms", "voice"))
    standby(person, "voice")
    town.channels["sms"].script = refused
    over = town.approved(expires_at=now() + timedelta(minutes=30))
    stopped = town.approved()
    lifecycle.stop(stopped, town.operator)
    first = town.approved()
    town.send_everything()
    update = town.approved(correction="地区の誤り", origin=Origin(MsgType.UPDATE, references_id=first))
    with time_machine.travel(now() + timedelta(minutes=31), tick=False):
        failover.run()
    assert [len(deliveries(alert_id, "voice")) for alert_id in (over, stopped, first)] == [0, 0, 0]
    assert len(deliveries(update, "voice")) == 1


def test_a_drill_never_leaves_its_own_adapters(town: Town) -> None:
    person = town.resident(1, channels=("sms", "voice"))
    standby(person, "voice")
    alert_id = town.approved(mode=Mode.DRILL)
    with time_machine.travel(now() + 2 * MINUTES, tick=False):
        assert failover.run() == 1, "queued for too long: the drill goes on as a real alert would"
        town.send_everything()
    assert {one.provider_id for one in deliveries(alert_id)} == {"drill"}
    assert town.channels["voice"].received == town.channels["sms"].received == []


def test_who_was_read_meanwhile_is_not_called_any_more(town: Town) -> None:
    person = town.resident(1, channels=("sms", "voice"))
    standby(person, "voice")
    alert_id = town.approved()
    town.send_everything()
    with time_machine.travel(now() + MINUTES + timedelta(seconds=1), tick=False):
        assert failover.run() == 1
        assert failover.withdraw_reached() == 0
        receipt(town, alert_id, "sms")
        assert failover.withdraw_reached() == 1
        town.send_everything()
    assert [(one.status, one.code) for one in deliveries(alert_id, "voice")] == [(Status.SKIPPED, "reached")]
    assert town.channels["voice"].received == []


def test_an_alert_that_counted_as_sent_is_being_sent_again_and_can_be_stopped(town: Town) -> None:
    person = town.resident(1, channels=("sms", "voice"))
    standby(person, "voice")
    alert_id = town.approved()
    town.send_everything()
    upkeep.finish_alerts(now())
    assert compose.get(alert_id).state == State.SENT
    with time_machine.travel(now() + MINUTES + timedelta(seconds=1), tick=False):
        failover.run()
        assert compose.get(alert_id).state == State.SENDING
        assert lifecycle.stop(alert_id, town.operator) == 1


def test_a_correction_and_a_cancel_go_to_those_whom_failover_reached(town: Town) -> None:
    person = town.resident(1, channels=("sms", "voice"))
    standby(person, "voice")
    town.channels["sms"].script = refused
    first = town.approved()
    town.send_everything()
    failover.run()
    town.send_everything()
    cancel = compose.get(town.submitted(origin=Origin(MsgType.CANCEL, references_id=first)))
    assert choosing.reach(cancel).channels == {"voice": 1}
    update = compose.get(town.submitted(correction="誤り", origin=Origin(MsgType.UPDATE, references_id=first)))
    assert choosing.reach(update).channels == {"sms": 1, "voice": 1}


def test_who_was_left_with_nothing_is_looked_at_again_when_a_channel_comes_back(town: Town) -> None:
    person = town.resident(1, channels=("sms", "voice"))
    standby(person, "voice")
    town.channels["sms"].script = refused
    town.channels["voice"].missing = ["設定がありません。"]
    town.approved()
    town.send_everything()
    assert failover.run() == 0
    town.channels["voice"].missing = []
    assert failover.run() == 1


def test_many_people_go_in_several_stretches(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failover, "CHUNK", 2)
    monkeypatch.setattr(failover, "SPAN", 3)
    monkeypatch.setattr(failover, "ROUND_SECONDS", 60.0)
    for number in range(7):
        standby(town.resident(number, channels=("sms", "voice")), "voice")
    town.channels["sms"].script = lambda target: (
        refused(target) if int(target.address[-1]) % 2 else Accepted(f"id-{target.delivery_id}")
    )
    alert_id = town.approved()
    town.send_everything()
    failover.run()
    assert len(deliveries(alert_id, "voice")) == 3
    with time_machine.travel(now() + MINUTES + timedelta(seconds=1), tick=False):
        failover.run()
    assert len(deliveries(alert_id, "voice")) == 7


def test_two_workers_at_once_write_once(town: Town) -> None:
    for number in range(30):
        standby(town.resident(number, channels=("sms", "voice")), "voice")
    town.channels["sms"].script = refused
    alert_id = town.approved()
    town.send_everything()
    db.session.remove()
    together, moved = threading.Barrier(4), []

    def work() -> None:
        with town.app.app_context():
            together.wait(30)
            moved.append(failover.run())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(moved) == 30
    assert len(deliveries(alert_id, "voice")) == 30
    assert sum(step.people for step in failover.steps(deliveries(alert_id)[0].transmission_id)) == 30
