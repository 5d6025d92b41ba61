"""Seventy-two hours without a network: tablets with wrong clocks register people, then everything arrives shuffled, in parts and several times.

Two tablets meet the same family without knowing of each other, somebody is claimed by two shelters, two tablets write different values into one
field. Afterwards three lists are compared: what the tablets made and were answered, what is stored, and what a person is shown.
``lost``: an entry that is not stored or was never answered. ``doubled``: more stored than was made, or somebody who counts twice.
``silently_merged``: two entries that became one, or a contradiction that nobody is shown.
"""

import argparse
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from bench.checkin import enrolled, town_with_key
from bench.tablet import Json, Tablet, call
from disaster.core.extensions import db
from drill import offline_naive
from drill.report import note, result
from registry.intake.conflicts import field_key, stay_key
from registry.models.intake import IntakeEvent
from registry.models.people import Conflict, Person, Stay
from registry.shelters import shelter_figures

HOURS = 72
ERRORS_MS = (
    0,
    0,
    0,
    9 * 3_600_000,
    -9 * 3_600_000,
    -3 * 86_400_000,
    4 * 60_000,
    -400 * 86_400_000,
)  # of the tablets' clocks
MOST = 500


@dataclass
class Desk:
    """A tablet, how wrong its clock is, what it made and what it still holds."""

    tablet: Tablet
    token: str
    error: int
    made: list[Json] = field(default_factory=list)
    holds: dict[str, Json] = field(default_factory=dict)


@dataclass
class World:
    """What really happened."""

    desks: list[Desk]
    events: dict[str, Json] = field(default_factory=dict)
    claimed_twice: set[str] = field(default_factory=set)
    contradicted: set[str] = field(default_factory=set)

    def keep(self, desk: Desk, saved: list[Json]) -> None:
        """One saving on one tablet."""
        desk.holds |= {item["id"]: item for item in desk.tablet.sealed(saved)}
        self.events |= {event["id"]: event for event in saved}


def main(arguments: list[str]) -> int:
    """Simulate, send, compare, print; 1 where anything is wrong."""
    parser = argparse.ArgumentParser(prog="scripts/drill offline", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="how many entries (100,000)")
    parser.add_argument("--tablets", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--naive", action="store_true", help="try a server that matches by name and believes clocks, which fails"
    )
    given = parser.parse_args(arguments)
    chance = random.Random(given.seed)
    with town_with_key() as town:
        world = World([Desk(tablet, token, chance.choice(ERRORS_MS)) for tablet, token in enrolled(given.tablets)])
        _register(world, given.events, chance)
        note(f"{len(world.events)} entries on {given.tablets} tablets")
        if given.naive:
            counts = offline_naive.counts(_arrivals(world, chance), world.events)
        else:
            unanswered = _send(town.app.test_client(), world, chance)
            counts = _compared(world, unanswered)
    result("offline", sum(counts.values()), "entries that went wrong", events=len(world.events), **counts)
    return 1 if any(counts.values()) else 0


def _register(world: World, events: int, chance: random.Random) -> None:
    """Three days at the doors."""
    start, number = int(time.time() * 1000) - HOURS * 3_600_000, 0
    while len(world.events) < events:
        number += 1
        at = start + int(HOURS * 3_600_000 * len(world.events) / events)
        first, second = chance.sample(world.desks, 2)
        family = first.tablet.family(at + first.error, f"見本{number % 97}", chance.randint(1, 4), kana="ミホン")
        world.keep(first, family)
        person = family[1]["entity"]
        kind = chance.random()
        if kind < 0.05:  # the mother registers the same family at the next shelter
            world.keep(second, second.tablet.family(at + second.error + 60_000, f"見本{number % 97}", 2, kana="ミホン"))
        elif kind < 0.10:  # the card of somebody who is registered already is scanned at the next shelter
            stay = {"person": person, "start": at + 3_600_000 + second.error, "shelter": second.tablet.shelter}
            world.keep(second, [second.tablet.event("stay", at + 3_600_000 + second.error, stay)])
            world.claimed_twice.add(person)
        elif kind < 0.15:  # two tablets write into the same field
            other = second.tablet.event("person", at + second.error + 1000, {"kana": "ミモト"}, entity=person)
            world.keep(second, [other])
            world.contradicted.add(person)
        elif kind < 0.35:  # somebody leaves
            left = {"end": at + 7_200_000 + first.error, "reason": "home"}
            world.keep(
                first, [first.tablet.event("stay", at + 7_200_000 + first.error, left, entity=family[2]["entity"])]
            )


