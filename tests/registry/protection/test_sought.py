"""Who asks after a protected person is answered as ever; the two named officers are told, and nobody else, when the answer has long been given."""

import re

import time_machine
from flask import Flask
from sqlalchemy import func, select

from disaster.core import clock
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.models.protection import AskedAfter, ProtectionSought
from registry.protection import sought
from registry.vocabulary import Protection
from tests.fakes.staff import make_account, sign_in
from tests.registry.protection.conftest import Refuge
from tests.registry.views.people_desk import Officer, officer

QUESTION = {
    "name": "髙橋 一郎", "address": "名古屋市中区1-1", "relation": "spouse", "proof": "licence", "tier": "together", "reason": "家族の安否を知りたい",
    "wanted_kana": "カナリア ハナコ", "wanted_birth": "S35.4.12", "wanted_sex": "f",
}  # fmt: skip
CANARY = {"given": "花子", "kana_family": "カナリア", "kana_given": "ハナコ", "birth": "S35.4.12"}


def told(account_id: int) -> list[tuple[str, int]]:
    sought.tell()
    db.session.rollback()
    return [(one.row.kind, one.row.times) for one in sought.unseen(account_id)]


def named(app: Flask, refuge: Refuge) -> Officer:
    client = app.test_client()
    account = next(one for one in sought.db.session.scalars(select(sought.Account)) if one.id == refuge.first)
    return Officer(sign_in(client, account), account)


def test_a_search_an_inquiry_and_an_opened_address_are_told_to_the_two_officers(app: Flask, refuge: Refuge) -> None:
    person = refuge.arrive("金糸雀", **CANARY)
    refuge.protect(person)
    other = make_account("hitoku3", Role.PROTECTION).id
    clerk, window = officer(app, Role.REGISTRY, login="daicho"), officer(app, Role.INQUIRY, login="anpi")
    for _ in range(2):
        clerk.post("/registry/search", words="カナリア ハナコ", why="support")
    window.post("/registry/inquiries", **QUESTION)
    clerk.get(f"/registry/people/{person}?why=support", 404)
    expected = {("search", 2), ("inquiry", 1), ("record", 1)}
    assert set(told(refuge.first)) == set(told(refuge.second)) == expected
    assert told(other) == told(clerk.account.id) == []
    page = named(app, refuge).get("/registry/protection")
    for words in (
        "職員が検索しました（2回）",
        "安否照会がありました（1番）",
        "職員が開こうとしました",
        "髙橋 一郎　名古屋市中区1-1",
    ):
        assert words in re.sub(r"<[^>]+>", "", page)


def test_the_officer_takes_note_and_nobody_else_can(app: Flask, refuge: Refuge) -> None:
    refuge.protect(refuge.arrive("金糸雀", **CANARY))
    officer(app, Role.REGISTRY).post("/registry/search", words="金糸雀 花子", why="support")
    assert told(refuge.first) == [("search", 1)]
    number = db.session.scalars(select(ProtectionSought.id)).one()
    stranger = officer(app, Role.PROTECTION, login="hitoku3")
    assert stranger.post(f"/registry/protection/sought/{number}/seen").status_code == 404
    assert "見たことを記録しました" in named(app, refuge).told(f"/registry/protection/sought/{number}/seen")
    assert told(refuge.second) == []


def test_every_question_leaves_the_same_and_the_words_are_wiped(app: Flask, refuge: Refuge) -> None:
    refuge.protect(refuge.arrive("金糸雀", **CANARY))
    clerk = officer(app, Role.REGISTRY)
    with time_machine.travel(clock.now(), tick=False):
        pages = [clerk.post("/registry/search", words=words, why="support") for words in ("金糸雀 花子", "黄糸雀 花子")]
    texts = [
        page.get_data(as_text=True).replace(word, "") for page, word in zip(pages, ("金糸雀", "黄糸雀"), strict=True)
    ]
    assert texts[0] == texts[1]
    assert len(db.session.scalars(select(AskedAfter.id)).all()) == 2
    sealed = db.session.execute(select(func.length(AskedAfter.said))).scalars().all()
    assert len(set(sealed)) == 1, "what waits is sealed, and as long"
    assert told(refuge.first) == [("search", 1)]
    assert db.session.scalars(select(AskedAfter.id)).all() == []


def test_who_asks_after_many_or_after_others_or_is_named_themselves_is_no_notice(app: Flask, refuge: Refuge) -> None:
    refuge.protect(refuge.arrive("山田", given="花子"))
    for given in ("一", "二", "三", "四", "五", "六"):
        refuge.arrive("山田", given=given)
    clerk, colleague = officer(app, Role.REGISTRY), officer(app, Role.PROTECTION, login="hitoku3")
    clerk.post("/registry/search", words="山田", why="support")
    clerk.post("/registry/search", words="山田 一", why="support")
    colleague.post("/registry/search", words="山田 花子", why="support")
    assert told(refuge.first) == []


def test_where_whereabouts_are_secret_a_search_by_the_real_name_finds_nobody(app: Flask, refuge: Refuge) -> None:
    person = refuge.arrive("金糸雀", household="a", **CANARY)
    child = refuge.arrive("金糸雀", household="a", given="太郎", kana_family="カナリア", kana_given="タロウ")
    refuge.protect(person, Protection.WHEREABOUTS)
    clerk = officer(app, Role.REGISTRY)
    for words in ("カナリア ハナコ", "金糸雀 太郎", "S35.4.12"):
        assert "見つかりません" in clerk.post("/registry/search", words=words, why="support").get_data(as_text=True)
    assert told(refuge.first) == [("search", 3)], "who came with her is asked after for her sake"
    assert child
