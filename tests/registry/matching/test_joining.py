"""Merging and taking apart: nothing is lost, whatever is entered in between; protection counts for both and comes back as it was."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from disaster.core.db import transaction
from disaster.core.errors import Invalid, Stale
from disaster.core.extensions import db
from registry.intake import ids
from registry.matching import joining
from registry.models.people import Conflict, MatchPair, MergeLink, Person, Stay
from registry.protection import protecting
from registry.vocabulary import ConflictKind, Decision, Kind, Protection
from tests.registry.people.entries import ACTOR, arrive, enter, protect
from tests.registry.views.desks import shelter_named

NOT_COMPARED = {"updated_at", "created_at", "doc"}


def state() -> dict[str, list[dict[str, Any]]]:
    db.session.rollback()
    return {
        model.__tablename__: [
            {
                column.name: getattr(row, column.key)
                for column in model.__table__.columns
                if column.name not in NOT_COMPARED
            }
            for row in db.session.scalars(select(model).order_by(model.id))
        ]
        for model in (Person, Stay)
    }


def row(number: str) -> Person:
    found = db.session.get(Person, number, populate_existing=True)
    assert found is not None
    return found


def waiting(kind: ConflictKind) -> list[Conflict]:
    return list(db.session.scalars(select(Conflict).where(Conflict.kind == kind, Conflict.resolved_at.is_(None))))


class TestMerging:
    def test_one_remains_and_is_counted_once(self, app: Flask) -> None:
        here, there = shelter_named("神田小学校"), shelter_named("稲部小学校")
        first, second = arrive(here, hours_ago=5), arrive(there, hours_ago=1)
        joining.merge(first, second, actor=ACTOR)
        assert row(first).merged_into == second
        holding = db.session.scalars(select(Stay).where(Stay.confirmed, Stay.ended_at.is_(None))).all()
        assert [stay.shelter_id for stay in holding] == [there]
        assert len(waiting(ConflictKind.DOUBLE_STAY)) == 1

    def test_the_same_entry_and_one_that_is_gone_are_refused(self, app: Flask) -> None:
        here = shelter_named("神田小学校")
        first, second, third = arrive(here), arrive(here), arrive(here)
        with pytest.raises(Invalid):
            joining.merge(first, first, actor=ACTOR)
        joining.merge(first, second, actor=ACTOR)
        with pytest.raises(Stale):
            joining.merge(first, third, actor=ACTOR)
        with pytest.raises(Stale):
            joining.merge(third, first, actor=ACTOR)
        with pytest.raises(Stale):
            joining.merge(third, ids.new(), actor=ACTOR)

    def test_a_merge_of_merges_comes_apart_in_any_order(self, app: Flask) -> None:
        here = shelter_named("神田小学校")
        one, two, three = arrive(here), arrive(here), arrive(here)
        before = state()
        inner = joining.merge(one, two, actor=ACTOR)
        outer = joining.merge(two, three, actor=ACTOR)
        assert row(one).merged_into == three
        joining.take_apart(inner, actor=ACTOR)
        assert (row(one).merged_into, row(two).merged_into) == (None, three)
        joining.take_apart(outer, actor=ACTOR)
        assert state() == before
        with pytest.raises(Stale):
            joining.take_apart(outer, actor=ACTOR)

    def test_what_comes_later_for_the_other_entry_is_shown_and_stays_on_its_side(self, app: Flask) -> None:
        here = shelter_named("神田小学校")
        first, second = arrive(here), arrive(here)
        link = joining.merge(first, second, actor=ACTOR)
        enter(Kind.PERSON, first, here, given="花江")
        assert [conflict.subject for conflict in waiting(ConflictKind.AFTER_MERGE)] == [f"person:{second}"]
        joining.take_apart(link, actor=ACTOR)
        assert (row(first).given, row(second).given) == ("花江", "花子")
        assert waiting(ConflictKind.AFTER_MERGE) == []

    def test_the_decision_is_remembered(self, app: Flask) -> None:
        here = shelter_named("神田小学校")
        first, second = arrive(here), arrive(here)
        joining.different(second, first, actor=ACTOR)
        pair = db.session.scalars(select(MatchPair)).one()
        assert (pair.first_id, pair.second_id) == tuple(sorted((first, second)))
        assert pair.decision == Decision.DIFFERENT


class TestProtection:
    def test_the_stricter_side_counts_for_both_until_they_are_taken_apart(self, app: Flask) -> None:
        here = shelter_named("神田小学校")
        plain, hidden = arrive(here), protect(arrive(here))
        link = joining.merge(hidden, plain, actor=ACTOR)
        assert row(plain).protection == row(hidden).protection == Protection.HIDDEN
        joining.take_apart(link, actor=ACTOR)
        assert (row(plain).protection, row(hidden).protection) == (Protection.NONE, Protection.HIDDEN)

    @pytest.mark.parametrize("raised", ["plain", "known"])
    def test_what_is_raised_meanwhile_is_not_lost(self, app: Flask, raised: str) -> None:
        here = shelter_named("神田小学校")
        people = {"plain": arrive(here), "known": protect(arrive(here), Protection.UNLISTED)}
        link = joining.merge(people["plain"], people["known"], actor=ACTOR)
        protect(people[raised], Protection.WHEREABOUTS)
        assert {row(number).protection for number in people.values()} == {Protection.WHEREABOUTS}
        joining.take_apart(link, actor=ACTOR)
        assert row(people[raised]).protection == Protection.WHEREABOUTS
        other = "known" if raised == "plain" else "plain"
        assert row(people[other]).protection == (Protection.UNLISTED if other == "known" else Protection.NONE)

    def test_nothing_lowers_it(self, app: Flask) -> None:
        hidden = protect(arrive(shelter_named("神田小学校")))
        with transaction() as session:
            protecting.raise_to(session, [hidden], Protection.UNLISTED)
            protecting.spread(session, [hidden])
        assert row(hidden).protection == Protection.HIDDEN


STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["name", "leave", "move", "protect"])), min_size=1, max_size=5
)
LINKS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=3)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=STEPS, links=LINKS, apart=st.randoms(use_true_random=False))
def test_merged_and_taken_apart_is_as_if_it_had_never_been(
    app_on_any_database: Flask, steps: list[tuple[int, str]], links: list[tuple[int, int]], apart: Any
) -> None:
    here, there = shelter_named("神田小学校"), shelter_named("稲部小学校")

    def world(merged: bool) -> list[tuple[Any, ...]]:
        people = [arrive(here, hours_ago=9), arrive(there, hours_ago=8), arrive(here, hours_ago=7)]
        made = _linked(people, links) if merged else []
        for whom, what in steps:
            _do(what, people[whom], there)
        apart.shuffle(made)
        for link in made:
            joining.take_apart(link, actor=ACTOR)
        return _told(people)

    assert world(merged=True) == world(merged=False)


def _linked(people: list[str], links: list[tuple[int, int]]) -> list[int]:
    made = []
    for one, other in links:
        try:
            made.append(joining.merge(people[one], people[other], actor=ACTOR))
        except (Invalid, Stale):
            continue
    return made


def _do(what: str, person: str, there: int) -> None:
    stays = select(Stay.id).where(Stay.person_id == person).order_by(Stay.id)
    stay = db.session.scalars(stays).first()
    assert stay
    if what == "name":
        enter(Kind.PERSON, person, given="花江")
    elif what == "leave":
        enter(Kind.STAY, stay, end=4_000_000_000_000, reason="home")
    elif what == "move":
        enter(Kind.STAY, stay, shelter=there)
    else:
        protect(person, Protection.WHEREABOUTS)


def _told(people: list[str]) -> list[tuple[Any, ...]]:
    db.session.rollback()
    told: list[tuple[Any, ...]] = []
    for number in people:
        one = row(number)
        told.append((one.given, one.protection, one.own_protection, one.merged_into))
        stays = select(Stay).where(Stay.person_id == number).order_by(Stay.id)
        told += [(s.shelter_id, s.ended_at, s.exit_reason, s.confirmed) for s in db.session.scalars(stays)]
    return told


def test_two_officers_merge_each_into_the_other_at_once_and_one_is_told(app_on_any_database: Flask) -> None:
    here = shelter_named("神田小学校")
    first, second = arrive(here), arrive(here)

    def merge(one: str, other: str) -> object:
        with app_on_any_database.app_context():
            try:
                return joining.merge(one, other, actor=ACTOR)
            except Stale as error:
                return error

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(merge, (first, second), (second, first)))
    assert sorted(type(found).__name__ for found in done) == ["Stale", "int"]
    db.session.rollback()
    assert len(db.session.scalars(select(MergeLink)).all()) == 1
