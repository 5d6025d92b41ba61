"""A residents' list is taken in: what it says, what is wrong with it, again and again, and never more than was confirmed."""

import io
import tracemalloc
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from disaster.core.audit import AuditEntry
from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from registry.intake import ids
from registry.intake.entering import Entry, enter_all
from registry.models.people import Person, Resident
from registry.models.search import SearchEntry
from registry.residents import linking, taking
from registry.residents.report import Report
from registry.vocabulary import Kind, Protection, Sex
from tests.registry.residents.lists import HEADER, ROWS, listed


def _take(content: bytes, **how: bool) -> Report:
    return taking.take_in(lambda: io.BytesIO(content), "jumin.csv", **how)


def _residents() -> dict[str, Resident]:
    db.session.expire_all()
    return {row.name: row for row in db.session.scalars(select(Resident).order_by(Resident.id))}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_a_list_is_read_in_the_encodings_of_town_halls(app: Flask, encoding: str) -> None:
    rows = [row.replace("髙", "高") for row in ROWS]
    report = _take(listed(*rows, encoding=encoding))
    assert (report.new, report.bad, report.applied) == (5, 0, True)
    assert "山田　太郎" in _residents()


def test_every_column_becomes_what_it_means(app_on_any_database: Flask) -> None:
    report = _take(listed())
    assert (report.rows, report.new, report.households, report.gone) == (5, 5, 4, 1)
    found = _residents()
    taro, hanako = found["山田　太郎"], found["山田　花子"]
    assert (taro.birth_raw, taro.birth_date, taro.birth_precision) == ("昭和60年4月12日", date(1985, 4, 12), "day")
    assert (taro.sex, taro.area_code, hanako.area_code) == (Sex.MALE, "24324-09", "24324-09")
    assert taro.household_key == hanako.household_key
    assert taro.phone_digest
    assert hanako.birth_date == date(1987, 5, 3)
    assert found["髙橋　一郎"].area_code == "24324-26"
    assert (found["佐藤　桜"].birth_date, found["佐藤　桜"].gone) == (None, "moved")
    assert [row.name for row in found.values() if row.hidden] == ["鈴木　三郎"]
    assert found["鈴木　三郎"].birth_date == date(2000, 2, 29)
    assert db.session.scalar(select(func.count()).select_from(SearchEntry)) == 5


def test_looking_changes_nothing(app: Flask) -> None:
    report = _take(listed(), dry_run=True)
    assert (report.new, report.applied) == (5, False)
    assert _residents() == {}
    assert db.session.scalar(select(func.count()).select_from(SearchEntry)) == 0


def test_the_same_list_again_changes_nothing(app: Flask) -> None:
    _take(listed())
    before = {name: (row.id, row.updated_at) for name, row in _residents().items()}
    report = _take(listed(*reversed(ROWS)))
    assert (report.new, report.changed, report.same, report.missing) == (0, 0, 5, 0)
    assert {name: (row.id, row.updated_at) for name, row in _residents().items()} == before


def test_what_changed_is_changed_in_place_and_who_is_gone_stays_as_gone(app: Flask) -> None:
    _take(listed())
    number = _residents()["山田　花子"].id
    moved = ROWS[1].replace("山田　花子", "川田　花子").replace("山田1600", "長深700")
    report = _take(listed(ROWS[0], moved, *ROWS[3:]))
    assert (report.new, report.changed, report.same, report.missing) == (0, 1, 3, 1)
    found = _residents()
    assert (found["川田　花子"].id, found["川田　花子"].area_code) == (number, "24324-15")
    assert found["髙橋　一郎"].gone == "unlisted"
    back = _take(listed())
    assert (back.changed, back.missing) == (2, 0)
    assert _residents()["髙橋　一郎"].gone == ""


def test_a_part_of_the_list_takes_nobody_out(app: Flask) -> None:
    _take(listed())
    report = _take(listed(ROWS[0]), partial=True)
    assert (report.missing, report.applied) == (0, True)
    assert all(row.gone != "unlisted" for row in _residents().values())


