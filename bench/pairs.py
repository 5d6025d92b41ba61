"""``scripts/bench pairs``: how well entries of one person are recognised among a town's evacuees with Japanese names, some of whom were written down twice.

Measured is what the page shows as probably one person (``registry.matching``): of what is shown, how much is right (precision), and how much of what there is
is shown (recall). The people are made up (``bench/registered_twice.py``). The measure was worked on with the seeds ``DEVELOPED``; the figure uses another.
"""

import argparse
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date

from bench.registered_twice import Twice, registered
from bench.report import figure, note
from disaster.core.municipality import load
from registry.matching import blocking
from registry.matching.likeness import LIKELY, POSSIBLE, score

TODAY = date(2026, 11, 28)
TOWN, PEOPLE = "243248", 10_000
DEVELOPED = (1, 2, 3)
SEED = 20_261_123
PRECISION, RECALL = 0.99, 0.95


@dataclass(frozen=True, slots=True)
class Quality:
    """Of pairs. ``asked``: the share of what there is that is shown at all, as likely or as a question."""

    precision: float
    recall: float
    asked: float
    pairs: int


def quality(twice: Twice, today: date = TODAY) -> Quality:
    """Look at all pairs that blocking brings together."""
    true = sum(count * (count - 1) // 2 for count in Counter(twice.person.values()).values())
    shown = right = asked = 0
    for one, other in blocking.pairs(twice.entries):
        found, same = score(one, other, today).score, twice.person[one.id] == twice.person[other.id]
        shown += found >= LIKELY
        right += found >= LIKELY and same
        asked += found >= POSSIBLE and same
    return Quality(right / max(shown, 1), right / true, asked / true, true)


def main(arguments: list[str]) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="bench pairs", description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    twice = registered(options.people, load(TOWN), options.seed, TODAY)
    note(f"{options.people:,} people in {len(twice.entries):,} entries")
    begun = time.perf_counter()
    found = quality(twice)
    more = {"people": options.people, "pairs": found.pairs, "seed": options.seed}
    figure("pairs_precision", found.precision, "share", to_reach=PRECISION, **more)
    figure("pairs_recall", found.recall, "share", to_reach=RECALL, shown_at_all=round(found.asked, 3), **more)
    figure("pairs_seconds", time.perf_counter() - begun, "s", entries=len(twice.entries))
    return 0
