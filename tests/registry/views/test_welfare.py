"""The pages of welfare staff: where they begin, whom they see, what they record, and what nobody else sees."""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from disaster.core import clock
from disaster.core.audit import AuditEntry
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.intake import ids
from registry.models.protection import AskedAfter
from registry.models.welfare import CareAssessment, CareContact, CareReferral
from registry.vocabulary import Protection
from tests.registry.people.entries import protect
from tests.registry.views.desks import shelter_named
from tests.registry.views.people_desk import Officer, officer
from tests.registry.welfare.people import BABIES, accepting, call, judge, named, refer

DETAIL = "透析は火木土"


@pytest.fixture
def who(app: Flask) -> Officer:
    return officer(app, Role.WELFARE)


def page_of(who: Officer, number: str) -> str:
    return who.get(f"/welfare/people/{number}?why=support")


def key_of(page: str, action: str) -> str:
    found = re.search(rf'action="[^"]*/{action}">.*?name="key" value="([^"]+)"', page)
    assert found
    return found[1]


def entries(action: str) -> list[AuditEntry]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_nobody_yet_and_nobody_of_this_kind(who: Officer) -> None:
    assert "まだ登録されていません" in who.get("/welfare/")
    named("花子", "elderly")
    assert "「済み」の人はいません" in who.get("/welfare/?tab=done")
    assert "この避難所・地区には" in who.get("/welfare/?shelter=99999")
    assert "花子" in who.get("/welfare/?tab=what&shelter=x&area=y&page=-3")


def test_the_list_says_in_one_line_whom_and_why_and_is_recorded_once(who: Officer) -> None:
    number = named("花子", "device", "elderly", age=72)
    call(who.account, number, "absent")
    page = who.get("/welfare/?tab=unreached")
    for words in ("花子", "72歳", "医療的ケア・電源が必要", "神田小学校", "不在", "連絡がつかない（1人）"):
        assert words in page
    [entry] = entries("people.listed")
    assert (entry.subject, json.loads(entry.detail)) == ("welfare", {"people": 1, "purpose": "support"})


def test_a_purpose_is_asked_and_every_look_recorded_with_it(who: Officer) -> None:
    number = named("花子", "elderly", care_note=DETAIL)
    asked = who.get(f"/welfare/people/{number}")
    assert "何のために見ますか" in asked
    assert "花子" not in asked
    page = page_of(who, number)
    assert DETAIL in page
    [entry] = entries("person.viewed")
    assert json.loads(entry.detail)["purpose"] == "support"
    assert "care_detail" in json.loads(entry.detail)["groups"]


def test_one_tap_and_the_same_tap_again(who: Officer) -> None:
    number = named("花子", "elderly")
    form = {"result": "talked", "note": "元気です", "key": key_of(page_of(who, number), "contact")}
    for _ in range(2):
        told = who.told(f"/welfare/people/{number}/contact", **form)
        assert "連絡の結果を記録しました（話せた）" in told
    assert told.count("元気です") == 1
    assert db.session.scalar(select(func.count()).select_from(CareContact)) == 1


def test_what_was_typed_stays_when_another_officer_was_faster(who: Officer, app: Flask) -> None:
    number = named("花子", "elderly")
    form = {"judgement": "home", "urgency": "soon", "assessment_note": "長い説明", "seen": "0"}
    form["key"] = key_of(page_of(who, number), "assess")
    judge(officer(app, Role.WELFARE, login="other").account, number)
    answer = who.post(f"/welfare/people/{number}/assess", **form)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "ほかの職員が先に記録しました" in text
    assert "長い説明</textarea>" in text
    seen = db.session.scalars(select(CareAssessment.id)).one()
    told = who.told(f"/welfare/people/{number}/assess", **{**form, "key": ids.new(), "seen": seen})
    assert "2回目" in told
    assert "前の判断（1件）" in told


