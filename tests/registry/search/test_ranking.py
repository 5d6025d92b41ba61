"""People are found by whatever somebody may say about them, in one order, and protected people by nobody who is not cleared."""

import io
import json
import random
from datetime import date

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import delete, select, update

from bench.japanese import residents, with_a_slip
from disaster.core import clock
from disaster.core.audit import AuditEntry
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.places import Places
from registry.cli import registry
from registry.intake import ids
from registry.intake.entering import Entry, enter_all
from registry.models.people import Person, Resident
from registry.models.search import SearchEntry, Subject
from registry.residents import taking
from registry.search import indexing
from registry.search.indexing import Indexer
from registry.search.ranking import Hit, Scope, find
from registry.search.words import understood
from registry.vocabulary import Kind, Protection
from tests.registry.residents.lists import listed

ROWS = [
    "1,1,山田　太郎,ヤマダ　タロウ,S60.4.12,1,山田1600,世帯主,090-0000-0001,,",
    "2,1,山田　花子,ヤマダ　ハナコ,S62.5.3,2,山田1600,妻,,,",
    "3,2,髙橋　一郎,タカハシ　イチロウ,19501123,1,城山1-48,世帯主,,,",
    "4,3,渡邊　桜,ワタナベ　サクラ,H5.1.1,2,城山二丁目3,世帯主,,,",
    "5,4,齋藤　ケン,サイトウ　ケン,H6.1.1,1,長深700,世帯主,,,",
    "6,5,NGUYEN VAN ANH,,19900101,2,長深701,世帯主,,,",
    "7,6,鈴木　三郎,スズキ　サブロウ,H12.2.29,1,笹尾西2-1-1,世帯主,,,対象",
    "8,7,五十嵐　順子,イガラシ　ジュンコ,S40.1.1,2,笹尾東1-1,世帯主,,転出,",
]


@pytest.fixture
def town(app: Flask) -> Flask:
    _fill()
    return app


def _fill() -> None:
    assert taking.take_in(lambda: io.BytesIO(listed(*ROWS)), "jumin.csv").applied


def _names(words: str, scope: Scope | None = None) -> list[str]:
    return [hit.name or hit.kana for hit in find(words, scope or Scope())]


FOUND = [
    ("ヤマダ タロウ", "山田　太郎"),
    ("やまだ　たろー", "山田　太郎"),
    ("ﾔﾏﾀﾞ ﾀﾛｳ", "山田　太郎"),
    ("タロウ ヤマダ", "山田　太郎"),
    ("ヤマダタロウ", "山田　太郎"),
    ("山田太郎", "山田　太郎"),
    ("山田 太郎", "山田　太郎"),
    ("Yamada Taro", "山田　太郎"),
    ("YAMADA TAROU", "山田　太郎"),
    ("S60.4.12", "山田　太郎"),
    ("19850412", "山田　太郎"),
    ("090-0000-0001", "山田　太郎"),
    ("０９００００００００１", "山田　太郎"),
    ("ヤマダ 山田 S60", "山田　太郎"),
    ("ヤマダ 600412", "山田　太郎"),
    ("タロ", "山田　太郎"),
    ("高橋", "髙橋　一郎"),
    ("髙橋", "髙橋　一郎"),
    ("タカハシ 城山", "髙橋　一郎"),
    ("渡辺", "渡邊　桜"),
    ("渡邉 サクラ", "渡邊　桜"),
    ("ワタナヘ サクラ", "渡邊　桜"),
    ("斉藤", "齋藤　ケン"),
    ("Nguyen", "NGUYEN VAN ANH"),
    ("van anh", "NGUYEN VAN ANH"),
    ("イカラシ", "五十嵐　順子"),
    ("ヤマ", "山田　太郎"),
]


def test_everything_is_found_on_either_database(app_on_any_database: Flask) -> None:
    _fill()
    missing = [words for words, name in FOUND if name not in _names(words)]
    assert missing == []


def test_all_words_have_to_fit_and_the_very_name_comes_first(town: Flask) -> None:
    assert _names("ヤマダ ハナコ") == ["山田　花子"]
    assert _names("ヤマダ S62") == ["山田　花子"]
    assert _names("ヤマダ 長深") == []
    assert _names("") == _names("　") == _names("%") == _names("'; DROP TABLE residents; --") == []


def test_an_areas_name_is_one_too(town: Flask) -> None:
    assert "山田　太郎" in _names("大字山田")
    assert set(_names("長深")) == {"齋藤　ケン", "NGUYEN VAN ANH"}


def _evacuee(**fields: object) -> str:
    number = ids.new(int(clock.now().timestamp() * 1000))
    with transaction() as session:
        enter_all(session, [Entry(Kind.PERSON, number, fields)], actor="account:1")
    return number


def test_evacuees_are_found_as_soon_as_they_are_entered_and_after_every_change(town: Flask) -> None:
    number = _evacuee(kana="カワダ ジロウ", birth="S40.1.2", phone="080-0000-0002")
    assert [hit.id for hit in find("かわだ", Scope())] == [number]
    assert [hit.id for hit in find("080 0000 0002", Scope())] == [number]
    with transaction() as session:
        enter_all(session, [Entry(Kind.PERSON, number, {"kana": "モリ ジロウ"})], actor="account:1")
    assert _names("かわだ") == []
    assert _names("モリ") == ["モリ ジロウ"]


