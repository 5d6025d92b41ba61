"""The page of settings: one proposes, another confirms; test recipients; a rehearsal by hand."""

import pytest
from flask import Flask

from broadcast.cap.vocabulary import Kind
from broadcast.governing import governed
from broadcast.proving import proofs
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from tests.broadcast.town import Town
from tests.broadcast.views.browsing import Form, Person, form_in, person, text_of

PAGE = "/headquarters/settings"


def proposal(someone: Person, name: str) -> Form:
    """The form of one setting."""
    page = someone.open(PAGE).split(f'id="{name}"')[1]
    return form_in(f"<html>{page}</html>", "/propose")


def test_a_change_is_proposed_by_one_and_confirmed_by_another(app: Flask, town: Town, decider: Person) -> None:
    other = person(app, "other", Role.ADMIN)
    answer = decider.send(proposal(decider, "failover_minutes"), value="5", reason="早めに切り替えるため")
    assert answer.status_code == 303
    said = text_of(decider.open(PAGE))
    assert "10分 → 5分" in said
    assert "あなたの提案です。別の人" in said
    said = text_of(other.open(PAGE))
    assert "早めに切り替えるため" in said
    assert other.press(PAGE, "/confirm", code="000000").status_code == 422
    assert governed.present()["failover_minutes"] == "10"
    assert other.press(PAGE, "/confirm", code=other.code()).status_code == 303
    assert governed.present()["failover_minutes"] == "5"
    said = text_of(decider.open(PAGE))
    assert "確認されて有効" in said
    assert "（初めの値 10分）" in said


def test_what_was_typed_stays_when_it_is_refused(town: Town, decider: Person) -> None:
    answer = decider.send(proposal(decider, "sends_per_hour"), value="0", reason="止めたい")
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "1〜200回の数字で入力してください" in text_of(page)
    assert 'value="止めたい"' in page


def test_who_may_not_change_sees_the_settings_without_any_form(town: Town, writer: Person) -> None:
    page = writer.open(PAGE)
    assert "1時間に送れる本番の配信の数" in page
    assert "提案する" not in page
    assert writer.client.post(f"{PAGE}/rehearse").status_code in (400, 403)


def test_a_test_recipient_needs_two_people_and_is_shown_masked(app: Flask, town: Town, decider: Person) -> None:
    other = person(app, "other", Role.APPROVER)
    values = {"channel": "sms", "address": "090-1111-2222", "label": "防災課の携帯", "reason": "試験"}
    assert decider.press(PAGE, "/recipients", **values).status_code == 303
    assert "試験用の宛先がありません" in text_of(other.open(PAGE))
    other.press(PAGE, "/confirm", code=other.code())
    page = decider.open(PAGE)
    assert "…2222" in page
    assert "1111" not in page
    town.resident(1, channels=("sms",))
    refused = decider.press(PAGE, "/recipients", **{**values, "address": "090-0000-0001"})
    assert refused.status_code == 422
    assert "住民として登録されています" in text_of(refused.get_data(as_text=True))
    assert "090-0000-0001" in refused.get_data(as_text=True), "what was typed stays"


def test_who_confirms_a_test_recipient_sees_its_address_and_not_only_what_it_was_called(
    app: Flask, town: Town, decider: Person
) -> None:
    other = person(app, "other", Role.APPROVER)
    values = {"channel": "sms", "address": "090-1111-2222", "label": "防災課の携帯", "reason": "試験"}
    decider.press(PAGE, "/recipients", **values)
    assert "防災課の携帯（…2222）" in text_of(other.open(PAGE))


@pytest.mark.parametrize("numbers", ["9" * 20, "9" * 5000, "1,x", "-1"])
def test_numbers_that_no_test_recipient_has_are_refused_and_the_page_lives_on(
    town: Town, decider: Person, numbers: str
) -> None:
    form = proposal(decider, "failover_minutes")
    answer = decider.send(form, name="rehearsal_contacts", value=numbers, reason="試験")
    assert answer.status_code == 422
    assert decider.open(PAGE)


def test_a_rehearsal_by_hand_needs_a_tick(town: Town, decider: Person) -> None:
    assert decider.press(PAGE, "/rehearse").status_code == 422
    assert proofs.last() == []
    assert decider.press(PAGE, "/rehearse", sure="1").status_code == 303
    assert [one.channel for one in proofs.last()] == ["radio"], "what can prove itself in this small town"
    assert decider.press(PAGE, "/rehearse", sure="1").status_code == 409


def test_a_channel_out_of_service_is_told_on_the_approval_page(app: Flask, town: Town, decider: Person) -> None:
    town.resident(1, channels=("sms",))
    change = governed.propose(town.approver, "channel.sms", "off", "事業者の障害")
    governed.confirm(change, town.second_approver, town.code())
    alert_id = town.submitted()
    said = text_of(decider.open(f"/headquarters/alerts/{alert_id}/approve"))
    assert "止めています（この手段では送りません）職員の判断で、この手段を止めています" in said
    db.session.rollback()


def test_the_limit_of_an_hour_is_told_before_pressing(app: Flask, town: Town, decider: Person) -> None:
    for name, value in (("sends_per_hour", "1"), ("sends_reserve", "0")):
        change = governed.propose(town.approver, name, value, "試験")
        governed.confirm(change, town.second_approver, town.code())
    alert_id = town.submitted(kind=Kind.ELDERLY)
    assert "1時間の上限まで、あと1回です" in text_of(decider.open(f"/headquarters/alerts/{alert_id}/approve"))
    town.approved()
    page = decider.open(f"/headquarters/alerts/{alert_id}/approve")
    assert "いまは承認できません" in page
    assert "人に送信する</button>" not in page
