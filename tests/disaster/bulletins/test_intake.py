"""Telegrams become state and proposals: once per event and phase, in the order of announcement, never out of a drill or a test."""

import itertools
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from disaster.bulletins import board, intake, proposals
from disaster.bulletins.intake import Source
from disaster.bulletins.models import Phenomenon, Proposal, Telegram
from disaster.core.audit import AuditEntry
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.extensions import db
from tests.disaster.bulletins.conftest import NOW, Receive, ago, opened
from tests.disaster.bulletins.writing import landslide, landslide_alert, old_warning, quake, river

EVACUATE = ("landslide", "evacuate", "4")
ELDERLY = ("landslide", "elderly", "3")
LIFT = ("landslide", "lift", "lift")


def _all() -> list[Proposal]:
    return list(db.session.scalars(select(Proposal).order_by(Proposal.id)))


def test_a_rising_level_proposes_each_phase_once_and_the_end_proposes_to_lift(
    app_on_any_database: Flask, receive: Receive
) -> None:
    expected = [
        (2, []),
        (3, [ELDERLY]),
        (4, [EVACUATE]),
        (4, [EVACUATE]),
        (5, [("landslide", "emergency", "5")]),
        (None, [LIFT]),
    ]
    for minutes, (level, proposed) in zip(range(60, 0, -10), expected, strict=True):
        receive(landslide(level, ago(minutes)))
        assert opened() == proposed
    assert len(_all()) == 4


def test_the_same_warning_sent_again_proposes_nothing_again(app: Flask, receive: Receive) -> None:
    receive(landslide(3, ago(30)))
    proposals.dismiss(_all()[0].id, actor="account:1")
    for minutes in (20, 10, 5):
        receive(landslide(3, ago(minutes), state="継続"))
    assert len(_all()) == 1
    assert opened() == []


def test_a_proposal_names_the_level_of_jma_and_leaves_the_decision_to_the_town(app: Flask, receive: Receive) -> None:
    receive(landslide(4, ago(5)))
    [found] = _all()
    assert found.level_equivalent == 4
    assert found.title == "土砂災害：避難指示の検討"
    assert "津地方気象台" in found.reason
    assert "警戒レベル4相当" in found.reason
    assert "町が判断" in found.reason


def test_a_fall_within_the_event_brings_the_lower_proposal_back_while_nobody_has_acted(
    app: Flask, receive: Receive
) -> None:
    for minutes, level in ((30, 3), (20, 4), (10, 3)):
        receive(landslide(level, ago(minutes)))
    assert opened() == [ELDERLY]


def test_a_fall_after_the_evacuation_was_drafted_proposes_nothing(app: Flask, receive: Receive) -> None:
    receive(landslide(4, ago(20)))
    with transaction() as session:
        proposals.mark_used(session, _all()[0].id, 7)
    receive(landslide(3, ago(10)))
    assert opened() == []
    assert (_all()[0].status, _all()[0].alert_id) == ("used", 7)
    receive(landslide(None, ago(5)))
    assert opened() == [LIFT]


def test_only_the_lifted_state_of_the_code_ends_it_and_解除_is_not_in_force(app: Flask, receive: Receive) -> None:
    receive(landslide(4, ago(20)))
    receive(landslide(4, ago(10), state="解除"))
    assert opened() == [LIFT]


def test_a_telegram_that_arrives_late_changes_nothing(app: Flask, receive: Receive) -> None:
    receive(landslide(4, ago(10)))
    receive(landslide(3, ago(30)))
    receive(landslide(None, ago(40)))
    assert opened() == [EVACUATE]
    assert len(_all()) == 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::3])
def test_every_order_of_arrival_ends_with_the_same_state(app: Flask, receive: Receive, order: tuple[int, ...]) -> None:
    telegrams = [landslide(level, ago(40 - 10 * n)) for n, level in enumerate((2, 3, 4, 3))]
    for number in order:
        receive(telegrams[number])
    [state] = db.session.scalars(select(Phenomenon))
    assert (state.step, state.report_at) == (3, ago(10))
    assert {each.phase for each in _all() if each.status == "open"} <= {"3"}
    assert len({(each.event_key, each.phase) for each in _all()}) == len(_all())


def test_a_correction_downwards_withdraws_the_proposal(app: Flask, receive: Receive) -> None:
    receive(landslide(4, ago(10)))
    receive(landslide(2, ago(10), info="訂正"))
    assert opened() == []
    assert [each.status for each in _all()] == ["withdrawn"]


def test_a_withdrawal_withdraws_the_proposal_unless_it_was_used(app: Flask, receive: Receive) -> None:
    receive(landslide(4, ago(10)))
    receive(landslide(None, ago(10), info="取消"))
    assert opened() == []
    assert [each.status for each in _all()] == ["withdrawn"]


