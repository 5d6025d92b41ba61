"""Everybody comes into the ledger once, whoever they turn out to be."""

from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import func, select

from disaster.core import audit
from disaster.core.db import transaction
from disaster.core.errors import Missing
from disaster.core.extensions import db
from registry.ledger import victims
from registry.models.ledger import Victim
from tests.registry.ledger.town import OFFICER, entry_of, evacuee, merge, resident


def numbers() -> list[int]:
    db.session.rollback()
    return list(db.session.scalars(select(Victim.number).order_by(Victim.number)))


class TestBuilding:
    def test_again_and_again_without_doubling(self, app_on_any_database: Flask) -> None:
        evacuee()
        evacuee(given="次郎")
        assert victims.build(actor=OFFICER) == victims.Built(2, 0, 0)
        assert victims.build(actor=OFFICER) == victims.Built(0, 0, 0)
        evacuee(given="三郎")
        assert victims.build(actor=OFFICER).new == 1
        assert numbers() == [1, 2, 3]

    def test_left_out_are_visitors_the_unknown_and_mistakes(self, app: Flask) -> None:
        evacuee(visitor=True)
        evacuee(provisional=True)
        evacuee(removed=True)
        assert victims.build(actor=OFFICER).new == 0

    def test_somebody_on_the_way_home_who_lost_a_car_is_taken_in_by_hand(self, app: Flask) -> None:
        person = evacuee(visitor=True)
        with transaction() as session:
            mine = victims.of_person(session, person, actor=OFFICER)
        with transaction() as session:
            assert victims.of_person(session, person, actor=OFFICER) == mine
        assert victims.build(actor=OFFICER).new == 0

    def test_nobody_is_taken_in_who_is_not_there(self, app: Flask) -> None:
        with pytest.raises(Missing), transaction() as session:
            victims.of_person(session, "00000000-0000-7000-8000-000000000000", actor=OFFICER)

    def test_two_at_once_make_one_ledger(self, app_on_any_database: Flask) -> None:
        for number in range(5):
            evacuee(given=f"{number}郎")

        def build() -> None:
            with app_on_any_database.app_context():
                victims.build(actor=OFFICER)

        threads = [Thread(target=build) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert numbers() == [1, 2, 3, 4, 5]

    def test_what_was_done_is_recorded_without_names(self, app: Flask) -> None:
        evacuee()
        victims.build(actor=OFFICER)
        entry = db.session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.action == "ledger.built")).one()
        assert "山田" not in entry.detail


class TestResidents:
    """Whoever is in the residents' list has one entry, whichever was first: the evacuee or the row."""

    def test_the_row_first(self, app_on_any_database: Flask) -> None:
        row = resident()
        incident = running_incident()
        with transaction() as session:
            mine = victims.of_residents(session, incident, [row], actor=OFFICER)[row]
        person = evacuee(resident=row)
        assert victims.build(actor=OFFICER) == victims.Built(0, 1, 0)
        assert entry_of(person).id == mine

    def test_the_evacuee_first_and_found_in_the_list_later(self, app: Flask) -> None:
        from registry.intake.entering import Entry, enter_all
        from registry.vocabulary import Kind

        person = evacuee()
        victims.build(actor=OFFICER)
        row = resident()
        with transaction() as session:
            enter_all(session, [Entry(Kind.PERSON, person, {"resident": row})], actor=OFFICER)
        assert victims.build(actor=OFFICER).linked == 1
        assert entry_of(person).resident_id == row

    def test_two_entries_that_claim_one_row_are_both_kept_and_one_has_it(self, app: Flask) -> None:
        row = resident()
        first, second = evacuee(resident=row), evacuee(resident=row)
        assert victims.build(actor=OFFICER).new == 2
        assert [entry_of(first).resident_id, entry_of(second).resident_id].count(row) == 1


class TestMerges:
    def test_an_entry_points_at_the_one_that_remains_until_the_merge_is_undone(
        self, app_on_any_database: Flask
    ) -> None:
        first, second = evacuee(), evacuee()
        victims.build(actor=OFFICER)
        merge(second, first)
        assert victims.build(actor=OFFICER) == victims.Built(0, 0, 1)
        assert entry_of(second).same_as == entry_of(first).id
        merge(second, None)
        assert victims.build(actor=OFFICER) == victims.Built(0, 0, 1)
        assert entry_of(second).same_as is None

    def test_somebody_merged_before_the_ledger_has_no_entry(self, app: Flask) -> None:
        first, second = evacuee(), evacuee()
        merge(second, first)
        victims.build(actor=OFFICER)
        assert db.session.scalar(select(func.count()).select_from(Victim)) == 1


def running_incident() -> int:
    from disaster.incidents import running

    with transaction() as session:
        return running.ensure(session, actor=OFFICER)
