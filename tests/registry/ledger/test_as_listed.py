"""被災時世帯 as the residents' list has them: for everybody at once, a part at a time, each once."""

import pytest
from flask import Flask
from sqlalchemy import event, func, select, update

from disaster.core.db import transaction
from disaster.core.extensions import db
from registry.ledger import as_listed, households, victims
from registry.models.ledger import AffectedHousehold, Victim
from registry.models.people import Resident
from registry.protection import protecting
from registry.vocabulary import Protection
from tests.registry.ledger.town import OFFICER, entry_of, evacuee, resident


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


def town(households_: int, start: int = 0) -> list[str]:
    """Families of two, of whom the head came to a shelter; their keys."""
    keys = [f"house {number}" for number in range(start, start + households_)]
    for key in keys:
        evacuee(resident=resident("山田　太郎", key, relation="世帯主"))
        resident("山田　花子", key, relation="妻")
    victims.build(actor=OFFICER)
    return keys


class TestFromTheResidentsList:
    def test_those_who_stayed_at_home_come_into_the_ledger_with_the_household(self, app_on_any_database: Flask) -> None:
        head, *others = family()
        assert as_listed.freeze(actor=OFFICER) == 1
        mine = households.of_victim(db.session, entry_of(resident=head).id)
        assert mine is not None
        assert (mine.size, mine.number, mine.address) == (3, 1, "三重県員弁郡東員町大字山田1600")
        members = households.members_of(db.session, [mine.id])[mine.id]
        assert (members[0].victim_id, members[0].head) == (entry_of(resident=head).id, True)
        assert {m.victim_id for m in members} == {entry_of(resident=row).id for row in (head, *others)}

    def test_again_changes_nothing(self, app: Flask) -> None:
        family()
        as_listed.freeze(actor=OFFICER)
        assert as_listed.freeze(actor=OFFICER) == 0
        assert db.session.scalar(select(func.count()).select_from(Victim)) == 3

    def test_the_size_does_not_follow_a_birth_a_death_or_a_move(self, app: Flask) -> None:
        head, _, child = family()
        as_listed.freeze(actor=OFFICER)
        with transaction() as session:
            row = session.get(Resident, child)
            assert row is not None
            row.gone = "dead"
        resident("山田　新", relation="子")
        as_listed.freeze(actor=OFFICER)
        mine = households.of_victim(db.session, entry_of(resident=head).id)
        assert mine is not None
        assert mine.size == 3

    def test_a_household_that_hides_somebody_is_left_to_an_officer(self, app: Flask) -> None:
        resident("山田　花子", hidden=True)
        family()
        assert as_listed.freeze(actor=OFFICER) == 0

    def test_so_is_one_in_which_somebody_stands_who_is_hidden_with_the_group_they_came_with(self, app: Flask) -> None:
        rows = family()
        child = evacuee(given="一", resident=rows[2])
        with transaction() as session:
            protecting.raise_to(session, [child], Protection.HIDDEN)
        victims.build(actor=OFFICER)
        assert as_listed.freeze(actor=OFFICER) == 0

    def test_who_moved_away_or_is_dead_is_no_member(self, app: Flask) -> None:
        resident("山田　祖父", gone="dead")
        head, *_ = family()
        as_listed.freeze(actor=OFFICER)
        mine = households.of_victim(db.session, entry_of(resident=head).id)
        assert mine is not None
        assert mine.size == 3


class TestManyAtOnce:
    def test_each_part_is_a_transaction_of_its_own_and_numbers_go_on(
        self, app_on_any_database: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        town(5)
        monkeypatch.setattr(as_listed, "TOGETHER", 2)
        written: list[int] = []
        event.listen(db.engine, "commit", lambda _: written.append(1))
        assert as_listed.freeze(actor=OFFICER) == 5
        assert len(written) == 4  # three parts, and the disaster before them
        rows = db.session.execute(select(AffectedHousehold.number, AffectedHousehold.size)).all()
        assert sorted(tuple(row) for row in rows) == [(number, 2) for number in range(1, 6)]

    def test_what_was_fixed_or_hidden_since_it_was_looked_for_is_left_alone(
        self, app_on_any_database: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keys = town(4)
        monkeypatch.setattr(as_listed, "_keys", lambda *_: keys[:1])
        assert as_listed.freeze(actor=OFFICER) == 1
        with transaction() as session:
            session.execute(update(Resident).where(Resident.household_key == keys[1]).values(hidden=True))
        monkeypatch.setattr(as_listed, "_keys", lambda *_: keys)
        assert as_listed.freeze(actor=OFFICER) == 2
        assert db.session.scalar(select(func.count()).select_from(AffectedHousehold)) == 3

    def test_sixty_households_take_no_more_statements_than_ten(self, app: Flask) -> None:
        asked: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        counts = []
        for start, number in ((0, 10), (10, 60)):
            town(number, start)
            asked.clear()
            assert as_listed.freeze(actor=OFFICER) == number
            counts.append(len(asked))
        assert counts[1] <= counts[0] + 5
