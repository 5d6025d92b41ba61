"""Cases follow from certificates; what is decided or paid changes only by a person."""

from collections.abc import Collection
from datetime import date

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.incidents import laws
from disaster.staff.permissions import Role
from registry.aid import cases, doubles, finding, measures, reading
from registry.aid.finding import Found
from registry.aid.reading import Shown
from registry.aid.states import CaseState
from registry.damage.grades import Grade
from registry.models.aid import AidCase, AidEvent, AidReview
from registry.models.certificates import Certificate
from registry.models.ledger import Victim
from registry.models.people import Person
from registry.vocabulary import Protection
from tests.fakes.staff import make_account
from tests.registry.aid.papers import dwelling, household, incident, paper, void
from tests.registry.ledger.town import OFFICER, in_the_ledger

_S = CaseState


def case(programme: str, household_id: str) -> AidCase:
    db.session.rollback()
    mine = (AidCase.programme == programme) & (AidCase.household_id == household_id)
    return db.session.scalars(select(AidCase).where(mine)).one()


def walk(number: int, *states: CaseState) -> None:
    """Take a case through these states."""
    for state in states:
        db.session.rollback()
        seen = db.session.get_one(AidCase, number).version
        cases.move(number, state, seen=seen, actor=OFFICER, note="理由")


PAID = (_S.INFORMED, _S.APPLIED, _S.EXAMINING, _S.DECIDED, _S.PAID)


def told(most: int = 20, *roles: Role) -> list[Shown]:
    """The cases of whom nobody told yet, as a page shows them."""
    account = make_account(f"{most}-{clock.now().timestamp()}", *(roles or (Role.REGISTRY,)))
    found, _ = reading.untold(db.session(), account, incident(), date(2026, 10, 1), most)
    return [one for group in found for one in group.shown]


