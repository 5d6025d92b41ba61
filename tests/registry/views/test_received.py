"""A receiving town's reply and a PFIF document on their page: looked at, wrong lines in words, taken in once, recorded."""

import re
from io import BytesIO

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from disaster.core import clock
from disaster.core.audit import AuditEntry
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.disclosure import giving
from registry.models.ledger import VictimFact
from registry.models.people import Person
from registry.pfif import document
from registry.pfif.document import Note, Record
from registry.protection import orders
from registry.protection.orders import Wanted
from registry.vocabulary import Protection
from tests.fakes.staff import csrf_token, fresh_code, make_account
from tests.registry.disclosure.test_giving import enter, victim, wide
from tests.registry.views.people_desk import Officer, officer

STAMP = "2026-11-23T06:00:00Z"


def send(who: Officer, path: str, content: bytes) -> tuple[str, str]:
    """Choose a file; the page that follows, and its address."""
    form = {"csrf_token": csrf_token(who.client, "/staff/account"), "file": (BytesIO(content), "x.csv")}
    answer = who.client.post(path, data=form, content_type="multipart/form-data")
    assert answer.status_code == 303
    return who.get(answer.headers["Location"]), answer.headers["Location"]


def plain(page: str, key: str) -> str:
    """A page without what is of one session or one upload."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", page).replace(key, "")


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def recorded(action: str) -> int:
    return db.session.scalar(select(func.count()).where(AuditEntry.action == action)) or 0


def test_a_reply_is_looked_at_taken_in_once_and_recorded(app_on_any_database: Flask) -> None:
    clerk = officer(app_on_any_database, Role.REGISTRY)
    number = victim(enter("髙橋")).number
    given = giving.give(wide(str(number)), clerk.account.id).disclosure_id
    path = f"/registry/disclosures/received/reply/{given}"
    assert "返答のファイル" in clerk.get(f"/registry/disclosures/{given}")
    reply = f"照合番号,居所,援護の状況\r\n{number},いなべ市北勢町1-1,済み\r\n".encode("cp932")
    page, look = send(clerk, path, reply)
    assert all(words in page for words in ("まだ取り込んでいません", "いなべ市北勢町1-1", "読まない列", "援護の状況"))
    assert count(VictimFact) == 0
    assert "1件の値を台帳に加えました" in clerk.told(look)
    assert (count(VictimFact), recorded("disclosure.reply_taken")) == (1, 1)
    page, look = send(clerk, path, reply)
    assert "新しいことはありません" in page
    assert "取り込まずに捨てました" in clerk.told(look + "/discard")
    assert count(VictimFact) == 1


def test_every_wrong_line_is_told_and_nothing_is_taken(app: Flask) -> None:
    clerk = officer(app, Role.REGISTRY)
    number = victim(enter("髙橋")).number
    given = giving.give(wide(str(number)), clerk.account.id).disclosure_id
    bad = f"照合番号,居所\r\n{number},いなべ市\r\n9999,x\r\n{number},津市\r\n".encode()
    page, look = send(clerk, f"/registry/disclosures/received/reply/{given}", bad)
    assert "この提供に入っていません" in page
    assert "同じ番号の行が、上にもあります" in page
    assert "取り込む</button>" not in page
    assert "4行目の照合番号" in clerk.told(look)
    assert count(VictimFact) == 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "ファイルを選んでください"),
        ("氏名\r\n髙橋\r\n".encode(), "「照合番号」の列がありません"),
        ('照合番号,居所\r\n1,"x\r\n'.encode(), "引用符が閉じていない"),
        (b"\x81\x20\xff\xfe", "文字コードが読めません"),
    ],
)
def test_what_is_no_reply_is_told_on_the_page_of_the_disclosure(app: Flask, content: bytes, told: str) -> None:
    clerk = officer(app, Role.REGISTRY)
    given = giving.give(wide(str(victim(enter("髙橋")).number)), clerk.account.id).disclosure_id
    page, address = send(clerk, f"/registry/disclosures/received/reply/{given}", content)
    assert address == f"/registry/disclosures/{given}"
    assert told in page


def test_who_is_hidden_now_and_who_is_not_in_it_are_the_same_bytes(app: Flask) -> None:
    clerk, other = officer(app, Role.REGISTRY, login="a"), officer(app, Role.REGISTRY, login="b")
    people = [enter(name) for name in ("髙橋", "鈴木")]
    numbers = [victim(one).number for one in people]
    asked = giving.propose(wide(",".join(map(str, numbers))), "一時滞在の受入れ", clerk.account.id)
    given = giving.confirm(asked, other.account.id, fresh_code(other.account.id)).disclosure_id
    first, second = (make_account(login, Role.PROTECTION).id for login in ("h1", "h2"))
    orders.protect(Wanted(Protection.HIDDEN, "support", "支援措置の決定", second, person_id=people[1]), first)
    pages = []
    with time_machine.travel(clock.now(), tick=False):
        for number in (numbers[1], 8, numbers[1], 8):
            reply = f"照合番号,居所\r\n{numbers[0]},いなべ市\r\n{number},四日市市\r\n".encode()
            page, look = send(clerk, f"/registry/disclosures/received/reply/{given}", reply)
            assert "3行目の番号の人は、この提供に入っていません" in page
            assert "四日市市" not in page
            pages.append([plain(page, look), plain(clerk.told(look), look)])
    assert pages[2] == pages[3]
    assert [pages[0][0], pages[1][0]] != [pages[2][0]] * 2, "the first one brought a new value"
    assert "番号の行が1行ありました" in pages[0][1]
    assert db.session.scalars(select(VictimFact.value)).all() == ["いなべ市"]


def test_a_disclosure_counts_those_who_exist_for_the_reader(app: Flask) -> None:
    clerk, other = officer(app, Role.REGISTRY, login="a"), officer(app, Role.REGISTRY, login="b")
    hitoku = officer(app, Role.PROTECTION, login="h1")
    people = [enter(name) for name in ("髙橋", "鈴木")]
    numbers = ",".join(str(victim(one).number) for one in people)
    asked = giving.propose(wide(numbers), "一時滞在の受入れ", clerk.account.id)
    both = giving.confirm(asked, other.account.id, fresh_code(other.account.id)).disclosure_id
    waits = giving.propose(wide(numbers, recipient="四日市市"), "一時滞在の受入れ", clerk.account.id)
    second = make_account("h2", Role.PROTECTION).id
    orders.protect(
        Wanted(Protection.HIDDEN, "support", "支援措置の決定", second, person_id=people[1]), hitoku.account.id
    )
    alone = giving.give(wide(str(victim(people[1]).number), recipient="鈴鹿市"), hitoku.account.id).disclosure_id
    listed, shown = other.get("/registry/disclosures"), other.get(f"/registry/disclosures/{both}")
    assert "1人" in listed
    assert "2人" not in listed.replace("2人以上", "").replace("2人目", "") + shown
    assert not any(word in listed + shown for word in ("鈴鹿市", "四日市市", "出せない人", "番号がまだ"))
    for number in (alone, 999):
        assert other.client.get(f"/registry/disclosures/{number}").status_code == 404
    for number in (waits, 999):
        for act in ("confirm", "refuse"):
            assert other.post(f"/registry/disclosures/proposals/{number}/{act}", code="1").status_code == 404
    assert all(word in hitoku.get("/registry/disclosures") for word in ("鈴鹿市", "四日市市"))
    assert "2人" in hitoku.get(f"/registry/disclosures/{both}")


def test_a_pfif_document_is_looked_at_and_taken_in_once(app_on_any_database: Flask) -> None:
    clerk = officer(app_on_any_database, Role.REGISTRY)
    records = [Record(f"x.example/{n}", STAMP, f"山田 花子{n}", author_name="誰か") for n in (1, 2)]
    gone = Record("x.example/9", STAMP, "期限の人", author_name="誰か", expiry_date="2020-01-01T00:00:00Z")
    content = document.write([*records, gone])
    page, look = send(clerk, "/registry/disclosures/received/pfif", content)
    assert "山田 花子1" in page
    assert "期限の人" not in page
    assert count(Person) == 0
    assert "2人の記録を加えました" in clerk.told(look)
    assert (count(Person), recorded("pfif.taken")) == (2, 1)
    assert "もう取り込んであります" in send(clerk, "/registry/disclosures/received/pfif", content)[0]
    assert "PFIF 1.4 のファイルとして読めません" in send(clerk, "/registry/disclosures/received/pfif", b"<x/>")[0]
    stranger = officer(app_on_any_database, Role.INQUIRY)
    assert stranger.client.get(look).status_code == 403


def test_the_notes_of_a_pfif_document_are_seen_before_they_are_taken_in(app: Flask) -> None:
    clerk = officer(app, Role.REGISTRY)
    notes = [
        Note(f"x.example/n{n}", "妹<b>", STAMP, f"<script>{n}</script>", status="believed_dead") for n in range(25)
    ]
    content = document.write([Record("x.example/1", STAMP, "山田 花子", notes=notes[:1])])
    page, look = send(clerk, "/registry/disclosures/received/pfif", content)
    for words in (
        "新しい人",
        "妹&lt;b&gt;",
        "&lt;script&gt;0&lt;/script&gt;",
        "亡くなったらしい",
        "「安否不明」として扱います",
    ):
        assert words in page
    assert "<script>0" not in page
    clerk.told(look)
    content = document.write([Record("x.example/1", STAMP, "山田 花子", notes=notes)])
    page, look = send(clerk, "/registry/disclosures/received/pfif", content)
    assert "取り込み済みの人</span>" in page
    assert "&lt;script&gt;0&lt;" not in page, "it is here"
    assert "全部で24件です" in page
    assert "知らせを24件加え" in clerk.told(look)
    assert "もう取り込んであります" in send(clerk, "/registry/disclosures/received/pfif", content)[0]
