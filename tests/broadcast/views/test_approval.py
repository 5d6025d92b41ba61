"""The page on which the second person decides."""

import sqlite3

import pytest
import time_machine
from flask import Flask

from broadcast.alert import compose, followup, lifecycle
from broadcast.alert.followup import FollowUp
from broadcast.cap.vocabulary import Kind, Mode
from broadcast.models.alert import State, Transmission
from broadcast.sending import ledger
from disaster.core import db as database
from disaster.core.extensions import db
from disaster.core.settings import settings
from disaster.staff.permissions import Role
from tests.broadcast.town import SHIROYAMA, Town
from tests.broadcast.views.browsing import Form, Person, form_in, person, text_of


def _sent() -> int:
    db.session.rollback()
    return db.session.query(Transmission).count()


def _approve(decider: Person, alert_id: int, **changes: object):  # type: ignore[no-untyped-def]
    form = decider.form(f"/headquarters/alerts/{alert_id}/approve", f"/{alert_id}/approve")
    return decider.send(form, **{**_agreed(form), "code": decider.code(), **changes})


def _agreed(form: Form) -> dict[str, object]:
    """What the page asks for to go ahead: the tick, or the number typed."""
    return {"count": form.values["people"]} if "count" in form.values else {"confirmed": "1"}


def test_the_second_person_sees_texts_and_numbers_and_sends_with_tick_and_code(town: Town, decider: Person) -> None:
    for number in range(3):
        town.resident(number, channels=("email", "sms"))
    for number in range(3, 7):
        town.resident(number, area=SHIROYAMA)
    alert_id = town.submitted()
    page = decider.open(f"/headquarters/alerts/{alert_id}/approve")
    said = text_of(page)
    assert "3人にメール 3件、SMS 3件" in said
    assert "警戒レベル4 避難指示" in said
    assert "員弁川の水位が上がっています。" in said
    assert "まちがいだったときの取消の文面" in said
    form = form_in(page, f"/{alert_id}/approve")
    assert form.buttons == ["3人に送信する"]
    assert "confirmed" not in form.values  # unticked
    answer = _approve(decider, alert_id)
    assert answer.status_code == 303
    assert answer.location == f"/headquarters/alerts/{alert_id}/progress"
    assert _sent() == 1


@pytest.mark.parametrize(
    "roles", [tuple(role for role in Role if role != Role.APPROVER), *((r,) for r in Role if r != Role.APPROVER)]
)
def test_nobody_without_the_role_decides(app: Flask, town: Town, roles: tuple[Role, ...]) -> None:
    alert_id = town.submitted()
    someone = person(app, "someone", *roles)
    seen = town.seen(alert_id)
    fields = {
        "version": seen.version,
        "digest": seen.digest,
        "people": seen.people,
        "confirmed": "1",
        "reason": "急ぎます",
    }
    token = someone.form("/staff/account", "/staff/logout").values["csrf_token"]
    for how in ("approve", "emergency", "return", "reject", "review"):
        answer = someone.client.post(
            f"/headquarters/alerts/{alert_id}/{how}",
            data={**fields, "csrf_token": token, "code": someone.code(), "word": "緊急送信"},
        )
        assert answer.status_code == 403, how
        assert compose.get(alert_id).state == State.PENDING, how
    assert _sent() == 0


@pytest.mark.parametrize("wrote", ["drafted", "edited", "submitted"])
def test_whoever_wrote_it_is_told_that_another_must_approve(town: Town, decider: Person, wrote: str) -> None:
    me, other = decider.account.id, town.operator
    alert_id = compose.create(me if wrote == "drafted" else other, town.draft(), mode=Mode.LIVE, key="k" * 20)
    if wrote == "edited":
        compose.edit(alert_id, 1, me, town.draft(situation="別の状況です。"))
    lifecycle.submit(alert_id, compose.get(alert_id).version, me if wrote == "submitted" else other)
    page = decider.open(f"/headquarters/alerts/{alert_id}/approve")
    assert "承認できません。ほかの承認者に頼んでください" in text_of(page)
    with pytest.raises(AssertionError, match="no form"):
        form_in(page, f"/{alert_id}/approve")
    seen = town.seen(alert_id)
    token = decider.form("/staff/account", "/staff/logout").values["csrf_token"]
    fields = {"version": seen.version, "digest": seen.digest, "people": seen.people, "confirmed": "1"}
    answer = decider.client.post(
        f"/headquarters/alerts/{alert_id}/approve", data={**fields, "csrf_token": token, "code": decider.code()}
    )
    assert answer.status_code == 403
    assert _sent() == 0