class TestFinding:
    def test_a_run_that_is_killed_between_two_households_is_taken_up_by_the_next(
        self, app_on_any_database: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        homes = [household(size=1), household(size=1), household(size=1)]
        for home in homes:
            paper(home, Grade.TOTAL)
        monkeypatch.setattr(finding, "_TOGETHER", 1)
        of_papers, calls = finding.current.many, []

        def killed(session: Session, numbers: Collection[str]) -> dict[str, Certificate]:
            calls.append(numbers)
            if len(calls) == 2:
                raise RuntimeError
            return of_papers(session, numbers)

        with monkeypatch.context() as patch:
            patch.setattr(finding.current, "many", killed)
            with pytest.raises(RuntimeError):
                finding.find()
        db.session.rollback()
        assert len(set(db.session.scalars(select(AidCase.household_id)))) == 1
        finding.find()
        assert {case("support_base", home).yen for home in homes} == {750_000}
        assert finding.find() == Found()
        assert db.session.scalar(select(func.count()).select_from(AidCase)) == db.session.scalar(
            select(func.count()).select_from(AidEvent)
        )

    def test_a_certificate_brings_the_measures_with_amount_and_last_day(self, app_on_any_database: Flask) -> None:
        home = household(size=3)
        paper(home, Grade.TOTAL)
        assert finding.find().new > 5
        base, add = case("support_base", home), case("support_add", home)
        assert (base.state, base.yen, base.until) == (_S.POSSIBLE, 1_000_000, date(2027, 10, 11))
        assert (add.yen, add.until) == (None, date(2029, 10, 11))

    def test_again_changes_nothing(self, app_on_any_database: Flask) -> None:
        paper(household(), Grade.LARGE_HALF)
        finding.find()
        assert finding.find() == Found()

    def test_one_person_gets_three_quarters(self, app: Flask) -> None:
        home = household(size=1)
        paper(home, Grade.TOTAL)
        finding.find()
        assert case("support_base", home).yen == 750_000

    def test_without_the_law_there_is_no_support_money(self, app: Flask) -> None:
        home = household()
        paper(home, Grade.TOTAL)
        laws.switch(incident(), "support", "", actor=OFFICER)
        finding.find()
        programmes = set(db.session.scalars(select(AidCase.programme)))
        assert "support_base" not in programmes
        assert "loan" in programmes
        laws.switch(incident(), "support", "2026-09-20", actor=OFFICER)
        finding.find()
        assert case("support_base", home).state == _S.POSSIBLE

    def test_half_destroyed_is_told_that_pulling_down_counts(self, app: Flask) -> None:
        home = household()
        paper(home, Grade.HALF)
        finding.find()
        base = case("support_base", home)
        assert (base.state, base.yen) == (_S.POSSIBLE, 0)
        cases.say(base.id, ["demolished"], [], seen=base.version, actor=OFFICER)
        assert case("support_base", home).yen == 1_000_000
        assert finding.find() == Found()

    def test_what_the_committee_decides_comes_to_every_case(self, app: Flask) -> None:
        home = household()
        paper(home, Grade.TOTAL)
        finding.find()
        assert db.session.scalar(select(func.count()).where(AidCase.programme == "donations")) == 0
        measures.change(incident(), "donations", {"open": True, "yen": {"total": 300_000}}, seen=0, actor=OFFICER)
        finding.find()
        assert case("donations", home).yen == 300_000
        measures.change(incident(), "donations", {"open": True, "yen": {"total": 450_000}}, seen=1, actor=OFFICER)
        finding.find()
        assert case("donations", home).yen == 450_000

    def test_two_households_of_one_building_have_two_cases_and_one_repair(self, app: Flask) -> None:
        building = dwelling()
        parents, young = household(family="山田"), household(family="佐藤")
        for home in (parents, young):
            paper(home, Grade.HALF, building=building)
        finding.find()
        assert case("loan", parents).id != case("loan", young).id
        assert db.session.scalar(select(func.count()).where(AidCase.programme == "emergency_repair")) == 1
        assert finding.find() == Found()

    def test_the_dead_have_a_case_of_their_own(self, app: Flask) -> None:
        incident()
        victim = in_the_ledger(safety="dead")
        finding.find()
        found = db.session.scalars(select(AidCase).where(AidCase.victim_id == victim.id)).one()
        assert (found.programme, found.yen) == ("condolence", 2_500_000)
        cases.say(found.id, ["main_earner"], [], seen=found.version, actor=OFFICER)
        db.session.rollback()
        assert db.session.get_one(AidCase, found.id).yen == 5_000_000


class TestANewSurvey:
    """A certificate that comes out different."""

    @pytest.mark.parametrize("states", [(), (_S.INFORMED,), (_S.INFORMED, _S.APPLIED)])
    def test_before_the_decision_the_amount_follows(self, app: Flask, states: tuple[CaseState, ...]) -> None:
        home = household()
        paper(home, Grade.LARGE_HALF)
        finding.find()
        walk(case("support_base", home).id, *states)
        paper(home, Grade.TOTAL)
        finding.find()
        assert case("support_base", home).yen == 1_000_000
        assert db.session.scalar(select(func.count()).select_from(AidReview)) == 0

    @pytest.mark.parametrize("states", [PAID[:-1], PAID])
    def test_afterwards_a_review_is_opened_and_no_money_changes(
        self, app_on_any_database: Flask, states: tuple[CaseState, ...]
    ) -> None:
        home = household()
        paper(home, Grade.LARGE_HALF)
        finding.find()
        number = case("support_base", home).id
        walk(number, *states)
        before = case("support_base", home)
        paid, version = before.paid_yen, before.version
        new = paper(home, Grade.TOTAL)
        assert finding.find().reviews >= 1
        assert finding.find() == Found()
        after = case("support_base", home)
        assert (after.paid_yen, after.yen, after.version, after.state) == (paid, 500_000, version, states[-1])
        review = db.session.scalars(select(AidReview).where(AidReview.case_id == number)).one()
        assert (review.certificate_id, review.yen_before, review.yen_after) == (new, 500_000, 1_000_000)
        assert (review.grade_before, review.grade_after) == (Grade.LARGE_HALF, Grade.TOTAL)

    def test_a_lower_grade_takes_back_what_nobody_applied_for_and_no_more(self, app: Flask) -> None:
        home = household()
        paper(home, Grade.TOTAL)
        finding.find()
        walk(case("loan", home).id, *PAID[:2])
        paper(home, Grade.PART)
        finding.find()
        assert case("support_base", home).state == _S.EXCLUDED
        assert case("loan", home).state == _S.APPLIED
        paper(home, Grade.TOTAL)
        finding.find()
        assert case("support_base", home).state == _S.POSSIBLE

    def test_a_void_certificate_opens_a_review_once(self, app_on_any_database: Flask) -> None:
        home = household()
        number = paper(home, Grade.TOTAL)
        finding.find()
        walk(case("support_base", home).id, *PAID)
        void(number)
        assert finding.find().reviews == 1
        assert finding.find() == Found()
        review = db.session.scalars(select(AidReview)).one()
        assert (review.certificate_id, review.yen_after) == (None, 0)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(list(Grade)), min_size=1, max_size=6), st.integers(0, 5))
