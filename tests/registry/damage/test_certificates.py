"""From application to paper: allowed moves, two persons, one paper whoever presses, versions, nothing changed in place."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from disaster.core import audit
from disaster.core.db import transaction
from disaster.core.errors import DomainError, Invalid, Stale
from disaster.core.extensions import db
from disaster.incidents import running
from registry.damage import applying, given, handling, issuing, surveys
from registry.damage.current import changes, current, many
from registry.damage.grades import Grade
from registry.damage.handling import Building
from registry.damage.surveys import Finding
from registry.damage.vocabulary import MOVES, SURVEY_MOVES, Round, State, SurveyState
from registry.models.certificates import ApplicationMove, Certificate, DamageApplication, Survey
from registry.models.damage import Dwelling
from tests.registry.damage.cases import CHIEF, FORM, OFFICER, SURVEYOR, applied, case


def certificate(number: int) -> Certificate:
    db.session.expire_all()
    return db.session.get_one(Certificate, number)


class TestTheWay:
    """申請 → 調査 → 判定 → 承認 → 交付."""

    def test_the_six_items_are_frozen_as_text(self, app: Flask) -> None:
        here = case("h1", "渡邉\U000e0110 太郎", "渡邉\U000e0110 花子")
        incident = running.running()
        assert incident is not None
        running.describe(incident, "令和8年台風第10号", "台風第10号", "2026-11-23", actor=OFFICER)
        paper = certificate(here.issued("43", flood="above", flood_cm="80"))
        assert (paper.number[:8], paper.version, paper.head_name) == ("2026-01-", 1, "渡邉\U000e0110 太郎")
        assert paper.head_address == "三重県員弁郡東員町大字山田1600番地"
        assert paper.cause == "令和8年11月23日の台風第10号による"
        assert (paper.place, paper.damage, paper.grade) == ("東員町大字山田1600番地", "大規模半壊", Grade.LARGE_HALF)
        assert '["渡邉\U000e0110 花子", "子"]' in paper.extra
        assert "床上浸水" in paper.extra
        assert here.row.state is State.ISSUED

    def test_every_step_is_kept_with_who_took_it(self, app: Flask) -> None:
        here = case()
        surveys.start(here.survey.id, seen=1, actor=SURVEYOR)
        here.issued()
        steps = db.session.execute(select(ApplicationMove.state, ApplicationMove.by).order_by(ApplicationMove.id)).all()
        assert [tuple(step) for step in steps] == [
            (State.RECEIVED, OFFICER), (State.WAITING, OFFICER), (State.SURVEYING, SURVEYOR), (State.JUDGED, SURVEYOR), (State.ISSUED, OFFICER),
        ]  # fmt: skip
        assert audit.verify() == []

    def test_nothing_moves_that_the_table_does_not_list(self, app: Flask) -> None:
        number = applied()
        for state in State:
            with transaction() as session:
                session.execute(text("UPDATE damage_applications SET state = :state"), {"state": state.value})
            for to in set(State) - set(MOVES[state]):
                with transaction() as session, pytest.raises(Invalid):
                    applying.move(session, applying.found(session, number), to, actor=OFFICER)

    def test_a_survey_goes_forward_only(self) -> None:
        assert all(
            SurveyState.PLANNED not in SURVEY_MOVES[state] for state in (SurveyState.JUDGED, SurveyState.APPROVED)
        )
        assert SURVEY_MOVES[SurveyState.APPROVED] == ()

    @pytest.mark.parametrize(
        ("ratio", "grade"),
        [("50", Grade.TOTAL), ("49.99", Grade.LARGE_HALF), ("40", Grade.LARGE_HALF), ("３０", Grade.MIDDLE_HALF), ("29.9%", Grade.HALF),
         ("20.00", Grade.HALF), ("19.99", Grade.NEAR_HALF), ("10", Grade.NEAR_HALF), ("9.99", Grade.PART), ("0", Grade.PART), ("100", Grade.TOTAL)],
    )  # fmt: skip
    def test_the_ratio_makes_the_grade_with_inclusive_bounds(self, ratio: str, grade: Grade) -> None:
        assert surveys.graded(surveys.hundredths(ratio) or 0) is grade

    @pytest.mark.parametrize(
        "ratio", ["", "-1", "100.01", "50.001", "半分", "1e2", "NaN", "５０．００１", "٥٠.٠٠١", "1.2.3"]
    )
    def test_what_is_no_ratio_is_none(self, ratio: str) -> None:
        assert surveys.hundredths(ratio) is None

    def test_and_the_form_says_so(self, app: Flask) -> None:
        with pytest.raises(Invalid) as refused:
            case().judged("半分")
        assert "0から100まで" in refused.value.fields["ratio"]

    def test_a_day_to_come_and_a_survey_without_anybody_are_said(self, app: Flask) -> None:
        survey = case().survey
        with pytest.raises(Invalid) as refused:
            surveys.judge(survey.id, Finding("50", "inside", flood_cm="深い", day="2999-02-29"), seen=1, actor=SURVEYOR)
        assert set(refused.value.fields) == {"surveyors", "flood_cm", "day"}


class TestTwoPersons:
    """Whoever surveyed or judged approves nothing of it."""

    def test_the_surveyor_cannot_approve(self, app: Flask) -> None:
        number = case().judged()
        done, refused = surveys.approve([number], account_id=9, actor=SURVEYOR)
        assert (done, list(refused)) == ([], [number])
        done, refused = surveys.approve([number], account_id=2, actor="account:9")  # went along, somebody else typed it
        assert (done, list(refused)) == ([], [number])

    def test_the_database_refuses_it_too(self, app: Flask) -> None:
        case().judged()
        with pytest.raises(DatabaseError, match=r"two_persons|CHECK"), transaction() as session:
            session.execute(text("UPDATE damage_surveys SET state = 'approved', approved_by = judged_by"))

    def test_in_bulk_the_others_are_done_and_the_rest_is_told(self, app: Flask) -> None:
        first, second = case("h1").judged(), case("h2", "鈴木 一").judged()
        done, refused = surveys.approve([first, second, first, 999], account_id=3, actor=CHIEF)
        assert (done, list(refused)) == ([first, second], [999])

    def test_nothing_is_issued_before_the_approval(self, app: Flask) -> None:
        here = case()
        here.judged()
        done, refused = issuing.issue_many([here.application], actor=OFFICER)
        assert (done, refused) == ([], {here.application: issuing.NOT_APPROVED})


class TestVersions:
    """A re-survey makes v2 and keeps v1; a falling grade takes a decision; void only with a reason."""

    def test_another_survey_makes_another_version(self, app: Flask) -> None:
        here = case()
        first = here.issued("25")
        here.again("35")
        assert certificate(first).void_at is None
        second = certificate(issuing.issue(here.application, actor=OFFICER))
        before = certificate(first)
        assert (second.version, second.number, second.damage) == (2, before.number, "中規模半壊")
        assert (before.version, before.damage) == (1, "半壊")
        assert here.household is not None
        assert current(db.session(), here.household) is second
        assert many(db.session(), [here.household]) == {here.household: second}
        told = [(change.what, change.grade_before, change.grade_after) for change in changes(db.session())]
        assert told == [("issued", None, Grade.HALF), ("issued", Grade.HALF, Grade.MIDDLE_HALF)]

    def test_a_lower_grade_is_issued_with_a_reason_only(self, app: Flask) -> None:
        here = case()
        here.issued("55")
        here.again("45")
        done, refused = issuing.issue_many([here.application], actor=OFFICER)
        assert not done
        assert "全壊」より軽い「大規模半壊" in refused[here.application]
        assert issuing.issue(here.application, actor=OFFICER, lower_because="本人に説明し、本部で決定")

    def test_void_needs_a_reason_and_the_next_version_takes_the_number_on(self, app: Flask) -> None:
        here = case()
        first = here.issued()
        with pytest.raises(Invalid):
            issuing.void(first, "  ", actor=OFFICER)
        issuing.void(first, "氏名の誤り", actor=OFFICER)
        with pytest.raises(Stale):
            issuing.void(first, "もう一度", actor=OFFICER)
        assert here.household is not None
        assert current(db.session(), here.household) is None
        assert here.row.state is State.JUDGED
        second = certificate(issuing.issue(here.application, actor=OFFICER))
        assert (second.version, second.number) == (2, certificate(first).number)
        assert [change.what for change in changes(db.session(), after=1)] == ["void", "issued"]

    def test_the_neighbour_in_the_same_house_gets_the_new_grade_as_well(self, app: Flask) -> None:
        here = case("h1")
        here.issued("25")
        beside = case("h2", "鈴木 一郎", dwelling=here.dwelling, tenure="tenant")
        assert beside.row.state is State.JUDGED  # one building, one judgement
        issuing.issue(beside.application, actor=OFFICER)
        here.again("35")
        done, refused = issuing.issue_many([here.application, beside.application], actor=OFFICER)
        assert (len(done), refused) == (2, {})
        assert {certificate(number).version for number in done} == {2}

    def test_a_cancelled_survey_keeps_what_it_found_and_is_planned_anew(self, app: Flask) -> None:
        here = case()
        number = here.judged("60")
        surveys.cancel(number, "隣の家と取り違え", seen=2, actor=SURVEYOR)
        rows = db.session.execute(
            select(Survey.state, Survey.grade, Survey.round, Survey.round_number).order_by(Survey.id)
        ).all()
        assert [tuple(row) for row in rows] == [
            (SurveyState.CANCELLED, Grade.TOTAL, Round.FIRST, 1), (SurveyState.PLANNED, None, Round.FIRST, 1),
        ]  # fmt: skip
        assert here.row.state is State.WAITING
        assert surveys.approve([number], account_id=3, actor=CHIEF)[0] == []
        with pytest.raises(Invalid):
            surveys.judge(number, Finding("1", "inside", surveyors=(2,)), seen=3, actor=CHIEF)

    def test_self_judgement_is_a_round_of_its_own(self, app: Flask) -> None:
        here = case("h1", self_judged="1")
        assert here.survey.round is Round.SELF
        assert certificate(here.issued("3")).damage == "準半壊に至らない（一部損壊）"

    def test_what_is_no_dwelling_gets_the_other_paper_without_a_survey(self, app: Flask) -> None:
        here = case("h1", kind="other")
        paper = certificate(issuing.issue(here.application, actor=OFFICER))
        assert (paper.kind.ja, paper.grade, paper.head_name) == ("被災証明書", None, "山田 花子")
        assert paper.damage == "物置に被害があったとの届出"

    def test_a_dwelling_without_a_household_is_refused_in_words(self, app: Flask) -> None:
        here = case("h1")
        number = applied()
        with pytest.raises(Invalid) as refused:
            handling.link(number, seen=1, household_id=None, dwelling_id=here.dwelling, tenure="owner", actor=OFFICER)
        assert "世帯を選んでください" in refused.value.fields["household_id"]

    def test_what_is_refused_leaves_no_building(self, app: Flask) -> None:
        number = applied()
        new = Building("東員町大字山田1600番地")
        with pytest.raises(Invalid):
            handling.link(number, seen=1, household_id=None, dwelling_id=new, tenure="owner", actor=OFFICER)
        assert db.session.scalar(select(func.count()).select_from(Dwelling)) == 0


REFUSED = (
    "UPDATE certificates SET damage = '全壊'",
    "UPDATE certificates SET grade = 'total'",
    "UPDATE certificates SET head_name = head_address",
    "UPDATE certificates SET household_id = NULL",
    "UPDATE certificates SET void_at = issued_at, void_by = 'x'",  # without a reason
    "UPDATE certificates SET void_at = issued_at, void_by = 'x', void_reason = extra, issued_on = '2020-01-01'",
    "DELETE FROM certificates",
    "UPDATE damage_surveys SET ratio = 9000",
    "UPDATE damage_surveys SET grade = 'part'",
    "UPDATE damage_surveys SET surveyors = '[]'",
    "UPDATE damage_surveys SET state = 'judged'",
    "UPDATE damage_surveys SET state = 'cancelled'",  # it was approved
    "DELETE FROM damage_surveys",
)


class TestImmutable:
    """The database itself refuses, whoever writes."""

    def test_what_was_judged_and_issued_cannot_be_changed(self, app_on_any_database: Flask) -> None:
        number = case().issued()
        with transaction() as session:
            session.execute(text("DELETE FROM certificate_changes"))  # so that no foreign key is what refuses
        for statement in REFUSED:
            with pytest.raises(DatabaseError, match="never changed in place"), transaction() as session:
                session.execute(text(statement))
        issuing.void(number, "誤り", actor=OFFICER)
        with pytest.raises(DatabaseError, match="never changed in place"), transaction() as session:
            session.execute(text("UPDATE certificates SET void_at = NULL"))


class TestAtOnce:
    """Several officers press at the same moment, on both databases."""

    def test_eight_officers_make_one_paper(self, app_on_any_database: Flask) -> None:
        here = case()
        here.approved()
        said = at_once(app_on_any_database, 8, lambda: issuing.issue(here.application, actor=OFFICER))
        assert [kind for kind in said if kind == "done"] == ["done"]
        db.session.rollback()
        assert db.session.scalar(select(func.count()).select_from(Certificate)) == 1

    def test_eight_surveyors_judge_once(self, app_on_any_database: Flask) -> None:
        here = case()
        survey = here.survey
        number, version = survey.id, survey.version
        finding = Finding("33", "inside", surveyors=(2,))
        said = at_once(app_on_any_database, 8, lambda: surveys.judge(number, finding, seen=version, actor=SURVEYOR))
        assert said.count("done") == 1
        assert set(said) <= {"done", "Stale", "Invalid"}

    def test_a_form_sent_eight_times_is_one_application(self, app_on_any_database: Flask) -> None:
        what = given.read(FORM)
        said = at_once(
            app_on_any_database,
            8,
            lambda: applying.receive(what, channel="online", actor="resident", form_key="k" * 32),
        )
        assert said == ["done"] * 8
        db.session.rollback()
        assert db.session.scalar(select(func.count()).select_from(DamageApplication)) == 1


def at_once(app: Flask, number: int, step: Callable[[], object]) -> list[str]:
    """Run a step in that many threads that start together; ``done`` or the name of the refusal of each."""
    gate, said = threading.Barrier(number), []

    def run() -> None:
        with app.app_context():
            gate.wait()
            try:
                step()
                said.append("done")
            except DomainError as error:
                said.append(type(error).__name__)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said
