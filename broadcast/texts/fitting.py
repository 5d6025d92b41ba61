"""Making a text fit: parts give way one step at a time, in a fixed order of importance."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Parts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Fitted:
    """The text that fits, or the shortest there is; ``shortened`` names the parts that gave way."""

    text: str
    shortened: tuple[str, ...]
    fits: bool


def fit(
    choices: Mapping[str, Sequence[str]],
    steps: Sequence[str],
    write: Callable[[Parts], str],
    fits: Callable[[str], bool],
) -> Fitted:
    """Write the text with the first choice of every part; while it does not fit, the part named by the next step takes its next choice.

    Every part has at least one choice (an empty one is allowed); a step whose part has no further choice is skipped.
    """
    taken = dict.fromkeys(choices, 0)
    waiting = list(steps)
    while True:
        text = write({name: options[taken[name]] for name, options in choices.items()})
        if fits(text):
            return Fitted(text, _given_way(taken), True)
        step = next((name for name in waiting if name in choices and taken[name] + 1 < len(choices[name])), None)
        if step is None:
            return Fitted(text, _given_way(taken), False)
        del waiting[: waiting.index(step) + 1]
        taken[step] += 1


def _given_way(taken: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(name for name, choice in taken.items() if choice)
