"""Contacts, equipment and assessments: one form is one record, two officers at once are told, nothing is overwritten, everything sealed."""

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from disaster.core import audit
from disaster.core.audit import AuditEntry
from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.staff.models import Account
from disaster.staff.permissions import Role
from registry.intake import ids
from registry.models.welfare import CareAssessment, CareContact, CareEquipment, CareReferral
from registry.vocabulary import Protection
from registry.welfare import assessing, contacts, equipment, referring
from registry.welfare.assessing import Said
from registry.welfare.referring import Target
from tests.fakes.staff import make_account
from tests.registry.damage.test_certificates import at_once
from tests.registry.people.entries import protect
from tests.registry.welfare.people import call, judge, named, welfare

SECRET = "透析は火木土・カナリア"


@pytest.fixture
def app(app_on_any_database: Flask) -> Flask:
    return app_on_any_database


def many(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_form_that_is_sent_twice_is_one_record(app: Flask) -> None:
    account, number, key = welfare(), named("花子", "elderly"), ids.new()
    for _ in range(2):
        contacts.log(account, number, "talked", "元気", key=key)
        assert assessing.assess(account, number, Said("home", "soon"), seen_id=0, key=key) == 1
        equipment.note(account, number, ["oxygen"], "", "", seen_id=0, key=key)
        referring.request(account, number, Target(place="病院"), "", key=key)
    assert [many(model) for model in (CareContact, CareAssessment, CareEquipment, CareReferral)] == [1, 1, 1, 1]
    other = named("太郎", "elderly")
    with pytest.raises(Invalid):
        contacts.log(account, other, "talked", "", key=key)
    with pytest.raises(Invalid):
        contacts.log(account, number, "talked", "", key="no key")


def test_an_assessment_is_a_version_and_never_over_that_of_another(app: Flask) -> None:
    account, number = welfare(), named("花子", "elderly")
    judge(account, number, "general")
    first = db.session.scalars(select(CareAssessment)).one()
    with pytest.raises(Stale, match="ほかの職員が先に記録しました"):
        judge(account, number, "space", seen=0)
    judge(account, number, "space", seen=first.id)
    rows = db.session.execute(select(CareAssessment.version, CareAssessment.judgement).order_by(CareAssessment.id))
    assert [tuple(row) for row in rows] == [(1, "general"), (2, "space")]


def test_of_officers_who_judge_at_the_same_moment_one_stands_and_the_others_are_told(app: Flask) -> None:
    number, officer = named("花子", "elderly"), welfare().id

    def step() -> None:
        judge(db.session.get_one(Account, officer), number)

    assert sorted(at_once(app, 4, step)) == ["Stale", "Stale", "Stale", "done"]
    assert many(CareAssessment) == 1
    assert audit.verify() == []


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (Said("", "soon"), "judgement"),
        (Said("general", ""), "urgency"),
        (Said("general", "soon", "2020-01-01"), "due"),
        (Said("general", "soon", "あした"), "due"),
    ],
)
def test_an_assessment_that_says_too_little(app: Flask, said: Said, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        assessing.assess(welfare(), named("花子", "elderly"), said, seen_id=0, key=ids.new())
    assert field in refused.value.fields


def test_hours_that_are_none(app: Flask) -> None:
    account, number = welfare(), named("花子", "device")
    for hours in ("たくさん", "-1", "999"):
        with pytest.raises(Invalid):
            equipment.note(account, number, ["oxygen"], "", hours, seen_id=0, key=ids.new())
    assert many(CareEquipment) == 0


def test_what_is_medical_or_in_words_lies_sealed_and_in_no_record(app: Flask) -> None:
    account, number = welfare(), named("花子", "device")
    call(account, number, "talked", SECRET)
    assessing.assess(account, number, Said("home", "soon", "", SECRET), seen_id=0, key=ids.new())
    equipment.note(account, number, ["dialysis"], SECRET, "5", seen_id=0, key=ids.new())
    referring.request(account, number, Target(place=SECRET, carer=SECRET), SECRET, key=ids.new())
    assert db.session.scalars(select(CareContact.note)).one() == SECRET
    tables = ("care_contacts", "care_equipment", "care_assessments", "care_referrals", "care_referral_steps")
    for table in tables:
        rows = db.session.execute(text(f"SELECT * FROM {table}")).all()
        raw = b"".join(
            bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
            for row in rows
            for value in row
        )
        assert rows
        assert "透析".encode() not in raw
        assert b"dialysis" not in raw
    told = db.session.execute(select(AuditEntry.action, AuditEntry.detail, AuditEntry.subject)).all()
    assert not any("カナリア" in row.detail for row in told)
    actions = {row.action for row in told if row.subject == f"person:{number}"}
    assert {"welfare.contacted", "welfare.assessed", "welfare.equipment", "welfare.referred"} <= actions


@pytest.mark.parametrize("level", [Protection.HIDDEN, Protection.WHEREABOUTS])
def test_nothing_is_written_about_who_is_not_there_or_by_whom_it_is_not_the_work(app: Flask, level: Protection) -> None:
    account, number = welfare(), named("花子", "device")
    registry = db.session.get_one(Account, make_account("daicho", Role.REGISTRY).id)
    with pytest.raises(Missing):
        call(registry, number)
    protect(number, level)
    said = []
    for one in (number, ids.new()):
        for step in (call, judge):
            with pytest.raises(Missing) as refused:
                step(account, one)
            said.append(refused.value.message)
    assert set(said) == {"記録はありません。"}
    assert many(CareContact) == 0
