"""Pairs that may be one person: found, shown to whom they may be shown, remembered once decided."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.incidents.models import Incident
from registry.intake import ids
from registry.intake.entering import Entry, enter_all
from registry.matching import suggesting
from registry.models.people import MatchPair, Person
from registry.vocabulary import Kind, Protection

TARO = {
    "family": "山田",
    "given": "太郎",
    "kana_family": "ヤマダ",
    "kana_given": "タロウ",
    "birth": "S60.4.12",
    "address": "山田1600",
}


def _people(*all_fields: dict[str, object]) -> list[str]:
    at = clock.now()
    numbers = [ids.new(int(at.timestamp() * 1000) + place) for place in range(len(all_fields))]
    with transaction() as session:
        enter_all(
            session,
            [Entry(Kind.PERSON, number, fields) for number, fields in zip(numbers, all_fields, strict=True)],
            actor="account:1",
        )
    return numbers


def _incident() -> int:
    number = db.session.scalar(select(Incident.id).order_by(Incident.id.desc()).limit(1))
    assert number is not None
    return number


def _look() -> list[suggesting.Pair]:
    suggesting.refresh(_incident())
    return suggesting.waiting(_incident(), cleared=False)


def test_the_same_person_entered_twice_is_suggested_once(app_on_any_database: Flask) -> None:
    one, other, _ = _people(
        TARO, {**TARO, "family": "", "given": "", "address": "東員町大字山田１６００番地"}, {"kana": "スズキ ジロウ"}
    )
    for _ in range(2):
        found = _look()
        assert [{pair.first_id, pair.second_id} for pair in found] == [{one, other}]
        assert found[0].likely
        assert {"name_same", "birth_same", "address_same"} <= set(found[0].reasons)


def test_what_was_decided_is_not_asked_again(app: Flask) -> None:
    _people(TARO, TARO)
    assert len(_look()) == 1
    with transaction() as session:
        session.execute(update(MatchPair).values(decision="different", decided_by="account:1", decided_at=clock.now()))
    assert _look() == []
    assert db.session.scalar(select(func.count()).select_from(MatchPair)) == 1


def test_a_pair_that_stops_being_likely_goes(app: Flask) -> None:
    one, _ = _people(TARO, {**TARO, "address": ""})
    assert len(_look()) == 1
    with transaction() as session:
        changed = {"birth": "H3.1.1", "kana_given": "ジロウ", "given": "次郎"}
        enter_all(session, [Entry(Kind.PERSON, one, changed)], actor="account:1")
    assert _look() == []


def test_a_pair_with_a_protected_person_exists_for_the_cleared_only(app: Flask) -> None:
    one, _ = _people(TARO, TARO)
    with transaction() as session:
        session.execute(update(Person).where(Person.id == one).values(protection=Protection.HIDDEN))
    assert _look() == []
    assert len(suggesting.waiting(_incident(), cleared=True)) == 1


@pytest.mark.parametrize("merged", [True, False])
def test_entries_that_are_gone_are_no_pair(app: Flask, merged: bool) -> None:
    one, other = _people(TARO, TARO)
    assert len(_look()) == 1
    with transaction() as session:
        gone = {"merged_into": other} if merged else {"removed_at": clock.now()}
        session.execute(update(Person).where(Person.id == one).values(**gone))
    assert suggesting.waiting(_incident(), cleared=True) == []
    assert _look() == []


def test_only_changed_entries_are_looked_at(app: Flask) -> None:
    _people(TARO, TARO)
    assert suggesting.refresh(_incident(), since=clock.now() + timedelta(hours=1)) == 0
    assert suggesting.refresh(_incident(), since=clock.now() - timedelta(hours=1)) == 1
