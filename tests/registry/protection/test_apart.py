"""Whom a protected person must not meet is added later too, and nobody is promised a notice that cannot come."""

import json

import pytest

from disaster.core.errors import Invalid, Stale
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.models.protection import ProtectionOrder
from registry.protection import abuser, apart, orders
from tests.fakes.staff import make_account
from tests.registry.protection.conftest import Refuge
from tests.registry.protection.test_meetings import come, told

HIM = ("佐藤太郎", "サトウタロウ", "S55.4.12", None)


def order(number: int) -> ProtectionOrder:
    db.session.rollback()
    return db.session.get_one(ProtectionOrder, number)


def test_a_name_alone_finds_nobody_and_the_officers_are_told_so(refuge: Refuge) -> None:
    number = refuge.protect(refuge.arrive("山田"), abuser_name="佐藤太郎")
    come(refuge, refuge.kanda)
    assert told(refuge, refuge.first) == []
    assert abuser.told(order(number)) == [
        "かなと生年月日がそろっていないので、避難者として来ても自動では分かりません。"
    ]


def test_what_is_learnt_later_holds_at_once(refuge: Refuge) -> None:
    number = refuge.protect(refuge.arrive("山田"), abuser_name="佐藤太郎")
    come(refuge, refuge.kanda)
    apart.complete(number, *HIM, refuge.second)
    assert told(refuge, refuge.first) == [refuge.kanda]
    assert abuser.told(order(number)) == ["避難者として同じ避難所に来たら、2人の担当者に知らせます。"]
    him = make_account("sato", Role.SHELTER).id
    apart.complete(number, "", "", "", him, refuge.first)
    assert (order(number).abuser_account_id, len(abuser.told(order(number)))) == (him, 2)


def test_what_is_known_is_not_replaced(refuge: Refuge) -> None:
    number = refuge.protect(refuge.arrive("山田"), abuser_kana="サトウタロウ", abuser_birth="昭和55年4月12日")
    key = order(number).abuser_key
    with pytest.raises(Stale):
        apart.complete(number, "別人", "ベツジン", "S60.1.1", None, refuge.second)
    assert order(number).abuser_key == key


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        (("佐藤太郎", "", "", None), "abuser_kana"),
        (("", "サトウタロウ", "", None), "abuser_kana"),
        (("", "", "", None), "abuser_kana"),
        (("", "サトウタロウ", "昭和55.2.30", None), "abuser_birth"),
        (("", "サトウタロウ", "550412", None), "abuser_birth"),
    ],
)
def test_too_little_is_told_at_its_field(refuge: Refuge, typed: tuple[str, str, str, int | None], field: str) -> None:
    number = refuge.protect(refuge.arrive("山田"))
    with pytest.raises(Invalid) as error:
        apart.complete(number, *typed, refuge.second)
    assert field in error.value.fields
    assert order(number).abuser is None


def test_days_are_read_in_every_notation(refuge: Refuge) -> None:
    number = refuge.protect(refuge.arrive("山田"), until="令和9年3月31日")
    assert str(order(number).until) == "2027-03-31"
    assert orders.standing_of(db.session(), order(number).person_id, None) == number
    assert orders.standing_of(db.session(), None, None) is None


def test_who_came_along_with_the_protected_person_is_told(refuge: Refuge) -> None:
    person = refuge.arrive("山田", household="A")
    refuge.arrive("佐藤", household="A", kana="さとう たろう", birth="S55.4.12")
    number = refuge.protect(person)
    assert not apart.came_along(db.session(), order(number))
    apart.complete(number, *HIM, refuge.second)
    assert apart.came_along(db.session(), order(number))


def test_who_came_by_himself_did_not_come_along(refuge: Refuge) -> None:
    number = refuge.protect(refuge.arrive("山田", household="A"))
    come(refuge, refuge.kanda)
    apart.complete(number, *HIM, refuge.second)
    assert not apart.came_along(db.session(), order(number))


def test_a_name_that_somebody_remembered_stays_beside_the_reading(refuge: Refuge) -> None:
    number = refuge.protect(refuge.arrive("山田"), abuser_name="佐藤太郎")
    apart.complete(number, "", "サトウタロウ", "S55.4.12", None, refuge.second)
    kept = json.loads(order(number).abuser or "")
    assert kept == {"name": "佐藤太郎", "kana": "サトウタロウ", "birth": "1980-04-12"}


@pytest.mark.parametrize("account", [999_999, 0, -1, 2**70])
def test_an_account_that_is_not_there_is_told_at_its_field(refuge: Refuge, account: int) -> None:
    number = refuge.protect(refuge.arrive("山田"))
    with pytest.raises(Invalid) as error:
        apart.complete(number, "", "", "", account, refuge.second)
    assert "abuser_account_id" in error.value.fields
    with pytest.raises(Invalid) as error:
        refuge.protect(refuge.arrive("川田"), abuser_account_id=account)
    assert "abuser_account_id" in error.value.fields