def test_without_the_tick_nothing_is_sent(town: Town, decider: Person) -> None:
    alert_id = town.submitted()
    answer = _approve(decider, alert_id, confirmed=None)
    assert answer.status_code == 422
    assert "＊人数を確かめて、チェックを入れてください。" in answer.get_data(as_text=True)
    assert _sent() == 0


def test_more_than_half_of_everyone_is_typed_and_not_only_ticked(town: Town, decider: Person) -> None:
    for number in range(3):
        town.resident(number)
    town.resident(3, area=SHIROYAMA)
    alert_id = town.submitted()
    page = decider.open(f"/headquarters/alerts/{alert_id}/approve")
    assert "登録している4人のうち3人（75%）が対象です。" in text_of(page)
    assert "confirmed" not in page
    for typed, said in (("", "数字で入力してください"), ("4", "入力した人数（4人）と対象の人数（3人）が違います")):
        answer = _approve(decider, alert_id, count=typed, confirmed="1")
        assert answer.status_code == 422
        assert said in answer.get_data(as_text=True)
        assert form_in(answer.get_data(as_text=True), f"/{alert_id}/approve").values["count"] == [""]
    assert _sent() == 0
    assert _approve(decider, alert_id, count="３ 人").status_code == 303


def test_more_than_twice_the_last_alert_is_typed(town: Town, decider: Person) -> None:
    town.resident(0)
    for number in range(1, 4):
        town.resident(number, area=SHIROYAMA)
    for number in range(4, 14):
        town.resident(number, area="24324-10")
    assert _approve(decider, town.submitted()).status_code == 303
    alert_id = town.submitted(areas=(SHIROYAMA,))
    said = text_of(decider.open(f"/headquarters/alerts/{alert_id}/approve"))
    assert "1人）の2倍を超えています。" in said
    assert "登録している" not in said
    assert _approve(decider, alert_id, count=None, confirmed="1").status_code == 422
    assert _approve(decider, alert_id).status_code == 303
    alert_id = town.submitted(areas=(SHIROYAMA,))
    assert "2倍" not in text_of(decider.open(f"/headquarters/alerts/{alert_id}/approve"))


def test_a_cancel_is_never_slowed_down_by_its_number(town: Town, decider: Person) -> None:
    for number in range(3):
        town.resident(number)
    first = town.approved()
    town.send_everything()
    cancel = followup.prepare(first, FollowUp.CANCEL, town.operator, key="c" * 20)
    lifecycle.submit(cancel, compose.get(cancel).version, town.operator)
    form = decider.form(f"/headquarters/alerts/{cancel}/approve", f"/{cancel}/approve")
    assert "count" not in form.values
    assert decider.send(form, confirmed="1", code=decider.code()).status_code == 303


def test_a_wrong_code_sends_nothing_and_says_what_to_do(town: Town, decider: Person) -> None:
    alert_id = town.submitted()
    answer = _approve(decider, alert_id, code="000000")
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "確認コードが違います" in page
    assert "confirmed" not in form_in(page, f"/{alert_id}/approve").values  # the tick is not kept
    assert _sent() == 0


def test_an_edit_in_between_shows_the_new_text_and_wants_a_new_tick(town: Town, decider: Person) -> None:
    alert_id = town.submitted()
    opened = decider.form(f"/headquarters/alerts/{alert_id}/approve", f"/{alert_id}/approve")
    version = compose.edit(
        alert_id, compose.get(alert_id).version, town.operator, town.draft(situation="変わった状況。")
    )
    lifecycle.submit(alert_id, version, town.operator)
    answer = decider.send(opened, **_agreed(opened), code=decider.code())
    assert answer.status_code == 409
    said = text_of(answer.get_data(as_text=True))
    assert "内容が変わっています" in said
    assert "変わった状況。" in said
    assert _sent() == 0
    assert _approve(decider, alert_id).status_code == 303


