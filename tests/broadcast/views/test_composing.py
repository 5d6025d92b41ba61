"""The compose page: kept as typed, shown as it will arrive, never lost."""

import pytest
from flask import Flask

from broadcast.alert import compose, lifecycle
from broadcast.cap.vocabulary import Kind, Mode
from broadcast.models.alert import Alert, State
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.staff.permissions import Role
from tests.broadcast.town import NAKAGAMI, SHIROYAMA, Town
from tests.broadcast.views.browsing import Person, form_in, person, text_of


def _edit(alert_id: int) -> str:
    return f"/headquarters/alerts/{alert_id}/edit"


def _stored(alert_id: int) -> Alert:
    db.session.rollback()
    db.session.expire_all()
    return compose.get(alert_id)


def test_what_was_typed_and_chosen_is_stored(town: Town, writer: Person) -> None:
    alert_id = town.composed()
    answer = writer.press(
        _edit(alert_id),
        "/edit",
        areas=[NAKAGAMI, SHIROYAMA],
        situation="葛󠄀の木が倒れました。𠮷田橋は通れません。",
        action="",
    )
    assert answer.status_code == 303
    alert = _stored(alert_id)
    assert alert.areas == [NAKAGAMI, SHIROYAMA]
    assert alert.situation == "葛󠄀の木が倒れました。𠮷田橋は通れません。"
    page = writer.open(f"/headquarters/alerts/{alert_id}")
    assert "葛󠄀の木が倒れました。𠮷田橋は通れません。" in page


def test_all_28_areas_can_be_chosen_and_the_whole_town(town: Town, writer: Person) -> None:
    alert_id = town.composed()
    page = writer.open(_edit(alert_id))
    assert page.count('name="areas"') == len(municipality().areas) == 28
    for group in ("大字", "笹尾西", "笹尾東", "城山"):
        assert f">{group}</legend>" in page
    writer.press(_edit(alert_id), "/edit", whole_town="1")
    assert _stored(alert_id).whole_town
    assert "東員町全域" in text_of(writer.open(f"/headquarters/alerts/{alert_id}"))


def test_a_wrong_field_is_named_and_everything_else_stays_as_typed(town: Town, writer: Person) -> None:
    alert_id = town.composed()
    for changes, sentence in (
        ({"expires": "あした"}, "期限を日付と時刻で入力してください"),
        ({"expires": ""}, "期限を日付と時刻で入力してください"),
        ({"title": "一行目\n二行目"}, "見出しは改行なしで入力してください"),
        ({"action": "a\x07b"}, "使えない文字"),
        ({"kind": "broadcast"}, "種類を選んでください"),
        ({"hazard": ""}, "災害を選んでください"),
        ({"areas": ["99999-99"]}, "この市町村にない地区"),
        ({"shelters": ["999999"]}, "登録のない避難所"),
        ({"correction": "あ" * 201}, "訂正の内容は200文字まで"),
    ):
        answer = writer.press(_edit(alert_id), "/edit", situation="大事な文です。", **changes)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422, changes
        assert sentence in page, changes
        assert form_in(page, "/edit").values["situation"] == ["大事な文です。"]
    assert _stored(alert_id).situation == "員弁川の水位が上がっています。"


def test_a_shelter_that_does_not_suit_the_hazard_is_locked_and_the_server_refuses_it_too(
    town: Town, writer: Person
) -> None:
    alert_id = town.composed()
    unfit = town.shelter("三和小学校")
    page = writer.open(_edit(alert_id))
    assert "洪水では使えません" in page
    assert f'value="{unfit.id}" disabled' in page
    writer.press(_edit(alert_id), "/edit", shelters=[str(unfit.id)])
    answer = writer.press(f"/headquarters/alerts/{alert_id}", "/submit")
    assert answer.status_code == 422
    assert "三和小学校は洪水では使えません" in answer.get_data(as_text=True)
    assert _stored(alert_id).state == State.DRAFT


