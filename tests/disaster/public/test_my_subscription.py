"""A person's own link: opening changes nothing, the buttons do; nothing shows more than its owner knows."""

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from broadcast.cap.vocabulary import Language
from broadcast.models.audience import Contact
from broadcast.subscribers import answering, confirmations, links, subscribing, subscriptions
from broadcast.subscribers.enrolment import Choice
from disaster.core import clock, sealed
from disaster.core.audit import AuditEntry
from disaster.core.db import transaction
from disaster.core.extensions import db
from tests.broadcast.town import NAKAGAMI, SHIROYAMA, Town
from tests.broadcast.views.browsing import form_in, text_of

TOKEN = "token-1-email"


@pytest.fixture
def town(app: Flask) -> Town:
    """A small town on SQLite."""
    return Town(app).build()


def link(token: str = TOKEN) -> str:
    """The secret in the letters of this contact."""
    return links.signer(links.UNSUBSCRIBE)(token)


def _contact(token: str = TOKEN) -> Contact:
    db.session.rollback()
    return db.session.scalars(
        select(Contact).where(Contact.token == token).execution_options(populate_existing=True)
    ).one()


def test_a_mail_scanner_that_opens_the_link_unsubscribes_nobody(town: Town, client: FlaskClient) -> None:
    town.resident(1)
    for method in (client.get, client.head, client.options):
        method(f"/unsubscribe/{link()}")
    assert _contact().active


def test_the_button_stops_this_address_and_no_other(town: Town, client: FlaskClient) -> None:
    town.resident(1, channels=("email", "sms"))
    page = client.get(f"/unsubscribe/{link()}").get_data(as_text=True)
    answer = client.post(form_in(page, link()).action)
    assert answer.status_code == 200
    assert "この宛先への配信を停止しました" in answer.get_data(as_text=True)
    assert not _contact().active
    assert _contact().stopped_why == "unsubscribed"
    assert _contact("token-1-sms").active
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "contact.unsubscribe")).one()
    assert "example.jp" not in entry.detail + entry.subject


