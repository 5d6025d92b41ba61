"""At the desk for safety inquiries: what is said, what is kept, and that protected and unknown are one answer in the same time."""

import statistics
import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.intake import entering, ids
from registry.intake.entering import Entry
from registry.models.access import PersonView
from registry.models.giving import Disclosure, SafetyInquiry
from registry.protection import orders
from registry.protection.orders import Wanted
from registry.vocabulary import Kind, Protection
from tests.broadcast.views.browsing import Person as Officer
from tests.broadcast.views.browsing import person as officer_named
from tests.broadcast.views.browsing import text_of
from tests.fakes.staff import make_account
from tests.registry.views.desks import shelter_named

NOTHING = "お答えできる情報はありません"
QUESTION = {
    "name": "髙橋 一郎",
    "address": "名古屋市中区1-1",
    "relation": "spouse",
    "proof": "licence",
    "tier": "together",
    "reason": "家族の安否を知りたい",
    "wanted_kana": "タカハシ ハナコ",
    "wanted_birth": "S35.4.12",
    "wanted_sex": "f",
}


@pytest.fixture
def desk(app: Flask) -> Officer:
    return officer_named(app, "anpi", Role.INQUIRY)


def enter(kana: str = "たかはし はなこ", *, consent: dict[str, bool] | None = None, **fields: object) -> str:
    number, group, shelter = ids.new(), ids.new(), shelter_named("神田小学校")
    person = {"kana": kana, "birth": "1960-04-12", "address": "山田1600", "phone": "090-1111-2222", "household": group}
    entries = [
        Entry(Kind.HOUSEHOLD, group, {"consent": consent or {}}, shelter),
        Entry(Kind.PERSON, number, {**person, "safety": "light", "injury": "右手の骨折", **fields}, shelter),
        Entry(Kind.STAY, ids.new(), {"person": number, "place": "shelter", "shelter": shelter, "start": 1}, shelter),
    ]
    with transaction() as session:
        entering.enter_all(session, entries, actor="cli")
    return number


def protect(person: str, level: Protection = Protection.HIDDEN) -> None:
    first, second = (make_account(f"h{n}{person[-6:]}", Role.PROTECTION).id for n in (1, 2))
    orders.protect(Wanted(level, "support", "支援措置の決定", second, person_id=person), first)


def ask(desk: Officer, **changes: Any) -> str:
    answer = desk.press("/registry/inquiries", "/registry/inquiries", **{**QUESTION, **changes})
    assert answer.status_code == 303, text_of(answer.get_data(as_text=True))
    return desk.open(answer.headers["Location"])


@pytest.mark.parametrize(
    ("tier", "said", "unsaid"),
    [
        ("together", ("神田小学校", "軽傷", "右手の骨折", "090-1111-2222"), ("山田1600",)),
        ("related", ("軽傷", "右手の骨折"), ("神田小学校", "090-1111-2222")),
        ("other", ("情報があります",), ("軽傷", "神田小学校", "090-1111-2222")),
    ],
)
def test_each_kind_of_asker_hears_their_part(
    desk: Officer, tier: str, said: tuple[str, ...], unsaid: tuple[str, ...]
) -> None:
    enter()
    page = text_of(ask(desk, tier=tier))
    assert all(word in page for word in said)
    assert not any(word in page for word in unsaid)


def test_what_the_person_agreed_to_is_said_too(desk: Officer) -> None:
    enter(consent={"acquaintances": True})
    assert "神田小学校" in ask(desk, tier="other")


def test_who_shows_no_proof_hears_what_an_acquaintance_hears(desk: Officer) -> None:
    enter()
    assert "神田小学校" not in ask(desk, proof="none")


@pytest.mark.parametrize("changes", [{"misuse": "1"}, {"wanted_birth": "S36.4.12"}, {"wanted_kana": "タカハシ ハナ"}])
def test_misuse_and_a_wrong_person_are_no_answer(desk: Officer, changes: dict[str, str]) -> None:
    enter()
    assert NOTHING in ask(desk, **changes)


def test_the_dead_and_namesakes_are_no_answer(desk: Officer) -> None:
    dead = enter(safety="dead")
    assert NOTHING in ask(desk)
    enter()
    assert "神田小学校" not in ask(desk), "two of that name and birth date"
    assert dead


def test_protected_and_unknown_are_the_same_bytes(desk: Officer) -> None:
    with time_machine.travel(clock.now(), tick=False):
        nobody = ask(desk)
        protect(enter())
        protected = ask(desk)
    first, second = db.session.scalars(select(SafetyInquiry).order_by(SafetyInquiry.id)).all()
    assert nobody.replace(f"/{first.id}/", "/N/") == protected.replace(f"/{second.id}/", "/N/")
    assert (first.answer, first.told, first.about) == (second.answer, second.told, second.about) == ("none", [], "")