def test_the_preview_shows_every_channel_and_stores_nothing(town: Town, writer: Person) -> None:
    town.resident(1, area=SHIROYAMA, channels=("email", "sms"))
    alert_id = town.composed()
    form = writer.form(_edit(alert_id), "/edit")
    values = {**form.values, "areas": [SHIROYAMA], "situation": "試しの文です。"}
    answer = writer.client.post(f"/headquarters/alerts/{alert_id}/preview", data=values, headers={"HX-Request": "true"})
    said = text_of(answer.get_data(as_text=True))
    assert answer.status_code == 200
    assert "<html" not in answer.get_data(as_text=True)
    assert "1人に、2通" in said
    for words in ("メール", "SMS", "LINE", "Mastodon", "防災行政無線", "Bluesky", "緊急速報メール", "70まで"):
        assert words in said
    assert "試しの文です。" in said
    assert _stored(alert_id).version == 1
    assert _stored(alert_id).areas == [NAKAGAMI]
    assert db.session.query(Alert).count() == 1


def test_the_preview_without_a_script_is_the_same_page_with_what_was_typed(town: Town, writer: Person) -> None:
    alert_id = town.composed()
    form = writer.form(_edit(alert_id), "/edit")
    form.action = f"/headquarters/alerts/{alert_id}/preview"
    page = writer.send(form, situation="試しの文です。", areas=None).get_data(as_text=True)
    assert form_in(page, "/edit").values["situation"] == ["試しの文です。"]
    assert "文面はまだ作れません：対象の地区を選んでください。" in text_of(page)


def test_two_tabs_show_both_versions_and_nothing_is_lost(app: Flask, town: Town, writer: Person) -> None:
    alert_id = town.composed()
    other = person(app, "other", Role.OPERATOR)
    mine, theirs = writer.form(_edit(alert_id), "/edit"), other.form(_edit(alert_id), "/edit")
    assert other.send(theirs, situation="相手の文です。").status_code == 303
    answer = writer.send(mine, situation="自分の文です。")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "相手の文です。" in page
    kept = form_in(page, "/edit")
    assert kept.values["situation"] == ["自分の文です。"]
    assert _stored(alert_id).situation == "相手の文です。"
    assert writer.send(kept).status_code == 303
    assert _stored(alert_id).situation == "自分の文です。"


def test_autosave_answers_with_the_new_version_and_with_what_is_missing(town: Town, writer: Person) -> None:
    alert_id = town.composed()
    form = writer.form(_edit(alert_id), "/edit")
    json = {"Accept": "application/json"}
    path = f"/headquarters/alerts/{alert_id}/autosave"
    first = writer.client.post(path, data={**form.values, "areas": []}, headers=json)
    assert first.status_code == 200
    assert first.get_json()["version"] == 2
    assert first.get_json()["missing"] == {"areas": "対象の地区を選んでください。"}
    stale = writer.client.post(path, data=form.values, headers=json)
    assert stale.status_code == 409
    assert "ほかの人が先に変更しました" in stale.get_json()["detail"]
    wrong = writer.client.post(path, data={**form.values, "version": "2", "expires": "x"}, headers=json)
    assert wrong.status_code == 422
    assert _stored(alert_id).version == 2


