"""A My Number for everybody of the seeded town: valid ones, drawn at random, to prove that none of them leaves the vault."""

import random
import re

from registry.my_number import digits, vault
from tests.doors import canaries

KEY = "5" * 64


def _drawn() -> tuple[str, ...]:
    chance = random.Random(5)
    elevens = [f"{chance.randrange(10**10, 10**11)}" for _ in range(canaries.COUNT + 2)]
    return tuple(eleven + str(digits.check_digit(eleven)) for eleven in elevens)


NUMBERS = _drawn()
# As they are kept, and as people write them: in groups of four, in full-width digits.
FOUND = re.compile(
    "|".join(
        form
        for number in NUMBERS
        for form in (
            "[-  ]?".join(re.escape(number[place : place + 4]) for place in (0, 4, 8)),
            number.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
        )
    ).encode()
)


def seed() -> None:
    """Enter them."""
    for person, number in enumerate(NUMBERS):
        vault.enter(canaries.victim_id(person), number, "被災者生活再建支援金の支給", actor="cli")
