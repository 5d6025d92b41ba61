"""The hooks of calls: signed or refused, and what a telephone is told to say next."""

from typing import Any

import pytest
from flask import Flask
from lxml import etree
from sqlalchemy import select
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from broadcast.alert import lifecycle
from broadcast.cap.vocabulary import Kind, Mode
from broadcast.channels import registry
from broadcast.channels.drill import DrillChannel
from broadcast.channels.voice import VoiceChannel
from broadcast.models.delivery import Delivery, Status
from broadcast.sending.reference import maker
from disaster.core.extensions import db
from disaster.demo.providers.calls import said
from tests.broadcast.town import SHIROYAMA, Town

TOKEN, HOST = "twilio-auth-token", "https://bosai.example"
CALLER = "+81594123456"


@pytest.fixture
def hooked(app: Flask, town: Town) -> Town:
    """A town whose telephone channel is the real one; nothing is sent by it here."""
    config = app.extensions["disaster.settings"]
    token = type(config.twilio_auth_token)(TOKEN)
    app.extensions["disaster.settings"] = config.model_copy(update={"twilio_auth_token": token, "public_url": HOST})
    built = app.extensions[registry.KEY]
    voices = {"ja-JP": "Polly.Takumi-Neural", "en-US": "Polly.Joanna-Neural"}
    built[Mode.LIVE]["voice"] = VoiceChannel("AC1", TOKEN, "+815000000119", "", f"{HOST}{registry.CALLS}", voices)
    built[Mode.DRILL]["voice"] = DrillChannel("voice", personal=True)
    town.resident(1, channels=("voice",))
    return town


def post(app: Flask, path: str, form: dict[str, str], *, token: str = TOKEN, host: str = HOST) -> TestResponse:
    signature = RequestValidator(token).compute_signature(f"{host}{path}", form)
    return app.test_client().post(path, data=form, headers={"X-Twilio-Signature": signature})


def delivery() -> Delivery:
    db.session.rollback()
    return db.session.scalars(select(Delivery).where(Delivery.channel == "voice")).one()


def path(which: str) -> str:
    return f"/hooks/twilio/call/{which}?reference={maker()(delivery().id)}"


