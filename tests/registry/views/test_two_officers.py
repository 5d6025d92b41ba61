"""On the pages, the second officer's yes takes a fresh code, as the approval of an alert does; without one nothing is given, lifted or wiped."""

import re
from datetime import timedelta

import time_machine
from flask import Flask
from sqlalchemy import select

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.consent.words import Recipient
from registry.disclosure import giving
from registry.disclosure.giving import Asked
from registry.disclosure.grounds import Ground
from registry.intake import entering, ids
from registry.ledger import victims
from registry.models.giving import Disclosure
from registry.models.people import Person
from registry.models.protection import ProposalState, RegistryProposal
from registry.protection import orders
from registry.protection.orders import Wanted
from registry.retention import wiping
from registry.vocabulary import Kind, Protection
from tests.fakes.staff import code, forget_codes
from tests.registry.views.people_desk import Officer, officer


def registered(family: str, **fields: object) -> str:
    number = ids.new()
    with transaction() as session:
        entering.enter(session, Kind.PERSON, number, {"family": family, "given": "花子", **fields}, actor="cli")
    return number


def two(app: Flask, role: Role) -> tuple[Officer, Officer]:
    made = officer(app, role, login=f"{role}-1"), officer(app, role, login=f"{role}-2")
    forget_codes()
    return made


def state(number: int) -> ProposalState:
    db.session.rollback()
    return db.session.get_one(RegistryProposal, number).state


def test_many_peoples_data_is_given_away_with_a_code_only(app_on_any_database: Flask) -> None:
    first, second = two(app_on_any_database, Role.REGISTRY)
    for family in ("髙橋", "鈴木"):
        registered(family)
    victims.build(actor="cli")
    asked = Asked(Ground.WIDE, Recipient.GOVERNMENT, "いなべ市", "1-2", (), "一時滞在先での援護", confirmed=1)
    number = giving.propose(asked, "一時滞在の受入れ", first.account.id)
    confirm = f"/registry/disclosures/proposals/{number}/confirm"
    assert 'name="code"' in second.get("/registry/disclosures")
    assert 'name="code"' not in first.get("/registry/disclosures"), "not for who proposed it"
    assert "自分では確認できません" in first.told(confirm, code=code(first.account))
    for typed, told in (("", "確認コードを入力してください"), ("000000", "確認コードが違います")):
        assert told in second.told(confirm, code=typed)
    assert (state(number), db.session.scalars(select(Disclosure)).all()) == (ProposalState.PROPOSED, [])
    answer = second.post(confirm, code=code(second.account))
    record = answer.headers["Location"]
    assert "髙橋 花子" in second.get(f"{record}/file")
    first.get(f"{record}/file", 404)
    assert state(number) == ProposalState.CONFIRMED
    again = second.post(confirm, code=code(second.account, 1))
    assert again.headers["Location"] == record, "the second press shows what the first one made"


def test_wiping_takes_a_code_that_was_used_for_nothing_else(app_on_any_database: Flask) -> None:
    first, second = two(app_on_any_database, Role.REGISTRY)
    kept = registered("旅人", visitor=True)
    proposals = []
    with time_machine.travel(clock.now() + timedelta(hours=80)):
        later = [officer(app_on_any_database, Role.REGISTRY, login=f"later-{n}") for n in (1, 2)]
        forget_codes()
        proposals.append(wiping.propose("visitors", "期間が過ぎたため", first.account.id))
        proposals.append(wiping.propose("views", "期間が過ぎたため", second.account.id))
        used = code(later[0].account)
        told = later[0].told(f"/registry/retention/{proposals[1]}/confirm", code=used)
        assert "規則どおりに消しました" in told
        assert "帰宅困難者の記録" in told
        assert "もう使われました" in later[0].told(f"/registry/retention/{proposals[0]}/confirm", code=used)
        assert db.session.get_one(Person, kept).family == "旅人"
        later[1].told(f"/registry/retention/{proposals[0]}/confirm", code=code(later[1].account))
        db.session.rollback()
        assert db.session.get_one(Person, kept).family == ""


def test_protection_is_confirmed_and_lifted_with_a_code_only(app_on_any_database: Flask) -> None:
    first, second = two(app_on_any_database, Role.PROTECTION)
    person = registered("山田")
    wanted = Wanted(Protection.HIDDEN, "support", "支援措置の決定通知", second.account.id, person_id=person)
    order = orders.protect(wanted, first.account.id)
    page = f"/registry/protection/{order}"
    refused = second.post(f"{page}/confirm", code="12345")
    assert refused.status_code == 422
    assert re.search(r'id="code-error">＊確認コードが違います', refused.get_data(as_text=True))
    assert "2人目の確認待ち" in second.get(page)
    assert "2人目として確認しました" in second.told(f"{page}/confirm", code=code(second.account))
    number = orders.propose_less(order, Protection.NONE, "本人から解除の申出", second.account.id)
    lift = f"/registry/protection/proposals/{number}/confirm"
    assert "確認コードを入力してください" in first.told(lift)
    assert db.session.get_one(Person, person).protection == Protection.HIDDEN
    assert "秘匿を変えました" in first.told(lift, code=code(first.account))
    db.session.rollback()
    assert db.session.get_one(Person, person).protection == Protection.NONE


def test_guessing_codes_is_slowed_down(app: Flask) -> None:
    first, second = two(app, Role.REGISTRY)
    number = wiping.propose("views", "期間が過ぎたため", first.account.id)
    told = [second.told(f"/registry/retention/{number}/confirm", code=f"00000{n % 10}") for n in range(12)]
    assert "確認コードが違います" in told[0]
    assert "確認コードが違います" not in told[-1]
    assert state(number) == ProposalState.PROPOSED
