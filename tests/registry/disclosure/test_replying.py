"""The receiving town's reply: all of it or nothing, about those alone whom we named to them, and once."""

import pytest
from flask import Flask
from sqlalchemy import select

from disaster.core.errors import Invalid, Missing
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.disclosure import giving, replying
from registry.models.ledger import VictimFact
from tests.fakes.staff import make_account
from tests.registry.disclosure.test_giving import enter, victim, wide


@pytest.fixture
def given(app: Flask) -> tuple[int, int, bytes]:
    """A disclosure, the number of whom it was about, the file."""
    number = victim(enter("髙橋", phone="+819011112222")).number
    done = giving.give(wide(str(number)), make_account("daicho", Role.REGISTRY).id)
    return done.disclosure_id, number, done.file.content


def test_what_is_new_becomes_a_fact_once(given: tuple[int, int, bytes]) -> None:
    disclosure, number, content = given
    unchanged = replying.take(disclosure, content, actor="cli")
    assert (unchanged.people, unchanged.new) == (1, 0)
    reply = f"照合番号,居所,援護の状況\r\n{number},いなべ市北勢町1-1,済み\r\n".encode("cp932")
    assert replying.take(disclosure, reply, actor="cli", dry_run=True).new == 1
    found = replying.take(disclosure, reply, actor="cli")
    assert (found.new, found.ignored) == (1, ("援護の状況",))
    assert replying.take(disclosure, reply, actor="cli").new == 0
    fact = db.session.scalars(select(VictimFact)).one()
    assert (fact.item, fact.field, fact.value, fact.source) == ("A4", "residence", "いなべ市北勢町1-1", "office")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        "氏名\r\n髙橋\r\n".encode(),
        "照合番号,居所\r\n99999,x\r\n".encode(),
        b"\x80\xff\xfe",
        b"x" * (10 * 1024 * 1024 + 1),
    ],
)
def test_what_is_no_reply_changes_nothing(given: tuple[int, int, bytes], data: bytes) -> None:
    with pytest.raises(Invalid):
        replying.take(given[0], data, actor="cli")
    assert db.session.scalars(select(VictimFact)).all() == []


def test_a_disclosure_on_another_ground_has_no_reply(given: tuple[int, int, bytes]) -> None:
    with pytest.raises(Missing):
        replying.take(given[0] + 1, given[2], actor="cli")