def words(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200
    assert answer.mimetype == "text/xml"
    return said(answer.get_data(as_text=True))[0]


def test_key_1_confirms_and_thanks(app: Flask, hooked: Town) -> None:
    hooked.approved()
    heard = words(post(app, path("key"), {"CallSid": "CA1", "Digits": "1"}))
    assert heard[0].startswith("ありがとうございました")
    assert delivery().status == Status.DELIVERED


def test_key_2_says_it_again_and_confirms_nothing(app: Flask, hooked: Town) -> None:
    hooked.approved()
    answer = post(app, path("key"), {"CallSid": "CA1", "Digits": "2"})
    assert any("避難指示を発令しました" in line for line in words(answer))
    assert said(answer.get_data(as_text=True))[1] == HOST + path("key")
    assert delivery().status == Status.QUEUED


@pytest.mark.parametrize("digits", ["7", "#", "", "12"])
def test_another_key_says_so(app: Flask, hooked: Town, digits: str) -> None:
    hooked.approved()
    heard = words(post(app, path("key"), {"CallSid": "CA1", "Digits": digits}))
    assert heard[0].startswith("その番号は使えません" if digits != "12" else "ありがとう")


def test_a_drill_says_so_when_it_is_heard_again(app: Flask, hooked: Town) -> None:
    hooked.approved(mode=Mode.DRILL)
    heard = words(post(app, path("key"), {"CallSid": "CA1", "Digits": "2"}))
    assert heard[0] == "これは訓練です。"
    assert heard[-1] == "これは訓練です。"


def test_a_busy_telephone_is_reported(app: Flask, hooked: Town) -> None:
    hooked.approved()
    row = delivery()
    row.status, row.provider_id = Status.ACCEPTED, "CA1"
    db.session.commit()
    assert post(app, path("status"), {"CallSid": "CA1", "CallStatus": "busy"}).status_code == 204
    assert (delivery().status, delivery().code) == (Status.QUEUED, "unanswered")


def test_a_machine_is_reported(app: Flask, hooked: Town) -> None:
    hooked.approved()
    row = delivery()
    row.status, row.provider_id = Status.ACCEPTED, "CA1"
    db.session.commit()
    assert post(app, path("machine"), {"CallSid": "CA1", "AnsweredBy": "human"}).status_code == 204
    assert delivery().code == ""
    assert post(app, path("machine"), {"CallSid": "CA1", "AnsweredBy": "machine_start"}).status_code == 204
    assert delivery().code == "machine"


@pytest.mark.parametrize("which", ["status", "machine", "key"])
def test_what_is_not_signed_is_refused(app: Flask, hooked: Town, which: str) -> None:
    hooked.approved()
    form = {"CallSid": "CA1", "CallStatus": "busy", "AnsweredBy": "machine_start", "Digits": "1"}
    assert app.test_client().post(path(which), data=form).status_code == 403
    assert post(app, path(which), form, token="other").status_code == 403
    assert post(app, path(which), form, host="https://evil.example").status_code == 403
    assert app.test_client().get(path(which)).status_code == 405
    assert delivery().status == Status.QUEUED


def test_what_is_signed_and_no_report_is_refused(app: Flask, hooked: Town) -> None:
    hooked.approved()
    assert post(app, path("status"), {"CallSid": "CA1", "CallStatus": "???"}).status_code == 403


def test_a_call_that_is_none_of_ours_is_answered_kindly(app: Flask, hooked: Town) -> None:
    stranger = "?reference=00000000-0000-8000-8000-000000000001"
    assert post(app, f"/hooks/twilio/call/status{stranger}", {"CallSid": "X", "CallStatus": "busy"}).status_code == 204
    heard = words(post(app, f"/hooks/twilio/call/key{stranger}", {"CallSid": "X", "Digits": "1"}))
    assert heard == ["電話を終わります。"]


# The number to call


def call(app: Flask, key: str = "", at: str = "", **more: Any) -> tuple[list[str], str, str]:
    """What a caller hears, where a key goes, and where the call goes on without one."""
    answer = post(app, at or "/hooks/twilio/listen", {"CallSid": "CA9", "From": CALLER, "Digits": key}, **more)
    document = answer.get_data(as_text=True)
    root = etree.fromstring(document.encode())
    redirect = root.find("Redirect")
    action = said(document)[1]
    return words(answer), action.removeprefix(HOST), (redirect.text or "") if redirect is not None else ""


def test_a_caller_hears_what_stands_newest_first(app: Flask, hooked: Town) -> None:
    hooked.approved()
    hooked.approved(areas=(SHIROYAMA,), situation="")
    heard, action, then = call(app)
    assert "トウインチョウ役場" in heard[0]
    assert "2件" in heard[1]
    assert any("シロヤマイッチョウメ" in line for line in heard), "the newest"
    assert not any("ナカガミ" in line for line in heard)
    assert "press 9" in heard[-1] or "press 9" in heard[-2]
    following, action, then = call(app, "2", action)
    assert any("ナカガミ" in line for line in following)
    assert not any("役場です" in line for line in following), "the welcome is said once"
    assert then == "", "there is no other"
    again, action, _ = call(app, "1", action)
    assert again[:-2] == following[:-2]
    english, action, _ = call(app, "9", action)
    assert any("Toin Town has issued Alert Level 4" in line for line in english)
    easy, _, _ = call(app, "9", action)
    assert any("にげてください" in line for line in easy)


def test_whoever_presses_nothing_hears_the_next_one(app: Flask, hooked: Town) -> None:
    hooked.approved()
    hooked.approved(areas=(SHIROYAMA,))
    _, _, then = call(app)
    heard, _, end = call(app, at=then.removeprefix(HOST))
    assert any("ナカガミ" in line for line in heard)
    assert end == ""
    assert heard[-1] == "電話を終わります。"


def test_after_the_last_one_comes_the_first(app: Flask, hooked: Town) -> None:
    hooked.approved()
    first, action, _ = call(app)
    again, _, _ = call(app, "2", action)
    assert [line for line in again if "ナカガミ" in line] == [line for line in first if "ナカガミ" in line]


def test_a_message_that_ended_meanwhile_begins_anew(app: Flask, hooked: Town) -> None:
    alert_id = hooked.approved()
    hooked.approved(areas=(SHIROYAMA,))
    _, action, _ = call(app)
    older = call(app, "2", action)[1]
    lifecycle.stop(alert_id, hooked.operator)
    heard = call(app, "1", older)[0]
    assert "1件" in heard[1]
    assert any("シロヤマイッチョウメ" in line for line in heard)


def test_while_nothing_stands_a_caller_is_told_so(app: Flask, hooked: Town) -> None:
    hooked.approved(mode=Mode.DRILL)
    answer = post(app, "/hooks/twilio/listen", {"CallSid": "CA9"})
    assert words(answer) == ["こちらは、トウインチョウ役場です。", "いま出ているお知らせは、ありません。"]


@pytest.mark.parametrize("query", ["?at=x&lang=y", "?at=-5", "?at=99999999999999999999999", "?lang=ja&lang=en"])
def test_a_strange_address_begins_anew(app: Flask, hooked: Town, query: str) -> None:
    hooked.approved()
    assert "役場です" in call(app, at=f"/hooks/twilio/listen{query}")[0][0]


def test_an_alert_from_before_there_were_calls_is_read_as_the_radio_said_it(app: Flask, hooked: Town) -> None:
    from broadcast.models.alert import Transmission

    hooked.approved(kind=Kind.EVACUATE)
    row = db.session.scalars(select(Transmission)).one()
    row.texts = {name: texts for name, texts in row.texts.items() if name != "voice"}
    db.session.commit()
    heard, _, _ = call(app)
    assert any("ヒナンシジ" in line for line in heard)
    assert not any("♪" in line for line in heard)


def test_nobody_listens_without_a_signature_and_no_caller_is_logged(
    app: Flask, hooked: Town, caplog: pytest.LogCaptureFixture
) -> None:
    hooked.approved()
    assert app.test_client().post("/hooks/twilio/listen", data={"From": CALLER}).status_code == 403
    assert app.test_client().get("/hooks/twilio/listen").status_code == 405
    call(app)
    assert CALLER not in caplog.text


def test_an_installation_without_calls_says_so(app: Flask, town: Town) -> None:
    config = app.extensions["disaster.settings"]
    token = type(config.twilio_auth_token)(TOKEN)
    app.extensions["disaster.settings"] = config.model_copy(update={"twilio_auth_token": token, "public_url": HOST})
    assert post(app, "/hooks/twilio/listen", {"CallSid": "CA9"}).status_code == 404