def test_people_who_joined_in_between_are_shown_before_it_is_sent(town: Town, decider: Person) -> None:
    town.resident(1)
    alert_id = town.submitted()
    opened = decider.form(f"/headquarters/alerts/{alert_id}/approve", f"/{alert_id}/approve")
    for number in range(2, 20):
        town.resident(number)
    answer = decider.send(opened, **_agreed(opened), code=decider.code())
    assert answer.status_code == 409
    assert "送信先が1人から19人に変わりました" in answer.get_data(as_text=True)
    assert form_in(answer.get_data(as_text=True), f"/{alert_id}/approve").buttons == ["19人に送信する"]
    assert _sent() == 0


def test_the_second_press_sends_nothing_and_says_who_did(town: Town, decider: Person) -> None:
    alert_id = town.submitted()
    opened = decider.form(f"/headquarters/alerts/{alert_id}/approve", f"/{alert_id}/approve")
    assert decider.send(opened, **_agreed(opened), code=decider.code()).status_code == 303
    again = decider.send(opened, **_agreed(opened), code=decider.code())
    assert again.status_code == 409
    assert "すでにdeciderさんさんが承認" in again.get_data(as_text=True).replace(" ", "")
    assert _sent() == 1


def test_an_alert_whose_time_ran_out_is_not_sent(town: Town, decider: Person) -> None:
    alert_id = town.submitted(expires_at=town.later(minutes=10))
    opened = decider.form(f"/headquarters/alerts/{alert_id}/approve", f"/{alert_id}/approve")
    with time_machine.travel(town.later(minutes=11), tick=True):
        answer = decider.send(opened, **_agreed(opened), code=decider.code())
    assert answer.status_code == 409
    assert "期限" in answer.get_data(as_text=True)
    assert _sent() == 0


def test_without_the_token_of_the_form_nothing_happens(town: Town, decider: Person) -> None:
    alert_id = town.submitted()
    seen = town.seen(alert_id)
    fields = {"version": seen.version, "digest": seen.digest, "people": seen.people, "confirmed": "1", "reason": "x"}
    for how in (
        "approve",
        "return",
        "reject",
        "emergency",
        "review",
        "submit",
        "withdraw",
        "stop",
        "edit",
        "follow-up",
    ):
        answer = decider.client.post(f"/headquarters/alerts/{alert_id}/{how}", data={**fields, "code": decider.code()})
        assert answer.status_code == 400, how
        assert compose.get(alert_id).state == State.PENDING, how
    assert _sent() == 0


def test_opening_an_address_decides_nothing(town: Town, decider: Person) -> None:
    alert_id = town.submitted()
    for how in ("return", "reject", "review", "submit", "withdraw", "follow-up", "preview", "autosave"):
        assert decider.client.get(f"/headquarters/alerts/{alert_id}/{how}").status_code == 405, how
        assert compose.get(alert_id).state == State.PENDING, how


def test_a_return_keeps_the_reason_for_the_author(town: Town, decider: Person) -> None:
    alert_id = town.submitted()
    path = f"/headquarters/alerts/{alert_id}/approve"
    answer = decider.press(path, "/return", reason="地区が足りません。")
    assert answer.status_code == 303
    assert compose.get(alert_id).state == State.RETURNED
    assert "「地区が足りません。」" in text_of(decider.open(f"/headquarters/alerts/{alert_id}"))


def test_a_reason_that_was_typed_stays_when_the_alert_changed(town: Town, decider: Person) -> None:
    alert_id = town.submitted()
    opened = decider.form(f"/headquarters/alerts/{alert_id}/approve", "/return")
    version = compose.edit(alert_id, compose.get(alert_id).version, town.operator, town.draft(situation="新しい状況。"))
    lifecycle.submit(alert_id, version, town.operator)
    answer = decider.send(opened, reason="地区が足りません。")
    assert answer.status_code == 409
    assert form_in(answer.get_data(as_text=True), "/return").values["reason"] == ["地区が足りません。"]


def test_a_rejection_without_a_reason_is_refused(town: Town, decider: Person) -> None:
    alert_id = town.submitted()
    opened = decider.form(f"/headquarters/alerts/{alert_id}/approve", "/return")
    opened.action = opened.action.replace("/return", "/reject")
    answer = decider.send(opened, reason=" ")
    assert answer.status_code == 422
    assert "＊理由を入力してください。" in answer.get_data(as_text=True)
    assert decider.send(opened, reason="誤りです").status_code == 303
    assert compose.get(alert_id).state == State.REJECTED