def test_a_list_without_most_of_the_town_is_refused_until_it_is_said_to_be_right(app: Flask) -> None:
    many = [f"{n},{n},人　{n},ヒト,19600101,1,山田{n},世帯主,,," for n in range(1, 101)]
    _take(listed(*many))
    report = _take(listed(*many[:20]))
    assert (report.missing, report.too_many_missing, report.applied) == (80, True, False)
    assert all(row.gone == "" for row in _residents().values())
    assert _take(listed(*many[:20]), shrinks=True).applied


def test_wrong_rows_are_told_in_words_and_nothing_is_taken_in(app: Flask) -> None:
    bad = [",1,無番号,,,,,,,,", "9,1,,,,,,,,,", ROWS[0].replace("太郎", "次郎"), "10,1,あ\tい,,,,,,,,"]
    report = _take(listed(*ROWS, *bad))
    assert [(m.line, m.field) for m in report.mistakes] == [(7, "number"), (8, "name"), (9, "number"), (10, "name")]
    assert report.mistakes[2].reason == "同じ宛名番号の行が2行目にもあり、内容がちがいます。"
    assert "次郎" not in "".join(m.reason for m in report.mistakes)
    assert _residents() == {}
    kept = _take(listed(*ROWS, *bad), skip_bad=True)
    assert (kept.new, kept.bad) == (5, 4)


def test_the_same_row_twice_is_one_resident(app: Flask) -> None:
    report = _take(listed(*ROWS, ROWS[2], ROWS[2]))
    assert (report.rows, report.new, report.repeated, report.bad) == (7, 5, 2, 0)
    assert len(_residents()) == 5


def test_letters_of_the_senders_own_font_become_geta_with_a_list(app: Flask) -> None:
    content = listed(ROWS[0].replace("山田　太郎", "GAIJI田　太郎"), encoding="cp932").replace(b"GAIJI", b"\xf0\x40")
    report = _take(content)
    assert report.unread == 1
    assert [(one.line, one.field, one.code) for one in report.gaiji] == [(2, "name", "F040")]
    assert list(_residents()) == ["〓田　太郎"]
    last = listed(ROWS[0].replace("山田　太郎", "GAIJI田　太郎"), encoding="cp932").replace(b"GAIJI", b"\xf9\xfc")
    assert _take(last, dry_run=True).gaiji[0].code == "F9FC"


def test_selectors_and_letters_beyond_the_basic_plane_are_kept(app: Flask) -> None:
    _take(listed(ROWS[0].replace("山田　太郎", "𠮷田　葛󠄀子")))
    assert list(_residents()) == ["𠮷田　葛󠄀子"]


def test_a_birth_date_that_cannot_be_is_kept_as_it_was_written(app: Flask) -> None:
    report = _take(listed(ROWS[0].replace("昭和60年4月12日", "昭和35年2月30日")))
    (row,) = _residents().values()
    assert (row.birth_raw, row.birth_precision) == ("昭和35年2月30日", "month")
    assert report.unclear == {"birth": 1}


def test_columns_have_many_names_and_my_number_is_never_read(app: Flask) -> None:
    header = "No.,住民コード,個人番号,姓,名,セイ,メイ,誕生日,性別コード,大字・町丁目,番地,方書,世帯主との続柄"
    report = _take(
        listed("1,77,123456789018,山田,太郎,ヤマダ,タロウ,3600412,1,大字山田,1600,コーポ101,本人", header=header)
    )
    assert report.my_number
    (row,) = _residents().values()
    assert (row.name, row.kana, row.address) == ("山田　太郎", "ヤマダ　タロウ", "大字山田1600 コーポ101")
    assert row.area_code == "24324-09"
    assert "123456789018" not in str(vars(row))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04" + b"x" * 100,
        "氏名,住所\n山田,1\n".encode(),
        b"\x00" * 500,
        bytes(range(128, 256)) * 20,
        HEADER.encode(),
    ],
)
def test_what_is_no_list_is_refused_in_a_sentence(app: Flask, content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        _take(content)
    assert refused.value.message.endswith(("。", "）。"))


def test_broken_quotes_stop_the_reading_where_they_begin(app: Flask) -> None:
    report = _take(listed(ROWS[0], '2,1,"山田" 花子,,,,,,,,', ROWS[2]))
    assert [(m.line, m.field) for m in report.mistakes] == [(3, "row")]
    assert not report.applied


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_of_any_system(app: Flask, newline: str) -> None:
    assert _take(listed(newline=newline)).new == 5


def test_the_audit_log_holds_numbers_only(app: Flask) -> None:
    _take(listed())
    (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "residents.import")).all()
    assert '"new":5' in entry.detail.replace(" ", "")
    assert "山田" not in entry.detail


