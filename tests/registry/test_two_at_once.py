"""Two officers at one moment, on either database: one thing happens, the other is told, and nothing is given that was taken back before."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from disaster.core import audit
from disaster.core.audit import AuditEntry
from disaster.core.errors import DomainError, Forbidden, Missing
from disaster.core.extensions import db
from disaster.staff.models import Account
from disaster.staff.permissions import Role
from registry.consent import consents
from registry.consent.consents import Said
from registry.disclosure import files, giving, late, replying
from registry.disclosure.giving import Asked
from registry.inquiry import asking
from registry.inquiry.asking import Question
from registry.models.giving import Disclosure, SafetyInquiry
from registry.models.ledger import VictimFact
from registry.models.people import Person
from registry.models.protection import AskedAfter, ProtectionOrder, ProtectionSought, RegistryProposal
from registry.protection import orders
from registry.protection.orders import Wanted
from registry.vocabulary import Protection
from tests.fakes.staff import fresh_code, make_account
from tests.registry.damage.test_certificates import at_once
from tests.registry.disclosure.test_giving import FORM, enter, victim, wide

ROUNDS = 3


def count(model: type[Any]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def accounts(role: Role, number: int) -> list[int]:
    return [make_account(f"{role}-{place}", role).id for place in range(number)]


def each(steps: list[Callable[[], object]]) -> Callable[[], object]:
    """One step for each of the threads, whichever comes."""
    waiting = list(steps)
    return lambda: waiting.pop()()


def sound() -> None:
    """The chain of the audit log has no gap and no fork."""
    db.session.rollback()
    assert audit.verify() == []


def test_a_bulk_export_that_several_confirm_at_once_is_given_once(app_on_any_database: Flask) -> None:
    clerk, *others = accounts(Role.REGISTRY, 4)
    numbers = ",".join(str(victim(enter(name)).number) for name in ("髙橋", "鈴木"))
    proposal = giving.propose(wide(numbers), "一時滞在の受入れ", clerk)
    codes = {one: fresh_code(one) for one in others}
    steps = [lambda one=one: giving.confirm(proposal, one, codes[one]) for one in others]
    told = at_once(app_on_any_database, len(others), each(steps))  # type: ignore[arg-type]
    assert sorted(told) == ["Stale", "Stale", "done"]
    assert count(Disclosure) == 1
    sound()


def test_the_same_proposal_made_and_decided_by_two_at_once_is_one(app_on_any_database: Flask) -> None:
    first, second, third = accounts(Role.REGISTRY, 3)
    numbers = ",".join(str(victim(enter(name)).number) for name in ("髙橋", "鈴木"))
    propose = [lambda one=one: giving.propose(wide(numbers), "一時滞在の受入れ", one) for one in (first, second)]
    assert sorted(at_once(app_on_any_database, 2, each(propose))) == ["Stale", "done"]  # type: ignore[arg-type]
    db.session.rollback()
    proposal = db.session.scalars(select(RegistryProposal)).one()
    number, maker = proposal.id, proposal.proposed_by
    code = fresh_code(third)
    decide = [lambda: giving.confirm(number, third, code), lambda: giving.refuse(number, maker)]
    assert sorted(at_once(app_on_any_database, 2, each(decide))) == ["Stale", "done"]
    db.session.rollback()
    confirmed = db.session.get_one(RegistryProposal, number).state == "confirmed"
    assert count(Disclosure) == int(confirmed)
    sound()


def test_one_record_that_two_officers_protect_at_once_has_one_order(app_on_any_database: Flask) -> None:
    first, second = accounts(Role.PROTECTION, 2)
    for round_ in range(ROUNDS):
        person = enter(f"秘匿{round_}")
        wanted = [
            Wanted(Protection.HIDDEN, "support", "支援措置の決定", one, person_id=person) for one in (first, second)
        ]
        steps = [lambda w=w, a=a: orders.protect(w, a) for w, a in zip(wanted, (second, first), strict=True)]
        assert sorted(at_once(app_on_any_database, 2, each(steps))) == ["Stale", "done"]  # type: ignore[arg-type]
        db.session.rollback()
        assert db.session.get_one(Person, person).protection == Protection.HIDDEN
    assert count(ProtectionOrder) == ROUNDS
    sound()


def test_a_protection_that_is_lifted_and_strengthened_at_once_is_never_lost(app_on_any_database: Flask) -> None:
    first, second = accounts(Role.PROTECTION, 2)
    person = enter("秘匿")
    order = orders.protect(Wanted(Protection.WHEREABOUTS, "support", "支援措置の決定", second, person_id=person), first)
    proposal = orders.propose_less(order, Protection.NONE, "本人から解除の申出", first)
    code = fresh_code(second)
    steps = [
        lambda: orders.confirm_less(proposal, second, code),
        lambda: orders.stronger(order, Protection.HIDDEN, first),
    ]
    told = at_once(app_on_any_database, 2, each(steps))
    db.session.rollback()
    row = db.session.get_one(ProtectionOrder, order)
    level = db.session.get_one(Person, person).protection
    assert set(told) <= {"done", "Stale"}
    assert level == (Protection.NONE if row.lifted_at else row.level)
    sound()


def meanwhile(app: Flask, step: Callable[[], object], other: Callable[[], object]) -> list[str]:
    """``step`` stops where its file is written; then ``other`` begins. ``step`` goes on when ``other`` is through, or cannot get through before it."""
    reached, through, told = threading.Event(), threading.Event(), []
    write = files.write

    def waits(*arguments: Any) -> Any:
        reached.set()
        through.wait(0.4)
        return write(*arguments)

    def run(what: Callable[[], object], name: str) -> None:
        with app.app_context():
            try:
                what()
                told.append(name)
            except DomainError as error:
                told.append(type(error).__name__)
            finally:
                db.session.remove()

    def second() -> None:
        reached.wait(5)
        run(other, "other")
        through.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "write", waits)
        threads = [threading.Thread(target=run, args=(step, "step")), threading.Thread(target=second)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    return told


def recorded(*actions: str) -> list[str]:
    """Which of these were recorded, in the order of the log."""
    db.session.rollback()
    query = select(AuditEntry.action).where(AuditEntry.action.in_(actions)).order_by(AuditEntry.id)
    return list(db.session.scalars(query))


def test_a_consent_withdrawn_while_a_file_is_made_stands_behind_its_disclosure(app_on_any_database: Flask) -> None:
    clerk, _ = accounts(Role.REGISTRY, 2)
    person = victim(enter("髙橋"))
    consent = consents.give(person.id, Said("self", "company", ["A1"], "signed"), actor="cli")
    asked = Asked("90-4-1", "company", "みえ保険", str(person.number), ("A1",), "保険金", application=FORM, confirmed=1)
    told = meanwhile(
        app_on_any_database, lambda: giving.give(asked, clerk), lambda: consents.withdraw(consent, actor="cli")
    )
    assert sorted(told) == ["other", "step"]  # both went through; the log says in which order
    assert recorded("disclosure.made", "consent.withdrawn") == ["disclosure.made", "consent.withdrawn"]
    with pytest.raises(Forbidden):
        giving.give(asked, clerk)
    assert count(Disclosure) == 1
    sound()


def test_who_is_hidden_while_a_bulk_file_is_made_is_hidden_behind_its_disclosure(app_on_any_database: Flask) -> None:
    first, second = accounts(Role.REGISTRY, 2)
    officer, other = accounts(Role.PROTECTION, 2)
    people = [enter(name) for name in ("髙橋", "鈴木")]
    numbers = ",".join(str(victim(one).number) for one in people)
    proposal, code = giving.propose(wide(numbers), "一時滞在の受入れ", first), fresh_code(second)
    wanted = Wanted(Protection.HIDDEN, "support", "支援措置の決定", other, person_id=people[1])
    told = meanwhile(
        app_on_any_database, lambda: giving.confirm(proposal, second, code), lambda: orders.protect(wanted, officer)
    )
    assert sorted(told) == ["other", "step"]  # both went through; the log says in which order
    assert recorded("disclosure.made", "protection.set") == ["disclosure.made", "protection.set"]
    with pytest.raises(Missing):
        giving.propose(wide(numbers), "一時滞在の受入れ", first)
    sound()


def test_two_withdrawals_of_one_consent_are_one(app_on_any_database: Flask) -> None:
    person = victim(enter("髙橋"))
    consent = consents.give(person.id, Said("self", "company", ["A1"], "signed"), actor="cli")
    told = at_once(app_on_any_database, 4, lambda: consents.withdraw(consent, actor="cli"))
    assert sorted(told) == ["Stale", "Stale", "Stale", "done"]
    assert recorded("consent.withdrawn") == ["consent.withdrawn"]


def test_an_order_that_two_officers_confirm_at_once_is_confirmed_once(app_on_any_database: Flask) -> None:
    first, second, third = accounts(Role.PROTECTION, 3)
    wanted = Wanted(Protection.HIDDEN, "support", "支援措置の決定", second, person_id=enter("秘匿"))
    order = orders.protect(wanted, first)
    codes = {one: fresh_code(one) for one in (second, third)}
    steps = [lambda one=one: orders.confirm(order, one, codes[one]) for one in codes]
    assert sorted(at_once(app_on_any_database, 2, each(steps))) == ["Stale", "done"]  # type: ignore[arg-type]
    assert recorded("protection.confirmed") == ["protection.confirmed"]
    sound()


def test_inquiries_at_once_are_each_answered_recorded_and_given_as_one_disclosure_each(
    app_on_any_database: Flask,
) -> None:
    (number,) = accounts(Role.INQUIRY, 1)
    enter("髙橋", kana="タカハシ ハナコ", safety="safe")
    question = Question("甲", "乙", "spouse", "licence", "安否", "", "タカハシ ハナコ", "", "S35.4.12", "f", "together")
    told = at_once(app_on_any_database, 4, lambda: asking.ask(question, db.session.get_one(Account, number)))
    assert told == ["done"] * 4
    db.session.rollback()
    assert set(db.session.scalars(select(SafetyInquiry.answer))) == {"told"}
    assert count(SafetyInquiry) == count(Disclosure) == 4
    sound()


def test_one_reply_that_two_officers_take_in_at_once_is_taken_in_once(app_on_any_database: Flask) -> None:
    clerk = make_account("daicho", Role.REGISTRY)
    number = victim(enter("髙橋")).number
    given = giving.give(wide(str(number)), clerk.id).disclosure_id
    reply = f"照合番号,居所\r\n{number},津市\r\n".encode()
    told = at_once(app_on_any_database, 3, lambda: replying.take(given, reply, actor="account:1", account=clerk))
    assert told == ["done"] * 3
    assert count(VictimFact) == 1


def test_two_workers_take_a_late_line_in_once_and_tell_once(app_on_any_database: Flask) -> None:
    clerk, second = (make_account(login, Role.REGISTRY) for login in ("daicho", "daicho2"))
    officer, other = accounts(Role.PROTECTION, 2)
    people = [enter(name) for name in ("髙橋", "鈴木")]
    numbers = [victim(one).number for one in people]
    proposal = giving.propose(wide(",".join(map(str, numbers))), "一時滞在の受入れ", clerk.id)
    given = giving.confirm(proposal, second.id, fresh_code(second.id)).disclosure_id
    orders.protect(Wanted(Protection.HIDDEN, "support", "支援措置の決定", other, person_id=people[1]), officer)
    reply = f"照合番号,居所\r\n{numbers[1]},津市\r\n".encode()
    replying.take(given, reply, actor=clerk.actor, account=clerk)
    assert at_once(app_on_any_database, 3, late.take) == ["done"] * 3
    assert (count(VictimFact), count(ProtectionSought), count(AskedAfter)) == (1, 1, 0)
    sound()
