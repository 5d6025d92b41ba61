"""Requests for supplies: who may move them where, what came, and that nothing is lost when two press at once."""

import pytest
from flask import Flask

from disaster.core import clock
from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.shelters import directory, importing
from disaster.shelters.desk import supplies
from disaster.shelters.desk.models import SupplyRequest
from disaster.shelters.desk.supplies import Wanted
from disaster.shelters.desk.vocabulary import HEADQUARTERS_MOVES, SHELTER_MOVES, WAITING, Supply


def ask(shelter: int, quantity: str = "100") -> int:
    return supplies.ask(shelter, Wanted(item="blanket", quantity=quantity, for_whom="高齢者"), actor="account:1")


def get(number: int) -> SupplyRequest:
    return db.session.get_one(SupplyRequest, number, populate_existing=True)


def test_from_asking_to_what_came_too_little(app_on_any_database: Flask) -> None:
    importing.import_shipped(municipality())
    shelter = directory.all_shelters()[0].id
    number = ask(shelter)
    for seen, to in enumerate((Supply.ACCEPTED, Supply.ARRANGED, Supply.SHIPPED), start=1):
        assert supplies.move(number, to, seen=seen, actor="account:2", headquarters=True) is to
    came = supplies.move(
        number, Supply.ARRIVED, seen=4, actor="account:1", headquarters=False, came="60", note="雨でぬれた分は返した"
    )
    assert (came, get(number).arrived) == (Supply.SHORT, 60)
    supplies.move(number, Supply.SHIPPED, seen=5, actor="account:2", headquarters=True)
    assert supplies.move(number, Supply.ARRIVED, seen=6, actor="account:1", headquarters=False) is Supply.ARRIVED
    assert (get(number).arrived, get(number).label, get(number).unit) == (100, "毛布", "枚")
    steps = supplies.steps([number])[number]
    assert [(step.state, step.quantity) for step in steps] == [
        (Supply.REQUESTED, None),
        (Supply.ACCEPTED, None),
        (Supply.ARRANGED, None),
        (Supply.SHIPPED, None),
        (Supply.SHORT, 60),
        (Supply.SHIPPED, None),
        (Supply.ARRIVED, 40),
    ]
    assert supplies.waiting() == {}


def test_the_tables_of_moves_are_sound() -> None:
    for moves in (HEADQUARTERS_MOVES, SHELTER_MOVES):
        assert set(moves) <= set(WAITING), "the end is the end"
        assert all(
            set(after) <= set(Supply) - {Supply.REQUESTED, Supply.SHORT, start} for start, after in moves.items()
        )
    assert not any(Supply.ARRIVED in after for after in HEADQUARTERS_MOVES.values()), "who stands at the door knows"


def test_a_move_that_is_not_listed_is_refused(kanda: int) -> None:
    number = ask(kanda)
    with pytest.raises(Invalid, match="「要請」です。「発送」にはできません"):
        supplies.move(number, Supply.SHIPPED, seen=1, actor="account:1", headquarters=False)
    supplies.move(number, Supply.CANCELLED, seen=1, actor="account:1", headquarters=False)
    with pytest.raises(Invalid, match="取消"):
        supplies.move(number, Supply.ACCEPTED, seen=2, actor="account:2", headquarters=True)


def test_of_two_who_press_at_once_one_is_told(kanda: int) -> None:
    number = ask(kanda)
    supplies.move(number, Supply.ACCEPTED, seen=1, actor="account:2", headquarters=True)
    with pytest.raises(Stale, match="先に進めました"):
        supplies.move(number, Supply.CANCELLED, seen=1, actor="account:1", headquarters=False)


def test_a_shelter_moves_its_own_requests_only(kanda: int) -> None:
    with pytest.raises(Missing):
        supplies.move(ask(kanda), Supply.CANCELLED, seen=1, actor="account:1", headquarters=False, shelter_id=kanda + 1)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wanted(item="blanket", quantity="0"), "quantity"),
        (Wanted(item="blanket", quantity=""), "quantity"),
        (Wanted(item="blanket", quantity="たくさん"), "quantity"),
        (Wanted(item="gold", quantity="1"), "item"),
        (Wanted(item="other", quantity="1"), "label"),
        (Wanted(item="other", quantity="1", label="x" * 81), "label"),
        (Wanted(item="blanket", quantity="1", for_whom="a\nb"), "for_whom"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(kanda: int, wanted: Wanted, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        supplies.ask(kanda, wanted, actor="account:1")
    assert field in refused.value.fields


def test_what_has_a_time_comes_first_and_what_is_over_last(kanda: int) -> None:
    first, second = ask(kanda), ask(kanda)
    timed = supplies.ask(kanda, Wanted(item="water", quantity="9", needed_by=clock.now()), actor="account:1")
    supplies.move(first, Supply.CANCELLED, seen=1, actor="account:1", headquarters=False)
    assert [row.id for row in supplies.listed(kanda)] == [timed, second, first]
    assert [row.id for row in supplies.listed(waiting=True)] == [timed, second]
    number, since = supplies.waiting()[kanda]
    assert (number, since) == (2, get(second).created_at)
