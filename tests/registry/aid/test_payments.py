"""Each payment and each repayment of a case is a row that nothing changes; the case shows their sum and what is open."""

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from disaster.core.errors import Invalid, Stale
from disaster.core.extensions import db
from registry.aid import cases, finding, payments, reading
from registry.aid.states import CaseState
from registry.damage.grades import Grade
from registry.models.aid import AidCase, AidReview
from tests.fakes.staff import make_account
from tests.registry.aid.papers import household, incident, paper
from tests.registry.aid.test_finding import PAID, case, walk
from tests.registry.ledger.town import OFFICER


def paid(grade: Grade = Grade.LARGE_HALF) -> tuple[str, int]:
    """A household whose 基礎支援金 was paid by this grade; household and case."""
    home = household()
    paper(home, grade)
    finding.find()
    number = case("support_base", home).id
    walk(number, *PAID)
    return home, number


def again(home: str, grade: Grade) -> int:
    """The next survey; its review."""
    paper(home, grade)
    finding.find()
    db.session.rollback()
    mine = (AidReview.closed_at.is_(None)) & (AidReview.case_id == case("support_base", home).id)
    return db.session.scalars(select(AidReview.id).where(mine)).one()


def fresh(number: int) -> AidCase:
    db.session.rollback()
    return db.session.get_one(AidCase, number)


def rows(number: int) -> list[tuple[int, str, str, str]]:
    db.session.rollback()
    found = payments.of_case(db.session(), number)
    return [(one.yen, one.paid_on.isoformat(), one.by, one.why or "") for one in found]


def pay(number: int, yen: int | None = None, day: str = "2026-11-01") -> None:
    cases.pay_difference(number, yen, "2次調査", seen=fresh(number).version, actor="account:9", paid_on=day)


def test_a_difference_is_paid_in_parts_and_what_was_paid_stays(app_on_any_database: Flask) -> None:
    home, number = paid()
    first = rows(number)
    cases.close_review(again(home, Grade.TOTAL), "pay_more", "2次調査で全壊", actor=OFFICER)
    one = fresh(number)
    assert (one.state, one.due, one.paid_yen, one.open_yen, one.grade) == ("paid", 1_000_000, 500_000, 500_000, "total")
    account = make_account("kyufu2")
    waiting = reading.unsettled(db.session(), account, incident())
    assert [one.case.id for one in waiting] == [number]
    pay(number, 200_000, "2026-11-01")
    pay(number)
    assert rows(number) == [
        *first,
        (200_000, "2026-11-01", "account:9", "2次調査"),
        (300_000, "2026-11-01", "account:9", "2次調査"),
    ]
    assert (fresh(number).paid_yen, fresh(number).open_yen) == (1_000_000, 0)
    assert payments.totals(db.session(), account, incident())["support_base"] == 1_000_000
    assert reading.unsettled(db.session(), account, incident()) == []
    assert finding.find().reviews == 0


def test_what_was_too_much_comes_back(app: Flask) -> None:
    home, number = paid(Grade.TOTAL)
    cases.close_review(again(home, Grade.LARGE_HALF), "return", "再調査", actor=OFFICER)
    assert fresh(number).open_yen == -500_000
    pay(number)
    assert [yen for yen, *_ in rows(number)] == [1_000_000, -500_000]
    assert (fresh(number).state, fresh(number).paid_yen, fresh(number).open_yen) == (CaseState.PAID, 500_000, 0)
    review = again(home, Grade.TOTAL)
    assert db.session.get_one(AidReview, review).yen_before == 500_000
    cases.move(number, CaseState.RETURNED, seen=fresh(number).version, actor=OFFICER, note="辞退", paid_on="2026-11-02")
    assert (rows(number)[-1][0], fresh(number).paid_yen) == (-500_000, 0)


def test_all_that_comes_back_ends_the_case(app: Flask) -> None:
    home, number = paid()
    cases.close_review(again(home, Grade.PART), "return", "再調査", actor=OFFICER)
    pay(number)
    assert (fresh(number).state, fresh(number).paid_yen) == (CaseState.RETURNED, 0)


def test_an_amount_by_hand_in_all(app: Flask) -> None:
    home, number = paid()
    cases.close_review(again(home, Grade.TOTAL), "pay_more", "一部は県が支給", actor=OFFICER, yen=800_000)
    assert (fresh(number).due, fresh(number).hand_reason, fresh(number).open_yen) == (
        800_000,
        "一部は県が支給",
        300_000,
    )


@pytest.mark.parametrize(("outcome", "yen"), [("return", None), ("pay_more", 400_000), ("pay_more", 500_000)])
def test_a_decision_that_goes_the_other_way_is_refused(app: Flask, outcome: str, yen: int | None) -> None:
    home, number = paid()
    review = again(home, Grade.TOTAL)
    with pytest.raises(Invalid):
        cases.close_review(review, outcome, "誤り", actor=OFFICER, yen=yen)
    assert db.session.get_one(AidReview, review).closed_at is None
    assert (fresh(number).due, fresh(number).open_yen) == (500_000, 0)


def test_never_more_than_is_open_and_never_twice(app: Flask) -> None:
    home, number = paid()
    with pytest.raises(Invalid, match="差額も"):
        pay(number)
    cases.close_review(again(home, Grade.TOTAL), "pay_more", "2次調査で全壊", actor=OFFICER)
    for yen in (0, -1, 500_001):
        with pytest.raises(Invalid, match=r"500,000円まで"):
            pay(number, yen)
    with pytest.raises(Invalid, match="先の日付"):
        pay(number, day="2999-01-01")
    seen = fresh(number).version
    pay(number)
    with pytest.raises(Stale):
        cases.pay_difference(number, None, "二度押した", seen=seen, actor=OFFICER)
    assert sum(yen for yen, *_ in rows(number)) == fresh(number).paid_yen == 1_000_000


def test_the_database_refuses_to_change_a_payment(app_on_any_database: Flask) -> None:
    paid()
    for change in ("UPDATE aid_payments SET yen = 1", "DELETE FROM aid_payments"):
        with pytest.raises(DatabaseError, match="never changed"):
            db.session.execute(text(change))
        db.session.rollback()
