"""Status callbacks of the SMS provider."""

import pytest
from flask import Flask
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from broadcast import reference
from broadcast.models.delivery import Delivery, Status
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
