"""What residents send back: STOP and START by SMS; friends, goodbyes and link codes by LINE. Every call proves itself, every event counts once."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from broadcast.cap.vocabulary import Language
from broadcast.channels.incoming_sms import Word, word_of
from broadcast.channels.line_webhook import sign
from broadcast.models.audience import Contact
from broadcast.models.hooks import HookEvent
from broadcast.subscribers import answering, asking
from broadcast.subscribers.asking import Wish
from broadcast.subscribers.enrolment import Choice, enrol
from broadcast.views import hooks
from disaster.core.audit import AuditEntry
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.demo.providers.line import LineStandIn
from tests.broadcast.town import NAKAGAMI, Town
from tests.fakes.descriptions import faults
from tests.fakes.standins import serving

TOKEN, SECRET = "twilio-auth-token", "line-channel-secret"
PUBLIC = "https://bosai.example"
NUMBER = "+819000000001"
USER = "U" + "0a" * 16


@pytest.fixture
def line_provider() -> LineStandIn:
    return LineStandIn("line-token", lambda *_: None)


@pytest.fixture
def called(town: Town, line_provider: LineStandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The service with a Twilio and a LINE account; what it answers beside is out before the provider goes."""
    app = town.app
    config = app.extensions["disaster.settings"]
    with serving(line_provider.application()) as url, ThreadPoolExecutor(2) as replies:
        monkeypatch.setattr(hooks, "_replies", replies)
        app.extensions["disaster.settings"] = config.model_copy(
            update={
                "twilio_auth_token": SecretStr(TOKEN),
                "public_url": PUBLIC,
                "line_channel_secret": SecretStr(SECRET),
                "line_channel_access_token": SecretStr("line-token"),
                "line_api_url": url,
            }
        )
        yield app


@pytest.fixture
def client(called: Flask) -> FlaskClient:
    return called.test_client()


def sms(client: FlaskClient, text: str, sender: str = NUMBER, **more: str) -> Any:
    form = {"MessageSid": "SM" + "1" * 32, "From": sender, "To": "+815000000119", "Body": text, **more}
    signature = RequestValidator(TOKEN).compute_signature(f"{PUBLIC}/hooks/twilio/incoming", form)
    return client.post("/hooks/twilio/incoming", data=form, headers={"X-Twilio-Signature": signature})


def answer(response: Any) -> str:
    """The text of the SMS that goes back; empty for none."""
    assert response.status_code == 200
    assert response.mimetype == "text/xml"
    return ElementTree.fromstring(response.data).findtext("Message") or ""


def contact(channel: str = "sms") -> Contact:
    db.session.rollback()
    return db.session.scalars(
        select(Contact).where(Contact.channel == channel).execution_options(populate_existing=True)
    ).one()


@pytest.mark.parametrize(
    "text", ["STOP", "stop", " Stop。", "ＳＴＯＰ", "停止", "配信停止", "ストップ", "「停止」", "unsubscribe"]
)
def test_stop_in_every_spelling(text: str) -> None:
    assert word_of(text) is Word.STOP


@pytest.mark.parametrize(
    "text", ["", "stop it please", "通行停止はどこですか", "明日は停止", "再開発", "S T O P", "x" * 5000]
)
def test_what_only_holds_the_word_is_no_stop(text: str) -> None:
    assert word_of(text) is Word.OTHER


def test_stop_ends_the_messages_to_this_number_and_says_so(town: Town, client: FlaskClient) -> None:
    town.resident(1, channels=("sms",))
    said = answer(sms(client, "配信停止"))
    assert "停止しました" in said
    assert "START" in said
    assert (contact().active, contact().stopped_why) == (False, "opted_out")
    assert db.session.scalar(select(func.count()).where(AuditEntry.action == "contact.stopped")) == 1
    assert "停止しました" in answer(sms(client, "STOP")), "who says it twice hears it twice"


def test_the_answer_is_in_the_persons_language(town: Town, client: FlaskClient) -> None:
    town.resident(1, channels=("sms",), language=Language.EN)
    assert "no more disaster messages" in answer(sms(client, "STOP"))


def test_where_twilio_has_answered_itself_we_do_not(town: Town, client: FlaskClient) -> None:
    town.resident(1, channels=("sms",))
    assert answer(sms(client, "stop", OptOutType="STOP")) == ""
    assert not contact().active
    assert answer(sms(client, "help", OptOutType="HELP")) == ""


def test_start_takes_back_ones_own_goodbye(town: Town, client: FlaskClient) -> None:
    town.resident(1, channels=("sms",))
    sms(client, "STOP")
    assert "再開しました" in answer(sms(client, "START"))
    assert (contact().active, contact().stopped_why) == (True, "")
    assert db.session.scalar(select(func.count()).where(AuditEntry.action == "contact.resumed")) == 1


def test_start_does_not_take_back_what_an_officer_stopped(town: Town, client: FlaskClient) -> None:
    town.resident(1, channels=("sms",))
    with transaction() as session:
        found = session.scalars(select(Contact)).one()
        found.active, found.stopped_why = False, "address"
    assert "登録がありません" in answer(sms(client, "再開"))
    assert not contact().active


