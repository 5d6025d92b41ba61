"""How strictly a person is kept secret: it is raised, never lowered here, and of entries that are one person the strictest counts for all.

``Person.protection`` is what every query looks at. While a merge makes it stricter than the entry's own, the own one waits in ``own_protection``.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import Select, Table, bindparam, select, update
from sqlalchemy.orm import Session

from registry.models.people import Person
from registry.same import one_and_the_same
from registry.vocabulary import Protection

_STRICTNESS = list(Protection)
_PEOPLE: Table = Person.__table__  # type: ignore[assignment]
_GUARDED = select(_PEOPLE.c.household_id, _PEOPLE.c.protection).where(
    _PEOPLE.c.household_id.in_(bindparam("households", expanding=True)),
    _PEOPLE.c.protection != Protection.NONE,
    _PEOPLE.c.removed_at.is_(None),
)


def raise_to(session: Session, people: Iterable[str], level: Protection) -> None:
    """Protect these entries at least so strictly, and with them all that are the same person; in the caller's transaction."""
    wanted = set(people)
    if not wanted:
        return
    rows = session.execute(_own().where(Person.id.in_(wanted))).all()
    for row in rows:
        own = row.own_protection or row.protection
        if _STRICTNESS.index(own) < _STRICTNESS.index(level):
            stricter = max(row.protection, level, key=_STRICTNESS.index)
            values = {"protection": stricter, "own_protection": None if stricter == level else level}
            session.execute(update(Person).where(Person.id == row.id).values(values))
    spread(session, wanted)


def spread(session: Session, people: Iterable[str]) -> None:
    """Bring entries that are, or no longer are, one person to the strictest protection of them; in the caller's transaction."""
    for members in one_and_the_same(session, people).values():
        rows = session.execute(_own().where(Person.id.in_(members))).all()
        own = {row.id: row.own_protection or row.protection for row in rows}
        strictest = max(own.values(), key=_STRICTNESS.index, default=Protection.NONE)
        for row in rows:
            kept = None if own[row.id] == strictest else own[row.id]
            if (row.protection, row.own_protection) != (strictest, kept):
                change = update(Person).where(Person.id == row.id)
                session.execute(change.values(protection=strictest, own_protection=kept))


def _own() -> Select[str, Protection, Protection | None]:
    return select(Person.id, Person.protection, Person.own_protection)


def inherit(session: Session, people: Iterable[str]) -> None:
    """The same as ``inherit_in`` for the groups of these people."""
    mine = select(Person.household_id).where(Person.id.in_(set(people)), Person.household_id.is_not(None))
    inherit_in(session, {household for household in session.scalars(mine) if household})


def inherit_in(session: Session, households: Collection[str]) -> None:
    """Whoever came with somebody protected (same 避難グループ) is protected as strictly: a child tells where its parent is. In the caller's transaction.

    The 住民票世帯 counts for nothing here: whoever they hide from may stand in it.
    """
    if not households:
        return
    strictest: dict[str, Protection] = {}
    for household, level in session.connection().execute(_GUARDED, {"households": list(households)}):
        strictest[household] = max(strictest.get(household, Protection.NONE), level, key=_STRICTNESS.index)
    for household, level in strictest.items():
        weaker = [word for word in _STRICTNESS if _STRICTNESS.index(word) < _STRICTNESS.index(level)]
        members = select(Person.id).where(Person.household_id == household, Person.protection.in_(weaker))
        raise_to(session, session.scalars(members).all(), level)


def stricter(one: Protection, other: Protection) -> Protection:
    """The stricter of two."""
    return max(one, other, key=_STRICTNESS.index)
