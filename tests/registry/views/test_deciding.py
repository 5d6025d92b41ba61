"""Conflicts, entries that could not be taken, people who left to nobody knows where, roll calls, groups, the same person twice: on their pages."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.intake import entering, ids, taking
from registry.intake.batch import Source
from registry.intake.entering import Entry
from registry.intake.projection import millis
from registry.intake.schemas import Event
from registry.matching import suggesting
from registry.models.intake import IntakeEvent, Quarantined
from registry.models.people import Conflict, MatchPair, Person, Stay
from registry.people import following
from registry.vocabulary import Kind
from tests.registry.people.entries import ACTOR, arrive, enter, family
from tests.registry.views.desks import shelter_named
from tests.registry.views.people_desk import officer


def open_conflicts() -> list[Conflict]:
    found = list(db.session.scalars(select(Conflict).where(Conflict.resolved_at.is_(None))))
    db.session.rollback()
    return found


def test_of_two_values_one_is_chosen_and_a_third_that_came_since_stays(app_on_any_database: Flask) -> None:
    here = shelter_named("神田小学校")
    person = arrive(here)
    with transaction() as session:
        for given in ("華子", "花江"):
            entering.enter_all(session, [Entry(Kind.PERSON, person, {"given": given}, here, seen={})], actor=ACTOR)
    who = officer(app_on_any_database, Role.SHELTER, here)
    text = who.get("/registry/conflicts")
    assert all(given in text for given in ("花子", "華子", "花江"))
    (conflict,) = open_conflicts()
    told = who.told(f"/registry/conflicts/{conflict.id}/decide", side=conflict.sides[1], sides=conflict.sides[:2])
    assert "決めました" in told
    assert len(open_conflicts()) == 1
    number = open_conflicts()[0].id
    assert "変わったか" in who.told(f"/registry/conflicts/{number}/decide", side="x", sides=["x", "y"])
    assert "1件を、新しいほう" in who.told("/registry/conflicts/many", conflict=[number])
    assert open_conflicts() == []


def test_somebody_at_two_places_is_where_the_desks_agree(app_on_any_database: Flask) -> None:
    here, there, third = (shelter_named(name) for name in ("神田小学校", "稲部小学校", "三和小学校"))
    person = arrive(here, hours_ago=5)
    with transaction() as session:
        for shelter, hours in ((there, 3), (third, 1)):
            start = millis(clock.now()) - hours * 3_600_000
            stay = {"person": person, "place": "shelter", "shelter": shelter, "start": start}
            entering.enter_all(session, [Entry(Kind.STAY, ids.new(), stay, shelter)], actor=ACTOR)
    who = officer(app_on_any_database, Role.SHELTER, here)
    assert "ここにいる" in who.get("/registry/conflicts")
    (conflict,) = open_conflicts()
    first = db.session.scalars(select(Stay.id).where(Stay.shelter_id == here)).one()
    who.told(f"/registry/conflicts/{conflict.id}/decide", side=first, sides=conflict.sides)
    assert open_conflicts() == []
    holding = db.session.scalars(select(Stay.shelter_id).where(Stay.ended_at.is_(None), Stay.confirmed)).all()
    assert holding == [here]


def test_what_could_not_be_taken_comes_in_anew_or_stays_out_for_a_reason(app: Flask) -> None:
    here = shelter_named("神田小学校")
    person = arrive(here)
    stored = db.session.scalars(select(IntakeEvent.id).where(IntakeEvent.entity == person)).one()
    with transaction() as session:
        for note in ("杖を忘れた", "靴を忘れた"):
            again = Event(id=stored, kind=Kind.PERSON, entity=person, seq=3, at=1, fields={"note": note})
            taking.take_all(session, [again], Source(None, ACTOR, clock.now()))
    who = officer(app, Role.REGISTRY)
    text = who.get("/registry/quarantine")
    assert "杖を忘れた" in text
    assert "花子" in text
    first, second = db.session.scalars(select(Quarantined.id).order_by(Quarantined.id)).all()
    db.session.rollback()
    assert "取り込みました" in who.told(f"/registry/quarantine/{first}/take")
    assert "先に決めました" in who.told(f"/registry/quarantine/{first}/take")
    assert "理由を入力" in who.told("/registry/quarantine/dismiss", row=[second], reason=" ")
    assert "1件を取り込まない" in who.told("/registry/quarantine/dismiss", row=[second], reason="打ち間違い")
    assert open_conflicts() == []
    assert "杖を忘れた" in who.get(f"/registry/people/{person}?why=conflict")


def test_who_left_to_nobody_knows_where_waits_until_it_is_known(app_on_any_database: Flask) -> None:
    here = shelter_named("神田小学校")
    lost, found = arrive(here, given="ゆくえ", hours_ago=99), arrive(here, given="みつかる", hours_ago=99)
    before = millis(clock.now() - timedelta(days=4))
    stays = {}
    for person in (lost, found):
        stays[person] = db.session.scalars(select(Stay.id).where(Stay.person_id == person)).one()
        db.session.rollback()
        enter(Kind.STAY, stays[person], here, end=before, reason="unknown")
    who = officer(app_on_any_database, Role.SHELTER, here)
    text = who.get("/registry/follow-ups")
    assert "ゆくえ" in text
    assert "確認の時期です" in text
    assert "もう一度この一覧" in who.told(f"/registry/follow-ups/{stays[lost]}/tried", note="電話に出ない")
    assert "電話に出ない" in who.get("/registry/follow-ups")
    assert "理由を入力" in who.told(f"/registry/follow-ups/{stays[lost]}/end", note="")
    assert "調べ終えた" in who.told(f"/registry/follow-ups/{stays[lost]}/end", note="家族も知らない")
    assert "行き先を記録しました" in who.told(f"/registry/follow-ups/{stays[found]}/reached", reason="relatives")
    assert "先に調べ終えました" in who.told(f"/registry/follow-ups/{stays[found]}/reached", reason="home")
    assert following.left(who.account) == []


def test_two_roll_calls_without_somebody_put_them_on_the_list(app: Flask) -> None:
    here = shelter_named("神田小学校")
    seen, gone = arrive(here, given="いるこ", hours_ago=90), arrive(here, given="いない", hours_ago=90)
    stays = {
        person: db.session.scalars(select(Stay.id).where(Stay.person_id == person)).one() for person in (seen, gone)
    }
    db.session.rollback()
    who = officer(app, Role.SHELTER, here)
    before = (clock.jst(clock.now()).date() - timedelta(days=1)).isoformat()
    enter(Kind.STAY, stays[seen], here, seen_on=before)
    other = arrive(here, given="ほかの", hours_ago=90)
    number = db.session.scalars(select(Stay.id).where(Stay.person_id == other)).one()
    db.session.rollback()
    enter(Kind.STAY, number, here, seen_on=clock.jst(clock.now()).date().isoformat())
    assert [one.seen.person.id for one in following.not_seen(who.account)] == [gone]
    assert "1人の在所を記録しました" in who.told(f"/registry/shelters/{here}/roll", stays=[stays[gone], ids.new()])
    assert following.not_seen(who.account) == []


def test_a_group_is_rows_by_number_and_names_when_there_is_time(app: Flask) -> None:
    here = shelter_named("神田小学校")
    who = officer(app, Role.SHELTER, here)
    text = who.told(
        f"/registry/shelters/{here}/group", name="城山小学校", count="3", supervisor="先生", names="山田 一\n"
    )
    assert "3人を登録しました" in text
    assert "山田 一" in text
    assert "城山小学校 3番" in text
    assert following.unknown(who.account) == []
    wrong = who.post(f"/registry/shelters/{here}/group", name="バス", count="九")
    assert wrong.status_code == 422
    assert 'value="バス"' in wrong.get_data(as_text=True)


def test_only_who_agreed_is_on_the_wall(app: Flask) -> None:
    here = shelter_named("神田小学校")
    arrive(here, given="同意した", household=family(here, consent={"posting": True}))
    arrive(here, given="同意しない", household=family(here, consent={"posting": False, "relatives": True}))
    arrive(here, given="世帯なし")
    text = officer(app, Role.SHELTER, here).get(f"/registry/shelters/{here}/wall")
    assert "同意した" in text
    assert "同意しない" not in text
    assert "世帯なし" not in text


def test_the_same_person_twice_is_found_merged_and_taken_apart(app: Flask) -> None:
    here, there = shelter_named("神田小学校"), shelter_named("稲部小学校")
    both = [arrive(shelter, birth="S60.4.12", address="大字山田1600") for shelter in (here, there)]
    incident = db.session.get(Person, both[0]).incident_id
    db.session.rollback()
    assert suggesting.refresh(incident) == 1
    who = officer(app, Role.REGISTRY)
    assert "生年月日が同じ" in who.get("/registry/pairs")
    pair = db.session.scalars(select(MatchPair.id)).one()
    db.session.rollback()
    named = {"first": both[0], "second": both[1], "pair": pair}
    assert "保留" in who.told("/registry/pairs/decide", decision="later", **named)
    text = who.told("/registry/pairs/decide", decision="same", **named)
    assert "この統合を取り消す" in text
    link = text.split("/registry/merges/")[1].split("/")[0]
    assert "元に戻りました" in who.told(f"/registry/merges/{link}/undo")
    assert "別人として覚えました" in who.told("/registry/pairs/decide", decision="different", **named)
    assert suggesting.refresh(incident) == 0
    assert "いま決める候補はありません" in who.get("/registry/pairs")
