"""Who must not meet is noticed whoever comes second and however they come, and only the two officers learn it."""

import pytest

from disaster.core.db import transaction
from disaster.core.errors import Missing
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.models.people import ShelterStaff
from registry.protection import orders
from tests.fakes.staff import make_account
from tests.registry.protection.conftest import Refuge

HIM = {"abuser_name": "佐藤太郎", "abuser_kana": "サトウタロウ", "abuser_birth": "1980-04-12"}


def come(refuge: Refuge, shelter: int, birth: str = "S55.4.12") -> str:
    return refuge.arrive("佐藤", kana="さとう たろう", birth=birth, shelter=shelter)


def told(refuge: Refuge, officer: int) -> list[int]:
    db.session.rollback()
    return [meeting.shelter_id for meeting, _ in orders.meetings_of(officer)]


def test_he_comes_after_her(refuge: Refuge) -> None:
    refuge.protect(refuge.arrive("山田"), **HIM)
    come(refuge, refuge.inabe)
    assert told(refuge, refuge.first) == []
    come(refuge, refuge.kanda)
    assert told(refuge, refuge.first) == told(refuge, refuge.second) == [refuge.kanda]


def test_she_comes_after_him(refuge: Refuge) -> None:
    come(refuge, refuge.kanda)
    refuge.protect(refuge.arrive("山田"), **HIM)
    assert told(refuge, refuge.first) == [refuge.kanda]


def test_somebody_else_of_that_name_is_not_him(refuge: Refuge) -> None:
    refuge.protect(refuge.arrive("山田"), **HIM)
    come(refuge, refuge.kanda, birth="S56.4.12")
    assert told(refuge, refuge.first) == []


def test_he_works_at_the_desk(refuge: Refuge) -> None:
    him = make_account("sato", Role.SHELTER)
    with transaction() as session:
        session.add(ShelterStaff(account_id=him.id, shelter_id=refuge.kanda))
    refuge.protect(refuge.arrive("山田"), abuser_account_id=him.id)
    assert told(refuge, refuge.second) == [refuge.kanda]


def test_only_the_two_officers_of_the_order_learn_it_and_one_takes_it_in_hand(refuge: Refuge) -> None:
    third = make_account("hitoku3", Role.PROTECTION).id
    refuge.protect(refuge.arrive("山田"), **HIM)
    come(refuge, refuge.kanda)
    assert told(refuge, third) == []
    ((meeting, _),) = orders.meetings_of(refuge.first)
    number = meeting.id
    with pytest.raises(Missing):
        orders.seen(number, third)
    orders.seen(number, refuge.second)
    assert told(refuge, refuge.first) == []
