"""被災時世帯: fixed once, never in two, put right by a new one."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from disaster.core.db import transaction
from disaster.core.errors import Invalid, Stale
from disaster.core.extensions import db
from registry.ledger import households, victims
from registry.ledger.households import Member
from registry.models.ledger import AffectedHousehold, Victim
from registry.protection import protecting
from registry.vocabulary import Protection
from tests.registry.ledger.town import OFFICER, entry_of, evacuee, in_the_ledger, resident


def family() -> tuple[int, int, int]:
    """A 住民票世帯 of three; the father alone came to a shelter."""
    rows = (
        resident("山田　太郎", relation="世帯主"),
        resident("山田　花子", relation="妻"),
        resident("山田　一", relation="子"),
    )
    evacuee(resident=rows[0])
    victims.build(actor=OFFICER)
    return rows


class TestFromTheResidentsList:
    def test_those_who_stayed_at_home_come_into_the_ledger_with_the_household(self, app_on_any_database: Flask) -> None:
        head, *others = family()
        assert households.freeze_residents(actor=OFFICER) == 1
        mine = households.of_victim(db.session, entry_of(resident=head).id)
        assert mine is not None
        assert (mine.size, mine.number, mine.address) == (3, 1, "三重県員弁郡東員町大字山田1600")
        members = households.members_of(db.session, [mine.id])[mine.id]
        assert (members[0].victim_id, members[0].head) == (entry_of(resident=head).id, True)
        assert {m.victim_id for m in members} == {entry_of(resident=row).id for row in (head, *others)}

    def test_again_changes_nothing(self, app: Flask) -> None:
        family()
        households.freeze_residents(actor=OFFICER)
        assert households.freeze_residents(actor=OFFICER) == 0
        assert db.session.scalar(select(func.count()).select_from(Victim)) == 3

    def test_the_size_does_not_follow_a_birth_a_death_or_a_move(self, app: Flask) -> None:
        head, _, child = family()
        households.freeze_residents(actor=OFFICER)
        with transaction() as session:
            from registry.models.people import Resident

            row = session.get(Resident, child)
            assert row is not None
            row.gone = "dead"
        resident("山田　新", relation="子")
        households.freeze_residents(actor=OFFICER)
        mine = households.of_victim(db.session, entry_of(resident=head).id)
        assert mine is not None
        assert mine.size == 3

    def test_a_household_that_hides_somebody_is_left_to_an_officer(self, app: Flask) -> None:
        resident("山田　花子", hidden=True)
        family()
        assert households.freeze_residents(actor=OFFICER) == 0

    def test_so_is_one_in_which_somebody_stands_who_is_hidden_with_the_group_they_came_with(self, app: Flask) -> None:
        rows = family()
        child = evacuee(given="一", resident=rows[2])
        with transaction() as session:
            protecting.raise_to(session, [child], Protection.HIDDEN)
        victims.build(actor=OFFICER)
        assert households.freeze_residents(actor=OFFICER) == 0

    def test_who_moved_away_or_is_dead_is_no_member(self, app: Flask) -> None:
        resident("山田　祖父", gone="dead")
        head, *_ = family()
        households.freeze_residents(actor=OFFICER)
        mine = households.of_victim(db.session, entry_of(resident=head).id)
        assert mine is not None
        assert mine.size == 3


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