def test_a_place_that_does_not_take_the_person_says_why_and_a_late_one_shows_red(who: Officer) -> None:
    number, shelter = named("花子", "elderly"), accepting(BABIES)
    answer = who.post(f"/welfare/people/{number}/refer", target=shelter, key=ids.new())
    assert answer.status_code == 422
    assert "この人の理由（高齢）は入っていないため" in answer.get_data(as_text=True)
    told = who.told(f"/welfare/people/{number}/refer", place="桑名の病院", carer="長男", key=ids.new())
    assert "桑名の病院" in told
    row = db.session.scalars(select(CareReferral)).one()
    db.session.rollback()
    late = "24時間をこえて返事が"
    assert late not in told
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        again = officer(who.client.application, Role.WELFARE, login="next-day")
        assert late in page_of(again, number)
        page = again.get(f"/welfare/?shelter={shelter}")
        assert f"{late}ない人が1人います" in page
        assert 'href="/welfare/?tab=in_hand"' in page, "of every shelter"
    form = {"referral": row.id, "version": 1, "key": ids.new(), "to": "refused"}
    assert who.post(f"/welfare/people/{number}/referral", **form).status_code == 422
    assert "次の病院" in who.told(f"/welfare/people/{number}/referral", **form, place="次の病院")


def test_paper_names_everybody_on_it_in_the_record(who: Officer) -> None:
    number = named("花子", "elderly", phone="090-1111-2222")
    page = who.get("/welfare/print")
    for words in ("花子", "09011112222", "□話せた", "個人情報です"):
        assert words in page.replace("-", "")
    [entry] = entries("welfare.printed")
    assert json.loads(entry.detail)["people"] == [number]


@pytest.mark.parametrize("level", [Protection.HIDDEN, Protection.WHEREABOUTS])
def test_who_is_secret_is_answered_as_nobody_and_the_named_officers_learn_of_it(
    who: Officer, level: Protection
) -> None:
    number = protect(named("カナリア", "device", care_note=DETAIL), level)
    for query in ("", "?why=support"):
        answers = [who.client.get(f"/welfare/people/{one}{query}") for one in (number, ids.new())]
        assert {answer.status_code for answer in answers} == {404}
        bodies = {re.sub(r'csrf_token" value="[^"]+', "", answer.get_data(as_text=True)) for answer in answers}
        assert len(bodies) == 1
    for step in ("contact", "equipment", "assess", "refer", "referral"):
        assert who.post(f"/welfare/people/{number}/{step}", result="talked", key=ids.new()).status_code == 404
    assert "カナリア" not in who.get("/welfare/") + who.get("/welfare/print")
    if level == Protection.HIDDEN:
        assert db.session.scalar(select(func.count()).select_from(AskedAfter)) or 0


@pytest.mark.parametrize("role", [role for role in Role if role != Role.WELFARE])
def test_nobody_else_opens_the_room(app: Flask, role: Role) -> None:
    number, other = named("花子", "elderly"), officer(app, role)
    for path in ("/welfare/", "/welfare/print", f"/welfare/people/{number}?why=support"):
        assert other.client.get(path).status_code == 403


def test_who_works_at_a_shelter_too_sees_no_care_of_somebody_under_another_name(app: Flask) -> None:
    number = named("カナリア", "device")
    refer(officer(app, Role.WELFARE, login="before").account, number)
    protect(number, Protection.WHEREABOUTS)
    here = officer(app, Role.WELFARE, shelter_named("神田小学校"))
    assert here.client.get(f"/welfare/people/{number}?why=support").status_code == 404


def test_the_record_of_somebody_leads_to_the_room_for_who_works_there(who: Officer, app: Flask) -> None:
    number = named("花子", "elderly")
    link = f"/welfare/people/{number}?why=support"
    assert link in who.get(f"/registry/people/{number}?why=support")
    assert link not in officer(app, Role.REGISTRY).get(f"/registry/people/{number}?why=support")


@pytest.mark.parametrize(
    ("action", "field"), [("refer", "target"), ("referral", "referral"), ("referral", "target"), ("assess", "seen")]
)
def test_a_number_that_no_database_takes_is_none(who: Officer, action: str, field: str) -> None:
    number = named("花子", "device")
    typed = {"key": ids.new(), "to": "accepted", "judgement": "general", field: str(10**30)}
    answer = who.post(f"/welfare/people/{number}/{action}", **typed)
    assert answer.status_code in (404, 409, 422)
    assert db.session.scalar(select(func.count()).select_from(CareReferral)) == 0
