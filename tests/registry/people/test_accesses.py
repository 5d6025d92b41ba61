"""Who saw or exported whom: by account, by person, as a page and as a file; found through an index, whatever the size of the log."""

import csv
from datetime import datetime, timedelta
from io import StringIO

import pytest
from flask import Flask
from sqlalchemy import event, select, text

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.access import viewing
from registry.access.cells import Group
from registry.aid import finding
from registry.damage import applying
from registry.disclosure import giving
from registry.intake import entering
from registry.models.aid import AidCase
from registry.models.certificates import Certificate
from registry.models.ledger import Victim
from registry.protection import orders
from registry.protection.orders import Wanted
from registry.vocabulary import Kind, Protection
from tests.broadcast.views.browsing import Person, person, text_of
from tests.fakes.staff import make_account
from tests.registry.damage import cases
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


def lines(officer: Person, query: str) -> list[list[str]]:
    """The file's lines below its head."""
    answer = officer.client.get(f"/registry/access.csv?{query}")
    assert answer.mimetype == "text/csv"
    return list(csv.reader(StringIO(answer.get_data().decode("utf-8-sig"))))[1:]


def test_papers_aid_and_searches_are_looks_at_a_person_too(app: Flask, officer: Person) -> None:
    here = cases.case("h1", "山田 太郎")
    here.issued()
    aid = person(app, "kyufu", Role.AID)
    finding.find()
    case = db.session.scalars(select(AidCase.id).where(AidCase.household_id == here.household)).first()
    files = applying.keep_files(here.application, [cases.photograph()], actor="cli")
    file = applying.files(here.application)[0].id
    paper = db.session.scalars(select(Certificate.id)).one()
    assert files == 1
    number = db.session.scalars(select(Victim.number).order_by(Victim.number)).first()
    at = f"/registry/certificates/{here.application}"
    for path in (at, f"{at}/files/{file}", f"/registry/certificates/papers/{paper}.pdf"):
        assert officer.client.get(path).status_code == 200
    aid.open(f"/registry/aid/cases/{case}")
    told = {(row[2], row[3], row[6]) for row in lines(officer, f"number={number}")}
    mine, other = officer.account.name, aid.account.name
    assert told >= {
        (mine, "証明書の申請を見た", "罹災証明書の事務"),
        (mine, "証明書の申請の写真・書類を見た", "罹災証明書の事務"),
        (mine, "証明書を印刷用に取り出した", "罹災証明書の事務"),
        (other, "援護の案件を表示した", "援護の事務"),
    }
    whom = {row[4] for row in lines(officer, f"account={officer.account.id}")}
    assert whom >= {f"証明書の申請（台帳 {number}番）", f"証明書（台帳 {number}番）"}
    assert {row[4] for row in lines(officer, f"account={aid.account.id}")} == {f"援護の案件（台帳 {number}番）"}


def test_a_search_that_showed_somebody_is_found_by_the_person(officer: Person) -> None:
    who, other = enter("髙橋"), enter("鈴木")
    officer.press("/registry/search", "/registry/search", words="髙橋 花子", why="support")
    assert "避難者・住民を探した" in str(lines(officer, f"number={victim(who).number}"))
    assert "避難者・住民を探した" not in str(lines(officer, f"number={victim(other).number}"))


def test_a_list_on_paper_is_found_by_who_was_on_it(app: Flask, officer: Person) -> None:
    welfare, who, other = person(app, "fukushi", Role.WELFARE), enter("髙橋"), enter("鈴木")
    with transaction() as session:
        entering.enter(session, Kind.PERSON, who, {"care": ["elderly"]}, actor="cli")
    assert welfare.client.get("/welfare/print").status_code == 200
    told = [row for row in lines(officer, f"number={victim(who).number}") if "訪問の一覧" in row[3]]
    assert [(row[2], row[6]) for row in told] == [(welfare.account.name, "支援・配慮の手配")]
    assert "訪問の一覧" not in str(lines(officer, f"number={victim(other).number}"))


def test_a_file_has_every_line_and_asks_the_database_no_more_for_each(officer: Person) -> None:
    who = enter("髙橋")
    said = ("person.viewed", officer.account.actor, f"person:{who}", {"groups": ["name"], "purpose": "inquiry"})
    asked: list[str] = []

    def note(_c: object, _u: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    counts = []
    event.listen(db.engine, "before_cursor_execute", note)
    for number in (10, 5000):
        with transaction() as session:
            audit.record_all(session, [said] * number)
        for query in (f"account={officer.account.id}", f"number={victim(who).number}"):
            asked.clear()
            assert len(lines(officer, query)) >= number
            counts.append(len(asked))
    event.remove(db.engine, "before_cursor_execute", note)
    assert counts[:2] == counts[2:]


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
