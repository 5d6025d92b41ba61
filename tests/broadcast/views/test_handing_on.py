"""What the officer sees of failover, of silent channels, of one person and of whole areas."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from broadcast.audience import failover
from broadcast.cap.vocabulary import Mode
from broadcast.channels.contract import Accepted, Code, InDoubt, Refused
from broadcast.channels.receipt import Receipt
from broadcast.governing import governed
from broadcast.proving import rehearsal
from broadcast.reports.receipts import apply
from disaster.core.clock import now
from disaster.staff.permissions import Role
from tests.broadcast.audience.test_failover import deliveries, receipt, standby, with_voice
from tests.broadcast.town import SHIROYAMA, Town
from tests.broadcast.views.browsing import Person, person, text_of


@pytest.fixture
def town(app: Flask) -> Town:
    """A town with telephones."""
    return with_voice(Town(app).build())


def called(town: Town) -> int:
    """One person whom an SMS does not reach and who is called; the alert's number."""
    standby(town.resident(1, channels=("sms", "voice")), "voice")
    town.channels["sms"].script = lambda target: Refused(Code.ADDRESS, retryable=False, detail="21614")
    alert_id = town.approved()
    town.send_everything()
    failover.run()
    return alert_id


def test_the_progress_page_says_who_is_called_now(town: Town, writer: Person) -> None:
    alert_id = called(town)
    said = text_of(writer.open(f"/headquarters/alerts/{alert_id}/progress"))
    assert "SMSで届いていない1人に、電話をかけています" in said
    assert "10分たっても届いたと分からない人と、送れなかった人が対象です" in said
    town.send_everything()
    said = text_of(writer.open(f"/headquarters/alerts/{alert_id}/progress"))
    assert "SMSで届いていない1人に、電話をかけました" in said
    assert "SMSで届いていない1人に、電話をかけました" in text_of(writer.open(f"/headquarters/alerts/{alert_id}/record"))


def test_one_persons_history_goes_over_all_channels_and_shows_no_address(town: Town, writer: Person) -> None:
    alert_id = called(town)
    town.send_everything()
    call = deliveries(alert_id, "voice")[0]
    page = writer.open(f"/headquarters/alerts/{alert_id}/people/{call.id}")
    said = text_of(page)
    assert said.index("1番目 SMS") < said.index("2番目 電話")
    assert "SMSで届いていないので、この手段に切り替えました" in said
    assert "+8190" not in page
    assert f"/people/{call.id}" in writer.open(f"/headquarters/alerts/{alert_id}/rows")
    assert writer.client.get(f"/headquarters/alerts/{alert_id}/people/999999").status_code == 404


def test_what_is_not_confirmed_after_the_minutes_is_said(town: Town, writer: Person) -> None:
    town.resident(1, channels=("sms",))
    alert_id = town.approved()
    town.send_everything()
    path = f"/headquarters/alerts/{alert_id}/progress"
    assert "届いたかの報告を待っています" in text_of(writer.open(path))
    with time_machine.travel(now() + timedelta(minutes=11), tick=False):
        said = text_of(writer.open(path))
        assert "到達未確認の宛先あり" in said
        assert "到達未確認 1" in said


def test_what_is_in_doubt_is_counted_in_words(town: Town, writer: Person) -> None:
    town.resident(1, channels=("email",))
    town.channels["email"].script = lambda target: InDoubt("reset")
    alert_id = town.approved()
    town.send_everything()
    assert "1件は、届いたかどうか分かりません" in text_of(writer.open(f"/headquarters/alerts/{alert_id}/progress"))


def test_filters_of_single_rows_are_what_people_ask_for(town: Town, writer: Person) -> None:
    alert_id = called(town)
    town.send_everything()
    path = f"/headquarters/alerts/{alert_id}/rows"
    lost = text_of(writer.open(f"{path}?status=lost").split("<tbody>")[1])
    assert "宛先が使われていないか" in lost
    assert "電話" not in lost.split("→")[0]
    assert "電話" in text_of(writer.open(f"{path}?status=taken&channel=voice").split("<tbody>")[1])