def _arrivals(world: World, chance: random.Random) -> Iterator[list[Json]]:
    """The same as it arrives at a server that gets plain entries: shuffled, in parts, some parts twice."""
    for desk in world.desks:
        mine = [world.events[number] for number in desk.holds]
        chance.shuffle(mine)
        for start in range(0, len(mine), MOST):
            part = mine[start : start + MOST]
            yield part
            if chance.random() < 0.3:
                yield part


def _send(client: Any, world: World, chance: random.Random) -> int:
    """Send until nothing is held any more; a third of the answers is lost on the way. How many entries were never answered."""
    waiting, silent = list(world.desks), 0
    while waiting and silent < 200:  # calls in a row after which no tablet holds less
        held = sum(len(desk.holds) for desk in waiting)
        desk = chance.choice(waiting)
        ids = chance.sample(sorted(desk.holds), min(len(desk.holds), chance.choice((MOST, MOST, 50))))
        now = int(time.time() * 1000) + desk.error
        body = call([desk.holds[number] for number in ids], now, waiting=len(desk.holds))
        answer = client.post("/api/v1/sync", json=body, headers={"Authorization": f"Bearer {desk.token}"})
        silent += 1
        if chance.random() < 0.3:
            continue
        for told in json.loads(answer.data)["results"]:
            if told["status"] != "INVALID":
                del desk.holds[told["id"]]
        waiting = [one for one in waiting if one.holds]
        silent = 0 if sum(len(desk.holds) for desk in waiting) < held else silent
    return sum(len(desk.holds) for desk in world.desks)


def _compared(world: World, unanswered: int) -> dict[str, int]:
    events = list(world.events.values())
    stored = list(db.session.scalars(select(IntakeEvent.id)))
    people = {row.id: row.merged_into for row in db.session.execute(select(Person.id, Person.merged_into))}
    made = {event["entity"] for event in events if event["kind"] == "person"}
    stays = {event["entity"] for event in events if event["kind"] == "stay"}
    kept = set(db.session.scalars(select(Stay.id)))
    shown = set(db.session.scalars(select(Conflict.key).where(Conflict.resolved_at.is_(None))))
    hidden = [p for p in world.contradicted if field_key(f"person:{p}", "kana") not in shown]
    hidden += [p for p in _still_twice(events, world.claimed_twice) if stay_key(p) not in shown]
    return {
        "lost": unanswered + len(world.events.keys() - set(stored)) + len(made - people.keys()) + len(stays - kept),
        "doubled": len(stored) - len(set(stored)) + len(people.keys() - made) + len(kept - stays) + _counted_twice(),
        "silently_merged": sum(into is not None for into in people.values()) + len(hidden),
    }


def _still_twice(events: list[Json], claimed: set[str]) -> set[str]:
    """Those of whom both claims are open: nobody registered an exit."""
    whose = {event["entity"]: event["fields"]["person"] for event in events if event["fields"].get("start")}
    left = {whose[event["entity"]] for event in events if event["kind"] == "stay" and event["fields"].get("end")}
    return claimed - left


def _counted_twice() -> int:
    """How many more are counted than there are people with an open stay."""
    shelters = list(db.session.scalars(select(Stay.shelter_id).distinct()))
    counted = sum(found.registered for found in shelter_figures.at([number for number in shelters if number]).values())
    present = db.session.scalar(select(func.count(Stay.person_id.distinct())).where(Stay.ended_at.is_(None))) or 0
    db.session.rollback()
    return abs(counted - present)
