"""People in tests: entered as staff enter them, at a shelter of the town."""

from collections.abc import Mapping
from typing import Any

from disaster.core import clock
from disaster.core.db import transaction
from registry.intake import entering, ids
from registry.intake.entering import Entry
from registry.intake.projection import millis
from registry.protection.protecting import raise_to
from registry.vocabulary import Kind, Protection

ACTOR = "account:1"


def enter(kind: Kind, entity: str, shelter: int | None = None, /, **fields: Any) -> str:
    """Enter one thing; its id."""
    with transaction() as session:
        entering.enter(session, kind, entity, fields, actor=ACTOR, shelter_id=shelter)
    return entity


def arrive(shelter: int, *, household: str | None = None, hours_ago: float = 1, **fields: Any) -> str:
    """Somebody who came to a shelter and is there; the id of the entry."""
    number, stay = ids.new(), ids.new()
    person: Mapping[str, Any] = {
        "family": "山田",
        "given": "花子",
        "kana_family": "ヤマダ",
        "kana_given": "ハナコ",
        **fields,
    }
    if household:
        person = {**person, "household": household}
    start = millis(clock.now()) - int(hours_ago * 3_600_000)
    entries = [
        Entry(Kind.PERSON, number, person, shelter),
        Entry(Kind.STAY, stay, {"person": number, "place": "shelter", "shelter": shelter, "start": start}, shelter),
    ]
    with transaction() as session:
        entering.enter_all(session, entries, actor=ACTOR)
    return number


def family(shelter: int, surname: str = "山田", **fields: Any) -> str:
    """A household that was registered at a shelter; its id."""
    return enter(Kind.HOUSEHOLD, ids.new(), shelter, surname=surname, **fields)


def protect(person: str, level: Protection = Protection.HIDDEN) -> str:
    """Keep somebody secret."""
    with transaction() as session:
        raise_to(session, [person], level)
    return person
