"""Receipts move a delivery forward only, count once, and find their row before our own commit."""

import itertools

import pytest
from sqlalchemy import select

from broadcast.channels.contract import Code
from broadcast.channels.receipt import Receipt
from broadcast.models.delivery import Delivery, DeliveryEvent, Status
from broadcast.reports import receipts
from broadcast.sending.reference import maker
from disaster.core.extensions import db
from tests.broadcast.town import Town


@pytest.fixture
def sent(any_town: Town) -> Delivery:
    """One accepted e-mail."""
    any_town.resident(1)
    any_town.approved()
    any_town.send_everything()
    return db.session.scalars(select(Delivery).where(Delivery.channel == "email")).one()


def status_of(delivery: Delivery) -> Status:
    db.session.expire_all()
    return Status(db.session.get_one(Delivery, delivery.id).status)


def test_a_receipt_is_found_by_the_providers_name(sent: Delivery) -> None:
    receipt = Receipt(provider_id=f"id-{sent.id}", reference="", status="delivered", source_id="e1")
    assert receipts.apply("email", receipt)
    assert status_of(sent) == Status.DELIVERED


def test_the_same_event_counts_once(sent: Delivery) -> None:
    receipt = Receipt(provider_id=f"id-{sent.id}", reference="", status="delivered", source_id="e1")
    assert receipts.apply("email", receipt)
    assert not receipts.apply("email", receipt)
    assert len(db.session.scalars(select(DeliveryEvent).where(DeliveryEvent.source_id == "e1")).all()) == 1


def test_an_unknown_message_and_a_made_up_reference_change_nothing(sent: Delivery) -> None:
    assert not receipts.apply("email", Receipt(provider_id="other", reference="", status="failed", source_id="x"))
    made_up = "00000000-0000-8000-8000-000000000001"
    assert not receipts.apply("email", Receipt(provider_id="other", reference=made_up, status="failed", source_id="y"))
    assert status_of(sent) == Status.ACCEPTED


def test_a_receipt_before_our_own_commit_finds_its_row(town: Town) -> None:
    town.resident(1)
    town.approved()
    row = db.session.scalars(select(Delivery).where(Delivery.channel == "email")).one()
    receipt = Receipt(provider_id="SM9", reference=maker()(row.id), status="delivered", source_id="early")
    assert receipts.apply("email", receipt)
    assert status_of(row) == Status.DELIVERED
    town.send_everything()
    assert town.channels["email"].received == [], "what has arrived is not sent"


def test_the_order_of_reports_does_not_matter(town: Town) -> None:
    orders = list(itertools.permutations(["accepted", "failed", "undelivered", "delivered"]))
    for number in range(len(orders)):
        town.resident(number)
    alert_id = town.approved()
    town.send_everything()
    rows = db.session.scalars(select(Delivery.id).where(Delivery.channel == "email")).all()
    db.session.rollback()
    for number, order in zip(rows, orders, strict=True):
        for status in order + order:
            code = Code.ADDRESS if status in ("failed", "undelivered") else None
            receipt = Receipt(f"id-{number}", "", status, f"e-{number}-{status}", code)  # type: ignore[arg-type]
            receipts.apply("email", receipt)
    assert town.statuses(alert_id, "email") == {Status.DELIVERED: len(orders)}


def test_the_stations_poll_is_the_receipt_of_the_radio(town: Town) -> None:
    alert_id = town.approved()
    town.send_everything()
    transmission_id = db.session.scalars(select(Delivery.transmission_id)).first()
    assert transmission_id
    assert receipts.radio_polled([transmission_id]) == 1
    assert receipts.radio_polled([transmission_id]) == 0
    assert town.statuses(alert_id, "radio") == {Status.DELIVERED: 1}
