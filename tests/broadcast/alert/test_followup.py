"""Which follow-ups there are, and what their drafts hold."""

from datetime import timedelta

import pytest
import time_machine

from broadcast.alert import compose, content_json, followup
from broadcast.alert.compose import Origin
from broadcast.alert.followup import FollowUp
from broadcast.alert.preview import preview
from broadcast.cap.vocabulary import Kind, MsgType
from disaster.core.clock import now
from disaster.core.errors import Missing, Stale
from tests.broadcast.town import Town

F = FollowUp


def test_what_can_follow_depends_on_what_was_sent(town: Town) -> None:
    order = town.approved()
    notice = town.approved(kind=Kind.NOTICE, title="給水所", situation="給水所を開きます。")
    draft = town.composed()
    assert followup.possible(compose.get(order)) == (F.CORRECT, F.EXTEND, F.LIFT, F.CANCEL)
    assert followup.possible(compose.get(notice)) == (F.CORRECT, F.EXTEND, F.CANCEL)
    assert followup.possible(compose.get(draft)) == ()
    lift = town.approved(
        kind=Kind.LIFT, lifted_kind=Kind.EVACUATE, situation="", origin=Origin(MsgType.UPDATE, references_id=order)
    )
    assert followup.possible(compose.get(order)) == ()
    assert followup.possible(compose.get(lift)) == (F.CORRECT, F.CANCEL)
    cancel = town.approved(kind=Kind.NOTICE, title="給水所", origin=Origin(MsgType.CANCEL, references_id=notice))
    assert followup.possible(compose.get(cancel)) == ()


def test_an_extension_never_passes_the_longest_time(town: Town) -> None:
    alert_id = town.approved(expires_at=town.later(days=6, hours=20))
    made = compose.get(followup.prepare(alert_id, F.EXTEND, town.operator, key="k" * 20))
    assert compose.missing(made) == {}
    assert made.expires_at <= now() + compose.LONGEST


def test_a_later_end_alone_is_an_update_and_everything_else_a_correction(town: Town) -> None:
    first = town.approved()
    longer = compose.get(followup.prepare(first, F.EXTEND, town.operator, key="k" * 20))
    shown = preview(longer)
    assert shown.content.extends
    assert shown.texts["sms"]["ja"].body.startswith("【更新】")
    assert content_json.load(content_json.dump(shown.content)) == shown.content
    assert "extends" not in content_json.dump(preview(compose.get(first)).content)
    same_end = compose.get(followup.prepare(first, F.CORRECT, town.operator, key="l" * 20))
    assert "correction" in compose.missing(same_end)
    changed = town.draft(expires_at=longer.expires_at, areas=("24324-26",))
    compose.edit(longer.id, longer.version, town.operator, changed)
    assert "correction" in compose.missing(compose.get(longer.id))
    assert preview(compose.get(longer.id)).texts["sms"]["ja"].body.startswith("【訂正】")


def test_a_correction_of_an_alert_that_is_over_can_still_be_read(town: Town) -> None:
    alert_id = town.approved(expires_at=town.later(hours=1))
    with time_machine.travel(town.later(hours=2), tick=True):
        made = compose.get(followup.prepare(alert_id, F.CORRECT, town.operator, key="k" * 20))
        assert made.expires_at > now() + timedelta(hours=5)
        compose.edit(made.id, made.version, town.operator, town.draft(expires_at=made.expires_at, situation="別です。"))
        assert list(compose.missing(compose.get(made.id))) == ["correction"]


def test_nothing_follows_what_was_not_sent(town: Town) -> None:
    with pytest.raises(Stale, match="まだ送信されていない"):
        followup.prepare(town.composed(), F.CANCEL, town.operator, key="k" * 20)
    with pytest.raises(Missing):
        followup.prepare(4711, F.CANCEL, town.operator, key="l" * 20)


def test_what_is_being_prepared_is_listed(town: Town) -> None:
    alert_id = town.approved()
    made = followup.prepare(alert_id, F.CANCEL, town.operator, key="k" * 20)
    assert [alert.id for alert in followup.prepared(alert_id)] == [made]
