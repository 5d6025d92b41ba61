"""Protection is quick to set, reaches who came along, and is never lost by any other way than two officers and a reason."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.errors import Forbidden, Invalid, Stale
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry import twofold
from registry.access import viewing
from registry.matching import joining
from registry.models.people import Person, Resident
from registry.models.protection import ProtectionOrder
from registry.protection import orders
from registry.protection.small_numbers import suppressed
from registry.vocabulary import Protection
from tests.fakes.staff import fresh_code, make_account
from tests.registry.protection.conftest import Refuge

NONE, UNLISTED, WHEREABOUTS, HIDDEN = Protection


def test_one_officer_protects_at_once_and_the_other_confirms(refuge: Refuge) -> None:
    person = refuge.arrive("山田")
    number = refuge.protect(person)
    assert refuge.level(person) == HIDDEN
    with pytest.raises(Forbidden):
        orders.confirm(number, refuge.first, fresh_code(refuge.first))
    orders.confirm(number, refuge.second, fresh_code(refuge.second))
    with pytest.raises(Stale):
        orders.confirm(number, refuge.second, fresh_code(refuge.second))


def test_who_came_with_somebody_protected_is_protected_and_later_arrivals_too(refuge: Refuge) -> None:
    mother, child = refuge.arrive("山田", household="a"), refuge.arrive("山田", household="a")
    stranger = refuge.arrive("山田", household="b")
    refuge.protect(mother)
    later = refuge.arrive("山田", household="a")
    assert [refuge.level(one) for one in (mother, child, later, stranger)] == [HIDDEN, HIDDEN, HIDDEN, NONE]


def test_the_household_of_the_residents_list_is_not_the_group(refuge: Refuge) -> None:
    with transaction() as session:
        rows = [
            Resident(source_key=key, household_key="same", name=key, row_hash="", updated_at=clock.now())
            for key in ("wife", "husband")
        ]
        session.add_all(rows)
        session.flush()
        wife_row, husband_row = (row.id for row in rows)
    wife = refuge.arrive("妻", household="a", resident=wife_row)
    husband = refuge.arrive("夫", household="b", resident=husband_row)
    refuge.protect(wife)
    assert [refuge.level(wife), refuge.level(husband)] == [HIDDEN, NONE]
    assert db.session.get_one(Resident, wife_row).hidden
    assert not db.session.get_one(Resident, husband_row).hidden


def test_less_needs_two_persons_and_a_reason_and_meanwhile_it_holds(refuge: Refuge) -> None:
    person, child = refuge.arrive("山田", household="a"), refuge.arrive("山田", household="a")
    number = refuge.protect(person)
    with pytest.raises(Invalid):
        orders.propose_less(number, NONE, "", refuge.first)
    proposal = orders.propose_less(number, NONE, "本人から解除の申出", refuge.first)
    assert refuge.level(person) == HIDDEN
    with pytest.raises(Stale):
        orders.propose_less(number, NONE, "もう一度の提案", refuge.second)
    with pytest.raises(Forbidden):
        orders.confirm_less(proposal, refuge.first, fresh_code(refuge.first))
    orders.confirm_less(proposal, refuge.second, fresh_code(refuge.second))
    assert [refuge.level(one) for one in (person, child)] == [NONE, NONE]
    with pytest.raises(Stale):
        orders.confirm_less(proposal, refuge.second, fresh_code(refuge.second))


def test_lowering_leaves_what_another_ground_keeps(refuge: Refuge) -> None:
    mother, child = refuge.arrive("山田", household="a"), refuge.arrive("山田", household="a")
    order = refuge.protect(mother)
    refuge.protect(child, WHEREABOUTS)
    orders.confirm_less(
        orders.propose_less(order, NONE, "本人から解除の申出", refuge.first), refuge.second, fresh_code(refuge.second)
    )
    assert [refuge.level(mother), refuge.level(child)] == [WHEREABOUTS, WHEREABOUTS]


def test_a_proposal_of_yesterday_is_confirmed_no_more(refuge: Refuge, monkeypatch: pytest.MonkeyPatch) -> None:
    order = refuge.protect(refuge.arrive("山田"))
    proposal = orders.propose_less(order, NONE, "本人から解除の申出", refuge.first)
    later = clock.now() + twofold.OPEN_FOR + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    with pytest.raises(Stale):
        orders.confirm_less(proposal, refuge.second, fresh_code(refuge.second))


def test_nobody_else_sets_or_lifts_and_the_second_officer_is_another(refuge: Refuge) -> None:
    person, clerk = refuge.arrive("山田"), make_account("daicho", Role.REGISTRY, Role.ADMIN, Role.APPROVER).id
    number = refuge.protect(person)
    for step in (
        lambda: orders.propose_less(number, NONE, "本人の申出のため", clerk),
        lambda: orders.confirm(number, clerk, fresh_code(clerk)),
        lambda: orders.stronger(number, HIDDEN, clerk),
    ):
        with pytest.raises(Forbidden):
            step()
    for second in (refuge.first, clerk, 0):
        with pytest.raises(Invalid) as told:
            refuge.protect(refuge.arrive("鈴木"), second_officer=second)
        assert "second_officer" in told.value.fields


def test_the_day_to_ask_again_lifts_nothing(refuge: Refuge) -> None:
    person = refuge.arrive("山田")
    order = db.session.get_one(ProtectionOrder, refuge.protect(person, until="2020-01-01"))
    assert orders.due(order, clock.now())
    orders.rearm()
    assert refuge.level(person) == HIDDEN
    with pytest.raises(Invalid):
        refuge.protect(refuge.arrive("鈴木"), until="3月末")


def test_merging_and_taking_apart_lose_no_protection(refuge: Refuge) -> None:
    open_one, guarded = refuge.arrive("山田"), refuge.arrive("山田", shelter=refuge.inabe)
    refuge.protect(guarded)
    link = joining.merge(guarded, open_one, actor="cli")
    assert refuge.level(open_one) == HIDDEN
    joining.take_apart(link, actor="cli")
    assert refuge.level(guarded) == HIDDEN


@pytest.mark.parametrize("damage", ["person", "resident"])
def test_what_an_import_or_a_restore_took_away_is_back_within_a_minute(refuge: Refuge, damage: str) -> None:
    with transaction() as session:
        row = Resident(source_key="a", household_key="h", name="山田", row_hash="", updated_at=clock.now())
        session.add(row)
        session.flush()
        number = row.id
    person = refuge.arrive("山田", household="a", resident=number)
    child = refuge.arrive("山田", household="a")
    refuge.protect(None, resident_id=number)
    assert refuge.level(person) == HIDDEN
    with transaction() as session:
        session.execute(update(Person).values(protection=NONE, own_protection=None))
        if damage == "resident":
            session.execute(update(Resident).values(hidden=False))
    assert orders.rearm() == 1
    assert [refuge.level(person), refuge.level(child)] == [HIDDEN, HIDDEN]
    assert db.session.scalar(select(Resident.hidden))


def test_an_alias_stands_on_lists(refuge: Refuge) -> None:
    person = refuge.arrive("山田")
    refuge.protect(person, WHEREABOUTS, alias="ひまわり")
    assert viewing.alias(person) == "ひまわり"
    assert viewing.alias(refuge.arrive("鈴木")).startswith("仮名 ")


def test_a_second_order_for_the_same_person_is_refused(refuge: Refuge) -> None:
    person = refuge.arrive("山田")
    refuge.protect(person)
    with pytest.raises(Stale):
        refuge.protect(person)


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ({"a": 10, "b": 3, "c": 7}, {"a": 10, "b": None, "c": None}),
        ({"a": 10, "b": 3, "c": 2, "d": 9}, {"a": 10, "b": None, "c": None, "d": 9}),
        ({"a": 5, "b": 0}, {"a": 5, "b": 0}),
        ({"a": 4}, {"a": None}),
        ({}, {}),
    ],
)
def test_small_numbers_are_not_shown_nor_worked_out(parts: dict[str, int], shown: dict[str, int | None]) -> None:
    assert suppressed(parts) == shown
