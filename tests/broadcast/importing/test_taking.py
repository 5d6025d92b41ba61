"""The town's list: read in any of its forms, looked at first, taken in whole, again without doubling, and nobody taken back who left."""

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from broadcast.importing import buckets, table, taking
from broadcast.importing.report import Report
from broadcast.models.audience import Contact, Subscriber, SubscriberArea
from broadcast.subscribers import subscribing
from broadcast.subscribers.enrolment import Choice, chosen_by
from disaster.core import clock, sealed
from disaster.core.audit import AuditEntry
from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from tests.broadcast.town import NAKAGAMI, SHIROYAMA

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "subscribers.csv"
HEAD = "番号,氏名,メール,携帯電話,電話,地区,言語,要支援,お知らせ,電話は予備\n"
ROWS = (
    "1,見本 太郎,taro@gmail.com,090-0000-0001,0594-86-0001,大字中上,,,,1\n"
    "2,見本 花子,,０９０-００００-０００２,,城山1丁目、城山二丁目,やさしい日本語,○,0,\n"
    "3,Sample,,,0594860003,全域,English,,,\n"
)


def taken(text: str, *, encoding: str = "utf-8", **options: bool) -> Report:
    return taking.take_in(text.encode(encoding), "一覧.csv", **options)


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def contact(channel: str, address: str) -> Contact:
    db.session.rollback()
    db.session.expire_all()
    found = select(Contact).where(Contact.channel == channel, Contact.digest == sealed.digest(address, "contact"))
    return db.session.scalars(found).one()


def test_people_addresses_areas_and_choices_are_taken_in(app_on_any_database: Flask) -> None:
    text = HEAD + ROWS
    report = taken(text)
    assert (report.rows, report.new, report.addresses, report.bad, report.applied) == (3, 3, 5, 0, True)
    assert report.unused == ["氏名"]
    first = contact("email", "taro@gmail.com")
    assert sealed.unseal(first.address) == "taro@gmail.com"
    assert (first.route, first.confirmed_at, first.active) == ("gmail.com", None, True)
    call = contact("voice", "+81594860001")
    assert call.subscriber_id == first.subscriber_id
    assert (call.standby, call.priority > first.priority) == (True, True)
    second = chosen_by(db.session(), contact("sms", "+819000000002").subscriber_id)
    assert second.areas == (SHIROYAMA, "24324-27")
    assert (second.language, second.support_needed, second.wants_notices) == ("easy_ja", True, False)
    third = chosen_by(db.session(), contact("voice", "+81594860003").subscriber_id)
    assert (third.all_areas, third.areas, third.language) == (True, (), "en")
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "subscribers.import")).one()
    assert json.loads(entry.detail)["new"] == 3
    assert "gmail" not in entry.detail


def test_again_changes_nothing_and_a_change_is_a_change(app_on_any_database: Flask) -> None:
    text = HEAD + ROWS
    taken(text)
    again = taken(text)
    assert (again.new, again.changed, again.same) == (0, 0, 3)
    assert (count(Subscriber), count(Contact)) == (3, 5)
    moved = taken(text.replace("大字中上", "城山三丁目"))
    assert (moved.changed, moved.same) == (1, 2)
    owner = contact("email", "taro@gmail.com").subscriber_id
    assert chosen_by(db.session(), owner).areas == ("24324-28",)
    assert count(SubscriberArea) == 3


def test_an_address_that_the_list_replaced_is_no_longer_used(app_on_any_database: Flask) -> None:
    taken("番号,メール,地区\n7,old@gmail.com,中上\n")
    report = taken("番号,メール,地区\n7,new@gmail.com,中上\n")
    assert (report.changed, report.replaced, report.addresses) == (1, 1, 1)
    assert (contact("email", "old@gmail.com").active, contact("email", "new@gmail.com").active) == (False, True)
    assert count(Subscriber) == 1


def test_who_left_stays_away_however_often_the_list_comes(app_on_any_database: Flask) -> None:
    text = "番号,メール,地区\n7,taro@gmail.com,中上\n"
    taken(text)
    subscribing.stop_address("email", "taro@gmail.com", "opted_out")
    report = taken(text)
    assert (report.left, report.new) == (1, 0)
    assert not contact("email", "taro@gmail.com").active


def test_what_a_person_chose_for_themselves_stays(app: Flask) -> None:
    with transaction() as session:
        mine = Choice(areas=(SHIROYAMA,))
        options = {"source": "self", "confirmed_at": clock.now()}
        subscribing.enrol(session, "email", "taro@gmail.com", mine, **options)  # type: ignore[arg-type]
    report = taken("番号,メール,携帯電話,地区\n7,taro@gmail.com,090-0000-0007,中上\n")
    assert (report.new, report.changed, report.addresses) == (0, 1, 1)
    owner = contact("email", "taro@gmail.com").subscriber_id
    assert chosen_by(db.session(), owner) == mine
    assert contact("sms", "+819000000007").subscriber_id == owner
    assert taken("番号,メール,携帯電話,地区\n7,taro@gmail.com,090-0000-0007,中上\n").kept == 1


