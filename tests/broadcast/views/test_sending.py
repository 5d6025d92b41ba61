"""Progress, stopping, single rows."""

from unittest.mock import patch

from flask import Flask

from broadcast import upkeep
from broadcast.alert import compose, lifecycle
from broadcast.alert.compose import Origin
from broadcast.audience.failover_sql import SENT_ON
from broadcast.cap.vocabulary import Kind, Mode, MsgType
from broadcast.channels.contract import Code, InDoubt, Refused
from broadcast.models.alert import State
from broadcast.models.delivery import Status
from broadcast.sending import ledger, tallies
from broadcast.views import figures, wording
from disaster.core.clock import now
from disaster.shelters import state
from disaster.shelters.vocabulary import Opening
from disaster.staff.permissions import Role
from tests.broadcast.town import NAKAGAMI, SHIROYAMA, Town
from tests.broadcast.views.browsing import Person, person, text_of


def _progress(someone: Person, alert_id: int) -> str:
    return text_of(someone.open(f"/headquarters/alerts/{alert_id}/progress"))


def test_the_figures_tell_sent_waiting_and_lost_with_what_to_do(town: Town, writer: Person) -> None:
    for number in range(4):
        town.resident(number, channels=("email", "sms"))
    answers = iter([Refused(Code.ADDRESS, retryable=False, detail="21614"), InDoubt("timeout")])
    accept = town.channels["sms"].script
    town.channels["sms"].script = lambda target: next(answers, None) or accept(target)
    town.channels["mastodon"].missing = ["設定がありません。"]
    alert_id = town.approved()
    said = _progress(writer, alert_id)
    assert "送信しています" in said
    assert "まだ送っていない分を止める" in said
    town.send_everything()
    said = _progress(writer, alert_id)
    assert "SMS 1件：宛先が使われていないか、まちがっています。" in said
    assert "→ 電話か訪問で伝えてください。" in said
    assert "Mastodon 未設定（送っていません）" in said
    assert "不明（確認中）1" in said
    assert "防災行政無線：文面は用意できていますが、無線の装置がまだ受け取っていません" in said
    assert "理由の記号：address" in said


def test_what_waits_for_another_try_is_not_said_to_be_sending(town: Town, writer: Person) -> None:
    town.resident(1, channels=("email",))
    town.resident(2, channels=("email",))
    refused = iter([Refused(Code.THROTTLED, retryable=True, detail="451 4.7.1")])
    accept = town.channels["email"].script
    town.channels["email"].script = lambda target: next(refused, None) or accept(target)
    alert_id = town.approved()
    assert "送信しています" in _progress(writer, alert_id)
    town.send_everything()
    said = _progress(writer, alert_id)
    assert "ひととおり送りました。すぐに受け取られなかった1件を、時間をおいて送っています" in said
    assert "メール 時間をおいて送っています" in said
    assert "あと" not in said.split("手段ごとの届き具合")[0]


def test_who_is_handed_on_to_the_next_channel_is_still_to_be_sent_to() -> None:
    handed_on = {("sms", int(Status.QUEUED), SENT_ON, 3), ("sms", int(Status.QUEUED), str(Code.UNANSWERED), 2)}
    with patch.object(tallies, "of", lambda _: list(handed_on)):
        [sms] = ledger.progress(1)
    assert (sms.waiting, sms.retrying) == (5, 2)
    assert figures.channel(sms).state == "送信しています"


def test_every_code_of_the_contract_and_the_ledger_has_its_sentences() -> None:
    for code in (*(str(code) for code in Code), "stopped", "superseded", "expired"):
        assert wording.reason(code).why
        assert wording.reason(code).next
    assert set(wording.STATUSES) == set(Status)


def test_the_text_for_the_carriers_stands_ready_to_be_copied(town: Town, writer: Person) -> None:
    alert_id = town.approved()
    page = writer.open(f"/headquarters/alerts/{alert_id}/progress")
    assert "緊急速報メール（手で入力する文面）" in page
    assert 'id="cell-body" readonly' in page


def test_at_the_end_of_a_drill_the_page_says_that_nobody_was_reached(town: Town, writer: Person) -> None:
    town.resident(1)
    alert_id = town.approved(mode=Mode.DRILL)
    town.send_everything()
    upkeep.finish_alerts(now())
    said = _progress(writer, alert_id)
    assert "【訓練】終わりました。住民には届いていません" in said
    assert "携帯電話会社の画面には入力しないでください" in said
    assert town.channels["email"].received == []
    assert 'class="staff drill"' in writer.open(f"/headquarters/alerts/{alert_id}/record")


def test_stopping_says_the_numbers_first_and_keeps_back_what_is_queued(town: Town, writer: Person) -> None:
    for number in range(3):
        town.resident(number)
    alert_id = town.approved()
    path = f"/headquarters/alerts/{alert_id}/stop"
    said = text_of(writer.open(path))
    assert "まだ送っていない 5件 を止めます" in said
    assert writer.client.get(path).status_code == 200
    assert compose.get(alert_id).state == State.APPROVED
    assert writer.press(path, "/stop").status_code == 303
    town.send_everything()
    assert town.channels["email"].received == []
    said = _progress(writer, alert_id)
    assert "送信を止めました" in said
    assert "職員が送信を止めました。" in said
    assert "3件を止めました" in text_of(
        writer.open(f"/headquarters/alerts/{alert_id}")
    ) or "5件を止めました" in text_of(writer.open(f"/headquarters/alerts/{alert_id}"))


