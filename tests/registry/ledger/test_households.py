"""被災時世帯: fixed once, never in two, put right by a new one."""

import pytest
from flask import Flask
from sqlalchemy import select

from disaster.core.errors import Invalid, Stale
from disaster.core.extensions import db
from registry.ledger import households
from registry.ledger.households import Member
from registry.models.ledger import AffectedHousehold
from tests.registry.ledger.town import OFFICER, in_the_ledger


class TestByHand:
    """People without residence registration, 別荘, 二世帯: an officer says who lived together."""

    def test_one_head(self, app: Flask) -> None:
        first, second = in_the_ledger(), in_the_ledger(given="次郎")
        for heads in ((False, False), (True, True)):
            members = [Member(first.id, "", heads[0]), Member(second.id, "", heads[1])]
            with pytest.raises(Invalid, match="世帯主を1人"):
                households.freeze(members, address="山田1600", actor=OFFICER)

    def test_nobody_is_no_household(self, app: Flask) -> None:
        with pytest.raises(Invalid, match="世帯の人を選んで"):
            households.freeze([], address="", actor=OFFICER)

    def test_nobody_stands_in_two(self, app_on_any_database: Flask) -> None:
        who = in_the_ledger()
        households.freeze([Member(who.id, "", head=True)], address="", actor=OFFICER)
        with pytest.raises(Invalid, match="ほかの被災時世帯"):
            households.freeze([Member(who.id, "", head=True)], address="", actor=OFFICER)

    def test_a_mistake_is_put_right_by_a_new_household_and_stays_readable(self, app: Flask) -> None:
        first, second = in_the_ledger(), in_the_ledger(given="次郎")
        wrong = households.freeze([Member(first.id, "", head=True)], address="", actor=OFFICER)
        both = [Member(first.id, "世帯主", head=True), Member(second.id, "弟")]
        right = households.correct(wrong, both, "弟も同居していた", address="", actor=OFFICER)
        found = {row.id: row for row in db.session.scalars(select(AffectedHousehold))}
        assert (found[wrong].size, found[wrong].void_reason) == (1, "弟も同居していた")
        assert (found[right].size, found[right].corrected_from, found[right].void_at) == (2, wrong, None)
        with pytest.raises(Stale):
            households.correct(wrong, both, "もう一度", address="", actor=OFFICER)

    def test_a_correction_that_cannot_be_changes_nothing(self, app: Flask) -> None:
        who = in_the_ledger()
        wrong = households.freeze([Member(who.id, "", head=True)], address="", actor=OFFICER)
        with pytest.raises(Invalid):
            households.correct(wrong, [], "理由", address="", actor=OFFICER)
        mine = households.of_victim(db.session, who.id)
        assert mine is not None
        assert mine.id == wrong