def test_a_telephone_that_a_family_shares_is_rung_once(app: Flask) -> None:
    report = taken(
        "番号,メール,電話,地区\n1,a@gmail.com,0594860001,中上\n2,b@gmail.com,0594860001,中上\n3,,0594860001,中上\n"
    )
    assert (report.new, report.addresses, report.shared, report.bad) == (2, 3, 2, 0)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_every_encoding_line_end_and_delimiter(app: Flask, encoding: str, line_end: str, delimiter: str) -> None:
    text = '令和8年度　配信名簿\n番号,"メール",地区\n1,"taro@gmail.com",中上\n\n2,b@gmail.com,"長深"\n'
    body = text.replace(",", delimiter).replace("\n", line_end)
    report = taken(body, encoding=encoding, dry_run=True)
    assert (report.new, report.bad) == (2, 0)


def test_a_dry_run_changes_nothing(app: Flask) -> None:
    report = taken(HEAD + ROWS, dry_run=True)
    assert (report.new, report.applied) == (3, False)
    assert count(Subscriber) == 0


def test_one_mistake_keeps_everything_out_unless_it_is_skipped(app_on_any_database: Flask) -> None:
    text = "番号,メール,携帯電話,地区,言語,要支援\n1,taro@gmail.com,,中上,,\n2,taro,0594-86-0001,東京,ポルトガル語,たぶん\n"
    report = taken(text)
    assert (report.bad, report.applied, count(Subscriber)) == (1, False, 0)
    found = {(one.line, one.field) for one in report.mistakes}
    assert found == {(3, "email"), (3, "sms"), (3, "areas"), (3, "language"), (3, "support")}
    assert "taro" not in json.dumps(report.as_dict()["mistakes"], ensure_ascii=False)
    report = taken(text, skip_bad=True)
    assert (report.bad, report.applied, count(Subscriber)) == (1, True, 1)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("1,,,中上", "row"),
        ("1,taro@gmail.com,,", "areas"),
        ("1,,0120-111-222,中上", "sms"),
        ("1,,+44 7700 900123,中上", "sms"),
        ("1,,9.01E+10,中上", "sms"),
        ("1,taro@gmail.com,,中上;東京", "areas"),
    ],
)
def test_each_mistake_names_its_column(app: Flask, row: str, field: str) -> None:
    report = taken(f"番号,メール,携帯電話,地区\n{row}\n", dry_run=True)
    assert [(one.line, one.field) for one in report.mistakes] == [(2, field)]


def test_numbers_that_a_spreadsheet_mangled_are_read_where_they_can_be(app: Flask) -> None:
    text = '番号,携帯電話,地区\n1,9000000001,中上\n2,="09000000002",中上\n3,\'09000000003,中上\n'
    report = taken(text)
    assert (report.new, report.bad) == (3, 0)
    for number in (1, 2, 3):
        assert contact("sms", f"+81900000000{number}")


def test_the_same_number_twice_is_a_mistake(app: Flask) -> None:
    report = taken("番号,メール,地区\n1,a@gmail.com,中上\n1,b@gmail.com,中上\n", dry_run=True)
    assert [one.reason for one in report.mistakes] == ["同じ番号が2行目にもあります。"]


def test_broken_quotes_end_the_reading_where_they_are(app: Flask) -> None:
    report = taken('番号,メール,地区\n1,a@gmail.com,中上\n2,"b@gmail.com,中上\n3,c@gmail.com,中上\n')
    assert (report.bad, report.applied) == (1, False)
    assert report.mistakes[0].line == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "見出し"),
        (b"PK\x03\x04xlsx", "CSV UTF-8"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "文字として読めない"),
        ("氏名,住所\n見本,中上\n".encode(), "見出し"),
        ("メール,地区\n".encode(), "行がありません"),
        (b"x" * (table.MOST_BYTES + 1), "大きすぎます"),
        (("メール,地区\n" + "a@b.jp,中上\n" * (table.MOST_ROWS + 1)).encode(), "行が多すぎます"),
    ],
)
def test_what_is_no_list_is_refused_in_a_sentence(app: Flask, content: bytes, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        taking.take_in(content, "x")
    assert words in refused.value.message


def test_the_example_of_the_documentation_is_in_order(app: Flask) -> None:
    report = taking.take_in(EXAMPLE.read_bytes(), "example")
    assert report.applied
    assert report.bad == 0
    assert report.new >= 4


def test_areas_are_known_by_any_of_their_names(app: Flask) -> None:
    names = ("24324-01", "大字中上", "中上", "Nakagami", "おおあざなかがみ", "大字 中上")
    for number, name in enumerate(names):
        report = taken(f"番号,メール,地区\n{number},a{number}@gmail.com,{name}\n")
        assert report.bad == 0, name
        owner = contact("email", f"a{number}@gmail.com").subscriber_id
        assert chosen_by(db.session(), owner).areas == (NAKAGAMI,)
    taken("番号,メール,地区\n90,g@gmail.com,笹尾西\n")
    assert len(chosen_by(db.session(), contact("email", "g@gmail.com").subscriber_id).areas) == 4


def test_buckets_of_older_addresses_are_filled_in(app: Flask) -> None:
    taken("番号,メール,地区\n1,a@gmail.com,中上\n2,b@private.example,中上\n")
    with transaction() as session:
        session.query(Contact).update({"route": ""})
    assert buckets.fill_in() == 2
    assert buckets.fill_in() == 0
    assert contact("email", "a@gmail.com").route == "gmail.com"
    assert contact("email", "b@private.example").route.startswith("other-")
