"""A town's evacuees as desks write them down, some of them twice (by themselves, then by their mother at another shelter), with the slips that happen there.

Both entries of a person go through the same hands: readings with a wrong kana, kanji in another form or none, everything in one field, Latin letters,
family and given name the wrong way round, a birth date with one wrong digit, 昭和 said as 平成, an age instead, addresses in every notation or none, the
telephone of the household, twins. How often what happens stands in ``RATES``, per entry; they were written down before anything was measured.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from bench.japanese import Made, residents, with_a_slip
from disaster.core import names
from disaster.core.birthdates import age_on
from disaster.core.municipality import Municipality
from disaster.core.places import Places
from registry.matching import suggesting
from registry.matching.likeness import Entry
from registry.vocabulary import Sex

RATES = {
    "kanji none": 0.35,
    "kanji another form": 0.08,
    "kana slip": 0.06,
    "kana otherwise written": 0.05,
    "one field": 0.10,
    "latin": 0.01,
    "swapped": 0.01,
    "another family name": 0.005,
    "birth digit": 0.03,
    "birth month and day": 0.005,
    "birth era": 0.005,
    "birth year only": 0.02,
    "birth as age": 0.04,
    "birth none": 0.01,
    "address none": 0.08,
    "address without number": 0.04,
    "address digit": 0.02,
    "phone": 0.60,
    "sex none": 0.03,
    "sex wrong": 0.005,
}
TWICE = 0.2  # of the people
TWINS = 0.02  # of the households with two and more
_FORMS = {
    "高": "髙",
    "渡辺": "渡邊",
    "斎": "齋",
    "浜": "濱",
    "吉": "𠮷",
    "崎": "﨑",
    "島": "嶋",
    "沢": "澤",
    "広": "廣",
    "桜": "櫻",
}
_WRITTEN = (
    ("オウ", "オー"),
    ("オオ", "オー"),
    ("ユウ", "ユー"),
    ("ヅ", "ズ"),
    ("ヂ", "ジ"),
    ("ュウ", "ュー"),
    ("ョウ", "ョー"),
)


@dataclass(frozen=True, slots=True)
class Twice:
    """Entries, and whose each is (a number of the person by the entry's id)."""

    entries: list[Entry]
    person: dict[str, int]


def registered(people: int, town: Municipality, seed: int, today: date) -> Twice:
    """The same for the same seed."""
    chance = random.Random(f"{seed} registered twice")
    desk = _Desk(chance, Places(town), today)
    entries: list[Entry] = []
    person: dict[str, int] = {}
    for house, members in groupby(_with_twins(residents(people, town, seed), chance), key=lambda one: one.household):
        phone = f"phone {house}"
        listed = list(members)
        again = [one for one in listed if chance.random() < TWICE]
        for round_, made in enumerate((listed, again)):
            for one in made:
                entry = replace(desk.entry(one, phone), id=f"{one.number}-{round_}", household=f"{house}-{round_}")
                entries.append(entry)
                person[entry.id] = one.number
    return Twice(suggesting.with_families(entries), person)


def _with_twins(made: Iterator[Made], chance: random.Random) -> Iterator[Made]:
    before: Made | None = None
    for one in made:
        if before is not None and before.household == one.household and chance.random() < TWINS:
            head = before.given[1][0]
            one = replace(one, birth=before.birth, male=before.male, given=(one.given[0], head + one.given[1][1:]))
        yield one
        before = one


class _Desk:
    """Writes one person down."""

    def __init__(self, chance: random.Random, places: Places, today: date) -> None:
        self._chance, self._places, self._today = chance, places, today

    def entry(self, made: Made, phone: str) -> Entry:
        """One entry without its id."""
        return replace(
            self._born(self._named(made), made.birth),
            sex=self._sex(made.male),
            phone=phone if self._happens("phone") else None,
            **self._lives(made.address),
        )

    def _happens(self, what: str) -> bool:
        return self._chance.random() < RATES[what]

    def _named(self, made: Made) -> Entry:
        family, given = made.family, made.given
        if self._happens("another family name"):
            family = ("旧姓", "キュウセイ")
        kana = f"{family[1]} {given[1]}"
        if self._happens("kana slip"):
            kana = with_a_slip(kana, self._chance)
        if self._happens("kana otherwise written"):
            kana = self._otherwise(kana)
        spoken = (*kana.split(" ", 1), "")[:2]
        written = ("", "") if self._happens("kanji none") else (family[0], given[0])
        if self._happens("kanji another form"):
            written = (_another(written[0]), _another(written[1]))
        if self._happens("latin"):
            return Entry("", romaji=f"{names.romaji_key(spoken[0])} {names.romaji_key(spoken[1])}".upper())
        if self._happens("swapped"):
            written, spoken = (written[1], written[0]), (spoken[1], spoken[0])
        if self._happens("one field"):
            return Entry("", name=" ".join(written).strip(), kana=" ".join(spoken))
        return Entry("", family=written[0], given=written[1], kana_family=spoken[0], kana_given=spoken[1])

    def _otherwise(self, kana: str) -> str:
        there = [(one, other) for one, other in _WRITTEN if one in kana]
        return kana.replace(*self._chance.choice(there), 1) if there else kana

    def _born(self, entry: Entry, birth: date) -> Entry:
        if self._happens("birth none"):
            return entry
        if self._happens("birth as age"):
            return replace(entry, age=age_on(birth, self._today) + self._chance.choice((0, 0, 0, 0, 1, -1)))
        if self._happens("birth year only"):
            return replace(entry, birth=date(birth.year, 1, 1), precision="year")
        return replace(entry, birth=self._day(birth), precision="day")

    def _day(self, birth: date) -> date:
        if self._happens("birth month and day") and birth.day <= 12:
            return birth.replace(month=birth.day, day=birth.month)
        if self._happens("birth era") and 1926 < birth.year < 1989:
            return _moved(birth, 63)
        if self._happens("birth digit"):
            return self._wrong_digit(birth)
        return birth

    def _wrong_digit(self, birth: date) -> date:
        """Another date with one other digit."""
        text = f"{birth:%Y%m%d}"
        while True:
            place = self._chance.randrange(2, 8)
            typed = text[:place] + str(self._chance.randrange(10)) + text[place + 1 :]
            try:
                found = date(int(typed[:4]), int(typed[4:6]), int(typed[6:]))
            except ValueError:
                continue
            if found != birth and found.year <= self._today.year:
                return found

    def _lives(self, address: str) -> dict[str, str]:
        if self._happens("address none"):
            return {}
        town, _, number = address.rpartition(address.rstrip("番地0123456789")[-1])
        street, number = town + address[len(town)], number.removesuffix("番地")
        if self._happens("address without number"):
            number = ""
        elif self._happens("address digit"):
            place = self._chance.randrange(len(number))
            number = number[:place] + str(self._chance.randrange(10)) + number[place + 1 :]
        ending = self._chance.choice(("番地", "", "-1", "番地の1", "－2")) if number else ""
        place = self._places.read(f"{self._chance.choice(('', '三重県員弁郡'))}{street}{number}{ending}")
        return {"area_code": place.area_code, "address_key": place.key, "address_branch": place.branch}

    def _sex(self, male: bool) -> Sex:
        if self._happens("sex none"):
            return Sex.UNKNOWN
        return Sex.MALE if male != self._happens("sex wrong") else Sex.FEMALE


def _another(name: str) -> str:
    for one, other in _FORMS.items():
        name = name.replace(one, other)
    return name


def _moved(day: date, years: int) -> date:
    return day.replace(year=day.year + years, day=28 if (day.month, day.day) == (2, 29) else day.day)
