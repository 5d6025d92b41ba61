"""The unsubscribe link: opening changes nothing, the button does."""

from flask.testing import FlaskClient
from sqlalchemy import select

from broadcast.cap import Language
from broadcast.models.audience import Contact
from disaster.core.audit import AuditEntry
from disaster.core.extensions import db
from tests.broadcast.town import Town
from tests.broadcast.views.browsing import form_in

TOKEN = "token-1-email"


def _contact(token: str = TOKEN) -> Contact:
    db.session.rollback()
    return db.session.scalars(
        select(Contact).where(Contact.token == token).execution_options(populate_existing=True)
    ).one()


def test_a_mail_scanner_that_opens_the_link_unsubscribes_nobody(town: Town, client: FlaskClient) -> None:
    town.resident(1)
    for method in (client.get, client.head, client.options):
        method(f"/unsubscribe/{TOKEN}")
    assert _contact().active


def test_the_button_stops_this_address_and_no_other(town: Town, client: FlaskClient) -> None:
    town.resident(1, channels=("email", "sms"))
    page = client.get(f"/unsubscribe/{TOKEN}").get_data(as_text=True)
    answer = client.post(form_in(page, TOKEN).action)
    assert answer.status_code == 200
    assert "この宛先への配信を停止しました" in answer.get_data(as_text=True)
    assert not _contact().active
    assert _contact().stopped_why == "unsubscribed"
    assert _contact("token-1-sms").active
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "contact.unsubscribe")).one()
    assert "example.jp" not in entry.detail + entry.subject


def test_one_click_of_a_mail_program_works_without_a_session(town: Town, client: FlaskClient) -> None:
    town.resident(1)
    answer = client.post(f"/unsubscribe/{TOKEN}", data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert not _contact().active


def test_twice_does_no_harm_and_an_unknown_link_is_told_no_difference(town: Town, client: FlaskClient) -> None:
    town.resident(1)
    first = client.post(f"/unsubscribe/{TOKEN}").get_data(as_text=True)
    stopped_at = _contact().stopped_at
    again = client.post(f"/unsubscribe/{TOKEN}").get_data(as_text=True)
    unknown = client.post("/unsubscribe/nobody").get_data(as_text=True)
    assert first == again == unknown
    assert _contact().stopped_at == stopped_at
    for odd in ("a%00b", "%F0%9F%8C%8A", "x" * 300, "%ff"):
        assert client.get(f"/unsubscribe/{odd}").status_code in (200, 404)
        assert client.post(f"/unsubscribe/{odd}").status_code in (200, 404)


def test_the_page_speaks_the_residents_language(town: Town, client: FlaskClient) -> None:
    town.resident(1, language=Language.EN)
    page = client.get(f"/unsubscribe/{TOKEN}").get_data(as_text=True)
    assert '<html lang="en">' in page
    assert "Stop sending disaster information to this address?" in page


def test_nothing_more_is_sent_to_who_left(town: Town, client: FlaskClient) -> None:
    town.resident(1)
    town.resident(2)
    client.post(f"/unsubscribe/{TOKEN}")
    alert_id = town.approved()
    town.send_everything()
    assert len(town.channels["email"].received) == 1
    assert sum(town.statuses(alert_id, "email").values()) == 1


def test_the_link_is_a_secret_and_goes_into_no_cache_and_no_referer(town: Town, client: FlaskClient) -> None:
    answer = client.get(f"/unsubscribe/{TOKEN}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
