"""The circuit breaker: so many live alerts an hour, and never a correction held up."""

from datetime import timedelta

import pytest
import time_machine

from broadcast.alert import breaker, compose
from broadcast.alert.breaker import TooManySends
from broadcast.alert.compose import Origin
from broadcast.cap.vocabulary import Kind, Mode, MsgType
from broadcast.governing import governed
from broadcast.models.alert import State
from broadcast.models.trust import GovernedValue
from disaster.core.clock import now
from disaster.core.db import transaction
from tests.broadcast.town import NAKAGAMI, SHIROYAMA, Town


def limits(**values: int) -> None:
    """What two people have set."""
    with transaction() as session:
        for name, number in values.items():
            session.merge(GovernedValue(name=name, value=str(number), change_id=1, changed_at=now()))
    governed.forget()


def test_after_the_set_number_in_an_hour_nothing_more_is_approved_and_the_page_says_who_can_help(
    any_town: Town,
) -> None:
    town = any_town
    limits(sends_per_hour=2, sends_per_hour_area=10, sends_reserve=0)
    for _ in range(2):
        town.approved(kind=Kind.ELDERLY)
    alert_id = town.submitted(kind=Kind.ELDERLY)
    assert "この1時間に2回" in breaker.room(compose.get(alert_id)).refusal
    with pytest.raises(TooManySends, match="「送信の設定」で上限を上げられます"):
        town.approved(kind=Kind.ELDERLY)
    assert compose.get(alert_id).state == State.PENDING
    with time_machine.travel(now() + timedelta(minutes=61), tick=False):
        assert breaker.room(compose.get(alert_id)).refusal == ""


def test_one_area_has_a_limit_of_its_own_and_the_whole_town_counts_for_each(town: Town) -> None:
    limits(sends_per_hour=50, sends_per_hour_area=2, sends_reserve=0)
    town.approved(kind=Kind.ELDERLY, areas=(NAKAGAMI,))
    town.approved(kind=Kind.ELDERLY, areas=(), whole_town=True)
    here = compose.get(town.submitted(kind=Kind.ELDERLY, areas=(SHIROYAMA, NAKAGAMI)))
    assert "「大字中上」へ2回" in breaker.room(here).refusal
    there = compose.get(town.submitted(kind=Kind.ELDERLY, areas=(SHIROYAMA,)))
    assert breaker.room(there).refusal == ""
    assert "あと1回" in breaker.room(there).warning
    assert breaker.room(compose.get(town.submitted(kind=Kind.ELDERLY, areas=(), whole_town=True))).refusal


def test_levels_4_and_5_have_a_reserve(town: Town) -> None:
    limits(sends_per_hour=1, sends_per_hour_area=1, sends_reserve=2)
    town.approved(kind=Kind.ELDERLY)
    assert breaker.room(compose.get(town.submitted(kind=Kind.ELDERLY))).refusal
    for _ in range(2):
        town.approved(kind=Kind.EVACUATE)
    assert breaker.room(compose.get(town.submitted(kind=Kind.EMERGENCY))).refusal


def test_corrections_cancels_lifts_and_drills_are_never_held_up_and_never_counted(town: Town) -> None:
    limits(sends_per_hour=1, sends_per_hour_area=1, sends_reserve=0)
    first = town.approved()
    lift = {"kind": Kind.LIFT, "lifted_kind": Kind.EVACUATE}
    town.approved(mode=Mode.DRILL)
    update = town.approved(correction="地区の誤り", origin=Origin(MsgType.UPDATE, references_id=first))
    town.approved(origin=Origin(MsgType.CANCEL, references_id=update))
    town.approved(**lift)
    with time_machine.travel(now() + timedelta(minutes=61), tick=False):
        assert breaker.room(compose.get(town.submitted())).refusal == ""
