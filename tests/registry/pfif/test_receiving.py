"""A PFIF file that comes again: new notes once, newer words where nobody here knew better, nothing for who is hidden, wiped or taken over."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from disaster.core import clock, sealed
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.intake import entering, merging, projection
from registry.models.giving import ForeignNote, ForeignRecord
from registry.models.people import Person
from registry.pfif import document, reading, receiving
from registry.pfif.document import Note, Record
from registry.pfif.receiving import Taken
from registry.protection import orders
from registry.protection.orders import Wanted
from registry.retention import wiping
from registry.vocabulary import Kind, Protection, Safety
from tests.fakes.staff import make_account
from tests.registry.damage.test_certificates import at_once


def day(number: int) -> str:
    return f"2026-11-{number:02}T06:00:00Z"


def note(number: int, text: str, status: str = "", person: str = "x.example/1") -> Note:
    return Note(f"x.example/n{number}", "妹", day(number), text, person_record_id=person, status=status)


def file(at: int, *notes: Note, **fields: str) -> bytes:
    return document.write([Record("x.example/1", day(at), **{"full_name": "山田 太郎", **fields}, notes=notes)])


def alone(*notes: Note) -> bytes:
    """A document of notes only."""
    text = document.write([Record("x.example/9", day(1), "", notes=notes)]).decode()
    return re.sub(r"<pfif:person>.*?(?=<pfif:note>)|</pfif:person>", "", text, flags=re.DOTALL).encode()


def entry() -> tuple[Person, merging.Doc]:
    db.session.rollback()
    person = db.session.scalars(select(Person)).one()
    return person, merging.load(sealed.unseal(person.doc, projection.SEAL))


def take(data: bytes) -> Taken:
    return receiving.take(data, actor="cli")


def change(**fields: object) -> None:
    number = entry()[0].id
    with transaction() as session:
        entering.enter(session, Kind.PERSON, number, fields, actor="cli")


def test_new_notes_are_added_once_also_when_the_file_comes_twice_at_once(app_on_any_database: Flask) -> None:
    take(file(20, note(20, "赤い上着", "believed_missing")))
    more = file(20, note(20, "赤い上着", "believed_missing"), note(22, "電話で話した", "believed_alive"))
    looked = receiving.take(more, actor="cli", dry_run=True)
    assert (looked.known, looked.notes, [one.text for one in looked.news[0].notes]) == (1, 1, ["電話で話した"])
    assert at_once(app_on_any_database, 3, lambda: take(more)) == ["done"] * 3
    person, doc = entry()
    text = str(doc.get("note"))
    assert (text.count("赤い上着"), text.count("電話で話した")) == (1, 1)
    assert text.index("赤い上着") < text.index("電話で話した")
    assert person.safety == Safety.SAFE
    assert len(db.session.scalars(select(ForeignNote)).all()) == 2
    assert take(more) == Taken(0, 1)
    late = file(20, note(21, "昨日の話", "believed_missing"))
    assert take(late).notes == 1
    assert entry()[0].safety == Safety.SAFE, "an older word that comes later does not count"


def test_newer_words_replace_what_the_service_said_and_nothing_that_was_put_right_here(app: Flask) -> None:
    take(file(20, home_street="長深1", sex="male"))
    assert take(file(19, full_name="古い 名前")) == Taken(0, 1)
    change(address="山田1600")
    taken = take(file(22, full_name="山田 太朗", home_street="長深2", sex="male"))
    assert (taken.changed, taken.news[0].fields) == (1, ["氏名"])
    person, _ = entry()
    assert (person.name, person.address) == ("山田 太朗", "山田1600")
    change(provisional=False, safety="light")
    taken = take(file(24, note(24, "無事", "believed_missing"), full_name="他人 の名前"))
    assert (taken.changed, taken.notes) == (0, 1)
    person, doc = entry()
    assert (person.name, person.safety) == ("山田 太朗", Safety.LIGHT), "somebody here took it over"
    assert "無事" in str(doc.get("note"))


def test_notes_alone_find_their_person_of_an_earlier_file(app: Flask) -> None:
    take(file(20))
    taken = take(alone(note(22, "元気です", "is_note_author"), note(23, "だれ", person="x.example/2")))
    assert (taken.new, taken.known, taken.notes, taken.unknown) == (0, 0, 1, 1)
    person, doc = entry()
    assert person.safety == Safety.SAFE
    assert "元気です" in str(doc.get("note"))
    assert "だれ" not in str(doc.get("note"))


def test_what_came_before_notes_were_counted_is_not_doubled(app: Flask) -> None:
    data = file(20, note(20, "赤い上着"))
    take(data)
    with transaction() as session:
        session.query(ForeignNote).delete()
        session.query(ForeignRecord).update({"said": None, "said_at": None})
    assert take(data).notes == 1
    assert str(entry()[1].get("note")).count("赤い上着") == 1


@pytest.mark.parametrize("level", [Protection.HIDDEN, Protection.WHEREABOUTS])
def test_nothing_reaches_who_is_hidden_and_nothing_tells_that_somebody_is(app: Flask, level: Protection) -> None:
    clerk = make_account("daicho", Role.REGISTRY)
    first, second = (make_account(login, Role.PROTECTION) for login in ("h1", "h2"))
    take(file(20))
    person, before = entry()
    orders.protect(Wanted(level, "support", "支援措置の決定", second.id, person_id=person.id), first.id)
    told = []
    for number in ("x.example/1", "x.example/7"):
        data = alone(note(22, "会いたい", "believed_alive", number))
        told.append(receiving.take(data, actor="x", account=clerk))
    assert told[0] == told[1] == Taken(0, 0, unknown=1)
    assert entry()[1] == before
    assert receiving.take(alone(note(22, "会いたい")), actor="x", account=first).notes == 1


def test_what_was_wiped_stays_empty(app: Flask) -> None:
    take(file(20, note(20, "赤い上着")))
    number = entry()[0].id
    with transaction() as session:
        wiping._wipe_foreign(session, [number], clock.now())
        assert session.scalars(select(ForeignRecord.said)).all() == [None]
    assert take(file(22, note(20, "赤い上着"), note(22, "電話"))) == Taken(0, 1)
    person, doc = entry()
    assert (person.name, doc.get("note")) == ("", None)


def test_a_long_note_loses_its_oldest_lines_and_nothing_that_was_written_here() -> None:
    written = "PFIF x.example/1\n本人から電話があった"
    text = written
    for number in range(1, 29):
        text = reading.noted(text, [reading.line(note(number, "あ" * 150))])
    assert len(text) <= reading.MOST_NOTE
    assert text.startswith(f"{written}\n{reading.OLDER}\n2026-11-")
    assert text.splitlines()[-1].startswith("2026-11-28")
