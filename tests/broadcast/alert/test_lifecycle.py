"""From draft to approval: two persons, the very version that was seen, once."""

import threading
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from broadcast.alert import compose, lifecycle
from broadcast.alert.compose import Origin
from broadcast.alert.lifecycle import Seen
from broadcast.cap.vocabulary import Kind, Mode, MsgType
from broadcast.models.alert import AlertEvent, State, Transmission
from broadcast.models.delivery import Delivery, Status
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.errors import DomainError, Forbidden, Invalid, Stale
from disaster.core.extensions import db
from disaster.shelters.vocabulary import Opening
from disaster.staff.models import Account
from disaster.staff.permissions import Role
from tests.broadcast.town import SECRET, SHIROYAMA, Town


def transmissions() -> int:
    return db.session.scalar(select(func.count(Transmission.id))) or 0


def test_an_approved_alert_is_frozen_with_one_delivery_per_address(any_town: Town) -> None:
    any_town.resident(1, channels=("email", "sms"))
    any_town.resident(2)
    any_town.resident(3, area=SHIROYAMA)
    alert_id = any_town.approved()
    transmission = db.session.scalars(select(Transmission)).one()
    assert transmission.people == 2
    assert any_town.statuses(alert_id, "email") == {Status.QUEUED: 2}
    assert any_town.statuses(alert_id, "sms") == {Status.QUEUED: 1}
    assert any_town.statuses(alert_id, "web") == {Status.ACCEPTED: 1}
    assert compose.get(alert_id).state == State.APPROVED


def test_people_who_need_support_come_first(town: Town) -> None:
    town.resident(1)
    town.resident(2, support_needed=True)
    town.approved()
    town.send_everything()
    assert town.channels["email"].addresses == ["person2@example.jp", "person1@example.jp"]


@pytest.mark.parametrize("wrote", ["drafted", "edited", "submitted"])
def test_whoever_wrote_it_cannot_approve_it(town: Town, wrote: str) -> None:
    alert_id = town.composed()
    author = town.approver
    if wrote == "drafted":
        alert_id = compose.create(author, town.draft(), mode=Mode.LIVE, key="own")
    elif wrote == "edited":
        compose.edit(alert_id, 1, author, town.draft(situation="別の文"))
    submitter = author if wrote == "submitted" else town.operator
    lifecycle.submit(alert_id, compose.get(alert_id).version, submitter)
    with pytest.raises(Forbidden, match="起案・変更・提出した人は承認できません"):
        lifecycle.approve(alert_id, author, town.seen(alert_id), code=town.code())
    assert transmissions() == 0


@pytest.mark.parametrize("role", [r for r in Role if r != Role.APPROVER])
def test_only_an_approver_approves_the_administrator_is_no_exception(town: Town, role: Role) -> None:
    with transaction() as session:
        other = Account(login=role.value, name="別の人", roles=[role], totp_secret=SECRET, created_at=now())
        session.add(other)
        session.flush()
    alert_id = town.submitted()
    with pytest.raises(Forbidden, match="権限がありません"):
        lifecycle.approve(alert_id, other.id, town.seen(alert_id), code=town.code())
    assert transmissions() == 0


def test_a_wrong_or_used_second_factor_sends_nothing(town: Town) -> None:
    alert_id = town.submitted()
    with pytest.raises(Invalid, match="確認コード"):
        lifecycle.approve(alert_id, town.approver, town.seen(alert_id), code="000000")
    first = town.submitted()
    code = town.code()
    lifecycle.approve(first, town.approver, town.seen(first), code=code)
    with pytest.raises(Invalid, match="もう使われました"):
        lifecycle.approve(alert_id, town.approver, town.seen(alert_id), code=code)
    assert transmissions() == 1


def test_an_edit_after_submission_goes_back_to_draft_and_the_old_page_is_stale(town: Town) -> None:
    alert_id = town.submitted()
    seen = town.seen(alert_id)
    compose.edit(alert_id, seen.version, town.operator, town.draft(situation="堤防が切れました。"))
    assert compose.get(alert_id).state == State.DRAFT
    with pytest.raises(Stale):
        lifecycle.approve(alert_id, town.approver, seen, code=town.code())
    assert transmissions() == 0


def test_another_text_than_the_one_seen_is_not_sent(town: Town) -> None:
    alert_id = town.submitted()
    seen = town.seen(alert_id)
    with pytest.raises(Stale, match="変わっています"):
        lifecycle.approve(alert_id, town.approver, Seen(seen.version, "0" * 64, seen.people), code=town.code())
    assert transmissions() == 0
    assert compose.get(alert_id).state == State.PENDING


def test_another_number_of_people_than_ticked_is_not_sent(town: Town) -> None:
    alert_id = town.submitted()
    seen = town.seen(alert_id)
    for number in range(20):
        town.resident(number)
    with pytest.raises(Stale, match="0人から20人に変わりました"):
        lifecycle.approve(alert_id, town.approver, seen, code=town.code())
    assert transmissions() == 0


