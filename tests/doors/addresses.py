"""What is asked of every address: its parameters filled with things that are there. An address with a parameter that nobody declared fails."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import Rule

from disaster.staff import guards
from tests.doors.world import PEOPLE, World

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
FIXED: dict[str, str] = {  # parameters, by endpoint where a name means several things
    "filename": "css/site.css",
    "shape": "gsi-csv",
    "kind": "evacuation",
    "measure": "donations",
    "demo.resident_page:number": "1",
    "sending_settings.remove_recipient:number": "1",
}
NOBODY = 77  # of no seeded person
SECRETS = (
    "key",
    "secret",
    "token",
    "handle",
)  # of one session or one letter: nobody else has them, so nothing is found behind them
# Addresses behind which nothing is found in the seeded town although the person may open the door: only the door's own words are a refusal.
NOTHING_THERE = {
    "disclosures.confirm": "only what waits, by the other officer",
    "disclosures.refuse": "only what waits",
    "retention.confirm": "only what waits, by the other officer",
    "retention.refuse": "only what waits",
    "retention.confirm_pfif": "only what waits, by the other officer",
    "retention.refuse_pfif": "only what waits",
    "protection.confirm": "only the other officer",
    "protection.confirm_less": "only what waits, by the other officer",
    "protection.refuse_less": "only what waits",
    "protection.meeting_seen": "only what happened",
    "protection.sought_seen": "only what happened",
    "retention.propose": "which rule stands in the form",
    "my_number.act": "whose number it is stands in the form",
    "welfare.move": "which referral stands in the form",
    "audio.wav": "speech is an extra that may not be installed",
    "readings.remove": "which word stands in the form",
    "sending_settings.withdraw": "only who proposed it",
    "bulletins.load_sample": "which sample stands in the form",
}


@dataclass(frozen=True)
class Address:
    """One method of one rule."""

    rule: Rule
    method: str
    guard: str

    @property
    def parameters(self) -> list[str]:
        """The names of its parameters, in order."""
        return sorted(self.rule.arguments)

    @property
    def secret(self) -> bool:
        """Whether it is opened by a secret of one person."""
        return any(name in SECRETS for name in self.parameters)

    @property
    def about_people(self) -> bool:
        """Whether a parameter names a person."""
        return any(name in PEOPLE for name in self.parameters)

    def path(self, values: dict[str, object]) -> str:
        """The address with its parameters filled."""
        text = self.rule.rule
        for name in self.parameters:
            start = next(part for part in _placeholders(text) if part.strip("<>").split(":")[-1] == name)
            text = text.replace(start, str(values[name]))
        return text


def every(app: Flask) -> list[Address]:
    """All of them, in the order of ``docs/routes.md``."""
    return [
        Address(rule, method, str(guards.guard_of(app, rule.endpoint)))
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))
        for method in METHODS
        if method in (rule.methods or ())
    ]


def undeclared(app: Flask, known: set[str]) -> list[str]:
    """Addresses with a parameter of which nobody said what it may be, as sentences."""
    return sorted(
        {
            f"{address.rule.rule}: what is <{name}>? Seed one in tests/doors/world.py, name it with made.both({name!r}, own, other) and in PARAMETERS, "
            f"or give FIXED[{address.rule.endpoint + ':' + name!r}] in tests/doors/addresses.py"
            for address in every(app)
            for name in address.parameters
            if name not in known | FIXED.keys() | set(SECRETS) | PEOPLE.keys()
            and f"{address.rule.endpoint}:{name}" not in FIXED
        }
    )


def filled(made: World, address: Address, side: int) -> str:
    """The path with things of the person's own shelter (``side`` 0) or of another one (1)."""
    values = {name: _value(made, address, name, side) for name in address.parameters}
    return address.path(values)


def of_protected(made: World, address: Address, number: int) -> str:
    """The path with a protected person's ids."""
    values = {name: _value(made, address, name, 0) for name in address.parameters}
    values |= {name: PEOPLE[name](number) for name in address.parameters if name in PEOPLE}
    return address.path(values)


def of_nobody(made: World, address: Address, number: int) -> list[tuple[str, list[str]]]:
    """The path with a protected person's things, and the same with ids of nothing, each with its ids; nothing where no parameter names one."""
    named = [name for name in address.parameters if name in PEOPLE or name in made.secret]
    if not named:
        return []
    values = {name: _value(made, address, name, 0) for name in address.parameters}
    theirs = {name: PEOPLE[name](number) if name in PEOPLE else made.secret[name] for name in named}
    nothing = {name: PEOPLE[name](NOBODY) if name in PEOPLE else _unlike(theirs[name]) for name in named}
    return [(address.path(values | ids), [str(one) for one in ids.values()]) for ids in (theirs, nothing)]


def _unlike(key: object) -> object:
    """An id of the same kind that is of nothing."""
    return 987_654_321 if isinstance(key, int) else str(key)[:-4] + "0000"


def _value(made: World, address: Address, name: str, side: int) -> object:
    special = FIXED.get(f"{address.rule.endpoint}:{name}")
    if special is not None:
        return special
    if name in made.objects:
        return made.objects[name][side]
    return FIXED.get(name, "none-of-these")


def _placeholders(text: str) -> Iterator[str]:
    while "<" in text:
        start, end = text.index("<"), text.index(">")
        yield text[start : end + 1]
        text = text[end + 1 :]
