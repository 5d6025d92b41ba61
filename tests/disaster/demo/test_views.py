"""The demonstration's pages."""

import re
from contextlib import closing
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from disaster.core.municipality import municipality
from disaster.core.settings import settings
from disaster.demo import inbox, residents
from disaster.demo.residents import Resident

AT = datetime(2026, 11, 23, 6, 4, tzinfo=UTC)


@pytest.fixture
def people(demo_app: Flask) -> list[Resident]:
    made = residents.make(municipality().areas)
    residents.save(settings().data_dir, made)
    return made


def arrive(channel: str, recipient: str, body: str, subject: str = "", **more: str) -> None:
    headers = {name.replace("_", "-"): value for name, value in more.items()}
    with closing(inbox.Writer(settings().data_dir / inbox.FILE)) as writer:
        writer.store(channel, recipient, subject, body, AT, headers=headers)


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_tour_names_the_accounts_with_their_codes(demo_client: FlaskClient, people: list[Resident]) -> None:
    text = page(demo_client, "/demo/")
    assert "honbu" in text
    assert "shonin" in text
    assert re.search(r'data-login="shonin">\d{6}<', text)
    assert "架空" in text
    assert "21211" in text


def test_the_inbox_is_empty_before_anything_was_sent(demo_client: FlaskClient) -> None:
    assert "まだ何も届いていません" in page(demo_client, "/demo/inbox")


def test_the_inbox_shows_who_got_what(demo_client: FlaskClient, people: list[Resident]) -> None:
    person = people[0]
    arrive("sms", person.addresses["sms"], "SMSの本文")
    arrive("email", person.addresses["email"], "メールの本文", "件名です", List_Unsubscribe="<http://x.example/u>")
    arrive("mastodon", inbox.PUBLIC, "投稿の本文")
    text = page(demo_client, "/demo/inbox")
    for expected in ("SMSの本文", "メールの本文", "件名です", "投稿の本文", "公開の投稿", "List-Unsubscribe", "15:04"):
        assert expected in text
    assert text.count(f">{person.name}</a>") == 2
    assert 'メール <strong class="number">1</strong>' in text


def test_the_inbox_is_filtered_by_channel_and_name(demo_client: FlaskClient, people: list[Resident]) -> None:
    one, other = people[0], people[2]
    arrive("sms", one.addresses["sms"], "一人目のSMS")
    arrive("email", one.addresses["email"], "一人目のメール")
    arrive("sms", other.addresses["sms"], "二人目のSMS")
    only_sms = page(demo_client, "/demo/inbox?channel=sms")
    assert "一人目のSMS" in only_sms
    assert "一人目のメール" not in only_sms
    only_one = page(demo_client, f"/demo/inbox?name={one.name}")
    assert "一人目のメール" in only_one
    assert "二人目のSMS" not in only_one
    assert f'value="{one.name}"' in only_one
    assert "当てはまる見本の住民はいません" in page(demo_client, "/demo/inbox?name=いない人")
    assert "一人目のSMS" in page(demo_client, "/demo/inbox?channel=unknown")


def test_a_resident_has_a_page(demo_client: FlaskClient, people: list[Resident]) -> None:
    person = next(p for p in people if "sms" in p.trials and "email" in p.addresses)
    arrive("email", person.addresses["email"], "この人への本文")
    arrive("email", people[0].addresses["email"], "ほかの人への本文")
    text = page(demo_client, f"/demo/inbox/{person.number}")
    assert "この人への本文" in text
    assert "ほかの人への本文" not in text
    assert person.trials["sms"] in text
    assert demo_client.get("/demo/inbox/999").status_code == 404


def test_what_arrived_is_shown_and_never_run(demo_client: FlaskClient, people: list[Resident]) -> None:
    hostile = '<script>alert(1)</script><img src=x onerror=alert(1)> javascript:alert(1) http://x.example/"onmouseover=alert(1)'
    arrive("email", "<b>nobody</b>@x.example", hostile, hostile, X_Header=hostile)
    text = page(demo_client, "/demo/inbox")
    assert "&lt;script&gt;alert(1)" in text
    for dangerous in ("<script>alert", "<img src=x", 'href="javascript:', "<b>nobody", '"onmouseover=alert'):
        assert dangerous not in text
    searched = page(demo_client, "/demo/inbox?name=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in searched


def test_a_long_inbox_comes_in_pages(demo_client: FlaskClient, people: list[Resident]) -> None:
    for number in range(50):
        arrive("sms", people[0].addresses["sms"], f"本文{number:02}。")
    first = page(demo_client, "/demo/inbox?channel=sms")
    assert "本文49。" in first
    assert "本文25。" not in first
    link = re.search(r'href="([^"]+page=2[^"]*)"', first)
    assert link is not None
    second = page(demo_client, link[1].replace("&amp;", "&"))
    assert "本文25。" in second
    assert "本文01。" in page(demo_client, "/demo/inbox?page=9999")
    assert "本文49。" in page(demo_client, "/demo/inbox?page=-3")
    assert "本文49。" in page(demo_client, "/demo/inbox?page=abc")


def test_a_poll_gets_the_messages_alone_and_nothing_when_none_is_new(
    demo_client: FlaskClient, people: list[Resident]
) -> None:
    arrive("sms", people[0].addresses["sms"], "最初の本文")
    poll = {"HX-Request": "true"}
    part = demo_client.get("/demo/inbox", headers=poll).get_data(as_text=True)
    assert "最初の本文" in part
    assert "<html" not in part
    latest = re.search(r'id="latest" name="latest" value="([^"]+)"', part)
    assert latest is not None
    assert demo_client.get(f"/demo/inbox?latest={latest[1]}", headers=poll).status_code == 204
    arrive("sms", people[0].addresses["sms"], "次の本文")
    assert "次の本文" in demo_client.get(f"/demo/inbox?latest={latest[1]}", headers=poll).get_data(as_text=True)


def test_without_demonstration_there_are_no_such_pages(app: Flask) -> None:
    client = app.test_client()
    assert {client.get(path).status_code for path in ("/demo/", "/demo/inbox", "/demo/inbox/1")} == {404}