def test_whatever_the_surveys_say_paid_money_stays(app: Flask, grades: list[Grade], steps: int) -> None:
    home = household()
    paper(home, Grade.TOTAL)
    finding.find()
    number = case("support_base", home).id
    walk(number, *PAID[:steps])
    paid = case("support_base", home).paid_yen
    for grade in grades:
        paper(home, grade)
        finding.find()
        assert case("support_base", home).paid_yen == paid
    if steps == len(PAID):
        assert paid == 1_000_000
        reviews = db.session.scalar(select(func.count()).where(AidReview.case_id == number))
        assert reviews == len(grades)


class TestDoubles:
    def test_somebody_in_two_households_is_found_through_a_merge(self, app: Flask) -> None:
        first, second = household(size=1), household(size=1)
        for home in (first, second):
            paper(home, Grade.TOTAL)
        finding.find()
        for home in (first, second):
            walk(case("support_base", home).id, *PAID[:2])
        assert doubles.doubles(db.session, incident()) == []
        victims = list(db.session.scalars(select(Victim).order_by(Victim.number)))
        with transaction() as session:
            row = session.get_one(Victim, victims[1].id)
            row.same_as = victims[0].id
        found = doubles.doubles(db.session, incident())
        assert [(one.why, len(one.cases)) for one in found] == [("person", 2)]

    def test_the_same_bank_account_is_found_however_it_is_written(self, app: Flask) -> None:
        first, second = household(size=1), household(size=1)
        for home, written in ((first, "百五銀行 東員支店 普通 1234567"), (second, "百五銀行東員支店　普通1234567")):
            paper(home, Grade.TOTAL)
            finding.find()
            one = case("support_base", home)
            cases.move(one.id, _S.APPLIED, seen=one.version, actor=OFFICER, account=written)
        assert [one.why for one in doubles.doubles(db.session, incident())] == ["account"]

    def test_somebody_who_died_and_stood_twice_in_the_register_is_one(self, app: Flask) -> None:
        first, second = in_the_ledger(safety="dead"), in_the_ledger(family="山出", safety="dead")
        incident()
        finding.find()
        for case_ in db.session.scalars(select(AidCase).where(AidCase.programme == "condolence")).all():
            walk(case_.id, _S.INFORMED, _S.APPLIED)
        assert doubles.doubles(db.session, incident()) == []
        with transaction() as session:
            session.get_one(Victim, second.id).same_as = first.id
        assert [(one.why, len(one.cases)) for one in doubles.doubles(db.session, incident())] == [("person", 2)]

    def test_of_those_who_were_never_told_a_page_has_some_and_the_number_of_all(
        self, app_on_any_database: Flask
    ) -> None:
        for _ in range(3):
            paper(household(size=1), Grade.TOTAL)
        finding.find()
        account = make_account("desk", Role.REGISTRY)
        some, number = reading.untold(db.session(), account, incident(), date(2026, 10, 1), 2)
        assert (len(some), number) == (2, 3)
        assert {one.until for one in some} == {date(2026, 10, 11)}  # what was over by then comes after
        with transaction() as session:
            session.execute(update(Person).values(protection=Protection.HIDDEN))
        assert reading.untold(db.session(), account, incident(), date(2026, 10, 1), 2) == ([], 0)

    def test_who_was_never_told_stands_with_the_nearest_last_day_first(self, app: Flask) -> None:
        home = household()
        paper(home, Grade.TOTAL)
        finding.find()
        days = [one.case.until for one in told()]
        assert days == sorted(days, key=lambda day: day or date.max)
        walk(case("support_base", home).id, _S.INFORMED)
        assert "support_base" not in {one.case.programme for one in told()}


def test_every_step_stays_in_the_history(app: Flask) -> None:
    home = household()
    paper(home, Grade.TOTAL)
    finding.find()
    number = case("support_base", home).id
    walk(number, *PAID)
    events = db.session.scalars(select(AidEvent).where(AidEvent.case_id == number).order_by(AidEvent.id))
    assert [event.state for event in events] == [_S.POSSIBLE, *PAID]


def test_a_page_has_the_oldest_reviews_and_the_number_of_all(app_on_any_database: Flask) -> None:
    homes = [household(size=1) for _ in range(3)]
    papers = [paper(home, Grade.TOTAL) for home in homes]
    finding.find()
    for home in homes:
        walk(case("support_base", home).id, *PAID[:4])
    for one in papers:
        void(one)
    finding.find()
    account = make_account("desk", Role.REGISTRY)
    some = reading.reviews(db.session(), account, incident(), 2)
    assert [shown.case.household_id for _, shown in some] == homes[:2]
    assert reading.reviews_number(db.session(), account, incident()) == 3
    with transaction() as session:
        session.execute(update(Person).values(protection=Protection.HIDDEN))
    assert reading.reviews_number(db.session(), account, incident()) == 0
