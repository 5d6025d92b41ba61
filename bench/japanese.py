"""Made-up residents with names as they are distributed in Japan, and the slips that people make when they type a reading.

The commonest names stand in ``japanese_names.txt`` and have weights that fall with the rank; 佐藤 is 1.6 % of all. The rest is
composed of the parts of which Japanese names are made, so that there is a long tail of rare ones. Nobody is meant.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from disaster.core.municipality import Municipality

_NAMES = Path(__file__).with_name("japanese_names.txt")
_KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン"
_VOICED = dict(
    zip(
        "ガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポ",
        "カキクケコサシスセソタチツテトハヒフヘホハヒフヘホ",
        strict=True,
    )
)
_ALIKE = "シツ ソン ノメ クワ ウワ アマ チテ ルレ コユ ロコ ラウ スヌ ナメ サセ タク ネワ マモ リソ カヤ ハホ イエ ヒシ オア ヨユ ミモ".split()  # noqa: SIM905
_SMALL = {"ャ": "ヤ", "ュ": "ユ", "ョ": "ヨ", "ッ": "ツ"}
Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Made:
    """One resident. Names are kanji and katakana."""

    number: int
    household: int
    family: Name
    given: Name
    male: bool
    birth: date
    address: str

    @property
    def kana(self) -> str:
        """The whole reading."""
        return f"{self.family[1]} {self.given[1]}"


def residents(count: int, town: Municipality, seed: int = 1) -> Iterator[Made]:
    """Households of one to five in the town's areas; the same for the same seed."""
    chance = random.Random(seed)
    lists = _lists()
    family = _Pool(lists, "family", "family", 0.4)
    male, female = _Pool(lists, "male", "given", 0.55), _Pool(lists, "female", "given", 0.55)
    number = household = 0
    areas = [area.name for area in town.areas]
    while number < count:
        household += 1
        name = family.pick(chance)
        address = f"{town.name}{chance.choice(areas)}{chance.randint(1, 2500)}番地"
        for _ in range(min(chance.choice((1, 1, 2, 2, 2, 3, 3, 4, 5)), count - number)):
            number += 1
            of_a_man = chance.random() < 0.49
            born = date(1928, 1, 1) + timedelta(days=chance.randrange(35_500))
            yield Made(number, household, name, (male if of_a_man else female).pick(chance), of_a_man, born, address)


class _Pool:
    """Names by weight: most of them common ones, the rest composed."""

    def __init__(self, lists: dict[str, list[Name]], common: str, parts: str, share: float) -> None:
        self._common, self._share = lists[common], share
        self._weights = [1 / (rank + 8) ** 0.9 for rank in range(len(self._common))]
        self._heads, self._tails = lists[f"{parts} heads"], lists[f"{parts} tails"]

    def pick(self, chance: random.Random) -> Name:
        """One name."""
        if chance.random() < self._share:
            return chance.choices(self._common, self._weights)[0]
        head, tail = chance.choice(self._heads), chance.choice(self._tails)
        return head[0] + tail[0], head[1] + tail[1]


def _lists() -> dict[str, list[Name]]:
    found: dict[str, list[Name]] = {}
    for line in _NAMES.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            found[line[1:-1]] = here = []
        elif not line.startswith("#"):
            here += [_pair(word) for word in line.split()]
    return found


def _pair(word: str) -> Name:
    cut = (
        next(place for place, letter in enumerate(word) if "ァ" <= letter <= "ヶ")
        if not _only_kana(word)
        else len(word) // 2
    )
    return word[:cut], word[cut:]


def _only_kana(word: str) -> bool:
    return all("ァ" <= letter <= "ヶ" for letter in word)


def with_a_slip(kana: str, chance: random.Random) -> str:
    """A reading with one wrong kana, of the kinds that happen at a desk; always another text than before."""
    letters = [place for place, letter in enumerate(kana) if letter != " "]
    while True:
        place = chance.choice(letters)
        letter = kana[place]
        kind = chance.choice(("alike", "alike", "voice", "voice", "drop", "add", "swap", "small", "any"))
        found = _slip(kana, place, letter, kind, chance)
        if found and found != kana and not found.startswith(" ") and not found.endswith(" "):
            return found


def _slip(kana: str, place: int, letter: str, kind: str, chance: random.Random) -> str | None:
    before, after = kana[:place], kana[place + 1 :]
    if kind == "alike":
        others = [pair.replace(letter, "") for pair in _ALIKE if letter in pair]
        return before + chance.choice(others) + after if others else None
    if kind == "voice":
        return before + _VOICED[letter] + after if letter in _VOICED else None
    if kind == "drop":
        return before + after
    if kind == "add":
        return before + letter + chance.choice(_KANA) + after
    if kind == "swap":
        return before + after[0] + letter + after[1:] if after and after[0] != " " else None
    if kind == "small":
        return before + _SMALL[letter] + after if letter in _SMALL else None
    return before + chance.choice(_KANA) + after