def test_a_withdrawal_leaves_a_used_proposal_used(app: Flask, receive: Receive) -> None:
    receive(landslide(4, ago(10)))
    with transaction() as session:
        proposals.mark_used(session, _all()[0].id, 7)
    receive(landslide(None, ago(9), info="取消"))
    assert [each.status for each in _all()] == ["used"]


def test_after_a_withdrawal_the_state_before_holds_again(app: Flask, receive: Receive) -> None:
    receive(landslide(3, ago(20)))
    receive(landslide(5, ago(10)))
    receive(landslide(None, ago(10), info="取消"))
    assert opened() == [ELDERLY]


def test_a_drill_proposes_a_drill_only_and_leaves_the_real_state_alone(app: Flask, receive: Receive) -> None:
    receive(landslide(3, ago(20)))
    receive(landslide(5, ago(10), status="訓練"))
    found = {each.drill: (each.phase, each.title) for each in proposals.open_proposals()}
    assert found == {False: ("3", "土砂災害：高齢者等避難の検討"), True: ("5", "【訓練】土砂災害：緊急安全確保の検討")}
    assert [line.level for line in board.summary(NOW).phenomena if not line.drill] == [3]


@pytest.mark.parametrize("status", ["試験", "", "ＴＥＳＴ"])
def test_a_test_or_an_unknown_status_is_stored_and_proposes_nothing(app: Flask, receive: Receive, status: str) -> None:
    received = receive(landslide(5, ago(10), status=status))
    assert received.new
    assert _all() == []
    assert list(db.session.scalars(select(Phenomenon))) == []


def test_a_telegram_of_the_future_waits_for_its_time(app: Flask, receive: Receive) -> None:
    at = NOW + timedelta(hours=2)
    assert "未来" in receive(landslide(5, at)).note
    assert opened() == []
    intake.release_held(NOW)
    assert opened() == []
    intake.release_held(at)
    assert opened() == [("landslide", "emergency", "5")]


def test_old_news_from_the_feed_is_state_but_no_proposal(app: Flask, receive: Receive) -> None:
    receive(landslide(4, ago(60 * 25)))
    assert opened() == []
    assert [line.level for line in board.summary(NOW).phenomena] == [4]


def test_an_old_telegram_that_an_officer_loads_is_proposed(app: Flask, receive: Receive) -> None:
    receive(landslide(4, ago(60 * 24 * 900)), source=Source.HAND)
    assert opened() == [EVACUATE]
    assert "1日以上前" in _all()[0].reason
    assert "2024年" in _all()[0].reason


def test_a_week_of_history_at_the_start_proposes_nothing_of_the_past(app: Flask, receive: Receive) -> None:
    for hours, level in ((160, 3), (150, 4), (140, None), (5, 2)):
        receive(landslide(level, ago(60 * hours)))
    assert _all() == []


def test_the_old_form_of_the_same_event_changes_nothing(app: Flask, receive: Receive) -> None:
    receive(landslide(4, ago(10)))
    receive(old_warning(ago(9)))
    receive(landslide_alert(ago(8)))
    assert opened() == [EVACUATE]
    assert len(_all()) == 1


def test_the_landslide_alert_alone_proposes_where_no_new_telegram_ever_came(app: Flask, receive: Receive) -> None:
    receive(landslide_alert(ago(8)))
    assert opened() == [EVACUATE]
    receive(landslide_alert(ago(5), code="1"))
    assert opened() == [LIFT]


def test_a_river_that_would_flood_the_town_proposes_by_its_level(app: Flask, receive: Receive) -> None:
    receive(river(3, ago(30)))
    assert opened() == [("flood", "elderly", "3")]
    receive(river(4, ago(20)))
    assert opened() == [("flood", "evacuate", "4")]
    receive(river(2, ago(10), lifted=True))
    assert opened() == [("flood", "lift", "lift")]


def test_a_river_that_floods_other_towns_is_no_concern(app: Flask, receive: Receive) -> None:
    receive(river(5, ago(10), city="0520100"))
    assert _all() == []


@pytest.mark.parametrize(
    ("intensity", "proposed"),
    [
        ("3", []),
        ("4", []),
        ("5-", [("earthquake", "notice", "5-")]),
        ("5+", [("earthquake", "shelters", "5+")]),
        ("7", [("earthquake", "shelters", "5+")]),
    ],
)
def test_a_strong_shock_in_the_town_proposes(
    app: Flask, receive: Receive, intensity: str, proposed: list[tuple[str, str, str]]
) -> None:
    receive(quake(intensity, ago(3)))
    assert opened() == proposed


