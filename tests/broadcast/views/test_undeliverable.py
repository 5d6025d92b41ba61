"""The page of addresses that did not work."""

import re

import pytest
from sqlalchemy import select

from broadcast.channels.contract import Code, Refused
from broadcast.models.audience import Contact
from broadcast.models.health import ChannelHealth
from broadcast.subscribers.flagging import Flagged
from broadcast.views.undeliverable import reason
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db
from tests.broadcast.town import Town
from tests.broadcast.views.browsing import Person

PATH = "/headquarters/undeliverable"


def decide(person: Person, *, status: int = 200, **fields: object) -> str:
    """Press a button of the page; the page that comes then."""
    form = person.form(PATH, PATH)
    values = {**form.values, "contact": [], "decide": "", **fields}
    answer = person.client.post(PATH, data=values, follow_redirects=True)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


@pytest.fixture
def flagged(town: Town) -> list[int]:
    """Three addresses that were refused."""
    for number in (1, 2, 3):
        town.resident(number)
    town.channels["email"].script = lambda _: Refused(Code.ADDRESS, retryable=False, detail="550 5.1.1")
    town.approved()
    town.send_everything()
    return list(db.session.scalars(select(Contact.id).order_by(Contact.id)))


def active() -> list[bool]:
    db.session.rollback()
    return list(db.session.scalars(select(Contact.active).order_by(Contact.id)))


@pytest.mark.parametrize(
    ("channel", "why", "detail", "words"),
    [
        (
            "email",
            "bounced",
            "bounce 5.1.1",
            "送ったメールが戻ってきました。このメールアドレスは使われていません（宛先不明）。",
        ),
        ("email", "refused", "550 5.1.1", "このメールアドレスは使われていません（宛先不明）。"),
        ("email", "refused", "550", "このメールアドレスは使われていません（宛先不明）。"),
        ("email", "bounced", "bounce 5.2.2", "送ったメールが戻ってきました。受信箱がいっぱいです。"),
        ("email", "refused", "554 5.7.1", "相手の受信拒否の設定か、迷惑メール対策で断られました。"),
        (
            "email",
            "bounced",
            "bounce 5.0.0",
            "送ったメールが戻ってきました。相手のメールサーバーが受け取りを断りました。",
        ),
        ("sms", "refused", "21614", "固定電話の番号なので、SMSは届きません。"),
        ("sms", "refused", "30005", "この番号は使われていません。"),
        ("line", "refused", "400", "このLINEの利用者には送れません（友だちでなくなったか、LINEをやめています）。"),
        ("webpush", "refused", "", "このブラウザの登録は使えません。"),
    ],
)
def test_reasons_are_plain_words(channel: str, why: str, detail: str, words: str) -> None:
    assert reason(Flagged(1, channel, "", why, detail, 1, now())) == words


def test_who_may_not_manage_subscribers_is_refused(town: Town, flagged: list[int]) -> None:
    assert town.app.test_client().get(PATH).status_code == 303


def test_the_page_names_reason_and_times_and_no_whole_address(writer: Person, flagged: list[int]) -> None:
    page = writer.open(PATH)
    assert "宛先不明" in page
    assert "person1@" not in page
    assert "（1回）" in page
    assert "読む設定" in page, "there is no mailbox for bounces"


def test_one_is_stopped_and_one_is_kept(writer: Person, flagged: list[int]) -> None:
    page = decide(writer, decide=f"stop:{flagged[0]}")
    assert "1件の宛先への送信を止めました" in page
    page = decide(writer, decide=f"keep:{flagged[1]}")
    assert "1件の宛先には、そのまま送ります" in page
    assert active() == [False, True, True]
    assert len(re.findall('name="contact"', writer.open(PATH))) == 1


def test_those_that_are_ticked_and_all_of_the_page(writer: Person, flagged: list[int]) -> None:
    decide(writer, decide="stop", contact=[str(flagged[2])])
    assert active() == [True, True, False]
    decide(writer, decide="keep-shown")
    assert active() == [True, True, False]
    assert "確かめる宛先はありません" in writer.open(PATH)


def test_nothing_chosen_and_nonsense_are_said_and_change_nothing(writer: Person, flagged: list[int]) -> None:
    for form in (
        {"decide": "stop"},
        {"decide": "stop:abc"},
        {"decide": "delete:1"},
        {},
        {"decide": "stop:" + "9" * 40},
    ):
        assert 'role="alert"' in decide(writer, status=422, **form)
    assert active() == [True, True, True]


def test_who_was_slower_is_told(writer: Person, flagged: list[int]) -> None:
    decide(writer, decide=f"stop:{flagged[0]}")
    assert "ほかの人が先に" in decide(writer, decide=f"keep:{flagged[0]}")


def test_a_mailbox_that_cannot_be_read_is_shown(town: Town, writer: Person) -> None:
    config = town.app.extensions["disaster.settings"]
    town.app.extensions["disaster.settings"] = config.model_copy(update={"bounce_imap_host": "imap.example"})
    with transaction() as session:
        session.add(ChannelHealth(channel="bounces", down_since=now(), cause="IMAPサーバーに接続できません。"))
    assert "IMAPサーバーに接続できません" in writer.open(PATH)
