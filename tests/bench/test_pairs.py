"""Japanese names, written down twice with the slips of a desk: what is shown as probably one person is right, and is most of what there is."""

from bench import pairs
from bench.registered_twice import RATES, registered
from disaster.core.municipality import load


def test_the_same_seed_makes_the_same_town_and_another_one_another() -> None:
    made = [registered(60, load(pairs.TOWN), seed, pairs.TODAY) for seed in (4, 4, 5)]
    assert made[0] == made[1] != made[2]
    assert all(0 < rate < 1 for rate in RATES.values())


def test_what_is_likely_is_precise_and_nearly_all_on_a_town_that_the_measure_was_not_made_on() -> None:
    seed = 77
    assert seed not in (*pairs.DEVELOPED, pairs.SEED)
    found = pairs.quality(registered(3_000, load(pairs.TOWN), seed, pairs.TODAY))
    assert found.pairs > 500
    assert found.precision >= pairs.PRECISION
    assert found.recall >= pairs.RECALL
