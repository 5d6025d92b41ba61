"""The page of subscribing, as a person without JavaScript uses it."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import func, select

from broadcast.cap.vocabulary import Language, Mode
from broadcast.channels import registry
from broadcast.models.audience import Contact, Subscriber, SubscriberArea
from broadcast.models.subscribing import Pending
from broadcast.subscribers import confirmations
from disaster.core.extensions import db
from tests.broadcast.town import NAKAGAMI, SHIROYAMA, Town
from tests.broadcast.views.browsing import form_in, text_of
from tests.fakes.channel import ScriptedChannel

RIGHT = {"channel": "email", "email": "taro@gmail.com", "areas": [NAKAGAMI], "language": "ja", "shelters": "1"}


@pytest.fixture
def town(app: Flask) -> Town:
    """A small town whose channels remember what they were given."""
    made = Town(app).build()
    for name in ("voice", "line"):
        made.channels[name] = ScriptedChannel(name)
        app.extensions[registry.KEY][Mode.LIVE][name] = made.channels[name]
    settings = app.extensions["disaster.settings"]
    account = {"line_account": "@bosai", "mail_from": "bosai@town.example", "twilio_from": "+815000000119"}
    app.extensions["disaster.settings"] = settings.model_copy(update=account)
    return made


def asked() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Pending)) or 0


def test_a_resident_subscribes_by_mail(town: Town, client: FlaskClient) -> None:
    form = form_in(client.get("/subscribe").get_data(as_text=True), "/subscribe")
    answer = client.post(form.action, data={**form.values, **RIGHT, "notices": "1"})
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "taro@gmail.com に、確認のメールを送りました" in text_of(page)
    confirmations.send_due()
    [(_, message)] = town.channels["email"].received
    found = re.search(r"/subscribe/confirm/\S+", message.body)
    assert found
    first = client.get(found[0])
    assert "登録する" in first.get_data(as_text=True)
    assert "中上" in first.get_data(as_text=True)
    assert first.headers["Referrer-Policy"] == "no-referrer"
    assert db.session.scalar(select(func.count()).select_from(Contact)) == 0, "opening the link changes nothing"
    done = client.post(found[0])
    shown = client.get(done.headers["Location"]).get_data(as_text=True)
    assert "登録しました" in shown
    assert "t…@g….com" in shown
    person = db.session.scalars(select(Subscriber)).one()
    assert (person.language, person.source, person.wants_notices) == (Language.JA, "self", True)
    assert db.session.scalars(select(SubscriberArea.area_code)).all() == [NAKAGAMI]


def test_a_resident_subscribes_by_sms_in_english(town: Town, client: FlaskClient) -> None:
    page = client.get("/subscribe?lang=en").get_data(as_text=True)
    assert '<html lang="en">' in page
    form = form_in(page, "/subscribe?lang=en")
    assert form.values["language"] == ["en"]
    given = {**form.values, "channel": "sms", "phone": "090-0000-0777", "all_areas": "1"}
    answer = client.post(form.action, data=given)
    confirmations.send_due()
    [(_, message)] = town.channels["sms"].received
    code = re.search(r"\d{6}", message.body)
    assert code
    assert "Toin" in message.body
    wrong = client.post(answer.headers["Location"], data={"code": "12345x"})
    assert "This is not the code. You have 4 more tries." in wrong.get_data(as_text=True)
    done = client.post(answer.headers["Location"], data={"code": code[0]})
    assert "You are subscribed" in client.get(done.headers["Location"]).get_data(as_text=True)


def test_line_shows_a_code_and_where_to_send_it(town: Town, client: FlaskClient) -> None:
    answer = client.post("/subscribe", data={**RIGHT, "channel": "line"})
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "@bosai" in page
    assert re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", text_of(page))
    assert "まだ届いていません" in client.get(answer.headers["Location"] + "?sent=1").get_data(as_text=True)


def test_nothing_is_chosen_for_the_person_but_the_language_and_what_comes_with_it(
    town: Town, client: FlaskClient
) -> None:
    values = form_in(client.get("/subscribe").get_data(as_text=True), "/subscribe").values
    assert values == {"email": [""], "phone": [""], "language": ["ja"], "shelters": ["1"], "notices": ["1"]}


def test_an_empty_form_says_what_is_missing_field_by_field(town: Town, client: FlaskClient) -> None:
    answer = client.post("/subscribe", data={})
    page = text_of(answer.get_data(as_text=True))
    assert answer.status_code == 422
    for words in ("受け取る方法を1つ選んでください。", "地区を1つ以上選ぶか", "受け取ることばを選んでください。"):
        assert page.count(words) == 2, "at the field and in the summary"
    assert asked() == 0


def test_bad_input_keeps_what_was_typed(town: Town, client: FlaskClient) -> None:
    typed = {
        **RIGHT,
        "email": 'taro"><script>@gmail',
        "areas": [NAKAGAMI, SHIROYAMA, "99999-99"],
        "language": "easy_ja",
        "support": "1",
    }
    answer = client.post("/subscribe", data=typed)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "<script>" not in page.replace("<script src", "")
    values = form_in(page, "/subscribe").values
    assert values["email"] == ['taro"><script>@gmail']
    assert values["areas"] == [NAKAGAMI, SHIROYAMA]
    assert (values["language"], values["support"]) == (["easy_ja"], ["1"])
    assert "notices" not in values, "what was taken out stays out"
    document = html.fromstring(page)
    [field] = document.xpath('//input[@id="field-email"]')
    assert field.get("aria-invalid") == "true"
    assert document.get_element_by_id(field.get("aria-describedby").split()[0]).text_content().startswith("＊")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"email": ""}, "メールアドレスを入力してください。"),
        ({"channel": "sms"}, "電話番号を入力してください。"),
        ({"channel": "sms", "phone": "0594-86-2824"}, "SMSは、固定電話と050の番号には届きません"),
        ({"channel": "voice", "phone": "0120-111-222"}, "フリーダイヤルなど"),
        ({"channel": "voice", "phone": "+44 20 7946 0000"}, "この国の電話番号は登録できません"),
        ({"channel": "sms", "phone": "１２３"}, "電話番号の形が正しくありません"),
        ({"channel": "fax"}, "受け取る方法を1つ選んでください。"),
        ({"areas": []}, "地区を1つ以上選ぶか"),
        ({"language": "xx"}, "受け取ることばを選んでください。"),
    ],
)
def test_each_mistake_has_its_own_sentence(
    town: Town, client: FlaskClient, given: dict[str, object], words: str
) -> None:
    answer = client.post("/subscribe", data={**RIGHT, **given})
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    assert asked() == 0


@pytest.mark.parametrize("field", ["email", "phone", "channel", "language", "areas", "all_areas", "code"])
@pytest.mark.parametrize(
    "odd", ["\x00", "x" * 100_000, "\ud800", "🌊" * 50, "=1+1", "a\r\nBcc: x@y.jp", "葛\U000e0100"]
)
def test_odd_text_in_any_field_is_an_answer_and_never_an_error(
    town: Town, client: FlaskClient, field: str, odd: str
) -> None:
    value = odd.encode("utf-8", "surrogatepass")
    answer = client.post("/subscribe", data={**RIGHT, field: value})
    assert answer.status_code in (303, 422)
    handle = client.post("/subscribe", data=RIGHT).headers["Location"]
    assert client.post(handle, data={field: value}).status_code == 200


def test_another_site_cannot_fill_in_the_form_through_a_visitor(town: Town, client: FlaskClient) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert client.post("/subscribe", data=RIGHT, headers=headers).status_code == 403
    assert asked() == 0
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}, {}):
        assert client.post("/subscribe", data=RIGHT, headers=headers).status_code == 303


def test_the_page_sets_no_cookie(town: Town, client: FlaskClient) -> None:
    answers = [client.get("/subscribe"), client.post("/subscribe", data=RIGHT), client.get("/subscribe/sheet")]
    assert all("Set-Cookie" not in answer.headers for answer in answers)


def test_too_many_requests_keep_what_was_typed_and_say_what_to_do(town: Town, client: FlaskClient) -> None:
    limit = town.app.extensions["disaster.settings"].subscribe_per_client_hour
    for number in range(limit):
        assert client.post("/subscribe", data={**RIGHT, "email": f"a{number}@gmail.com"}).status_code == 303
    answer = client.post("/subscribe", data=RIGHT)
    assert answer.status_code == 429
    page = answer.get_data(as_text=True)
    assert "電話で申し込んでください" in page
    assert form_in(page, "/subscribe").values["email"] == ["taro@gmail.com"]


def test_an_address_is_mended_without_choosing_again(town: Town, client: FlaskClient) -> None:
    given = {**RIGHT, "email": "tarp@gmail.com", "areas": [NAKAGAMI, SHIROYAMA], "language": "en"}
    waiting = client.post("/subscribe", data=given).headers["Location"]
    page = client.get(waiting).get_data(as_text=True)
    [link] = re.findall(r'href="(/subscribe\?[^"]*again=[^"]*)"', page)
    shown = client.get(link.replace("&amp;", "&"))
    assert shown.headers["Cache-Control"] == "no-store", "somebody's address stands in it"
    values = form_in(shown.get_data(as_text=True), "/subscribe").values
    assert values["email"] == ["tarp@gmail.com"]
    assert values["areas"] == [NAKAGAMI, SHIROYAMA]


def test_a_page_that_is_over_says_so_and_offers_a_new_start(town: Town, client: FlaskClient) -> None:
    for path in ("/subscribe/wait/nobody", "/subscribe/confirm/nobody.x"):
        for answer in (client.get(path), client.post(path)):
            assert answer.status_code == 410
            assert "はじめからやり直す" in answer.get_data(as_text=True)
    assert client.post("/subscribe/wait/nobody/again").status_code == 410


def test_only_channels_that_are_set_up_are_offered(town: Town, client: FlaskClient) -> None:
    town.channels["sms"].missing = ["not set up"]
    values = re.findall(r'name="channel" value="(\w+)"', client.get("/subscribe").get_data(as_text=True))
    assert values == ["email", "voice", "line"]
    for channel in town.channels.values():
        channel.missing = ["not set up"]
    page = client.get("/subscribe").get_data(as_text=True)
    assert "電話で申し込んでください" in page
    assert "<form" not in page


@pytest.mark.parametrize("language", list(Language))
def test_the_sheet_and_its_code_lead_to_the_form(town: Town, client: FlaskClient, language: Language) -> None:
    page = text_of(client.get("/subscribe/sheet").get_data(as_text=True))
    assert "避難の呼びかけを受け取りましょう" in page
    assert "Get evacuation calls" in page
    assert town.app.extensions["disaster.settings"].link("/subscribe") in page
    code = client.get("/subscribe/qr.svg")
    assert code.mimetype == "image/svg+xml"
    assert code.data.startswith(b"<svg")
    assert client.get("/subscribe/qr.svg", headers={"If-None-Match": code.headers["ETag"]}).status_code == 304


def test_the_first_page_and_the_footer_lead_to_the_form(town: Town, client: FlaskClient) -> None:
    for path in ("/", "/shelters", "/?lang=en"):
        page = client.get(path).get_data(as_text=True)
        assert re.search(r'href="/subscribe(\?lang=en)?"', page), path
