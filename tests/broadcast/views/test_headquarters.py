"""The headquarters at a glance, the list of alerts, the exercise window."""

import pytest
import time_machine
from flask import Flask

from broadcast import upkeep
from broadcast.alert import compose, lifecycle
from broadcast.alert.compose import Origin
from broadcast.cap.vocabulary import Hazard, Kind, Mode, MsgType
from broadcast.channels.contract import Code, Refused
from disaster.incidents import exercise
from disaster.staff.permissions import Role
from tests.broadcast.town import Town
from tests.broadcast.views.browsing import Person, person, text_of

HOME = "/headquarters/"


def test_with_nothing_in_force_the_page_says_so_and_when_it_looked(town: Town, writer: Person) -> None:
    said = text_of(writer.open(HOME))
    assert "いま発令中の避難情報やお知らせはありません" in said
    assert "いま、あなたがすることはありません。" in said
    assert "確認）" in said


def test_an_order_in_force_stands_with_level_areas_since_and_until(town: Town, writer: Person) -> None:
    alert_id = town.approved()
    town.approved(kind=Kind.SHELTERS, shelters=(town.shelter("城山小学校").id,))
    page = writer.open(HOME)
    said = text_of(page)
    assert "警戒レベル4 避難指示 洪水" in said
    assert "大字中上（1地区）" in said
    assert said.index("警戒レベル4 避難指示") < said.index("避難所開設 洪水")
    assert f"/headquarters/alerts/{alert_id}/progress" in page
    for what in ("訂正", "延長", "解除", "取消（誤報）"):
        assert what in said


def test_what_was_lifted_or_is_a_drill_is_not_in_force(town: Town, writer: Person) -> None:
    first = town.approved()
    town.approved(
        kind=Kind.LIFT, lifted_kind=Kind.EVACUATE, origin=Origin(MsgType.UPDATE, references_id=first), situation=""
    )
    town.approved(mode=Mode.DRILL, kind=Kind.EMERGENCY)
    said = text_of(writer.open(HOME))
    assert "解除：避難指示" in said
    assert "警戒レベル4 避難指示 洪水" not in said
    assert "緊急安全確保" not in said


def test_each_person_sees_what_is_theirs_to_do(town: Town, writer: Person, decider: Person) -> None:
    alert_id = compose.create(writer.account.id, town.draft(), mode=Mode.LIVE, key="k" * 20)
    assert "「警戒レベル4 避難指示」は下書きです" in text_of(writer.open(HOME))
    assert "下書き" not in text_of(decider.open(HOME))
    lifecycle.submit(alert_id, 1, writer.account.id)
    assert "確認して承認する" not in text_of(writer.open(HOME))
    with time_machine.travel(town.later(minutes=7), tick=True):
        assert "承認を待っています提出から7分" in text_of(decider.open(HOME))
    lifecycle.give_back(alert_id, 1, decider.account.id, "地区を直してください。")
    assert "が差し戻されました" in text_of(writer.open(HOME))


def test_an_approver_is_not_asked_to_approve_what_they_wrote(town: Town, decider: Person) -> None:
    alert_id = compose.create(decider.account.id, town.draft(), mode=Mode.LIVE, key="k" * 20)
    lifecycle.submit(alert_id, 1, decider.account.id)
    assert "確認して承認する" not in text_of(decider.open(HOME))


def test_a_channel_that_sent_nothing_stays_on_the_list(town: Town, writer: Person) -> None:
    town.channels["mastodon"].missing = ["Mastodonのアドレスが設定されていません。"]
    town.channels["sms"].script = lambda target: Refused(Code.ADDRESS, retryable=False)
    town.resident(1, channels=("email", "sms"))
    town.approved()
    town.send_everything()
    said = text_of(writer.open(HOME))
    assert "SMS・Mastodonでは送れていません" in said.replace("Mastodon・SMS", "SMS・Mastodon")
    assert "メールでは送れていません" not in said