def test_autosave_never_takes_a_submitted_alert_back(town: Town, writer: Person) -> None:
    alert_id = town.submitted()
    page = writer.open(_edit(alert_id))
    assert 'data-autosave=""' in page
    assert "保存すると下書きに戻り" in page
    form = form_in(page, "/edit")
    answer = writer.client.post(
        f"/headquarters/alerts/{alert_id}/autosave", data=form.values, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 409
    assert _stored(alert_id).state == State.PENDING
    assert writer.send(form).status_code == 303
    assert _stored(alert_id).state == State.DRAFT


def test_submission_names_everything_that_is_missing(town: Town, writer: Person) -> None:
    alert_id = town.composed(areas=(), kind=Kind.NOTICE)
    said = text_of(writer.open(f"/headquarters/alerts/{alert_id}"))
    assert "提出する前に、あと2つ" in said
    answer = writer.press(f"/headquarters/alerts/{alert_id}", "/submit")
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "対象の地区を選んでください。" in page
    assert "お知らせの見出しと内容を入力してください。" in page


def test_a_draft_can_be_withdrawn_and_is_then_closed(town: Town, writer: Person) -> None:
    alert_id = town.composed()
    path = f"/headquarters/alerts/{alert_id}"
    assert writer.press(path, "/withdraw").status_code == 303
    assert _stored(alert_id).state == State.WITHDRAWN
    assert writer.client.get(_edit(alert_id)).location == path
    said = text_of(writer.open(path))
    assert "取り下げました" in said
    assert "承認を求める" not in said


def test_what_is_typed_cannot_become_markup(town: Town, writer: Person) -> None:
    alert_id = town.composed()
    evil = "<img src=x onerror=alert(1)>\"'{{7*7}}"
    writer.press(_edit(alert_id), "/edit", situation=evil, action=evil, title="<b>x</b>")
    for path in (_edit(alert_id), f"/headquarters/alerts/{alert_id}"):
        page = writer.open(path)
        assert "<img src=x" not in page
        assert "<b>x</b>" not in page
        assert "49" not in text_of(page).split("onerror")[1][:40]


def test_an_unknown_alert_is_not_found(town: Town, writer: Person) -> None:
    for path in ("", "/edit", "/progress", "/rows", "/record", "/record.csv", "/stop"):
        assert writer.client.get(f"/headquarters/alerts/4711{path}").status_code == 404, path


def test_staff_of_other_rooms_see_no_alerts(app: Flask, town: Town) -> None:
    alert_id = town.composed()
    someone = person(app, "hinanjo", Role.SHELTER)
    for path in ("/", "/alerts", "/alerts/new", f"/alerts/{alert_id}", f"/alerts/{alert_id}/edit", "/records"):
        assert someone.client.get(f"/headquarters{path}").status_code == 403, path


def test_the_administrator_sees_but_does_not_write(app: Flask, town: Town) -> None:
    alert_id = town.composed()
    admin = person(app, "admin", Role.ADMIN)
    said = text_of(admin.open(f"/headquarters/alerts/{alert_id}"))
    assert "承認を求める" not in said
    assert admin.client.get(_edit(alert_id)).status_code == 403
    assert admin.client.get("/headquarters/alerts/new").status_code == 403


def test_a_drill_is_a_drill_on_every_page_of_it(town: Town, writer: Person) -> None:
    alert_id = town.composed(mode=Mode.DRILL)
    for path in (_edit(alert_id), f"/headquarters/alerts/{alert_id}"):
        page = writer.open(path)
        assert 'class="staff drill"' in page
        assert "【訓練】" in text_of(page)
    assert 'class="staff drill"' not in writer.open(_edit(town.composed()))


def test_the_history_tells_who_did_what(town: Town, writer: Person) -> None:
    alert_id = town.composed()
    writer.press(_edit(alert_id), "/edit", situation="変えました。")
    writer.press(f"/headquarters/alerts/{alert_id}", "/submit")
    said = text_of(writer.open(f"/headquarters/alerts/{alert_id}"))
    for sentence in (
        "本部 太郎さんが起案しました。",
        "writerさんさんが内容を変更しました。",
        "writerさんさんが承認を求めました。",
    ):
        assert sentence in said
    assert lifecycle.AUTHORS == ("drafted", "edited", "submitted")


@pytest.mark.parametrize("end", ["0001-01-01T00:00", "9999-12-31T23:59", "1999-12-31T23:59"])
def test_a_time_at_the_end_of_the_calendar_is_refused_in_words(town: Town, writer: Person, end: str) -> None:
    alert_id = town.composed()
    answer = writer.press(_edit(alert_id), "/edit", expires=end)
    assert answer.status_code == 422
    assert "期限を日付と時刻で入力してください" in answer.get_data(as_text=True)
