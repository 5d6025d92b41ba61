"""The answer as a truth table: who asks, what was agreed, protection, the dead, misuse."""

from itertools import product

import pytest

from registry.inquiry.answering import Facts, Tell, Tier, answer
from registry.vocabulary import Protection, Safety

W, C, P, H = Tell.WHEREABOUTS, Tell.CONDITION, Tell.CONTACT, Tell.HELD
TABLE = {
    (Tier.LIVING_TOGETHER, Protection.NONE): {W, C, P},
    (Tier.RELATED, Protection.NONE): {C},
    (Tier.OTHER, Protection.NONE): {H},
    (Tier.LIVING_TOGETHER, Protection.UNLISTED): {W, C, P},
    (Tier.RELATED, Protection.UNLISTED): {C},
    (Tier.OTHER, Protection.UNLISTED): set(),
}


@pytest.mark.parametrize(("tier", "protection"), list(product(Tier, Protection)))
def test_every_row(tier: Tier, protection: Protection) -> None:
    base = TABLE.get((tier, protection), set())
    for safety, misuse in product(Safety, (False, True)):
        silent = misuse or safety == Safety.DEAD or not base
        assert answer(tier, Facts(protection, safety), misuse=misuse) == (set() if silent else base)
        agreed = Facts(protection, safety, frozenset({W}))
        assert answer(tier, agreed, misuse=misuse) == (set() if silent else base | {W})


@pytest.mark.parametrize("tier", list(Tier))
def test_nobody_is_nothing(tier: Tier) -> None:
    assert answer(tier, None, misuse=False) == set()
