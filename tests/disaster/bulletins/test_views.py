"""Pages of the bulletins."""

import io

import pytest
from flask import Flask

from disaster.bulletins import proposals
from disaster.bulletins.intake import Source
from disaster.core import clock
from disaster.staff.permissions import Role
from tests.disaster.bulletins.conftest import Receive
from tests.disaster.bulletins.writing import landslide
from tests.fakes.staff import csrf_token, signed_in_client

INDEX = "/headquarters/bulletins/"
LOAD = "/headquarters/bulletins/load"


def test_the_list_shows_what_holds_the_proposal_and_that_nothing_is_sent(app: Flask, receive: Receive) -> None:
    receive(landslide(4, clock.now()), now=clock.now())
    client, _ = signed_in_client(app, "honbu", Role.OPERATOR)
    page = client.get(INDEX).get_data(as_text=True)
    assert "レベル４土砂災害危険警報（発表）" in page
    assert "警戒レベル4相当" in page
    assert "/headquarters/alerts/new?proposal=1" in page
    assert "電文から自動で配信することはありません" in page
    assert "受信していません" in page


def test_a_proposal_is_put_aside_once(app: Flask, receive: Receive) -> None:
    receive(landslide(4, clock.now()), now=clock.now())
    client, _ = signed_in_client(app, "honbu", Role.OPERATOR)
    form = {"csrf_token": csrf_token(client, INDEX)}
    address = "/headquarters/bulletins/proposals/1/dismiss"
    page = client.post(address, data=form, follow_redirects=True).get_data(as_text=True)
    assert "使わないことにしました" in page
    assert proposals.get(1).status == "dismissed"
    assert "すでに使われた" in client.post(address, data=form, follow_redirects=True).get_data(as_text=True)


def test_an_officer_loads_a_telegram_by_hand(app: Flask) -> None:
    client, _ = signed_in_client(app, "honbu", Role.OPERATOR)
    form = {"csrf_token": csrf_token(client, LOAD), "file": (io.BytesIO(landslide(3, clock.now())), "電文.xml")}
    page = client.post(LOAD, data=form, follow_redirects=True).get_data(as_text=True)
    assert "読み込みました。" in page
    assert "土砂災害：高齢者等避難の検討" in page


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "空"), (b"<html>503</html>", "HTML"), (b"\x00\xff", "XMLとして読めません")]
)
def test_a_wrong_file_is_refused_with_a_sentence(app: Flask, content: bytes, words: str) -> None:
    client, _ = signed_in_client(app, "honbu", Role.OPERATOR)
    form = {"csrf_token": csrf_token(client, LOAD), "file": (io.BytesIO(content), "x.xml")}
    answer = client.post(LOAD, data=form)
    assert answer.status_code == 422
    assert f"＊ファイルが{words}" in answer.get_data(as_text=True) or words in answer.get_data(as_text=True)


def test_no_file_is_refused_with_a_sentence(app: Flask) -> None:
    client, _ = signed_in_client(app, "honbu", Role.OPERATOR)
    answer = client.post(LOAD, data={"csrf_token": csrf_token(client, LOAD)})
    assert answer.status_code == 422
    assert "＊電文のファイルを選んでください。" in answer.get_data(as_text=True)


def test_a_telegram_is_shown_and_downloaded_as_it_came(app: Flask, receive: Receive) -> None:
    data = landslide(4, clock.now(), text="ＡＢＣ")
    number = receive(data, now=clock.now(), source=Source.HAND).telegram_id
    client, _ = signed_in_client(app, "honbu", Role.OPERATOR)
    assert "ＡＢＣ" in client.get(f"{INDEX}{number}").get_data(as_text=True)
    answer = client.get(f"{INDEX}{number}.xml")
    assert answer.data == data
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_markup_in_a_telegram_stays_text(app: Flask, receive: Receive) -> None:
    number = receive(
        landslide(4, clock.now(), text="&lt;script&gt;alert(1)&lt;/script&gt;"), now=clock.now()
    ).telegram_id
    client, _ = signed_in_client(app, "honbu", Role.OPERATOR)
    page = client.get(f"{INDEX}{number}").get_data(as_text=True)
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_an_unknown_telegram_is_not_found(app: Flask) -> None:
    client, _ = signed_in_client(app, "honbu", Role.OPERATOR)
    assert client.get(f"{INDEX}999").status_code == 404
    assert client.get(f"{INDEX}999.xml").status_code == 404


def test_a_drill_is_marked_on_the_page(app: Flask, receive: Receive) -> None:
    receive(landslide(4, clock.now(), status="訓練"), now=clock.now())
    client, _ = signed_in_client(app, "honbu", Role.OPERATOR)
    page = client.get(INDEX).get_data(as_text=True)
    assert "【訓練】土砂災害：避難指示の検討" in page
    assert "tag--drill" in page


@pytest.mark.parametrize(
    ("role", "allowed"), [(Role.OPERATOR, True), (Role.APPROVER, True), (Role.ADMIN, False), (Role.SHELTER, False)]
)
def test_only_who_may_load_sees_the_page_to_load(app: Flask, role: Role, allowed: bool) -> None:
    client, _ = signed_in_client(app, "person", role)
    assert client.get(LOAD).status_code == (200 if allowed else 403)


def test_samples_are_offered_in_the_demo_only(app: Flask) -> None:
    client, _ = signed_in_client(app, "honbu", Role.OPERATOR)
    assert "見本の電文" not in client.get(LOAD).get_data(as_text=True)
    form = {"csrf_token": csrf_token(client, LOAD), "sample": "landslide-4"}
    assert client.post(f"{LOAD}/sample", data=form).status_code == 404