def test_eight_simultaneous_approvals_send_once(any_town: Town) -> None:
    for number in range(5):
        any_town.resident(number)
    alert_id = any_town.submitted()
    seen = any_town.seen(alert_id)
    people = [any_town.approver, any_town.second_approver]
    with transaction() as session:
        for number in range(6):
            extra = Account(
                login=f"more{number}",
                name="承認者",
                roles=[Role.APPROVER],
                totp_secret=SECRET,
                created_at=now(),
            )
            session.add(extra)
            session.flush()
            people.append(extra.id)
    code, start, told = any_town.code(), threading.Barrier(8), []

    def press(person: int) -> None:
        with any_town.app.app_context():
            start.wait()
            try:
                told.append(lifecycle.approve(alert_id, person, seen, code=code))
            except DomainError as error:
                told.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=press, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [answer for answer in told if isinstance(answer, int)]
    assert len(won) == 1
    assert all("承認" in str(error) or "混み合って" in str(error) for error in told if not isinstance(error, int))
    assert transmissions() == 1
    assert db.session.scalar(select(func.count(Delivery.id)).where(Delivery.channel == "email")) == 5


def test_the_second_to_press_learns_who_sent_it(town: Town) -> None:
    alert_id = town.submitted()
    seen = town.seen(alert_id)
    lifecycle.approve(alert_id, town.approver, seen, code=town.code())
    with pytest.raises(Stale, match="すでに承認 花子さんが承認し"):
        lifecycle.approve(alert_id, town.second_approver, seen, code=town.code())


def test_an_alert_whose_time_is_over_is_not_approved(town: Town) -> None:
    alert_id = town.submitted(expires_at=now() + timedelta(minutes=10))
    with time_machine.travel(now() + timedelta(minutes=11), tick=False):
        seen = town.seen(alert_id)
        with pytest.raises(Stale, match="期限を過ぎています"):
            lifecycle.approve(alert_id, town.approver, seen, code=town.code())
    assert transmissions() == 0


def test_a_returned_alert_keeps_the_reason_and_can_be_submitted_again(town: Town) -> None:
    alert_id = town.submitted()
    lifecycle.give_back(alert_id, 1, town.approver, "地区が違います")
    assert compose.get(alert_id).state == State.RETURNED
    event = db.session.scalars(select(AlertEvent).where(AlertEvent.verb == "returned")).one()
    assert event.note == "地区が違います"
    lifecycle.submit(alert_id, 1, town.operator)
    assert compose.get(alert_id).state == State.PENDING


def test_a_rejection_needs_a_reason(town: Town) -> None:
    alert_id = town.submitted()
    with pytest.raises(Invalid, match="理由を入力"):
        lifecycle.reject(alert_id, 1, town.approver, "  ")
    assert compose.get(alert_id).state == State.PENDING


def test_an_old_draft_expires_and_can_never_be_sent(town: Town) -> None:
    alert_id = town.submitted()
    with time_machine.travel(now() + timedelta(hours=13), tick=False):
        assert lifecycle.expire_drafts() == 1
        assert compose.get(alert_id).state == State.EXPIRED
    with pytest.raises(Stale, match="期限切れ"):
        lifecycle.approve(alert_id, town.approver, town.seen(alert_id), code=town.code())


def test_a_lone_officer_can_send_an_evacuation_order_and_it_waits_for_review(town: Town) -> None:
    town.resident(1)
    alert_id = compose.create(town.approver, town.draft(), mode=Mode.LIVE, key="alone")
    with pytest.raises(Invalid, match="一人で送る理由"):
        lifecycle.send_alone(alert_id, town.approver, town.seen(alert_id), code=town.code(), reason="")
    lifecycle.send_alone(
        alert_id, town.approver, town.seen(alert_id), code=town.code(), reason="堤防決壊、他に誰もいない"
    )
    assert transmissions() == 1
    with pytest.raises(Forbidden):
        lifecycle.review(alert_id, town.approver, "自分で確認")
    lifecycle.review(alert_id, town.second_approver, "妥当")
    assert compose.get(alert_id).reviewed_by == town.second_approver


def test_a_lone_officer_cannot_send_a_notice(town: Town) -> None:
    draft = town.draft(kind=Kind.NOTICE, title="給水", situation="給水車が来ます。")
    alert_id = compose.create(town.approver, draft, mode=Mode.LIVE, key="notice")
    with pytest.raises(Forbidden, match="避難情報"):
        lifecycle.send_alone(alert_id, town.approver, town.seen(alert_id), code=town.code(), reason="急ぎ")
    assert transmissions() == 0


