"""Settings of sending: one proposes, another confirms with a fresh code, and nothing changes otherwise."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from broadcast.governing import governed, switches
from broadcast.governing.governed_names import every
from broadcast.models.delivery import Delivery, Status
from broadcast.models.trust import ChangeState
from disaster.core.clock import now
from disaster.core.errors import Forbidden, Invalid, Stale
from disaster.core.extensions import db
from disaster.staff.trail import last
from tests.broadcast.town import Town


def proposed(town: Town, value: str = "3", name: str = "failover_minutes") -> int:
    return governed.propose(town.approver, name, value, "試験")


def test_a_change_counts_when_another_person_confirmed_it(any_town: Town) -> None:
    town = any_town
    assert governed.number("failover_minutes") == 10
    change = proposed(town, "３")
    assert governed.present()["failover_minutes"] == "10"
    governed.confirm(change, town.second_approver, town.code())
    assert governed.number("failover_minutes") == 3
    again = governed.propose(town.second_approver, "failover_minutes", "5", "長く")
    governed.confirm(again, town.approver, town.code())
    assert governed.number("failover_minutes") == 5
    assert [c.state for c in governed.history()] == [ChangeState.CONFIRMED, ChangeState.CONFIRMED]
    assert next(line.action for line in last(3)) == "setting.confirmed"


def test_nobody_confirms_their_own_proposal(town: Town) -> None:
    change = proposed(town)
    with pytest.raises(Forbidden, match="自分が提案した"):
        governed.confirm(change, town.approver, town.code())
    assert governed.present()["failover_minutes"] == "10"


def test_whoever_has_not_the_permission_neither_proposes_nor_confirms(town: Town) -> None:
    with pytest.raises(Forbidden):
        governed.propose(town.operator, "failover_minutes", "3", "試験")
    with pytest.raises(Forbidden):
        governed.confirm(proposed(town), town.operator, town.code())


def test_a_wrong_code_changes_nothing_and_a_right_one_counts_once(town: Town) -> None:
    change = proposed(town)
    with pytest.raises(Invalid):
        governed.confirm(change, town.second_approver, "000000")
    governed.confirm(change, town.second_approver, town.code())
    with pytest.raises(Stale):
        governed.confirm(change, town.second_approver, town.code())


def test_a_proposal_of_an_hour_ago_is_over(town: Town) -> None:
    change = proposed(town)
    with time_machine.travel(now() + timedelta(minutes=61), tick=False):
        with pytest.raises(Stale, match="1時間"):
            governed.confirm(change, town.second_approver, town.code())
        assert governed.waiting(now()) == []
        assert proposed(town, "4") != change


def test_a_proposal_replaces_the_value_it_saw_and_no_other(town: Town) -> None:
    change = proposed(town)
    with pytest.raises(Stale, match="確認待ちの変更"):
        proposed(town, "4")
    from broadcast.models.trust import GovernedValue
    from disaster.core.db import transaction

    with transaction() as session:
        session.add(GovernedValue(name="failover_minutes", value="7", change_id=0, changed_at=now()))
    with pytest.raises(Stale, match="提案のあとに変わっています"):
        governed.confirm(change, town.second_approver, town.code())
    assert governed.present()["failover_minutes"] == "7"
    db.session.rollback()
    assert governed.waiting(now())[0].id == change, "the refused confirmation left it as it was"


def test_a_proposal_can_be_refused_and_withdrawn(town: Town) -> None:
    first = proposed(town)
    governed.refuse(first, town.second_approver, "理由がたりません")
    second = proposed(town)
    with pytest.raises(Forbidden):
        governed.withdraw(second, town.second_approver)
    governed.withdraw(second, town.approver)
    assert [c.state for c in governed.history()] == [ChangeState.WITHDRAWN, ChangeState.REFUSED]


@pytest.mark.parametrize(
    ("name", "value"),
    [("failover_minutes", "0"), ("failover_minutes", "abc"), ("failover_minutes", ""), ("rehearsal_time", "25:00"),
     ("channel.sms", "maybe"), ("nonsense", "1"), ("failover_minutes", "10"), ("sends_per_hour", "99999999999999")],
)  # fmt: skip
def test_what_is_no_value_is_refused_in_words(town: Town, name: str, value: str) -> None:
    with pytest.raises(Invalid):
        governed.propose(town.approver, name, value, "試験")
    with pytest.raises(Invalid, match="理由"):
        governed.propose(town.approver, "failover_minutes", "3", "  ")


def test_every_default_is_a_value_of_its_setting() -> None:
    for setting in every().values():
        assert setting.clean(setting.default) == setting.default
        assert setting.words(setting.default)


def test_a_channel_can_be_taken_out_of_service_and_says_so(town: Town) -> None:
    assert not switches.off("sms")
    change = governed.propose(town.approver, "channel.sms", "off", "事業者の障害")
    governed.confirm(change, town.second_approver, town.code())
    assert switches.off("sms")
    assert switches.problems(town.channels["sms"])[0].startswith("職員の判断で、この手段を止めています（")
    assert not switches.off("web")


def taken_out(town: Town, channel: str) -> None:
    """Two people take a channel out of service."""
    change = governed.propose(town.approver, f"channel.{channel}", "off", "事業者の障害")
    governed.confirm(change, town.second_approver, town.code())


def test_for_a_channel_out_of_service_nothing_is_queued_and_its_people_go_on_to_the_next(any_town: Town) -> None:
    town = any_town
    town.resident(1, channels=("sms", "email"))
    taken_out(town, "sms")
    taken_out(town, "mastodon")
    alert_id = town.approved()
    town.send_everything()
    assert town.statuses(alert_id, "sms") == {Status.SKIPPED: 1}
    assert town.channels["sms"].received == town.channels["mastodon"].received == []
    assert town.channels["email"].addresses == ["person1@example.jp"]
    codes = {d.channel: d.code for d in db.session.scalars(select(Delivery)) if d.status == Status.SKIPPED}
    assert codes == {"sms": "off", "mastodon": "off"}


def test_what_is_queued_when_a_channel_is_taken_out_waits_until_it_is_back(town: Town) -> None:
    town.resident(1, channels=("sms",))
    alert_id = town.approved()
    taken_out(town, "sms")
    town.send_everything()
    assert town.statuses(alert_id, "sms") == {Status.QUEUED: 1}
    change = governed.propose(town.approver, "channel.sms", "on", "復旧")
    governed.confirm(change, town.second_approver, town.code())
    town.send_everything()
    assert town.statuses(alert_id, "sms") == {Status.ACCEPTED: 1}
