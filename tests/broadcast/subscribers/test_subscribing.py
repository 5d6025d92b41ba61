"""Enrolling and stopping an address: never doubled, never taken back without its owner."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from broadcast.cap.vocabulary import Language
from broadcast.models.audience import Contact, Subscriber, SubscriberArea
from broadcast.subscribers import enrolment, subscribing
from broadcast.subscribers.subscribing import Choice
from disaster.core import clock, sealed
from disaster.core.audit import AuditEntry
from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.extensions import db

HERE, THERE = "24324-01", "24324-26"
CHOICE = Choice(areas=(HERE,))


def enrolled(channel: str, address: str, choice: Choice | None = CHOICE, **more: object) -> int:
    options = {"source": "self", "confirmed_at": clock.now(), **more}
    with transaction() as session:
        return subscribing.enrol(session, channel, address, choice, **options)  # type: ignore[arg-type]


def contact(contact_id: int) -> Contact:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Contact, contact_id)


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_an_address_is_sealed_and_found_again(app_on_any_database: Flask) -> None:
    made = contact(enrolled("email", "Taro@GMAIL.com"))
    assert b"gmail" not in made.address.lower()
    assert sealed.unseal(made.address) == "Taro@gmail.com"
    assert (made.route, made.active) == ("gmail.com", True)
    assert len(made.token) >= 32


def test_the_same_address_again_updates_the_choice_and_never_doubles(app_on_any_database: Flask) -> None:
    first = enrolled("email", "taro@gmail.com")
    again = enrolled("email", "taro@GMAIL.COM", Choice(language=Language.EN, areas=(THERE, HERE), wants_notices=False))
    assert first == again
    assert (count(Contact), count(Subscriber), count(SubscriberArea)) == (1, 1, 2)
    choice = enrolment.chosen_by(db.session(), contact(first).subscriber_id)
    assert choice == Choice(Language.EN, (HERE, THERE), wants_notices=False)


def test_the_whole_town_needs_no_area_and_nothing_chosen_is_refused(app: Flask) -> None:
    enrolled("email", "taro@gmail.com", Choice(all_areas=True))
    assert count(SubscriberArea) == 0
    with pytest.raises(Invalid):
        enrolled("email", "hanako@gmail.com", Choice())
    assert count(Subscriber) == 1


def test_a_further_address_belongs_to_the_same_person(app_on_any_database: Flask) -> None:
    first = contact(enrolled("email", "taro@gmail.com"))
    second = contact(
        enrolled("voice", "0594-86-2824", None, subscriber_id=first.subscriber_id, standby=True, priority=2)
    )
    assert second.subscriber_id == first.subscriber_id
    assert (second.standby, second.priority) == (True, 2)
    assert count(Subscriber) == 1


def test_an_address_confirmed_for_another_person_moves_and_leaves_no_empty_record(app_on_any_database: Flask) -> None:
    first, other = enrolled("email", "taro@gmail.com"), enrolled("sms", "090-1234-5678")
    person = contact(first).subscriber_id
    moved = enrolled("sms", "090-1234-5678", None, subscriber_id=person)
    assert moved == other
    assert contact(other).subscriber_id == person
    assert count(Subscriber) == 1


def test_a_list_moves_and_takes_back_nobody(app: Flask) -> None:
    first, other = enrolled("email", "taro@gmail.com"), enrolled("sms", "090-1234-5678")
    assert subscribing.stop_address("sms", "+819012345678", "opted_out")
    person = contact(first).subscriber_id
    enrolled("sms", "090-1234-5678", CHOICE, source="import", confirmed_at=None, subscriber_id=person)
    assert not contact(other).active
    assert contact(other).subscriber_id != person


def test_a_list_does_not_overrule_what_a_person_chose(app: Flask) -> None:
    first = enrolled("email", "taro@gmail.com", Choice(areas=(HERE,), language=Language.EN))
    enrolled("email", "taro@gmail.com", Choice(areas=(THERE,)), source="import", confirmed_at=None)
    assert enrolment.chosen_by(db.session(), contact(first).subscriber_id).areas == (HERE,)


def test_stopping_is_recorded_once_and_without_the_address(app_on_any_database: Flask) -> None:
    made = enrolled("sms", "090-1234-5678")
    assert subscribing.stop_address("sms", "090 1234 5678", "opted_out")
    assert not subscribing.stop_address("sms", "090 1234 5678", "opted_out")
    stopped = contact(made)
    assert (stopped.active, stopped.stopped_why) == (False, "opted_out")
    assert stopped.stopped_at is not None
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "contact.stopped")).one()
    assert (entry.actor, entry.subject) == ("resident", f"contact:{made}")
    assert "1234" not in entry.detail


@pytest.mark.parametrize("address", ["", "nobody@example.jp", "x" * 5000, "\x00", "+819012345678"])
def test_stopping_an_unknown_address_changes_nothing(app: Flask, address: str) -> None:
    enrolled("email", "taro@gmail.com")
    assert not subscribing.stop_address("email", address, "opted_out")
    assert count(AuditEntry) == 0


def test_only_a_new_confirmation_takes_back_who_stopped(app_on_any_database: Flask) -> None:
    made = enrolled("sms", "090-1234-5678")
    subscribing.stop_address("sms", "090-1234-5678", "opted_out")
    enrolled("sms", "090-1234-5678", source="import", confirmed_at=None)
    assert not contact(made).active
    enrolled("sms", "090-1234-5678")
    back = contact(made)
    assert (back.active, back.stopped_at, back.stopped_why) == (True, None, "")