def test_a_lone_officer_cannot_turn_a_correction_into_a_notice(town: Town) -> None:
    first = town.approved()
    changed = town.draft(kind=Kind.NOTICE, title="給水", situation="給水車が来ます。", correction="内容")
    origin = Origin(MsgType.UPDATE, references_id=first)
    alert_id = compose.create(town.approver, changed, mode=Mode.LIVE, key="turned", origin=origin)
    with pytest.raises(Forbidden, match="避難情報"):
        lifecycle.send_alone(alert_id, town.approver, town.seen(alert_id), code=town.code(), reason="急ぎ")
    assert transmissions() == 1


def test_a_cancel_goes_to_those_who_got_the_first_and_the_rest_is_never_sent(any_town: Town) -> None:
    for number in range(60):
        any_town.resident(number)
    first = any_town.approved()
    lane = any_town.lane("email")
    lane.step()
    assert any_town.statuses(first, "email") == {Status.ACCEPTED: 50, Status.QUEUED: 10}
    cancel = any_town.approved(origin=Origin(MsgType.CANCEL, references_id=first))
    assert any_town.statuses(first, "email") == {Status.ACCEPTED: 50, Status.SKIPPED: 10}
    assert any_town.statuses(cancel, "email") == {Status.QUEUED: 50}
    while lane.step():
        pass
    lane.wire.close()
    got = any_town.channels["email"].addresses
    assert len(got) == 100
    assert sorted(got[:50]) == sorted(got[50:])


def test_a_correction_reaches_everyone_the_first_was_for_and_overtakes_it(town: Town) -> None:
    for number in range(60):
        town.resident(number)
    first = town.approved()
    lane = town.lane("email")
    lane.step()
    second = town.approved(origin=Origin(MsgType.UPDATE, references_id=first), correction="地区の誤り")
    assert town.statuses(second, "email") == {Status.QUEUED: 60}
    while lane.step():
        pass
    lane.wire.close()
    assert town.statuses(first, "email") == {Status.ACCEPTED: 50, Status.SKIPPED: 10}


def test_two_follow_ups_of_one_alert_do_not_both_go_out(town: Town) -> None:
    first = town.approved()
    one = town.submitted(origin=Origin(MsgType.UPDATE, references_id=first), correction="時刻")
    other = town.submitted(origin=Origin(MsgType.CANCEL, references_id=first))
    lifecycle.approve(one, town.approver, town.seen(one), code=town.code())
    with pytest.raises(Stale, match="すでに別の訂正"):
        lifecycle.approve(other, town.approver, town.seen(other), code=town.code())


def test_the_shelters_that_an_alert_announces_are_open_from_its_first_second(any_town: Town) -> None:
    school = any_town.shelter("城山小学校").id
    drill = any_town.approved(shelters=(school,), mode=Mode.DRILL)
    assert any_town.shelter("城山小学校").state.opening == Opening.CLOSED, "a drill changes nothing"
    assert compose.get(drill).state == State.APPROVED
    first = any_town.approved(shelters=(school,))
    assert any_town.shelter("城山小学校").state.opening == Opening.OPEN
    any_town.approved(origin=Origin(MsgType.CANCEL, references_id=first), shelters=(school,))
    assert any_town.shelter("城山小学校").state.opening == Opening.OPEN, (
        "people may be inside: closing is an act of its own"
    )


def test_stopping_keeps_back_what_is_queued(town: Town) -> None:
    for number in range(60):
        town.resident(number)
    alert_id = town.approved()
    lane = town.lane("email")
    lane.step()
    kept = lifecycle.stop(alert_id, town.operator)
    assert lane.step() == 0
    lane.wire.close()
    assert kept == 12  # ten mails, the post and the radio text
    assert len(town.channels["email"].received) == 50
    assert compose.get(alert_id).state == State.STOPPED


def test_a_live_follow_up_of_a_drill_is_not_sent(town: Town) -> None:
    drill = town.approved(mode=Mode.DRILL)
    alert_id = town.submitted(origin=Origin(MsgType.CANCEL, references_id=drill))
    with pytest.raises(Forbidden, match="訓練の配信と本番の配信"):
        lifecycle.approve(alert_id, town.approver, town.seen(alert_id), code=town.code())
    assert transmissions() == 1


@pytest.mark.parametrize("state", ["no role", "disabled"])
def test_whoever_may_not_compose_can_neither_submit_withdraw_nor_stop(town: Town, state: str) -> None:
    sent, alert_id = town.approved(), town.composed()
    roles = [Role.SHELTER, Role.WELFARE, Role.REGISTRY, Role.ADMIN] if state == "no role" else [Role.APPROVER]
    with transaction() as session:
        other = Account(login="other", name="別の人", roles=roles, totp_secret=SECRET, created_at=now())
        other.active = state != "disabled"
        session.add(other)
        session.flush()
    for act in (
        lambda: lifecycle.submit(alert_id, 1, other.id),
        lambda: lifecycle.withdraw(alert_id, 1, other.id),
        lambda: lifecycle.stop(sent, other.id),
    ):
        with pytest.raises(Forbidden, match="権限がありません"):
            act()
    assert compose.get(alert_id).state == State.DRAFT