def test_after_some_minutes_the_page_says_whom_to_call(town: Town, decider: Person) -> None:
    alert_id = town.submitted()
    minutes = settings().approval_reminder_minutes
    assert "たっています" not in decider.open(f"/headquarters/alerts/{alert_id}/approve")
    with time_machine.travel(town.later(minutes=minutes + 1), tick=True):
        said = text_of(decider.open(f"/headquarters/alerts/{alert_id}/approve"))
    assert f"提出から{minutes + 1}分たっています。" in said
    assert "承認 次郎さん" in said


def test_a_drill_looks_and_reads_different_and_reaches_nobody(town: Town, decider: Person) -> None:
    town.resident(1)
    alert_id = town.submitted(mode=Mode.DRILL)
    page = decider.open(f"/headquarters/alerts/{alert_id}/approve")
    assert 'class="staff drill"' in page
    assert form_in(page, f"/{alert_id}/approve").buttons == ["訓練として実行する（住民には届きません）"]
    assert "人に送信する" not in page
    assert _approve(decider, alert_id).status_code == 303
    town.send_everything()
    assert town.channels["email"].received == []


def test_a_lone_officer_sends_with_reason_word_tick_and_code(app: Flask, town: Town, decider: Person) -> None:
    town.resident(1)
    alert_id = town.composed()
    path = f"/headquarters/alerts/{alert_id}/emergency"
    complete = {"confirmed": "1", "reason": "承認者と連絡がとれません。", "word": "緊急送信"}
    for left_out in ("confirmed", "word", "reason", "code"):
        answer = decider.press(path, "/emergency", **{**complete, "code": decider.code(), left_out: None})
        assert answer.status_code == 422, left_out
        assert _sent() == 0
    answer = decider.press(path, "/emergency", **complete, code=decider.code())
    assert answer.status_code == 303
    transmission = ledger.transmission_of(alert_id)
    assert transmission is not None
    other = person(app, "reviewer", Role.APPROVER)
    assert "事後確認がまだです" in text_of(other.open("/headquarters/"))
    assert "事後確認がまだです" not in text_of(decider.open("/headquarters/"))
    done = other.press(f"/headquarters/alerts/{alert_id}", "/review", reason="妥当でした。")
    assert done.status_code == 303
    assert compose.get(alert_id).reviewed_by == other.account.id


def test_a_lone_officer_sends_no_notice(town: Town, decider: Person) -> None:
    alert_id = town.composed(kind=Kind.NOTICE, title="給水所", situation="給水所を開きます。")
    said = text_of(decider.open(f"/headquarters/alerts/{alert_id}/emergency"))
    assert "一人で緊急送信できるのは" in said


def test_nothing_is_decided_about_an_alert_that_is_out(town: Town, decider: Person) -> None:
    alert_id = town.approved()
    answer = decider.client.get(f"/headquarters/alerts/{alert_id}/approve")
    assert answer.status_code == 409
    assert "ここで決めることはありません" in answer.get_data(as_text=True)


def test_a_version_that_is_no_number_is_a_stale_page_and_no_error(town: Town, decider: Person) -> None:
    alert_id = town.submitted()
    for value in ("", "x", "-1", "9" * 40, "1.5", "１"):
        assert _approve(decider, alert_id, version=value).status_code == 409, value
    assert _sent() == 0


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that waits for another writer for a moment only; before ``town`` in the arguments of a test."""
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 100)


def test_while_the_database_is_held_nothing_is_sent_and_the_same_press_works_afterwards(
    impatient: None, town: Town, decider: Person
) -> None:
    town.resident(1)
    alert_id = town.submitted()
    form = decider.form(f"/headquarters/alerts/{alert_id}/approve", f"/{alert_id}/approve")
    given = {**_agreed(form), "code": decider.code()}
    other = sqlite3.connect(settings().data_dir / "disaster.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = decider.send(form, **given)
    assert answer.status_code == 503
    assert "混み合っています。入力は失われていません" in answer.get_data(as_text=True)
    assert _sent() == 0
    other.execute("COMMIT")
    other.close()
    assert decider.send(form, **given).status_code == 303, "the code was not used up"
    assert _sent() == 1
