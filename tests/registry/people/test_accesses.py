"""Who saw or exported whom: by account, by person, as a page and as a file; found through an index, whatever the size of the log."""

import csv
from datetime import datetime, timedelta
from io import StringIO

import pytest
from flask import Flask
from sqlalchemy import text

from disaster.core import clock
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.access import viewing
from registry.access.cells import Group
from registry.disclosure import giving
from registry.protection import orders
from registry.protection.orders import Wanted
from registry.vocabulary import Protection
from tests.broadcast.views.browsing import Person, person, text_of
from tests.fakes.staff import make_account
from tests.registry.disclosure.test_giving import enter, victim, wide


@pytest.fixture
def officer(app: Flask) -> Person:
    return person(app, "daicho", Role.REGISTRY)


def look(officer: Person, who: str) -> None:
    with viewing.transaction() as session:
        viewing.record(session, officer.account, f"person:{who}", [Group.NAME, Group.STAY], "inquiry")


def test_by_account_and_by_person_and_as_a_file(officer: Person) -> None:
    who, other = enter("髙橋"), enter("鈴木")
    number = victim(who).number
    look(officer, who)
    look(officer, other)
    giving.give(wide(str(number)), officer.account.id)
    by_account = text_of(officer.open(f"/registry/access?account={officer.account.id}"))
    by_person = text_of(officer.open(f"/registry/access?number={number}"))
    assert "台帳の情報を提供した" in by_account
    assert f"台帳 {number}番" in by_account
    assert f"台帳 {victim(other).number}番" in by_account
    assert "台帳の情報を提供した" in by_person
    assert "問い合わせへの対応" in by_person
    assert f"台帳 {victim(other).number}番" not in by_person
    answer = officer.client.get(f"/registry/access.csv?number={number}")
    rows = list(csv.reader(StringIO(answer.get_data().decode("utf-8-sig"))))
    assert {row[3] for row in rows[1:]} >= {"台帳の情報を提供した"}
    times = [datetime.strptime(row[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=clock.JST) for row in rows[1:]]
    assert all(abs(clock.now() - at) < timedelta(minutes=10) for at in times), "as clocks in the town show it"
    assert len(officer.open("/registry/access/mine")) > 0


@pytest.mark.parametrize("typed", ["", "あ", "七", "1-3"])
def test_what_is_no_number_is_told(officer: Person, typed: str) -> None:
    answer = officer.client.get("/registry/access", query_string={"number": typed})
    assert answer.status_code == 422
    assert "数字で入力してください" in answer.text
    assert f'value="{typed}"' in answer.text


def test_a_protected_person_is_a_number_that_is_not_there(officer: Person) -> None:
    who = enter("秘匿")
    number = victim(who).number
    look(officer, who)
    first, second = (make_account(login, Role.PROTECTION).id for login in ("hitoku", "hitoku2"))
    orders.protect(Wanted(Protection.HIDDEN, "support", "支援措置の決定", second, person_id=who), first)
    hidden = officer.client.get(f"/registry/access?number={number}")
    nobody = officer.client.get("/registry/access?number=987")
    assert hidden.status_code == nobody.status_code == 404
    assert hidden.text.replace(str(number), "N") == nobody.text.replace("987", "N") or number < 10
    assert f"台帳 {number}番" not in officer.open(f"/registry/access?account={officer.account.id}")


def test_roles_without_the_permission_see_their_own_looks_only(app: Flask) -> None:
    clerk = person(app, "anpi", Role.INQUIRY)
    assert clerk.client.get("/registry/access?account=1").status_code == 403
    assert clerk.client.get("/registry/access.csv?account=1").status_code == 403
    assert "自分が見た記録" in clerk.open("/registry/access/mine")


@pytest.mark.parametrize(
    ("where", "index"),
    [("actor = 'account:1'", "ix_audit_entries_actor"), ("subject = 'person:1'", "ix_audit_entries_subject")],
)
def test_the_log_is_searched_through_an_index(app: Flask, where: str, index: str) -> None:
    plan = db.session.execute(
        text(f"EXPLAIN QUERY PLAN SELECT * FROM audit_entries WHERE {where} ORDER BY id DESC LIMIT 200")
    ).all()
    assert index in str(plan)