def test_a_revised_shock_proposes_the_next_phase_once_and_its_withdrawal_ends_it(app: Flask, receive: Receive) -> None:
    receive(quake("5-", ago(9), serial="1"))
    receive(quake("5+", ago(6), serial="2"))
    receive(quake("6-", ago(3), serial="3"))
    assert opened() == [("earthquake", "shelters", "5+")]
    receive(quake(None, ago(1), info="取消"))
    assert opened() == []


def test_a_shock_that_does_not_name_the_town_is_kept_without_its_body(app: Flask, receive: Receive) -> None:
    received = receive(quake(None, ago(3)).replace(b"<Code>460</Code>", b"<Code>440</Code>"))
    found = db.session.get(Telegram, received.telegram_id)
    assert found is not None
    assert (found.relevant, found.body) == (False, None)


def test_two_shocks_are_two_events(app: Flask, receive: Receive) -> None:
    receive(quake("5+", ago(30), event="20260801083000"))
    receive(quake("5+", ago(3), event="20260801085700"))
    assert len(opened()) == 2


def test_the_same_document_or_the_same_bytes_count_once(app: Flask, receive: Receive) -> None:
    data = landslide(3, ago(5))
    assert receive(data, name="https://www.data.jma.go.jp/a.xml").new
    assert not receive(data, name="https://www.data.jma.go.jp/a.xml").new
    assert not receive(data, source=Source.HAND).new


def test_what_cannot_be_read_leaves_nothing_behind(app: Flask, receive: Receive) -> None:
    for data in (b"", b"<html>503</html>", landslide(3, ago(5)).replace(b"ReportDateTime", b"Time")):
        with pytest.raises(Invalid):
            receive(data)
    assert db.session.scalar(select(Telegram.id)) is None


def test_more_proposals_than_the_hourly_cap_are_held_back_and_noted(app: Flask, receive: Receive) -> None:
    for number in range(20):
        receive(quake("5+", ago(20 - number), event=f"202608010830{number:02}"))
    assert len(_all()) == 12
    assert db.session.scalar(select(AuditEntry.id).where(AuditEntry.action == "proposal.held_back")) is not None


def test_every_change_of_a_proposal_is_in_the_audit_log(app: Flask, receive: Receive) -> None:
    receive(landslide(3, ago(30)))
    receive(landslide(4, ago(20)))
    proposals.dismiss(_all()[1].id, actor="account:3")
    actions = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert actions == ["proposal.create", "proposal.withdraw", "proposal.create", "proposal.dismiss"]


def test_a_warning_without_a_level_is_shown_as_in_force_until_it_is_lifted(app: Flask, receive: Receive) -> None:
    def wind(minutes: int, state: str) -> bytes:
        data = landslide(3, ago(minutes), state=state).decode()
        return (
            data.replace("（土砂）", "（暴風）")
            .replace("レベル３土砂災害警報", "暴風警報")
            .replace(">09<", ">05<")
            .encode()
        )

    receive(wind(20, "発表"))
    [line] = board.summary(NOW).phenomena
    assert (line.name, line.words, line.level, line.in_force) == ("暴風・暴風雪", "暴風警報（発表）", None, True)
    receive(wind(10, "解除"))
    assert [line.in_force for line in board.summary(NOW).phenomena] == [False]
    assert _all() == []


def test_loading_what_was_already_decided_says_so(app: Flask, receive: Receive) -> None:
    receive(landslide(4, ago(20)))
    proposals.dismiss(_all()[0].id, actor="account:1")
    assert "使わないことにして" in receive(landslide(4, ago(10), state="継続")).note


def test_a_proposal_is_used_or_dismissed_once(app: Flask, receive: Receive) -> None:
    receive(landslide(3, ago(30)))
    [found] = _all()
    with transaction() as session:
        proposals.mark_used(session, found.id, 1)
    with pytest.raises(Stale), transaction() as session:
        proposals.mark_used(session, found.id, 2)
    with pytest.raises(Stale):
        proposals.dismiss(found.id, actor="account:1")
    assert proposals.get(found.id).alert_id == 1
    with pytest.raises(Missing):
        proposals.get(999)


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (2, 0, 4, 1, 3)])
def test_no_order_ever_proposes_one_phase_of_an_event_twice(
    app: Flask, receive: Receive, order: tuple[int, ...]
) -> None:
    telegrams = [landslide(level, ago(50 - 10 * n)) for n, level in enumerate((3, 4, 3, 4, 5))]
    for number in order:
        receive(telegrams[number])
    phases = [each.phase for each in _all()]
    assert len(phases) == len(set(phases))
    assert opened() == [("landslide", "emergency", "5")]
