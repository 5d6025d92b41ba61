"""Which of a person's stays holds: at most one is open and confirmed, whatever the tablets said in whatever order.

A person who leaves one shelter and checks in at the next without an exit has two open stays. The latest start holds and the person counts
there, once; the other is a claim, and a person decides (二重滞在). The decision is an event too: ``confirmed_over`` on the stay that holds.
"""

from collections.abc import Iterable
from typing import NamedTuple

from registry.intake.merging import Doc
from registry.vocabulary import ExitReason, PlaceKind


class Facts(NamedTuple):
    """What one stay says. Times in milliseconds; ``over``: the stays that somebody decided do not hold because this one does."""

    id: str
    start: int
    end: int | None
    reason: str | None
    place: tuple[str, int | None]
    over: tuple[str, ...] = ()


class Verdict(NamedTuple):
    """What the table shows: the exit (its own, or what follows from the other stays), and whether it is the one that holds."""

    end: int | None
    reason: str | None
    confirmed: bool


def facts(stay_id: str, doc: Doc) -> Facts | None:
    """What a stay says; None while its person or its beginning has not arrived."""
    start, end = doc.get("start"), doc.get("end")
    if start is None or doc.get("person") is None:
        return None
    kind = doc.get("place", PlaceKind.SHELTER)
    place = (str(kind), doc.get("shelter") if kind == PlaceKind.SHELTER else None)
    return Facts(
        stay_id, start, end, doc.get("reason") if end is not None else None, place, tuple(doc.all("confirmed_over"))
    )


def judge(stays: Iterable[Facts]) -> tuple[dict[str, Verdict], list[str]]:
    """All stays of one person, in any order: how each stands, and the ids of those that contradict each other (none, or two and more)."""
    by_id = {stay.id: stay for stay in stays}
    ends = {stay.id: (stay.end, stay.reason) for stay in by_id.values()}
    for stay in by_id.values():
        if stay.end is None:
            ends[stay.id] = _decided(stay, by_id) or _left(stay, by_id) or (None, None)
    present = sorted((stay for stay in by_id.values() if ends[stay.id][0] is None), key=lambda s: (s.start, s.id))
    holds = present[-1].id if present else None
    verdicts = {number: Verdict(end, reason, number == holds) for number, (end, reason) in ends.items()}
    double = [stay.id for stay in present] if len({stay.place for stay in present}) > 1 else []
    return verdicts, sorted(double)


def _decided(stay: Facts, by_id: dict[str, Facts]) -> tuple[int, str] | None:
    """The exit of a stay that somebody decided does not hold. Decisions that contradict each other decide nothing."""
    beneath = _below(stay, by_id)
    winners = [other for other in by_id.values() if stay.id in _below(other, by_id) and other.id not in beneath]
    if not winners:
        return None
    latest = max(winner.start for winner in winners)
    moved = latest > stay.start
    return (latest, ExitReason.OTHER_SHELTER) if moved else (stay.start, ExitReason.CORRECTION)


def _below(stay: Facts, by_id: dict[str, Facts]) -> set[str]:
    """The stays that a decision put below this one, also through others."""
    found: set[str] = set()
    waiting = list(stay.over)
    while waiting:
        number = waiting.pop()
        if number in by_id and number not in found:
            found.add(number)
            waiting.extend(by_id[number].over)
    return found - {stay.id}


def _left(stay: Facts, by_id: dict[str, Facts]) -> tuple[int, str | None] | None:
    """The exit of a stay that two tablets of one place made: who left after it began, left it too."""
    exits = [
        (other.end, other.reason)
        for other in by_id.values()
        if other.end is not None
        and other.place == stay.place
        and other.reason != ExitReason.CORRECTION
        and other.end > stay.start
    ]
    return min(exits, key=lambda found: (found[0], found[1] or "")) if exits else None
