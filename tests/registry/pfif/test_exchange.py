"""PFIF: out only who agreed, valid by the grammar, the same after a round trip; what comes in is believed of nobody to be dead, and taken once."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from disaster.core import sealed
from disaster.core.db import transaction
from disaster.core.errors import Forbidden, Invalid, Stale
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.intake import entering, ids, merging, projection
from registry.intake.entering import Entry
from registry.models.giving import Disclosure
from registry.models.people import Person
from registry.pfif import document, exchange, receiving
from registry.pfif.document import Note, Record
from registry.protection import orders
from registry.protection.orders import Wanted
from registry.vocabulary import Kind, Protection, Safety
from tests.fakes.staff import fresh_code, make_account

PLAIN = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co")), min_size=1, max_size=30)
STAMP = "2026-11-23T06:00:00Z"


def enter(name: str, *, posting: bool, **fields: object) -> str:
    number, group = ids.new(), ids.new()
    with transaction() as session:
        entries = [
            Entry(Kind.HOUSEHOLD, group, {"consent": {"posting": posting}}),
            Entry(
                Kind.PERSON, number, {"family": name, "given": "花子", "safety": "safe", "household": group, **fields}
            ),
        ]
        entering.enter_all(session, entries, actor="cli")
    return number


def test_only_who_agreed_goes_out_by_two_officers_with_a_disclosure(app: Flask) -> None:
    first, second = (make_account(login, Role.REGISTRY).id for login in ("a", "b"))
    officer, other = (make_account(login, Role.PROTECTION).id for login in ("h1", "h2"))
    enter("同意", posting=True, sex="f")
    enter("不同意", posting=False)
    enter("死亡", posting=True, safety="dead")
    hidden = enter("秘匿", posting=True)
    orders.protect(Wanted(Protection.UNLISTED, "self", "本人の申出です", other, person_id=hidden), officer)
    proposal = exchange.propose("安否の公表のため", first)
    with pytest.raises(Forbidden):
        exchange.confirm(proposal, first, fresh_code(first))
    content = exchange.confirm(proposal, second, fresh_code(second))
    (record,) = document.read(content)
    assert (record.full_name, record.sex, record.notes[0].status) == ("同意 花子", "female", "believed_alive")
    row = db.session.scalars(select(Disclosure)).one()
    assert (row.people, row.ground) == (1, "90-4-1")


def test_what_we_wrote_comes_in_once_and_never_as_dead(app: Flask) -> None:
    notes = (Note("x.example/n1", "誰か", STAMP, "…", status="believed_dead"),)
    data = document.write(
        [Record("x.example/1", STAMP, "山田 太郎", notes=notes), Record("x.example/2", STAMP, "鈴木")]
    )
    assert receiving.take(data, actor="cli", dry_run=True) == receiving.Taken(2, 0, 0, ("山田 太郎", "鈴木"))
    assert receiving.take(data, actor="cli").new == 2
    assert receiving.take(data, actor="cli") == receiving.Taken(0, 2)
    people = db.session.scalars(select(Person)).all()
    assert sorted((one.name, one.safety, one.provisional) for one in people) == [
        ("山田 太郎", Safety.UNACCOUNTED, True),
        ("鈴木", Safety.UNCONFIRMED, True),
    ]


def foreign(number: int, *notes: Note, **more: str) -> Record:
    return Record(f"x.example/{number}", STAMP, "山田 太郎", notes=notes, **more)


def kept() -> Person:
    db.session.rollback()
    return db.session.scalars(select(Person)).one()


def noted(person: Person) -> str:
    return str(merging.load(sealed.unseal(person.doc, projection.SEAL)).get("note"))


def test_notes_beside_the_people_are_read_and_every_word_is_kept(app_on_any_database: Flask) -> None:
    inside = Note(
        "x.example/n1",
        "妹",
        "2026-11-23T05:00:00Z",
        "電話で話した",
        author_made_contact="true",
        status="believed_alive",
    )
    data = document.write([foreign(1, inside, description="赤い上着", age="30-40")])
    beside = (
        "<pfif:note><pfif:note_record_id>x.example/n2</pfif:note_record_id><pfif:person_record_id>x.example/1</pfif:person_record_id>"
        "<pfif:author_name>同僚</pfif:author_name><pfif:source_date>2026-11-24T05:00:00Z</pfif:source_date>"
        "<pfif:status>believed_missing</pfif:status><pfif:last_known_location>長深</pfif:last_known_location>"
        "<pfif:text>工場から戻らない</pfif:text></pfif:note></pfif:pfif>"
    )
    silent = (
        beside.replace("n2", "n3").replace("<pfif:status>believed_missing</pfif:status>", "").replace("11-24", "11-25")
    )
    text = data.decode().replace("</pfif:pfif>", beside.replace("</pfif:pfif>", "") + silent)
    receiving.take(text.encode(), actor="cli")
    assert kept().safety == Safety.UNACCOUNTED, "the last that says how they are"
    for words in (
        "x.example/1",
        "赤い上着",
        "年齢：30-40",
        "妹　無事らしい　本人と連絡がとれた　電話で話した",
        "最後にいた場所：長深",
        "工場から戻らない",
    ):
        assert words in noted(kept())


def test_who_takes_it_back_is_asked_to_be_wiped_everywhere(app_on_any_database: Flask) -> None:
    first, second = (make_account(login, Role.REGISTRY).id for login in ("a", "b"))
    officer, other = (make_account(login, Role.PROTECTION).id for login in ("h1", "h2"))
    person = enter("同意", posting=True)

    def published() -> list[Record]:
        proposal = exchange.propose("安否の公表のため", first)
        return document.read(exchange.confirm(proposal, second, fresh_code(second)))

    (record,) = published()
    (again,) = published()
    assert record.person_record_id == again.person_record_id
    orders.protect(Wanted(Protection.HIDDEN, "support", "支援措置の決定", other, person_id=person), officer)
    (gone,) = published()
    assert (gone.person_record_id, gone.full_name, gone.notes) == (record.person_record_id, "", ())
    assert gone.expiry_date == gone.source_date == gone.entry_date
    assert [one.people for one in db.session.scalars(select(Disclosure).order_by(Disclosure.id))] == [1, 1, 0]


def test_a_proposal_is_taken_back(app: Flask) -> None:
    first, second = (make_account(login, Role.REGISTRY).id for login in ("a", "b"))
    exchange.refuse(exchange.propose("安否の公表のため", first), first)
    number = exchange.propose("安否の公表のため", first)
    exchange.refuse(number, second)
    with pytest.raises(Stale):
        exchange.confirm(number, second, fresh_code(second))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"PK\x03\x04...", "Excel"),
        (b"%PDF-1.7", "PDF"),
        (b'<p:pfif xmlns:p="http://zesty.ca/pfif/1.3"/>', "PFIF 1.3"),
        (document.write([foreign(1, expiry_date="2027-13-45T00:00:00Z")]), "2027-13-45"),
        (document.write([foreign(1)]).replace(STAMP.encode(), b"2026-02-30T00:00:00Z"), "暦にありません"),
        (b'<p:pfif xmlns:p="http://zesty.ca/pfif/1.4"><p:other/></p:pfif>', "決まりに合っていません"),
    ],
)
def test_what_it_is_instead_is_told(data: bytes, told: str) -> None:
    with pytest.raises(Invalid) as error:
        document.read(data)
    assert told in error.value.message
    assert "0行目" not in error.value.message


@given(name=PLAIN, description=PLAIN, text=PLAIN, sex=st.sampled_from(["", "male", "female", "other"]))
def test_a_round_trip_changes_nothing(name: str, description: str, text: str, sex: str) -> None:
    note = Note("x.example/n", "author", STAMP, text, status="information_sought")
    record = Record(
        "x.example/1", STAMP, name, description=description, sex=sex, date_of_birth="1960-04", notes=(note,)
    )
    assert document.read(document.write([record])) == [record]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not xml",
        b"<a/>",
        b'<!DOCTYPE p [<!ENTITY e "x">]><p:pfif xmlns:p="http://zesty.ca/pfif/1.4"/>',
        b'<!DOCTYPE p [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]><p>&c;</p>',
        b'<!DOCTYPE p SYSTEM "http://evil.example/x.dtd"><p:pfif xmlns:p="http://zesty.ca/pfif/1.4"/>',
        b'<p:pfif xmlns:p="http://zesty.ca/pfif/1.4"><p:person><p:full_name>x</p:full_name></p:person></p:pfif>',
        b'<p:pfif xmlns:p="http://zesty.ca/pfif/1.2"/>',
        b"\xff\xfe\x00",
        b"x" * (document.MOST_BYTES + 1),
    ],
)
def test_what_is_no_such_document_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        document.read(data)


@pytest.mark.parametrize("level", [Protection.HIDDEN, Protection.WHEREABOUTS])
@pytest.mark.parametrize("line", [False, True])
def test_a_record_of_who_is_secret_by_now_comes_in_as_one_of_nobody_known(
    app: Flask, level: Protection, line: bool
) -> None:
    clerk = None if line else make_account("daicho", Role.REGISTRY)
    officer, other = (make_account(login, Role.PROTECTION) for login in ("h1", "h2"))
    receiving.take(document.write([Record("x.example/1", STAMP, "秘匿 花子")]), actor="cli")
    first = db.session.scalars(select(Person.id)).one()
    db.session.rollback()
    orders.protect(Wanted(level, "support", "支援措置の決定", other.id, person_id=first), officer.id)
    told = []
    for number in ("1", "2"):
        data = document.write([Record(f"x.example/{number}", STAMP, "秘匿 花子")])
        told.append([receiving.take(data, actor="x", account=clerk, dry_run=dry) for dry in (True, False, True, False)])
    assert told[0] == told[1]
    assert [one.new for one in told[0]] == [1, 1, 0, 0]
    assert db.session.get_one(Person, first).protection == level, "the entry itself stays as it is"
    assert len(db.session.scalars(select(Person.id)).all()) == 3
    data = document.write([Record("x.example/1", STAMP, "秘匿 花子")])
    assert receiving.take(data, actor="x", account=officer).known == 1


def test_a_person_who_stands_twice_in_a_file_is_one(app_on_any_database: Flask) -> None:
    record = Record("other.example/1", STAMP, "見本 一郎", entry_date=STAMP, expiry_date="2027-01-23T06:00:00Z")
    again = Record("other.example/1", STAMP, "見本 一郎", entry_date=STAMP)
    assert receiving.take(document.write([record, again]), actor="cli").new == 1
    db.session.rollback()
    assert len(db.session.scalars(select(Person)).all()) == 1
