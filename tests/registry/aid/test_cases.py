"""One step at a time, by one person at a time, with its reason."""

import pytest
from flask import Flask

from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.extensions import db
from registry.aid import cases, finding, measures
from registry.aid.states import MOVES, CaseState
from registry.damage.grades import Grade
from registry.models.aid import AidCase
from tests.registry.aid.papers import household, incident, paper
from tests.registry.aid.test_finding import PAID, case, walk
from tests.registry.ledger.town import OFFICER

_S = CaseState


@pytest.fixture
def one(app: Flask) -> AidCase:
    """A household of two, 全壊: the 基礎支援金."""
    home = household()
    paper(home, Grade.TOTAL)
    finding.find()
    return case("support_base", home)


def fresh(one: AidCase) -> AidCase:
    db.session.rollback()
    return db.session.get_one(AidCase, one.id)


class TestMoves:
    @pytest.mark.parametrize("state", list(CaseState))
    def test_only_along_the_table(self, one: AidCase, state: CaseState) -> None:
        if state in MOVES[_S.POSSIBLE]:
            cases.move(one.id, state, seen=one.version, actor=OFFICER, note="理由")
            assert fresh(one).state == state
        else:
            with pytest.raises(Invalid, match="進められません"):
                cases.move(one.id, state, seen=one.version, actor=OFFICER, note="理由")

    def test_two_officers_at_one_case_one_is_told(self, one: AidCase) -> None:
        seen = one.version
        cases.move(one.id, _S.INFORMED, seen=seen, actor=OFFICER)
        with pytest.raises(Stale, match="ほかの人が先に"):
            cases.move(one.id, _S.DECLINED, seen=seen, actor="account:2", note="不要")

    def test_of_nothing(self, app: Flask) -> None:
        with pytest.raises(Missing):
            cases.move(99, _S.INFORMED, seen=1, actor=OFFICER)

    def test_declining_needs_its_reason(self, one: AidCase) -> None:
        with pytest.raises(Invalid) as refused:
            cases.move(one.id, _S.DECLINED, seen=one.version, actor=OFFICER, note=" ")
        assert "note" in refused.value.fields

    def test_a_decision_is_taken_back_with_a_reason(self, one: AidCase) -> None:
        walk(one.id, *PAID[:-1])
        with pytest.raises(Invalid):
            cases.move(one.id, _S.EXAMINING, seen=fresh(one).version, actor=OFFICER)
        cases.move(one.id, _S.EXAMINING, seen=fresh(one).version, actor=OFFICER, note="計算の誤り")
        assert fresh(one).state == _S.EXAMINING

    def test_the_day_of_payment_has_to_be_one(self, one: AidCase) -> None:
        walk(one.id, *PAID[:-1])
        with pytest.raises(Invalid) as refused:
            cases.move(one.id, _S.PAID, seen=fresh(one).version, actor=OFFICER, paid_on="2026-02-30")
        assert "paid_on" in refused.value.fields
        cases.move(one.id, _S.PAID, seen=fresh(one).version, actor=OFFICER, paid_on="2026-10-30")
        assert (fresh(one).paid_yen, str(fresh(one).paid_on)) == (1_000_000, "2026-10-30")


class TestAmounts:
    def test_by_hand_with_a_reason(self, one: AidCase) -> None:
        with pytest.raises(Invalid, match="理由"):
            cases.set_amount(one.id, 900_000, "", seen=one.version, actor=OFFICER)
        cases.set_amount(one.id, 900_000, "一部を県が支給", seen=fresh(one).version, actor=OFFICER)
        assert (fresh(one).due, fresh(one).yen) == (900_000, 1_000_000)
        cases.set_amount(one.id, None, "", seen=fresh(one).version, actor=OFFICER)
        assert fresh(one).due == 1_000_000

    @pytest.mark.parametrize("yen", [-1, 1_000_000_001])
    def test_an_amount_that_cannot_be(self, one: AidCase, yen: int) -> None:
        with pytest.raises(Invalid):
            cases.set_amount(one.id, yen, "理由", seen=one.version, actor=OFFICER)

    def test_nothing_changes_after_the_decision(self, one: AidCase) -> None:
        walk(one.id, *PAID[:-1])
        for change in (
            lambda seen: cases.set_amount(one.id, 1, "理由", seen=seen, actor=OFFICER),
            lambda seen: cases.say(one.id, ["demolished"], [], seen=seen, actor=OFFICER),
        ):
            with pytest.raises(Invalid, match="決定したあと"):
                change(fresh(one).version)

    def test_without_an_amount_there_is_no_decision(self, app: Flask) -> None:
        home = household()
        paper(home, Grade.TOTAL)
        finding.find()
        add = case("support_add", home)
        walk(add.id, _S.APPLIED, _S.EXAMINING)
        with pytest.raises(Invalid, match="額が決まっていません"):
            cases.move(add.id, _S.DECIDED, seen=fresh(add).version, actor=OFFICER)
        cases.say(add.id, [], ["build", "rent"], seen=fresh(add).version, actor=OFFICER)
        assert fresh(add).yen == 2_000_000

    def test_words_that_nobody_offers(self, one: AidCase) -> None:
        with pytest.raises(Invalid):
            cases.say(one.id, ["rich"], [], seen=one.version, actor=OFFICER)


class TestMeasures:
    def test_two_officers_at_one_measure(self, app: Flask) -> None:
        measures.change(incident(), "donations", {"open": True}, seen=0, actor=OFFICER)
        with pytest.raises(Stale):
            measures.change(incident(), "donations", {"open": False}, seen=0, actor=OFFICER)

    @pytest.mark.parametrize(
        "given", [{"yen": -5}, {"until": "2026-02-30"}, {"yen": {"total": "多い"}}, {"contact": "x" * 201}]
    )
    def test_what_cannot_be_is_refused(self, app: Flask, given: dict[str, object]) -> None:
        with pytest.raises(Invalid):
            measures.change(incident(), "donations", given, seen=0, actor=OFFICER)

    def test_no_such_measure(self, app: Flask) -> None:
        with pytest.raises(Missing):
            measures.change(incident(), "gold", {}, seen=0, actor=OFFICER)