def test_a_large_list_takes_no_more_memory_than_its_parts(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "AT_ONCE", 150)
    monkeypatch.setattr(taking, "PART", 150)
    monkeypatch.setattr(taking, "PIECE", 50)
    monkeypatch.setattr(taking, "_BITS", 1 << 20)

    def content(rows: int) -> bytes:
        return listed(*(f"{n},{n},人　{n},ヒト　{n % 7},19600101,1,山田{n},世帯主,,," for n in range(1, rows + 1)))

    peaks = []
    for rows in (150, 600):
        listing = content(rows)
        tracemalloc.start()
        assert taking.take_in(lambda listing=listing: io.BytesIO(listing), "x", partial=True).applied  # type: ignore[misc]
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert db.session.scalar(select(func.count()).select_from(Resident)) == 600
    assert peaks[1] < 2 * peaks[0]


def _evacuee(**fields: object) -> str:
    number = ids.new(1_700_000_000_000)
    with transaction() as session:
        enter_all(session, [Entry(Kind.PERSON, number, fields)], actor="account:1")
    return number


def _person(number: str) -> Person:
    db.session.expire_all()
    found = db.session.get(Person, number)
    assert found is not None
    return found


def test_an_evacuee_is_linked_when_birth_name_and_address_agree_with_one(app_on_any_database: Flask) -> None:
    _take(listed())
    sure = _evacuee(kana="やまだ たろー", birth="S60.4.12", address="山田1600")
    by_phone = _evacuee(family="山田", given="太郎", birth="19850412", phone="09000000001")
    unsure = _evacuee(kana="ヤマダ タロウ", birth="S60.4.12")
    other = _evacuee(kana="ヤマダ ハナコ", birth="S60.4.12", address="山田1600")
    incident = _person(sure).incident_id
    assert linking.link(incident) == 2
    taro = _residents()["山田　太郎"].id
    assert [_person(one).resident_id for one in (sure, by_phone, unsure, other)] == [taro, taro, None, None]
    assert linking.link(incident) == 0
    assert [one.resident_id for one in linking.suggestions(unsure, cleared=False)] == [taro]


def test_with_two_candidates_nobody_is_linked(app: Flask) -> None:
    _take(listed(ROWS[0], ROWS[0].replace("0000001,0000001", "0000009,0000009")))
    number = _evacuee(kana="ヤマダ タロウ", birth="S60.4.12", address="山田1600")
    assert linking.link(_person(number).incident_id) == 0
    assert len(linking.suggestions(number, cleared=False)) == 2


def test_who_is_protected_in_the_list_is_protected_as_an_evacuee_and_suggested_to_nobody(app: Flask) -> None:
    _take(listed())
    unsure = _evacuee(kana="スズキ サブロウ", birth="H12.2.29")
    sure = _evacuee(kana="スズキ サブロウ", birth="H12.2.29", address="笹尾西2-1-1")
    assert linking.suggestions(unsure, cleared=False) == []
    assert len(linking.suggestions(unsure, cleared=True)) == 1
    linking.link(_person(sure).incident_id)
    assert _person(sure).protection == Protection.HIDDEN


def test_a_resident_who_becomes_protected_takes_the_evacuee_along(app: Flask) -> None:
    _take(listed())
    number = _evacuee(kana="ヤマダ タロウ", birth="S60.4.12", address="山田1600")
    linking.link(_person(number).incident_id)
    assert _person(number).protection == Protection.NONE
    _take(listed(ROWS[0] + "1", *ROWS[1:]))
    assert _person(number).protection == Protection.HIDDEN