def test_a_channel_that_sent_nothing_stays_red_until_somebody_decides(town: Town, writer: Person) -> None:
    town.channels["mastodon"].script = lambda target: Refused(Code.REJECTED, retryable=False, detail="403")
    alert_id = town.approved()
    town.send_everything()
    path = f"/headquarters/alerts/{alert_id}"
    assert "Mastodon 送れていません どうするか決める" in text_of(writer.open(f"{path}/progress"))
    assert "Mastodonでは送れていません" in text_of(writer.open("/headquarters/"))
    refused = writer.press(f"{path}/channels/mastodon", "/channels/mastodon", what="by_hand", reason=" ")
    assert refused.status_code == 422
    done = writer.press(f"{path}/channels/mastodon", "/channels/mastodon", what="by_hand", reason="画面から投稿した")
    assert done.status_code == 303
    assert "Mastodon 手で伝えました" in text_of(writer.open(f"{path}/progress"))
    assert "送れなかった手段を、手で伝えたと記録しました" in text_of(writer.open(path))
    assert "Mastodonでは送れていません" not in text_of(writer.open("/headquarters/"))
    assert "決めることはありません" in text_of(writer.open(f"{path}/channels/radio"))


def test_nobody_decides_about_a_channel_that_is_sending(town: Town, writer: Person) -> None:
    town.resident(1, channels=("email",))
    alert_id = town.approved()
    assert "決めることはありません" in text_of(writer.open(f"/headquarters/alerts/{alert_id}/channels/email"))
    assert writer.client.get(f"/headquarters/alerts/{alert_id}/channels/nonsense").status_code == 404


def test_reach_counts_people_by_area_and_says_who_was_reached_by_nothing(
    app: Flask, town: Town, writer: Person
) -> None:
    town.resident(1, channels=("email", "sms"))
    town.resident(2, channels=("sms",), support_needed=True)
    town.resident(3, channels=("sms",), area=SHIROYAMA)
    town.resident(4, channels=("sms",))
    town.channels["sms"].script = lambda target: (
        Accepted(f"id-{target.delivery_id}")
        if target.address.endswith(("1", "4"))
        else Refused(Code.ADDRESS, retryable=False, detail="21614")
    )
    alert_id = town.approved(areas=(), whole_town=True)
    town.send_everything()
    page = writer.open(f"/headquarters/alerts/{alert_id}/reach")
    said = text_of(page)
    assert "登録している人は4人" in said
    assert "どの手段でも届いていない人2" in said.replace(" ", "")
    assert "届いたか分からない人1" in said.replace(" ", "")
    row = page.split("大字中上</th>")[1].split("</tr>")[0]
    cells = [text_of(cell) for cell in row.split('<td class="number')[1:]]
    assert [cell.split(">")[-1] for cell in cells][:7] == ["3", "2", "0", "1", "1", "0", "1"], (
        "registered, sent, arrived, taken, unsure, waiting, nothing"
    )
    for delivery in deliveries(alert_id, "sms"):
        if delivery.provider_id:
            assert apply("sms", Receipt(delivery.provider_id, "", "delivered", delivery.provider_id))
    admin = person(app, "admin", Role.ADMIN)
    table = admin.client.get(f"/headquarters/alerts/{alert_id}/reach.csv").get_data(as_text=True)
    assert "大字中上,3,2,2,0,0,0,1,1,0" in table
    assert "合計,4,2,2,0,0,0,2,1,0" in table
    assert "example" not in table
    shelter = person(app, "shelter", Role.SHELTER)
    assert shelter.client.get(f"/headquarters/alerts/{alert_id}/reach.csv").status_code == 403


def test_a_drill_shows_its_handing_on_as_a_drill(town: Town, writer: Person) -> None:
    standby(town.resident(1, channels=("sms", "voice")), "voice")
    alert_id = town.approved(mode=Mode.DRILL)
    with time_machine.travel(now() + timedelta(minutes=11), tick=False):
        failover.run()
    said = text_of(writer.open(f"/headquarters/alerts/{alert_id}/progress"))
    assert "SMSで届いていない1人に、電話をかけています" in said
    assert "ほかの手段で送っています（訓練）" in said
    assert "住民には届いていません" in said


def test_the_headquarters_page_tells_when_each_channel_was_proven(town: Town, writer: Person) -> None:
    said = text_of(writer.open("/headquarters/"))
    assert "SMS：準備できています（まだ送信はありません）試験用の宛先がないので、確かめていません" in said
    rehearsal.request(town.approver)
    rehearsal.run()
    said = text_of(writer.open("/headquarters/"))
    assert "通信試験で送れませんでした（今日" in said
    assert "無線の装置が、まだ一度も文面を取りに来ていません" in said
    assert governed.is_on("rehearsal")


def test_receipts_make_a_person_reached(town: Town, writer: Person) -> None:
    town.resident(1, channels=("sms",))
    alert_id = town.approved()
    town.send_everything()
    receipt(town, alert_id, "sms")
    assert "届いたと確かめた人1" in text_of(writer.open(f"/headquarters/alerts/{alert_id}/reach")).replace(" ", "")