def test_a_number_that_nobody_registered_is_told_where_to_register(client: FlaskClient) -> None:
    assert f"{PUBLIC}/subscribe" in answer(sms(client, "START"))


def test_help_tells_what_the_number_is_for(client: FlaskClient) -> None:
    said = answer(sms(client, "HELP"))
    assert "119" in said
    assert "STOP" in said


def test_two_machines_do_not_answer_each_other_for_ever(client: FlaskClient) -> None:
    said = [answer(sms(client, f"自動応答 {number}")) for number in range(5)]
    assert [bool(text) for text in said] == [True, False, False, False, False]
    assert answer(sms(client, "HELP")), "who asks is answered"


def test_an_sms_without_twilios_signature_stops_nobody(town: Town, called: Flask, client: FlaskClient) -> None:
    town.resident(1, channels=("sms",))
    form = {"MessageSid": "SM1", "From": NUMBER, "Body": "STOP"}
    good = RequestValidator(TOKEN).compute_signature(f"{PUBLIC}/hooks/twilio/incoming", form)
    other = RequestValidator(TOKEN).compute_signature(f"{PUBLIC}/hooks/twilio/status", form)
    for signature, sent in (
        (None, form),
        ("", form),
        (good[:-2] + "x=", form),
        (good, {**form, "From": "+819000000002"}),
        (other, form),
    ):
        headers = {"X-Twilio-Signature": signature} if signature is not None else {}
        assert client.post("/hooks/twilio/incoming", data=sent, headers=headers).status_code == 403
    assert contact().active


def event(kind: str, number: int = 1, *, user: str = USER, text: str = "", **more: Any) -> dict[str, Any]:
    """One event as LINE describes it."""
    made: dict[str, Any] = {
        "type": kind,
        "mode": "active",
        "timestamp": int(now().timestamp() * 1000),
        "source": {"type": "user", "userId": user},
        "webhookEventId": f"01FZ74A0TDDPYRVKNK77XKC3Z{number}",
        "deliveryContext": {"isRedelivery": False},
    }
    if kind != "unfollow":
        made["replyToken"] = f"reply-{number}"
    if kind == "follow":
        made["follow"] = {"isUnblocked": False}
    if kind == "message":
        made["message"] = {"type": "text", "id": "1", "text": text, "quoteToken": "q"}
    return {**made, **more}


def line(client: FlaskClient, *events: dict[str, Any], secret: str = SECRET) -> int:
    body = json.dumps({"destination": "U" + "f" * 32, "events": events}, ensure_ascii=False).encode()
    headers = {"X-Line-Signature": sign(body, secret), "Content-Type": "application/json"}
    return client.post("/hooks/line", data=body, headers=headers).status_code


def replied(provider: LineStandIn, number: int = 1) -> str:
    """What was answered to an event; it comes beside the call's own answer."""
    for _ in range(200):
        if f"reply-{number}" in provider.replied:
            return provider.replied[f"reply-{number}"]
        time.sleep(0.05)
    return ""


def friend(town: Town) -> None:
    """A resident who gets messages by LINE."""
    town.resident(1, channels=("email",))
    with transaction() as session:
        enrol(session, "line", USER, Choice(areas=(NAKAGAMI,)), source="self", confirmed_at=now())


def test_our_events_are_as_line_describes_them() -> None:
    body = {"destination": "U" + "f" * 32, "events": [event("follow"), event("unfollow"), event("message", text="x")]}
    assert faults("line_webhook", "CallbackRequest", body) == []
    for one, schema in zip(body["events"], ("FollowEvent", "UnfollowEvent", "MessageEvent"), strict=True):  # type: ignore[arg-type]
        assert faults("line_webhook", schema, one) == []


def test_a_new_friend_is_told_where_to_choose(client: FlaskClient, line_provider: LineStandIn) -> None:
    assert line(client, event("follow")) == 200
    assert f"{PUBLIC}/subscribe" in replied(line_provider)


def test_a_link_code_enrols_the_account_that_sent_it(client: FlaskClient, line_provider: LineStandIn) -> None:
    wish = Wish(asking.JOIN, "line", "", Language.JA, "client", Choice(areas=(NAKAGAMI,)))
    waiting = asking.waiting(asking.ask(wish))
    assert waiting
    line(client, event("message", 1, text=f"コードは {waiting.code} です"))
    assert "登録しました" in replied(line_provider, 1)
    assert contact("line").active
    line(client, event("message", 2, text=waiting.code))
    assert "登録しました" in replied(line_provider, 2), "the code was good before"


def test_a_wrong_code_is_said(client: FlaskClient, line_provider: LineStandIn) -> None:
    line(client, event("message", text="2345-6789"))
    assert "使えません" in replied(line_provider)
    assert db.session.scalar(select(func.count()).select_from(Contact)) == 0


def test_who_leaves_is_not_written_to_again(town: Town, client: FlaskClient) -> None:
    friend(town)
    assert line(client, event("unfollow")) == 200
    assert (contact("line").active, contact("line").stopped_why) == (False, "opted_out")
    assert contact("email").active


