"""The receiving town's reply: all of it or nothing, about those alone whom we named to them, and once. Who is hidden is a number that is not in it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from disaster.core.errors import Invalid, Missing
from disaster.core.extensions import db
from disaster.staff.models import Account
from disaster.staff.permissions import Role
from registry.cli import registry as commands
from registry.disclosure import giving, late, replying
from registry.models.ledger import VictimFact
from registry.models.protection import AskedAfter
from registry.protection import orders, sought
from registry.protection.orders import Wanted
from registry.vocabulary import Protection
from tests.fakes.staff import fresh_code, make_account
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
        "照合番号,居所\r\n1,x\r\n1,y\r\n".encode(),
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


class Three:
    """A disclosure about somebody who may be seen and somebody who is hidden since; ``nobody`` is a number as long that was never given."""

    def __init__(self) -> None:
        self.clerk, second = (make_account(login, Role.REGISTRY) for login in ("daicho", "daicho2"))
        self.officer, self.other = (make_account(login, Role.PROTECTION) for login in ("hitoku", "hitoku2"))
        seen, hidden = enter("髙橋"), enter("鈴木")
        self.seen, self.hidden, self.nobody = victim(seen).number, victim(hidden).number, 8
        asked = giving.propose(wide(f"{self.seen},{self.hidden}"), "一時滞在の受入れ", self.clerk.id)
        self.given = giving.confirm(asked, second.id, fresh_code(second.id)).disclosure_id
        wanted = Wanted(Protection.HIDDEN, "support", "支援措置の決定", self.other.id, person_id=hidden)
        orders.protect(wanted, self.officer.id)

    def reply(self, number: int, town: str = "いなべ市") -> bytes:
        """About the one who may be seen, and about another number."""
        return f"照合番号,居所\r\n{self.seen},{town}\r\n{number},四日市市\r\n".encode()


@pytest.fixture
def three(app: Flask) -> Three:
    return Three()


@pytest.fixture
def three_anywhere(app_on_any_database: Flask) -> Three:
    return Three()


def facts() -> list[str]:
    db.session.rollback()
    return sorted(db.session.scalars(select(VictimFact.value)))


def test_who_is_hidden_and_who_is_not_in_it_are_one_answer(three: Three) -> None:
    for dry_run in (True, False):
        answers = [
            replying.take(three.given, three.reply(number), actor="account:1", account=three.clerk, dry_run=dry_run)
            for number in (three.hidden, three.nobody)
        ]
        assert answers[0].apart == answers[1].apart == (3,)
        assert answers[0].mistakes == answers[1].mistakes == ()
        assert (answers[0].people, answers[1].people) == (1, 1)
    assert facts() == ["いなべ市"]
    kept = db.session.execute(select(AskedAfter.kind, func.length(AskedAfter.said))).all()
    assert len(kept) == 2
    assert kept[0] == kept[1], "what waits for a worker is sealed, and as long"


def test_what_was_said_of_who_is_hidden_reaches_the_two_officers_and_the_ledger(three_anywhere: Three) -> None:
    three = three_anywhere
    replying.take(three.given, three.reply(three.hidden), actor="account:1", account=three.clerk)
    sought.tell()
    assert facts() == ["いなべ市"], "another duty takes it in"
    assert late.take() == 1
    assert facts() == ["いなべ市", "四日市市"]
    for who in (three.officer, three.other):
        assert [one.row.kind for one in sought.unseen(who.id)] == ["reply"]
    assert db.session.scalars(select(AskedAfter.id)).all() == []
    replying.take(three.given, three.reply(three.hidden), actor="account:1", account=three.clerk)
    assert late.take() == 0, "the same again is nothing new"


def test_a_number_that_is_nobodys_is_told_and_forgotten(three: Three) -> None:
    replying.take(three.given, three.reply(three.nobody), actor="account:1", account=three.clerk)
    assert late.take() == 0
    assert facts() == ["いなべ市"]
    assert sought.unseen(three.officer.id) == []
    assert db.session.scalars(select(AskedAfter.id)).all() == []


def test_a_named_officer_takes_it_in_at_once_and_hears_of_wrong_numbers(three: Three) -> None:
    with pytest.raises(Invalid, match="3行目の照合番号：この番号の人は、この提供に入っていません"):
        replying.take(three.given, three.reply(three.nobody), actor="account:3", account=three.officer)
    assert facts() == []
    found = replying.take(three.given, three.reply(three.hidden), actor="account:3", account=three.officer)
    assert (found.people, found.new, found.apart) == (2, 2, ())
    assert facts() == ["いなべ市", "四日市市"]


@pytest.mark.parametrize("mistake", ["x" * 2001, "1\n2"])
def test_a_line_that_is_set_apart_is_read_as_strictly(three: Three, mistake: str) -> None:
    for number in (three.hidden, three.nobody):
        reply = f'照合番号,居所\r\n{three.seen},津市\r\n{number},"{mistake}"\r\n'.encode()
        read = replying.take(three.given, reply, actor="account:1", account=three.clerk, dry_run=True)
        twice = f"照合番号,居所\r\n{number},津市\r\n{number},津市\r\n".encode()
        again = replying.take(three.given, twice, actor="account:1", account=three.clerk, dry_run=True)
        assert [one.line for one in (*read.mistakes, *again.mistakes)] == [3, 3]


def test_about_whom_nobody_exists_there_was_no_disclosure(three: Three) -> None:
    alone = giving.give(wide(str(three.hidden)), three.officer.id).disclosure_id
    readers: tuple[Account | None, ...] = (three.clerk, None)
    for who in readers:
        for number in (alone, 999):
            with pytest.raises(Missing, match="提供の記録はありません"):
                replying.take(number, three.reply(three.hidden), actor="cli", account=who)
    found = replying.take(alone, f"照合番号,居所\r\n{three.hidden},津市\r\n".encode(), actor="x", account=three.officer)
    assert found.new == 1


def test_the_command_line_tells_no_more_and_loses_nothing(
    three: Three, tmp_path: Path, command: Callable[..., str]
) -> None:
    told = []
    for number, town in ((three.nobody, "いなべ市"), (three.hidden, "桑名市")):
        (tmp_path / "reply.csv").write_bytes(three.reply(number, town))
        told.append([command("--dry-run"), command()])
    assert told[0] == told[1]
    assert json.loads(told[0][0]) == {"people": 1, "new": 1, "ignored": [], "not_in_it": [3]}
    assert facts() == ["いなべ市", "四日市市", "桑名市"]


@pytest.fixture
def command(app: Flask, three: Three, tmp_path: Path) -> Callable[..., str]:
    def run(*options: str) -> str:
        arguments = ["reply", str(tmp_path / "reply.csv"), "--disclosure", str(three.given), *options]
        done = app.test_cli_runner().invoke(commands, arguments)
        assert done.exit_code == 0, done.output
        return done.output

    return run
