"""Which entries are one person: merges followed to the entry that remains."""

from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from registry.models.people import Person


def one_and_the_same(session: Session, people: Iterable[str]) -> dict[str, set[str]]:
    """Everybody whom these entries turned out to be, through merges: the entry that remains, and all that were merged into it."""
    into: dict[str, str | None] = {}
    asked: set[str] = set()
    unknown = set(people)
    while unknown - asked:
        wave, asked = unknown - asked, asked | unknown
        wanted = or_(Person.id.in_(wave), Person.merged_into.in_(wave))
        for number, target in session.execute(select(Person.id, Person.merged_into).where(wanted)):
            into[number] = target
            unknown |= {number, *([target] if target else [])}
        if all(into.get(number) is None for number in unknown):
            break  # nobody was merged: the usual
    groups: dict[str, set[str]] = {}
    for number in unknown:
        root, passed = number, {number}
        while (target := into.get(root)) and target not in passed:
            root = target
            passed.add(root)
        groups.setdefault(root, set()).add(number)
    return groups