def test_stop_works_by_line_too(town: Town, client: FlaskClient, line_provider: LineStandIn) -> None:
    friend(town)
    line(client, event("message", text="停止"))
    assert "停止しました" in replied(line_provider)
    assert not contact("line").active


def test_anything_else_is_answered_with_the_number_to_call(client: FlaskClient, line_provider: LineStandIn) -> None:
    line(client, event("message", text="たすけて"))
    assert "119" in replied(line_provider)


def test_each_event_counts_once_also_when_it_is_delivered_again(
    town: Town, client: FlaskClient, line_provider: LineStandIn
) -> None:
    friend(town)
    again = {"deliveryContext": {"isRedelivery": True}}
    line(client, event("unfollow", 1))
    friend_again = event("follow", 2)
    line(client, friend_again)
    with transaction() as session:
        session.scalars(select(Contact).where(Contact.channel == "line")).one().active = True
    line(client, event("unfollow", 1, **again))
    assert contact("line").active, "the goodbye of before the return does not count again"
    replied(line_provider, 2)
    line_provider.replied.clear()
    line(client, {**friend_again, **again})
    assert replied_soon(line_provider) == {}


def replied_soon(provider: LineStandIn) -> dict[str, str]:
    time.sleep(0.3)
    return provider.replied


def test_an_old_call_that_is_played_again_counts_for_nothing(town: Town, client: FlaskClient) -> None:
    friend(town)
    old = int((now() - answering.TOO_OLD).timestamp() * 1000) - 1000
    assert line(client, event("unfollow", timestamp=old)) == 200
    assert contact("line").active


def test_a_goodbye_from_before_the_person_came_back_stops_nothing(town: Town, client: FlaskClient) -> None:
    """LINE delivers again what it could not deliver, in any order: the goodbye of the morning may come after the return at noon."""
    with transaction() as session:
        choice = Choice(areas=(NAKAGAMI,))
        enrol(session, "line", USER, choice, source="self", confirmed_at=now())
    for number, (kind, text) in enumerate((("unfollow", ""), ("message", "停止"))):
        early = int((now() - timedelta(hours=3)).timestamp() * 1000)
        assert line(client, event(kind, number, text=text, timestamp=early)) == 200
    assert contact("line").active
    line(client, event("unfollow", 3))
    assert not contact("line").active


def test_lines_own_test_and_events_of_groups_are_taken_and_do_nothing(town: Town, client: FlaskClient) -> None:
    friend(town)
    assert line(client) == 200
    group = {"source": {"type": "group", "groupId": "C" + "0" * 32, "userId": USER}}
    standby = {"mode": "standby"}
    assert line(client, event("unfollow", 1, **group), event("unfollow", 2, **standby), event("sticker", 3)) == 200
    odd = [{}, {"type": "unfollow"}, event("unfollow", 4, user="nobody"), event("unfollow", 5, webhookEventId="a b")]
    assert line(client, *odd, event("unfollow", 6, source=None), event("message", 7, message=None)) == 200
    assert contact("line").active


def test_a_call_without_lines_signature_stops_nobody(town: Town, client: FlaskClient) -> None:
    friend(town)
    assert line(client, event("unfollow"), secret="wrong") == 403
    body = json.dumps({"destination": "U", "events": [event("unfollow")]}).encode()
    good = sign(body, SECRET)
    for sent, signature in ((body, ""), (body + b" ", good), (body, good.lower()), (body, good[:-1]), (body, "あ")):
        headers = {"X-Line-Signature": signature.encode("utf-8").decode("latin-1")}
        assert client.post("/hooks/line", data=sent, headers=headers).status_code == 403
    assert contact("line").active


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'{"events": {}}', b"[" * 100_000, b"\xff"])
def test_a_signed_body_that_is_none_is_refused_without_an_error(client: FlaskClient, body: bytes) -> None:
    assert client.post("/hooks/line", data=body, headers={"X-Line-Signature": sign(body, SECRET)}).status_code == 403


def test_without_a_secret_every_call_is_refused(town: Town) -> None:
    body = b'{"events": []}'
    answered = town.app.test_client().post("/hooks/line", data=body, headers={"X-Line-Signature": sign(body, "")})
    assert answered.status_code == 403


def test_the_same_event_from_two_sides_at_once_leaves_one_trace(town: Town, called: Flask) -> None:
    friend(town)
    told = event("unfollow")

    def call() -> None:
        with called.app_context():
            line(called.test_client(), told)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not contact("line").active
    assert db.session.scalar(select(func.count()).where(AuditEntry.action == "contact.stopped")) == 1


def test_names_of_events_are_forgotten_when_they_cannot_come_again(town: Town, client: FlaskClient) -> None:
    line(client, event("follow"))
    assert answering.forget(now()) == 0
    assert answering.forget(now() + answering.REMEMBERED) == 1
    assert db.session.scalar(select(func.count()).select_from(HookEvent)) == 0