def test_one_click_of_a_mail_program_works_without_a_session(town: Town, client: FlaskClient) -> None:
    town.resident(1)
    answer = client.post(f"/unsubscribe/{link()}", data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert not _contact().active


def test_twice_does_no_harm_and_an_unknown_link_is_told_no_difference(town: Town, client: FlaskClient) -> None:
    town.resident(1)

    def told(secret: str) -> str:
        return client.post(f"/unsubscribe/{secret}").get_data(as_text=True).replace(secret, "…")

    first = told(link())
    stopped_at = _contact().stopped_at
    assert first == told(link()) == told("nobody")
    assert _contact().stopped_at == stopped_at
    assert told(TOKEN) == first, "what the database holds is no link, and that is told no difference"
    for odd in ("a%00b", "%F0%9F%8C%8A", "x" * 300, "%ff"):
        assert client.get(f"/unsubscribe/{odd}").status_code in (200, 404)
        assert client.post(f"/unsubscribe/{odd}").status_code in (200, 404)


def test_the_page_speaks_the_residents_language(town: Town, client: FlaskClient) -> None:
    town.resident(1, language=Language.EN)
    page = client.get(f"/unsubscribe/{link()}").get_data(as_text=True)
    assert '<html lang="en">' in page
    assert "Stop sending disaster information to this address?" in page


def test_nothing_more_is_sent_to_who_left(town: Town, client: FlaskClient) -> None:
    town.resident(1)
    town.resident(2)
    client.post(f"/unsubscribe/{link()}")
    alert_id = town.approved()
    town.send_everything()
    assert len(town.channels["email"].received) == 1
    assert sum(town.statuses(alert_id, "email").values()) == 1


def test_the_link_is_a_secret_and_goes_into_no_cache_and_no_referer(town: Town, client: FlaskClient) -> None:
    answer = client.get(f"/unsubscribe/{link()}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


# The page behind it


def mine(client: FlaskClient, secret: str = "") -> str:
    answer = client.get(f"/subscribe/mine/{secret or link()}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    return answer.get_data(as_text=True)


def choice_of(token: str = TOKEN) -> Choice:
    found = subscriptions.mine(link(token))
    assert found
    return found.choice


def test_a_person_sees_their_addresses_masked(town: Town, client: FlaskClient) -> None:
    town.resident(1, channels=("email", "sms"))
    page = text_of(mine(client))
    assert "p…@e….jp" in page
    assert "…0001" in page
    assert "person1" not in page
    assert "+8190" not in page


def test_areas_language_and_kinds_are_changed_by_the_person(town: Town, client: FlaskClient) -> None:
    town.resident(1)
    form = form_in(mine(client), f"mine/{link()}")
    assert form.values["areas"] == [NAKAGAMI]
    changed = {**form.values, "areas": [SHIROYAMA], "language": "en", "support": "1"}
    changed.pop("notices")
    answer = client.post(form.action, data=changed)
    assert answer.status_code == 303
    assert choice_of() == Choice(Language.EN, (SHIROYAMA,), wants_notices=False, support_needed=True)
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "Your changes are saved." in page


def test_a_change_without_any_area_keeps_what_was_typed_and_changes_nothing(town: Town, client: FlaskClient) -> None:
    town.resident(1)
    answer = client.post(f"/subscribe/mine/{link()}", data={"language": "en", "support": "1"})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "地区を1つ以上選ぶか、「町全体」を選んでください。" in page
    assert re.search(r'name="support" value="1" checked', page)
    assert choice_of().areas == (NAKAGAMI,)


def test_one_of_several_addresses_is_stopped_and_nobody_elses(town: Town, client: FlaskClient) -> None:
    town.resident(1, channels=("email", "sms"))
    town.resident(2)
    other = _contact("token-2-email").id
    sms = _contact("token-1-sms").id
    for contact in (other, sms, "-1", "9" * 40, "x", ""):
        assert client.post(f"/subscribe/mine/{link()}/leave", data={"contact": str(contact)}).status_code == 303
    assert not _contact("token-1-sms").active
    assert _contact("token-2-email").active
    assert _contact().active


def test_leaving_altogether_stops_every_address(town: Town, client: FlaskClient) -> None:
    town.resident(1, channels=("email", "sms"))
    client.post(f"/subscribe/mine/{link()}/leave", data={"contact": "all"})
    assert not _contact().active
    assert not _contact("token-1-sms").active
    assert "いま、どの宛先にも届きません" in mine(client)


def test_a_further_address_waits_for_its_own_confirmation(town: Town, client: FlaskClient) -> None:
    person = town.resident(1)
    form = form_in(mine(client), "/add")
    answer = client.post(form.action, data={**form.values, "channel": "sms", "phone": "090-0000-0777"})
    assert answer.status_code == 303
    confirmations.send_due()
    [(_, message)] = town.channels["sms"].received
    code = re.search(r"\d{6}", message.body)
    assert code
    done = client.post(answer.headers["Location"], data={"code": code[0]})
    assert done.status_code == 303
    added = subscribing.stop_address("sms", "+819000000777", "opted_out")
    assert added, "it was written to"
    page = client.get(done.headers["Location"]).get_data(as_text=True)
    assert "p…@e….jp" in page, f"one person ({person}) with both addresses"


def test_a_wrong_further_address_is_explained_and_the_choice_stays(town: Town, client: FlaskClient) -> None:
    town.resident(1)
    answer = client.post(f"/subscribe/mine/{link()}/add", data={"channel": "sms", "phone": "0594-86-2824"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "SMSは、固定電話と050の番号には届きません" in page
    assert 'value="0594-86-2824"' in page
    assert re.search(f'name="areas" value="{NAKAGAMI}" checked', page)


@pytest.mark.parametrize("secret", ["nobody", TOKEN, "a.b", "x" * 300, "%ff", TOKEN + "." + "0" * 24])
def test_a_link_that_is_nobodys_opens_nothing(town: Town, client: FlaskClient, secret: str) -> None:
    town.resident(1)
    assert client.get(f"/subscribe/mine/{secret}").status_code == 410
    for part in ("", "/add"):
        assert client.post(f"/subscribe/mine/{secret}{part}", data={"all_areas": "1"}).status_code == 410
    client.post(f"/subscribe/mine/{secret}/leave", data={"contact": "all"})
    assert _contact().active


def test_whoever_lost_the_link_gets_it_at_the_address_and_the_answer_tells_nothing(
    town: Town, client: FlaskClient
) -> None:
    town.resident(1)
    pages = []
    for address in ("person1@example.jp", "nobody@example.jp"):
        answer = client.post("/subscribe/mine", data={"channel": "email", "email": address})
        assert answer.status_code == 303
        page = client.get(answer.headers["Location"]).get_data(as_text=True)
        handle = answer.headers["Location"].split("/")[-1]
        pages.append(page.replace(address, "").replace(handle, ""))
    assert pages[0] == pages[1]
    confirmations.send_due()
    [(target, message)] = town.channels["email"].received
    assert target.address == "person1@example.jp"
    found = re.search(r"/subscribe/confirm/\S+", message.body)
    assert found
    assert "登録の内容を見る" in client.get(found[0]).get_data(as_text=True)
    done = client.post(found[0])
    assert done.headers["Location"].startswith(f"/subscribe/mine/{link()}")


def test_a_start_after_the_wiping_brings_the_number_back(town: Town) -> None:
    town.resident(1, channels=("sms",))
    subscribing.stop_address("sms", "+819000000001", "opted_out")
    with time_machine.travel(clock.now() + timedelta(days=31)):
        assert subscriptions.forget_left(clock.now()) == 1
    assert answering._resume("sms", "+819000000001")
    assert sealed.unseal(_contact("token-1-sms").address) == "+819000000001"


def test_the_address_of_who_left_is_wiped_after_a_month_and_still_known_by_its_digest(
    town: Town, client: FlaskClient
) -> None:
    town.resident(1)
    client.post(f"/unsubscribe/{link()}")
    assert subscriptions.forget_left(clock.now()) == 0
    with time_machine.travel(clock.now() + timedelta(days=31)):
        assert subscriptions.forget_left(clock.now()) == 1
        assert subscriptions.forget_left(clock.now()) == 0
    wiped = _contact()
    assert wiped.address == b""
    assert wiped.digest
    with transaction() as session:
        back = subscribing.enrol(
            session, "email", "person1@example.jp", None, source="self", confirmed_at=clock.now(), subscriber_id=1
        )
    assert back == wiped.id
    assert _contact().address != b""