def test_an_evacuee_who_is_a_resident_is_told_once(town: Flask) -> None:
    resident = db.session.scalar(select(Resident.id).where(Resident.name == "山田　太郎"))
    _evacuee(kana="ヤマダ タロウ", resident=resident)
    hits = find("ヤマダ タロウ", Scope())
    assert [hit.subject for hit in hits] == [Subject.PERSON]


def test_who_is_protected_is_found_by_the_cleared_only(town: Flask) -> None:
    number = _evacuee(kana="カクレ ハナ", birth="S40.1.2", phone="08000000003")
    with transaction() as session:
        session.execute(update(Person).where(Person.id == number).values(protection=Protection.HIDDEN))
    for words in ("カクレ ハナ", "S40.1.2", "08000000003", "スズキ サブロウ", "鈴木", "H12.2.29", "笹尾西2丁目"):
        assert find(words, Scope()) == []
    cleared = Scope(cleared=True)
    assert _names("カクレ", cleared) == ["カクレ ハナ"]
    assert _names("鈴木", cleared) == ["鈴木　三郎"]


def test_a_resident_whose_evacuee_is_protected_is_hidden_too(town: Flask) -> None:
    resident = db.session.scalar(select(Resident.id).where(Resident.name == "山田　花子"))
    number = _evacuee(kana="ヤマダ ハナコ", resident=resident)
    with transaction() as session:
        session.execute(update(Person).where(Person.id == number).values(protection=Protection.HIDDEN))
    assert _names("ヤマダ ハナコ") == []


def test_shelter_staff_find_others_by_name_and_birth_date_only(town: Flask) -> None:
    scope = Scope(own=frozenset({1}))
    assert _names("ヤマダ", scope) == _names("S60.4.12", scope) == _names("ヤマタ タロウ S60.4.12", scope) == []
    assert _names("ヤマダ タロウ S60.4.12", scope) == ["山田　太郎"]


def test_the_index_can_be_made_anew(town: Flask) -> None:
    _evacuee(kana="モリ ジロウ", romaji="MORI JIRO")
    before = _entries()
    with transaction() as session:
        session.execute(delete(SearchEntry))
    assert _run("reindex").exit_code == 0
    assert _entries() == before
    assert "モリ ジロウ" in _names("mori")


def _entries() -> list[tuple[object, ...]]:
    columns = (
        SearchEntry.subject,
        SearchEntry.subject_id,
        SearchEntry.part,
        SearchEntry.family_reading,
        SearchEntry.birth_date,
    )
    db.session.rollback()
    return sorted((tuple(row) for row in db.session.execute(select(*columns))), key=str)


def _run(*arguments: str) -> Result:
    from flask import current_app

    return current_app.test_cli_runner().invoke(registry, arguments)


def test_the_command_line_gives_the_same_order_and_is_recorded_without_the_words(town: Flask) -> None:
    said = [json.loads(line) for line in _run("search", "ヤマ", "--json").output.splitlines()]
    assert [one["id"] for one in said] == [hit.id for hit in find("ヤマ", Scope())]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "people.searched")).one()
    assert entry.actor == "cli"
    assert "ヤマ" not in entry.detail
    assert json.loads(entry.detail)["residents"]


def test_with_one_wrong_kana_nearly_everybody_stands_among_the_first_ten(app: Flask) -> None:
    places, made = Places(municipality()), list(residents(3000, municipality(), seed=3))
    rows = [
        {
            "id": one.number, "source_key": str(one.number), "household_key": str(one.household), "kana": one.kana,
            "name": f"{one.family[0]} {one.given[0]}", "birth_date": one.birth, "birth_precision": "day", "row_hash": "",
            "area_code": places.read(one.address).area_code, "updated_at": clock.now(),
        }
        for one in made
    ]  # fmt: skip
    with transaction() as session:
        session.execute(Resident.__table__.insert(), rows)  # type: ignore[attr-defined]
        Indexer(session).put([indexing.resident(row["id"], row) for row in rows], fresh=True)  # type: ignore[call-overload]
    chance = random.Random(5)
    tried = [(one, with_a_slip(one.kana, chance)) for one in made[::15]]
    found = sum(str(one.number) in [hit.id for hit in find(words, Scope(), most=10)] for one, words in tried)
    assert found / len(tried) >= 0.95


@pytest.mark.parametrize(
    ("words", "counts"),
    [
        ("ヤマダ S60", (1, 1, 0, 0)),
        ("山田 600412", (1, 2, 0, 0)),
        ("090-1234-5678", (0, 0, 0, 1)),
        ("090 1234 5678", (0, 0, 0, 1)),
        ("城山二丁目", (0, 0, 1, 0)),
        ("昭和30年代", (0, 1, 0, 0)),
        ("タロウ" * 100, (1, 0, 0, 0)),
    ],
)
def test_what_was_typed_is_understood(app: Flask, words: str, counts: tuple[int, ...]) -> None:
    query = understood(words, Places(municipality()), date(2026, 11, 28))
    assert (len(query.words), len(query.births), len(query.areas), len(query.phones)) == counts


def test_a_hit_says_what_lists_need(town: Flask) -> None:
    (hit,) = find("イガラシ ジュンコ", Scope())
    assert isinstance(hit, Hit)
    assert (hit.gone, hit.birth_date, hit.sex, hit.area_code) == ("moved", date(1965, 1, 1), "f", "24324-22")
