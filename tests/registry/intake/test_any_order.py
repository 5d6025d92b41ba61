"""Any order, any repetition, any cut into calls: the register ends in the same state, and nobody counts twice in any of them."""

import random

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from disaster.core.extensions import db
from disaster.shelters import directory
from registry.intake import stays
from registry.models.people import Person, Stay
from registry.shelters import shelter_figures
from tests.registry.intake import histories
from tests.registry.intake.histories import clear, differences, identifier, shuffled, state, take, take_batch
from tests.registry.views.desks import shelter_named

BOUNDED = {
    "deadline": None,
    "database": None,
    "phases": [Phase.explicit, Phase.generate],
    "suppress_health_check": list(HealthCheck),
    "derandomize": True,
}
SHELTERS = [1, 2]


@pytest.fixture
def register(app_on_any_database: Flask) -> Flask:
    """A register with the town's shelters."""
    shelter_named("神田小学校")
    assert set(SHELTERS) <= {shelter.id for shelter in directory.all_shelters()}
    return app_on_any_database


@given(written=histories.histories(SHELTERS), seed=st.integers(0, 2**32))
@settings(max_examples=20, **BOUNDED)
def test_every_order_gives_the_same_state_and_counts_nobody_twice(register: Flask, written: list, seed: int) -> None:
    clear()
    take(written)
    expected = state()
    clear()
    for device, events in shuffled(written, random.Random(seed)):
        take_batch(device, events)
        nobody_counts_twice()
    assert differences(expected, state()) == []
    again = [outcome for device, event in written for outcome in take_batch(device, [event])]
    assert set(again) == {"IDENTICAL"}
    assert differences(expected, state()) == []


def nobody_counts_twice() -> None:
    """Headquarters' sum is the number of people of whom a stay is open."""
    holding = (
        select(Stay.person_id, func.count()).where(Stay.confirmed, Stay.ended_at.is_(None)).group_by(Stay.person_id)
    )
    assert all(count == 1 for _, count in db.session.execute(holding))
    figures = shelter_figures.at(SHELTERS)
    outside = sum(shelter_figures.outside().values())
    present = (
        select(func.count(func.distinct(Stay.person_id)))
        .select_from(Stay)
        .outerjoin(Person, Person.id == Stay.person_id)
        .where(Stay.ended_at.is_(None), Stay.started_at.is_not(None), Person.removed_at.is_(None))
    )
    assert sum(found.registered for found in figures.values()) + outside == db.session.scalar(present)
    assert all(found.unregistered >= 0 for found in figures.values())
    db.session.rollback()


PLACES = st.sampled_from([("shelter", 1), ("shelter", 2), ("car", None)])


@given(
    facts=st.lists(
        st.builds(
            lambda start, length, reason, place, over: (start, length, reason, place, over),
            st.integers(0, 6),
            st.none() | st.integers(0, 4),
            st.sampled_from(["home", "correction", None]),
            PLACES,
            st.lists(st.integers(0, 4), max_size=2),
        ),
        max_size=5,
    ),
    seed=st.integers(0, 1000),
)
@settings(max_examples=200, **BOUNDED)
def test_of_the_stays_of_a_person_at_most_one_holds_in_whatever_order_they_are_looked_at(
    facts: list, seed: int
) -> None:
    known = [
        stays.Facts(identifier(3, n), start, None if length is None else start + length, reason if length is not None else None,
                    place, tuple(identifier(3, other) for other in over))
        for n, (start, length, reason, place, over) in enumerate(facts)
    ]  # fmt: skip
    verdicts, double = stays.judge(known)
    mixed = random.Random(seed).sample(known, len(known))
    assert stays.judge(mixed) == (verdicts, double)
    present = [number for number, verdict in verdicts.items() if verdict.end is None]
    assert sum(verdicts[number].confirmed for number in present) == (1 if present else 0)
    assert not any(verdict.confirmed for verdict in verdicts.values() if verdict.end is not None)
    assert len(double) != 1
    assert set(double) <= set(present)
    for stay in known:
        if stay.end is not None:
            assert verdicts[stay.id].end == stay.end  # what somebody said himself is never changed