def test_a_finished_alert_cannot_be_stopped_and_the_page_says_so(town: Town, writer: Person) -> None:
    alert_id = town.approved()
    form = writer.form(f"/headquarters/alerts/{alert_id}/stop", "/stop")
    town.send_everything()
    upkeep.finish_alerts(now())
    assert "止めるものはありません" in text_of(writer.open(f"/headquarters/alerts/{alert_id}/stop"))
    answer = writer.send(form)
    assert answer.status_code == 409
    assert "が承認し、送信しています" in answer.get_data(as_text=True) or "送信済み" in answer.get_data(as_text=True)


def test_only_who_composes_may_stop(app: Flask, town: Town) -> None:
    alert_id = town.approved()
    admin = person(app, "admin", Role.ADMIN)
    assert admin.client.get(f"/headquarters/alerts/{alert_id}/stop").status_code == 403
    assert "まだ送っていない分を止める" not in _progress(admin, alert_id)


def test_single_rows_show_numbers_and_reasons_but_no_address(town: Town, writer: Person) -> None:
    for number in range(3):
        town.resident(number, channels=("email", "sms"))
    town.channels["sms"].script = lambda target: Refused(Code.OPTED_OUT, retryable=False, detail="21610")
    alert_id = town.approved()
    town.send_everything()
    path = f"/headquarters/alerts/{alert_id}/rows"
    page = writer.open(path)
    said = text_of(page)
    assert "本人が受信をやめています。" in said
    assert "21610" in said
    assert "example.jp" not in page
    assert "+8190" not in page
    only = text_of(writer.open(f"{path}?channel=sms&status={int(Status.SKIPPED)}").split("<tbody>")[1])
    assert only.count("21610") == 3
    assert "メール" not in only.split("することは")[0].split("絞り込む")[0]
    writer.open(f"{path}?channel=nonsense&status=x&after=-1")


def test_many_rows_come_in_pages(town: Town, writer: Person) -> None:
    for number in range(120):
        town.resident(number)
    alert_id = town.approved()
    page = writer.open(f"/headquarters/alerts/{alert_id}/rows")
    assert "次の100件" in page
    assert page.count("<tr>") == 101
    last = page.split("after=")[1].split('"')[0]
    assert "次の100件" not in writer.open(f"/headquarters/alerts/{alert_id}/rows?after={last}")


def test_the_polled_part_has_the_same_figures(town: Town, writer: Person) -> None:
    town.resident(1)
    alert_id = town.approved()
    part = writer.client.get(f"/headquarters/alerts/{alert_id}/progress/now", headers={"HX-Request": "true"})
    assert "<html" not in part.get_data(as_text=True)
    assert "手段ごとの届き具合" in part.get_data(as_text=True)


def test_a_draft_has_no_progress(town: Town, writer: Person) -> None:
    alert_id = town.composed()
    answer = writer.client.get(f"/headquarters/alerts/{alert_id}/progress")
    assert answer.status_code == 404
    assert "まだ承認されていない" in answer.get_data(as_text=True)


def test_a_cancel_says_which_shelters_the_map_still_shows_as_open(town: Town, writer: Person) -> None:
    town.resident(1)
    gymnasium = town.shelter("東員町総合体育館")
    first = town.approved(kind=Kind.SHELTERS, shelters=(gymnasium.id,), situation="")
    cancel = town.approved(kind=Kind.SHELTERS, origin=Origin(MsgType.CANCEL, references_id=first))
    for page in ("", "/progress"):
        said = text_of(writer.open(f"/headquarters/alerts/{cancel}{page}"))
        assert "「開設中」のままです：東員町総合体育館" in said
        assert "「開設中」" not in text_of(writer.open(f"/headquarters/alerts/{first}{page}"))
    state.set_opening(gymnasium.id, Opening.CLOSED, seen=gymnasium.state.version, actor="account:1")
    assert "「開設中」" not in text_of(writer.open(f"/headquarters/alerts/{cancel}/progress"))


def test_a_correction_says_whom_it_does_not_reach(town: Town, writer: Person, decider: Person) -> None:
    first = town.approved()
    update = town.submitted(
        areas=(NAKAGAMI, SHIROYAMA), correction="地区を加えます。", origin=Origin(MsgType.UPDATE, references_id=first)
    )
    for person_, page in ((writer, ""), (decider, "/approve")):
        said = text_of(person_.open(f"/headquarters/alerts/{update}{page}"))
        assert "加えた地区の人には、この配信は届きません：城山一丁目" in said


def test_after_a_stop_the_page_says_what_is_out_and_that_nothing_is_read_out(town: Town, writer: Person) -> None:
    town.resident(1)
    alert_id = town.approved()
    lifecycle.stop(alert_id, town.operator)
    said = text_of(writer.open(f"/headquarters/alerts/{alert_id}/progress"))
    assert "送信を止めました" in said
    assert "送信の途中" in said
    assert "送信待ち" not in said


def test_a_nul_in_a_filter_is_refused_before_a_database_meets_it(app_on_any_database: Flask, any_town: Town) -> None:
    alert_id = any_town.approved()
    someone = person(app_on_any_database, "someone", Role.OPERATOR)
    for query in ("channel=%00", "channel=email%00", "status=%00"):
        assert someone.client.get(f"/headquarters/alerts/{alert_id}/rows?{query}").status_code == 400
    assert someone.client.get(f"/headquarters/alerts/{alert_id}/rows?channel=nonsense").status_code == 200