def test_protected_and_unknown_take_the_same_time(desk: Officer) -> None:
    protect(enter())
    unknown: list[float] = []
    protected: list[float] = []
    for _ in range(15):  # in turns, so that whatever else the machine does falls on both
        for times, kana in ((unknown, "スズキ ハナコ"), (protected, "タカハシ ハナコ")):
            form = desk.form("/registry/inquiries", "/registry/inquiries")
            start = time.perf_counter()
            desk.send(form, **{**QUESTION, "wanted_kana": kana})
            times.append(time.perf_counter() - start)
    apart = abs(statistics.median(unknown) - statistics.median(protected))
    assert apart < max(0.005, 0.2 * statistics.median(unknown))


def test_what_was_told_is_a_disclosure_and_a_look_at_the_person(desk: Officer) -> None:
    person = enter()
    ask(desk)
    row = db.session.scalars(select(Disclosure)).one()
    assert (row.ground, row.items, row.people) == ("86-15", ["A4", "A5", "R1"], 1)
    views = db.session.execute(select(PersonView.subject, PersonView.purpose)).all()
    assert views == [(f"person:{person}", "inquiry")]


def test_nothing_told_is_nothing_given_away(desk: Officer) -> None:
    ask(desk)
    assert db.session.scalars(select(Disclosure)).all() == []


def test_who_is_protected_after_the_answer_is_not_on_the_page_any_more(desk: Officer) -> None:
    person = enter()
    assert "神田小学校" in ask(desk)
    protect(person, Protection.WHEREABOUTS)
    assert NOTHING in desk.open("/registry/inquiries/1")
    assert NOTHING in desk.open("/registry/inquiries/1/print")


@pytest.mark.parametrize("field", ["name", "address", "reason", "relation", "proof", "tier"])
def test_every_item_of_the_rule_is_asked_for_and_what_was_typed_stays(desk: Officer, field: str) -> None:
    answer = desk.press("/registry/inquiries", "/registry/inquiries", **{**QUESTION, field: ""})
    assert answer.status_code == 422
    assert "S35.4.12" in answer.get_data(as_text=True)


def test_a_name_alone_finds_nobody(desk: Officer) -> None:
    answer = desk.press("/registry/inquiries", "/registry/inquiries", **{**QUESTION, "wanted_birth": ""})
    assert "人違い" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("birth", "told"),
    [
        ("昭和35.2.30", "暦にないか、読めません"),
        ("H13.2.29", "暦にないか、読めません"),
        ("四月ごろ", "暦にないか、読めません"),
        ("540204", "昭和54年2月4日"),
        ("R99.1.1", "先の日付です"),
        ("昭35", "住所・居所も入力してください"),
    ],
)
def test_a_birth_date_that_is_none_is_told_instead_of_finding_nobody(desk: Officer, birth: str, told: str) -> None:
    enter()
    answer = desk.press("/registry/inquiries", "/registry/inquiries", **{**QUESTION, "wanted_birth": birth})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert told in page
    assert f'value="{birth}"' in page
    assert db.session.scalars(select(SafetyInquiry)).all() == []


def test_an_era_that_had_ended_is_continued(desk: Officer) -> None:
    enter(birth="1989-01-08")
    assert "神田小学校" in ask(desk, wanted_birth="昭和64-1-8")


def test_two_callers_are_told_apart_by_what_was_typed(desk: Officer) -> None:
    page = text_of(ask(desk, wanted_kana="スズキ ハナコ", proof="none"))
    for words in ("髙橋 一郎", "スズキ ハナコ", "本人確認ができていない"):
        assert words in page
    mine = text_of(desk.open("/registry/inquiries"))
    assert "髙橋 一郎" in mine
    assert "スズキ ハナコ" in mine
    paper = text_of(desk.open("/registry/inquiries/1/print"))
    assert "髙橋 一郎" in paper
    assert paper.count(f"{clock.jst(clock.now()).year}年") == 1
    then = clock.now() - timedelta(days=400)
    with transaction() as session:
        session.execute(update(SafetyInquiry).values(at=then))
    old = text_of(desk.open("/registry/inquiries/1/print"))
    assert old.count(f"{clock.jst(then).year}年") == 1


def test_another_officer_does_not_see_it(app: Flask, desk: Officer) -> None:
    enter()
    ask(desk)
    assert officer_named(app, "anpi2", Role.INQUIRY).client.get("/registry/inquiries/1").status_code == 404
