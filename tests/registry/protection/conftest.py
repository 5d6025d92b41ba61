"""Two named officers, and people at shelters."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from flask import Flask

from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.intake import entering, ids
from registry.intake.entering import Entry
from registry.models.people import Person
from registry.protection import orders
from registry.protection.orders import Wanted
from registry.vocabulary import Kind, Protection
from tests.fakes.staff import make_account
from tests.registry.views.desks import shelter_named

AT = 1_763_856_000_000


@dataclass
class Refuge:
    """``first`` and ``second`` are the officers; ``kanda`` and ``inabe`` shelters."""

    first: int
    second: int
    kanda: int
    inabe: int
    people: dict[str, str] = field(default_factory=dict)

    def arrive(self, name: str, *, household: str = "", shelter: int | None = None, **fields: object) -> str:
        """Register somebody; the id."""
        number, shelter = ids.new(), shelter or self.kanda
        group = {"household": self.people.setdefault(f"group {household}", ids.new())} if household else {}
        with transaction() as session:
            person = {"family": name, "given": "花子", **group, **fields}
            stay = {"person": number, "place": "shelter", "shelter": shelter, "start": AT}
            entries = [
                *([Entry(Kind.HOUSEHOLD, str(group["household"]), {"surname": name}, shelter)] if group else []),
                Entry(Kind.PERSON, number, person, shelter),
                Entry(Kind.STAY, ids.new(), stay, shelter),
            ]
            entering.enter_all(session, entries, actor="cli")
        return number

    def protect(self, person_id: str | None, level: Protection = Protection.HIDDEN, **more: object) -> int:
        """The first officer protects somebody."""
        wanted = {"source": "support", "reason": "支援措置の決定通知", "second_officer": self.second, **more}
        return orders.protect(Wanted(level=level, person_id=person_id, **wanted), self.first)  # type: ignore[arg-type]

    def level(self, person_id: str) -> Protection:
        """How somebody is protected now."""
        db.session.rollback()
        return db.session.get_one(Person, person_id, populate_existing=True).protection


@pytest.fixture
def refuge(app: Flask) -> Refuge:
    first, second = (make_account(login, Role.PROTECTION).id for login in ("hitoku", "hitoku2"))
    return Refuge(first, second, shelter_named("神田小学校"), shelter_named("稲部小学校"))


Protect = Callable[..., int]
