"""Counts that could tell of one person: a part of a breakdown below five is not shown, nor what would let it be worked out."""

from collections.abc import Mapping

FEWEST = 5
HIDDEN = None


def suppressed(parts: Mapping[str, int], *, total_shown: bool = True) -> dict[str, int | None]:
    """The parts of a breakdown as they may be shown; None for 「5未満・非表示」.

    Zero stays: that nobody is there names nobody. With the total beside it a single hidden part could be worked out, so the next smallest is
    hidden with it.
    """
    small = [name for name, number in parts.items() if 0 < number < FEWEST]
    hidden = set(small)
    if total_shown and len(hidden) == 1:
        others = sorted((number, name) for name, number in parts.items() if name not in hidden and number > 0)
        hidden.update(name for _, name in others[:1])
    return {name: HIDDEN if name in hidden else number for name, number in parts.items()}