def test_the_lights_tell_ready_down_not_set_up_and_a_silent_worker(town: Town, writer: Person) -> None:
    said = text_of(writer.open(HOME))
    assert "送信の係（プログラム）：動いていません。承認しても送られません" in said
    upkeep.beat("worker")
    town.channels["sms"].missing = ["TwilioのアカウントSIDが設定されていません。"]
    town.channels["email"].down = "メールサーバーにつながりません。"
    town.resident(1)
    town.approved()
    town.send_everything()
    said = text_of(writer.open(HOME))
    assert "送信の係（プログラム）：動いています" in said
    assert "SMS：未設定（送りません）：TwilioのアカウントSIDが設定されていません。" in said
    assert "から送れません：メールサーバーにつながりません。" in said
    assert "Mastodon：最後の送信" in said


def test_the_polled_part_is_the_same_without_its_frame(town: Town, writer: Person) -> None:
    town.approved()
    part = writer.client.get("/headquarters/now", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "<html" not in part
    assert "警戒レベル4 避難指示" in part


def test_the_list_shows_newest_first_and_filters_by_state(town: Town, writer: Person) -> None:
    draft, sent = town.composed(kind=Kind.ELDERLY), town.approved(hazard=Hazard.LANDSLIDE)
    page = writer.open("/headquarters/alerts")
    assert page.index(f'/alerts/{sent}"') < page.index(f'/alerts/{draft}"')
    assert f'/alerts/{draft}"' not in writer.open("/headquarters/alerts?state=sent")
    assert f'/alerts/{sent}"' not in writer.open("/headquarters/alerts?state=open")
    assert f'/alerts/{sent}"' not in writer.open(f"/headquarters/alerts?before={sent}")
    writer.open("/headquarters/alerts?state=nonsense&before=x")


def test_an_exercise_window_opens_and_closes_and_marks_every_page(town: Town, decider: Person) -> None:
    path = "/headquarters/exercise"
    assert decider.press(path, "/exercise", name="水防訓練").status_code == 303
    page = decider.open(HOME)
    assert 'class="staff drill"' in page
    assert "水防訓練" in text_of(page)
    assert decider.press(path, "/close").status_code == 303
    assert exercise.current() is None
    assert 'class="staff drill"' not in decider.open(HOME)


def test_a_wrong_exercise_window_keeps_what_was_typed(town: Town, decider: Person) -> None:
    for changes, sentence in (
        ({"name": ""}, "訓練の名前を入力してください"),
        ({"ends_at": "2020-01-01T00:00"}, "終了は今から24時間以内"),
        ({"ends_at": "そのうち"}, "終了を日付と時刻で入力してください"),
    ):
        answer = decider.press("/headquarters/exercise", "/exercise", **{"name": "訓練の名", **changes})
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True)
        if changes.get("name") is None:
            assert 'value="訓練の名"' in answer.get_data(as_text=True)


def test_a_second_window_is_refused_in_words(town: Town, decider: Person) -> None:
    form = decider.form("/headquarters/exercise", "/exercise")
    assert decider.send(form, name="一つ目").status_code == 303
    answer = decider.send(form, name="二つ目")
    assert answer.status_code == 409
    assert "訓練時間はすでに始まっています" in answer.get_data(as_text=True)


def test_an_operator_does_not_open_a_window(app: Flask, town: Town, writer: Person) -> None:
    assert writer.client.get("/headquarters/exercise").status_code == 403
    assert person(app, "admin", Role.ADMIN).client.get("/headquarters/exercise").status_code == 200


@pytest.mark.parametrize("end", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_an_exercise_cannot_end_at_the_end_of_the_calendar(town: Town, decider: Person, end: str) -> None:
    answer = decider.press("/headquarters/exercise", "/exercise", name="総合訓練", ends_at=end)
    assert answer.status_code == 422
    assert "終了を日付と時刻で入力してください" in answer.get_data(as_text=True)
