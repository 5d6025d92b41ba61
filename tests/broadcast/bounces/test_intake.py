"""Letters that came back move their delivery forward, once, and flag the address for an officer's look."""

import pytest
from sqlalchemy import func, select

from broadcast.bounces import intake
from broadcast.bounces.intake import Taken
from broadcast.bounces.report import Kind
from broadcast.models.audience import Contact
from broadcast.models.delivery import Delivery, DeliveryEvent, Status
from broadcast.sending.reference import maker
from broadcast.subscribers import flagging
from disaster.core.extensions import db
from tests.broadcast.bounces.letters import letter
from tests.broadcast.town import Town


@pytest.fixture
def sent(any_town: Town) -> Delivery:
    """One e-mail that the mail server took."""
    any_town.resident(1)
    any_town.approved()
    any_town.send_everything()
    return db.session.scalars(select(Delivery).where(Delivery.channel == "email")).one()


def back(name: str, delivery: Delivery) -> bytes:
    return letter(name, maker()(delivery.id))


def status_of(delivery: Delivery) -> tuple[Status, str, str]:
    db.session.rollback()
    row = db.session.get_one(Delivery, delivery.id, populate_existing=True)
    return Status(row.status), row.code, row.detail


def contact_of(delivery: Delivery) -> Contact:
    return db.session.get_one(Contact, delivery.contact_id, populate_existing=True)


def test_a_mailbox_that_does_not_exist_makes_the_delivery_undeliverable_and_flags_the_address(sent: Delivery) -> None:
    assert intake.take_in(back("postfix_user_unknown", sent)) == Taken(Kind.FAILED, "5.1.1", known=True, counted=True)
    assert status_of(sent) == (Status.UNDELIVERABLE, "address", "bounce 5.1.1")
    contact = contact_of(sent)
    assert (contact.flagged_why, contact.flagged_detail, contact.flagged_times) == ("bounced", "bounce 5.1.1", 1)
    assert contact.active, "it is stopped by a person only"
    assert [(f.shown, f.times) for f in flagging.listed()] == [("p…@e….jp", 1)]


def test_the_same_letter_twice_counts_once(sent: Delivery) -> None:
    for _ in range(3):
        intake.take_in(back("postfix_user_unknown", sent))
    assert contact_of(sent).flagged_times == 1
    events = select(func.count()).select_from(DeliveryEvent).where(DeliveryEvent.source_id.like("bounce:%"))
    assert db.session.scalar(events) == 1


def test_two_reports_of_one_letter_flag_the_address_once(sent: Delivery) -> None:
    assert intake.take_in(back("postfix_user_unknown", sent)).counted
    assert intake.take_in(back("qmail", sent)).counted
    assert contact_of(sent).flagged_times == 1


def test_a_delay_is_noted_and_changes_nothing(sent: Delivery) -> None:
    assert intake.take_in(back("postfix_delay", sent)).counted
    assert status_of(sent)[0] == Status.ACCEPTED
    details = db.session.scalars(select(DeliveryEvent.detail).where(DeliveryEvent.delivery_id == sent.id)).all()
    assert "delayed 4.4.1" in details
    assert contact_of(sent).flagged_at is None


def test_a_server_that_gave_up_has_not_delivered_but_says_nothing_of_the_address(sent: Delivery) -> None:
    intake.take_in(back("postfix_gave_up", sent))
    assert status_of(sent) == (Status.FAILED, "unknown", "bounce 4.4.1")
    assert contact_of(sent).flagged_at is None


def test_a_letter_that_is_too_large_says_nothing_of_the_address(sent: Delivery) -> None:
    intake.take_in(back("too_large", sent))
    assert status_of(sent) == (Status.FAILED, "content", "bounce 5.3.4")
    assert contact_of(sent).flagged_at is None


def test_a_refusal_of_the_mailbox_is_flagged_with_its_own_reason(sent: Delivery) -> None:
    intake.take_in(back("mailbox_full", sent))
    assert status_of(sent) == (Status.UNDELIVERABLE, "rejected", "bounce 5.2.2")
    assert contact_of(sent).flagged_detail == "bounce 5.2.2"


@pytest.mark.parametrize("name", ["vacation", "reply_of_a_person", "read_receipt", "complaint", "delivered"])
def test_what_is_no_bounce_changes_nothing(sent: Delivery, name: str) -> None:
    assert intake.take_in(back(name, sent)) == Taken(Kind.OTHER, "", known=False, counted=False)
    assert status_of(sent)[0] == Status.ACCEPTED


@pytest.mark.parametrize("name", ["forged_reference", "no_reference"])
def test_a_made_up_reference_changes_nothing(sent: Delivery, name: str) -> None:
    found = intake.take_in(letter(name, maker()(sent.id)))
    assert (found.known, found.counted) == (False, False)
    assert status_of(sent)[0] == Status.ACCEPTED


def test_a_thousand_forged_letters_change_nothing(sent: Delivery) -> None:
    good = maker()(sent.id)
    for number in range(1000):
        digits = f"{number:03x}"
        forged = digits + good[3:] if digits != good[:3] else "fff" + good[3:]
        assert not intake.take_in(letter("postfix_user_unknown", forged)).counted
    assert status_of(sent)[0] == Status.ACCEPTED


def test_a_bounce_is_about_letters_only(any_town: Town) -> None:
    any_town.resident(1, channels=("sms",))
    any_town.approved()
    any_town.send_everything()
    sms = db.session.scalars(select(Delivery).where(Delivery.channel == "sms")).one()
    assert not intake.take_in(back("postfix_user_unknown", sms)).counted
    assert status_of(sms)[0] == Status.ACCEPTED


def test_a_bounce_before_our_own_commit_finds_its_delivery(town: Town) -> None:
    town.resident(1)
    town.approved()
    row = db.session.scalars(select(Delivery).where(Delivery.channel == "email")).one()
    assert intake.take_in(back("postfix_user_unknown", row)).counted
    assert status_of(row)[0] == Status.UNDELIVERABLE
