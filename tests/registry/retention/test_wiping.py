"""Wiping takes two officers, leaves a tombstone, and touches nothing that the law keeps; a tablet cannot bring back what was wiped."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from disaster.core import clock, sealed
from disaster.core.db import transaction
from disaster.core.errors import Forbidden, Missing
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.intake import entering, ids, taking
from registry.intake.entering import Entry
from registry.ledger import victims
from registry.matching import joining
from registry.models.intake import IntakeEvent
from registry.models.people import Person
from registry.models.protection import Tombstone
from registry.models.search import SearchEntry, Subject
from registry.models.welfare import CareAssessment, CareContact, CareReferral
from registry.pfif import document, receiving
from registry.pfif.document import Record
from registry.retention import wiping
from registry.vocabulary import Kind
from registry.welfare import referring
from registry.welfare.referring import Target
from registry.welfare.words import ReferralState
from tests.fakes.staff import fresh_code, make_account
from tests.registry.views.desks import shelter_named
from tests.registry.welfare.people import call, judge, refer, welfare


@pytest.fixture
def officers(app: Flask) -> tuple[int, int]:
    return make_account("a", Role.REGISTRY).id, make_account("b", Role.APPROVER).id


def visitor(*, left: bool = True, visitor: bool = True, at: str = "神田小学校", start: int = 1) -> str:
    number, shelter = ids.new(), shelter_named(at)
    stay = {
        "person": number,
        "place": "shelter",
        "shelter": shelter,
        "start": start,
        **({"end": 2, "reason": "home"} if left else {}),
    }
    with transaction() as session:
        entries = [
            Entry(Kind.PERSON, number, {"name": "旅人", "phone": "090-1111-2222", "visitor": visitor}, shelter),
            Entry(Kind.STAY, ids.new(), stay, shelter),
        ]
        entering.enter_all(session, entries, actor="cli")
    return number


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    then = clock.now() + timedelta(hours=80)
    monkeypatch.setattr(clock, "now", lambda: then)


def test_two_officers_wipe_who_went_home_and_nobody_else(
    officers: tuple[int, int], request: pytest.FixtureRequest
) -> None:
    gone, here, evacuee = visitor(), visitor(left=False), visitor(visitor=False)
    assert wiping.due("visitors") == 0, "not yet"
    victims.build(actor="cli")
    request.getfixturevalue("later")
    assert wiping.due("visitors") == 1
    proposal = wiping.propose("visitors", "期間が過ぎたため", officers[0])
    with pytest.raises(Forbidden):
        wiping.confirm(proposal, officers[0], fresh_code(officers[0]))
    assert wiping.confirm(proposal, officers[1], fresh_code(officers[1])) == 1
    db.session.rollback()
    names = {one.id: (one.name, one.phone) for one in db.session.scalars(select(Person))}
    assert names == {gone: ("", None), here: ("旅人", "090-1111-2222"), evacuee: ("旅人", "090-1111-2222")}
    assert db.session.scalars(select(Tombstone.subject)).all() == [f"person:{gone}"]
    events = db.session.scalars(select(IntakeEvent).where(IntakeEvent.entity == gone)).all()
    assert [sealed.unseal(event.payload, taking.SEAL) for event in events] == ["{}"]
    assert wiping.due("visitors") == 0


def test_what_welfare_staff_wrote_goes_with_the_record_that_it_is_about(
    officers: tuple[int, int], request: pytest.FixtureRequest
) -> None:
    gone, evacuee, account = visitor(), visitor(visitor=False), welfare()
    for number in (gone, evacuee):
        call(account, number, note="薬が要る")
        judge(account, number)
        asked = refer(account, number)
        following = Target(place="次の病院")
        referring.move(account, number, asked, ReferralState.REFUSED, version=1, following=following, key=ids.new())
    request.getfixturevalue("later")
    proposal = wiping.propose("visitors", "期間が過ぎたため", officers[0])
    assert wiping.confirm(proposal, officers[1], fresh_code(officers[1])) == 1
    db.session.rollback()
    for model, left in ((CareContact, 1), (CareAssessment, 1), (CareReferral, 2)):
        assert [row.person_id for row in db.session.scalars(select(model))] == [evacuee] * left


def test_only_rules_wipe_and_only_those_who_may(officers: tuple[int, int]) -> None:
    with pytest.raises(Missing):
        wiping.propose("ledger", "消してしまいたい", officers[0])
    with pytest.raises(Forbidden):
        wiping.propose("visitors", "期間が過ぎたため", make_account("c", Role.SHELTER, Role.ADMIN).id)


STAMP = "2026-11-23T06:00:00Z"


def test_what_came_from_a_service_goes_when_its_time_is_over_unless_somebody_took_it_over(
    app_on_any_database: Flask,
) -> None:
    officers = make_account("a", Role.REGISTRY).id, make_account("b", Role.APPROVER).id
    over = f"{clock.now() + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    records = [Record(f"x.example/{n}", STAMP, f"山田 {n}", expiry_date=over) for n in (1, 2)]
    records.append(Record("x.example/3", STAMP, "山田 3"))
    receiving.take(document.write(records), actor="cli")
    people = {one.name: one.id for one in db.session.scalars(select(Person))}
    with transaction() as session:
        entering.enter(session, Kind.PERSON, people["山田 2"], {"provisional": False}, actor="cli")
    assert wiping.due("foreign") == 0
    with time_machine.travel(clock.now() + timedelta(days=2)):
        assert wiping.due("foreign") == 1
        number = wiping.propose("foreign", "期限が過ぎたため", officers[0])
        assert wiping.confirm(number, officers[1], fresh_code(officers[1])) == 1
        db.session.rollback()
        assert db.session.get_one(Person, people["山田 1"]).name == ""
        assert db.session.get_one(Person, people["山田 2"]).name == "山田 2"
        found = set(db.session.scalars(select(SearchEntry.subject_id).where(SearchEntry.subject == Subject.PERSON)))
        assert found == {people["山田 2"], people["山田 3"]}, "what names are found by goes too"
        assert wiping.due("foreign") == 0
        assert receiving.take(document.write(records[:1]), actor="cli").expired == 1


def test_a_service_that_calls_a_record_back_is_obeyed(officers: tuple[int, int]) -> None:
    receiving.take(document.write([Record("x.example/1", STAMP, "山田")]), actor="cli")
    assert wiping.due("foreign") == 0
    past = "2020-01-01T00:00:00Z"
    receiving.take(document.write([Record("x.example/1", STAMP, "", expiry_date=past)]), actor="cli")
    assert wiping.due("foreign") == 1


def test_who_is_one_person_with_somebody_who_stays_is_not_wiped(app_on_any_database: Flask) -> None:
    gone, here = visitor(), visitor(left=False, at="稲部小学校", start=5)
    joining.merge(here, gone, actor="cli")  # the one that remains left its shelter; the person is at another one
    first, second = visitor(), visitor()
    joining.merge(first, second, actor="cli")
    past = f"{clock.now() + timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
    receiving.take(document.write([Record("x.example/1", STAMP, "旅人", expiry_date=past)]), actor="cli")
    foreign = db.session.scalars(select(Person.id).where(Person.provisional)).one()
    joining.merge(visitor(left=False), foreign, actor="cli")
    with time_machine.travel(clock.now() + timedelta(hours=80)):
        assert wiping.due("foreign") == 0
        officers = make_account("a", Role.REGISTRY).id, make_account("b", Role.APPROVER).id
        number = wiping.propose("visitors", "期間が過ぎたため", officers[0])
        assert wiping.confirm(number, officers[1], fresh_code(officers[1])) == 2
    db.session.rollback()
    wiped = db.session.scalars(select(Person.id).where(Person.removed_at.is_not(None)))
    assert set(wiped) == {first, second}
