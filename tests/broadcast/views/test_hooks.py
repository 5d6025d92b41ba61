"""Status callbacks of the SMS provider."""

import itertools
import random

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update
from twilio.request_validator import RequestValidator

from broadcast.models.audience import Contact
from broadcast.models.delivery import Delivery, DeliveryEvent, Status
from broadcast.sending import reference
from disaster.core.db import transaction
from disaster.core.extensions import db
from tests.broadcast.town import Town

TOKEN = "twilio-auth-token"
PATH = "/hooks/twilio/status"


@pytest.fixture
def sent(app: Flask, town: Town) -> Delivery:
    """An SMS that the provider took."""
    config = app.extensions["disaster.settings"]
    app.extensions["disaster.settings"] = config.model_copy(
        update={"twilio_auth_token": type(config.twilio_auth_token)(TOKEN), "public_url": "https://bosai.example"}
    )
    town.resident(1, channels=("sms",))
    town.approved()
    town.send_everything()
    return db.session.scalars(select(Delivery).where(Delivery.channel == "sms")).one()


def _call(app: Flask, query: str, form: dict[str, str], *, signed_as: str = "https://bosai.example", **headers: str):  # type: ignore[no-untyped-def]
    signature = RequestValidator(TOKEN).compute_signature(f"{signed_as}{PATH}{query}", form)
    return app.test_client().post(f"{PATH}{query}", data=form, headers={"X-Twilio-Signature": signature, **headers})


def _status(delivery: Delivery) -> int:
    db.session.rollback()
    return db.session.get_one(Delivery, delivery.id, populate_existing=True).status


def test_a_signed_report_moves_the_delivery_forward_and_never_back(app: Flask, sent: Delivery) -> None:
    query = f"?reference={reference.maker()(sent.id)}"
    assert _call(app, query, {"MessageSid": "SM1", "MessageStatus": "delivered"}).status_code == 204
    assert _status(sent) == Status.DELIVERED
    assert _call(app, query, {"MessageSid": "SM1", "MessageStatus": "sent"}).status_code == 204
    assert _status(sent) == Status.DELIVERED


def test_a_report_with_a_wrong_signature_is_refused(app: Flask, sent: Delivery) -> None:
    query = f"?reference={reference.maker()(sent.id)}"
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    assert _call(app, query, form, signed_as="https://evil.example").status_code == 403
    unsigned = app.test_client().post(f"{PATH}{query}", data=form)
    assert unsigned.status_code == 403
    tampered = RequestValidator(TOKEN).compute_signature(f"https://bosai.example{PATH}{query}", form)
    answer = app.test_client().post(
        f"{PATH}{query}", data={**form, "MessageStatus": "failed"}, headers={"X-Twilio-Signature": tampered}
    )
    assert answer.status_code == 403
    assert _status(sent) == Status.ACCEPTED


def test_a_report_of_something_unknown_is_answered_like_any_other(app: Flask, sent: Delivery) -> None:
    answer = _call(app, "?reference=00000000-0000-8000-8000-000000000000", {"MessageSid": "X", "MessageStatus": "sent"})
    assert answer.status_code == 204
    assert _status(sent) == Status.ACCEPTED


def test_opening_the_address_does_nothing(app: Flask, town: Town) -> None:
    assert app.test_client().get(PATH).status_code == 405


def test_without_a_provider_that_is_set_up_every_report_is_refused(app: Flask, town: Town) -> None:
    assert app.test_client().post(PATH, data={"MessageSid": "SM1", "MessageStatus": "sent"}).status_code == 403


def test_a_thousand_tampered_unsigned_and_replayed_reports_change_nothing(app: Flask, sent: Delivery) -> None:
    query = f"?reference={reference.maker()(sent.id)}"
    url, form = f"https://bosai.example{PATH}{query}", {"MessageSid": "SM1", "MessageStatus": "delivered"}
    good = RequestValidator(TOKEN).compute_signature(url, form)
    chance, client, accepted = random.Random(7), app.test_client(), 0
    for number in range(1000):
        signature, sent_form, sent_query = good, dict(form), query
        match number % 5:
            case 0:
                sent_form["MessageStatus"] = chance.choice(["sent", "failed", "undelivered", "read"])
            case 1:
                at = chance.randrange(len(good) - 2)
                signature = good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :]
            case 2:
                signature = chance.choice(["", "x", good[:-1], good * 2, "あ".encode().decode("latin-1")])
            case 3:
                sent_query = f"?reference={reference.maker()(sent.id + 1 + number)}"
            case _:
                sent_form["Extra"] = str(number)
        answer = client.post(f"{PATH}{sent_query}", data=sent_form, headers={"X-Twilio-Signature": signature})
        accepted += answer.status_code != 403
    assert accepted == 0
    assert _status(sent) == Status.ACCEPTED
    for _ in range(20):
        assert _call(app, query, form).status_code == 204
    events = select(func.count()).select_from(DeliveryEvent).where(DeliveryEvent.source_id.is_not(None))
    assert db.session.scalar(events) == 1, "what is signed and comes again counts once"


STATUSES = ("queued", "sending", "sent", "delivered", "undelivered")


def test_every_order_of_reports_each_twice_ends_alike(app: Flask, sent: Delivery) -> None:
    query = f"?reference={reference.maker()(sent.id)}"
    for order in itertools.permutations(STATUSES):
        for status in (*order, *reversed(order)):
            _call(app, query, {"MessageSid": "SM1", "MessageStatus": status})
        assert _status(sent) == Status.DELIVERED, order
        with transaction() as session:  # as it was before
            session.execute(delete(DeliveryEvent).where(DeliveryEvent.delivery_id == sent.id))
            session.execute(update(Delivery).where(Delivery.id == sent.id).values(status=Status.ACCEPTED))


def test_a_report_before_our_own_commit_is_kept(app: Flask, sent: Delivery, town: Town) -> None:
    town.resident(2, channels=("sms",))
    town.approved()
    row = db.session.scalars(
        select(Delivery).where(Delivery.status == Status.QUEUED, Delivery.channel == "sms")
    ).first()
    assert row is not None
    _call(app, f"?reference={reference.maker()(row.id)}", {"MessageSid": "SM2", "MessageStatus": "delivered"})
    town.send_everything()
    assert _status(row) == Status.DELIVERED


def test_a_number_that_does_not_exist_waits_for_a_look_and_one_that_said_no_is_stopped(
    app: Flask, sent: Delivery
) -> None:
    query = f"?reference={reference.maker()(sent.id)}"
    _call(app, query, {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30005"})
    contact = db.session.get_one(Contact, sent.contact_id, populate_existing=True)
    assert (contact.active, contact.flagged_why, contact.flagged_detail) == (True, "refused", "30005")
    _call(app, query, {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "21610"})
    contact = db.session.get_one(Contact, sent.contact_id, populate_existing=True)
    assert contact.active, "a weaker report after a stronger one changes nothing"


def test_who_answered_stop_is_not_written_to_again(app: Flask, sent: Delivery) -> None:
    query = f"?reference={reference.maker()(sent.id)}"
    _call(app, query, {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "21610"})
    contact = db.session.get_one(Contact, sent.contact_id, populate_existing=True)
    assert (contact.active, contact.stopped_why) == (False, "opted_out")
