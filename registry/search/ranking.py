"""Finding people: in the register and in the residents' list, by anything that somebody may say about them; one ranking for pages and command line.

Who is protected is found by nobody who is not cleared, and the answer takes the same way whether there is such a person or not: the index knows
nothing of protection, and what it gives is read from the tables under the condition that leaves protected people out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, exists, select
from sqlalchemy.orm import Session

from disaster.core import clock
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.places import Places
from registry.models.people import Person, Resident, Stay
from registry.models.search import Script, Subject
from registry.search import names, statements
from registry.search.names import Costs
from registry.search.words import Query, Word, understood
from registry.vocabulary import SECRET

SHOWN = 50
ENOUGH = 10  # exact hits after which no slips are looked for
_SPARE = 20  # read beyond what is shown, for those who must not be
_REVERSED = 0.3  # given name first
_VERY = 0.2  # the very name, also in Latin letters
_SLIP = 1.05  # one slip; beyond it beginnings of names and two slips
_RESIDENT = (
    Resident.id, Resident.name, Resident.kana, Resident.birth_date, Resident.birth_precision, Resident.sex, Resident.address,
    Resident.area_code, Resident.household_key, Resident.gone,
)  # fmt: skip
_RESIDENTS = select(*_RESIDENT).where(Resident.id.in_(bindparam("numbers", expanding=True)))
# Whose whereabouts are secret goes by another name at the place where they sleep: the true one leads nobody to it.
_OPEN_RESIDENTS = _RESIDENTS.where(
    ~Resident.hidden,
    ~exists().where(Person.resident_id == Resident.id, Person.protection.in_(SECRET)),
)
_USUAL = ("ヤマダ タロウ", "ヤマダタロウ", "山田太郎", "Yamada Taro", "090-0000-0000", "S60.4.12")
Way = tuple[tuple[int, Costs], ...]  # which part of a name (its place in ``statements.NAMED``) may be which names


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom somebody may find. ``own``: the shelters of shelter staff, who find others by the whole name and day of birth only; None: everybody."""

    cleared: bool = False
    own: frozenset[int] | None = None


class Hit(NamedTuple):
    """Somebody who was found. ``cost``: 0 is what was typed; ``shelter_id``: where they are now. ``gone``: how a resident left."""

    subject: Subject
    id: str
    name: str
    kana: str
    birth_date: date | None
    birth_precision: str
    sex: str
    address: str
    area_code: str
    household: str
    gone: str
    shelter_id: int | None
    cost: float


def find(text: str, scope: Scope, *, most: int = SHOWN, subjects: Iterable[Subject] = tuple(Subject)) -> list[Hit]:
    """The best hits, in their order; the same for the same data, whoever asks with the same scope."""
    session = db.session()
    query = understood(text, _places(), clock.jst(clock.now()).date())
    if query.empty:
        return []
    costs = _Search(session, query, frozenset(subjects)).costs()
    ranked = sorted(costs.items(), key=lambda one: (round(one[1], 2), one[0]))[: most + _SPARE]
    hits = [*_people(session, ranked, scope, query), *_residents(session, ranked, scope, query)]
    return _told_once(sorted(hits, key=_order))[:most]


def rehearse() -> None:
    """Ask the usual questions about nobody, so that their statements are compiled before somebody is looked for."""
    session = db.session()
    for statement, values in statements.usual():
        session.connection().execute(statement, values)
    nobody = [((str(subject), "0"), 0.0) for subject in Subject]
    for scope in (Scope(), Scope(cleared=True)):
        list(_people(session, nobody, scope, Query()))
        list(_residents(session, nobody, scope, Query()))
    for text in _USUAL:
        find(text, Scope())
    session.rollback()


class _Search:
    """One query against the index, with few statements that are made once."""

    def __init__(self, session: Session, query: Query, subjects: frozenset[Subject]) -> None:
        self._connection, self._query, self._subjects = session.connection(), query, subjects
        self._found: dict[tuple[str, str], float] = {}

    def costs(self) -> dict[tuple[str, str], float]:
        """Everybody who fits, with what the ranking counts against them."""
        query = self._query
        self._phones()
        if not query.words:
            if query.births or query.areas:
                self._run([()])
            return self._found
        whole = names.together(query.words)
        exact = names.exact(self._connection, [*query.words, whole] if whole else query.words)
        ways = _ways(query.words, exact)
        if whole and exact[-1]:
            ways += [((_first(whole) + part, exact[-1]),) for part in (0, 1)]
        self._run(ways)
        if len(self._found) < ENOUGH:
            self._slips(exact)
        if len(self._found) < ENOUGH and len(query.words) == 1:
            column = _first(query.words[0])
            parted = names.parted(self._connection, query.words[0])
            self._run([((column, family), (column + 1, given)) for family, given in parted])
        self._areas(exact)
        return self._found

    def _slips(self, exact: Sequence[Costs]) -> None:
        """One word with a slip and the others as they are, then beginnings of names, at last every word with a slip."""
        words = self._query.words
        near = names.alike(self._connection, words)
        for cheap in (True, False):
            part = [{name: cost for name, cost in one.items() if (cost <= _SLIP) == cheap} for one in near]
            for place in range(len(words)):
                mixed = [part[at] if at == place else exact[at] for at in range(len(words))]
                self._run(_ways(words, mixed))
            if len(self._found) >= (ENOUGH if len(words) == 1 else 1):
                return
        if not self._found and len(words) > 1:
            self._run(_ways(words, [dict(list(costs.items())[:12]) for costs in near]))

    def _areas(self, exact: Sequence[Costs]) -> None:
        """A word that is an area's name as well (山田), as that."""
        words = self._query.words
        for place, word in enumerate(words):
            if word.areas and len(self._found) < SHOWN:
                others = [at for at in range(len(words)) if at != place]
                ways = _ways([words[at] for at in others], [exact[at] for at in others]) if others else [()]
                self._run(ways, areas=word.areas, extra=0.5)

    def _run(self, ways: Sequence[Way], *, areas: frozenset[str] = frozenset(), extra: float = 0.0) -> None:
        ways = [way for way in ways if all(costs for _, costs in way)]
        if not ways:
            return
        query = self._query
        only = next(iter(self._subjects)) if len(self._subjects) == 1 else None
        values: dict[str, Any] = {"subject": only, "areas": sorted(areas or query.areas)}
        for place, (first, last) in enumerate(query.births):
            values |= {f"first{place}": first, f"last{place}": last}
        for number, way in enumerate(ways):
            values |= {f"names{number}_{place}": list(costs) for place, (_, costs) in enumerate(way)}
        shape = tuple(tuple(column for column, _ in way) for way in ways)
        few = all((last - first).days <= statements.FEW_DAYS for first, last in query.births)
        statement = statements.entries(shape, len(query.births), few, bool(values["areas"]), only is not None)
        turned = [extra + (_REVERSED if len(way) > 1 and way[0][0] % 2 else 0.0) for way in ways]
        for row in self._connection.execute(statement, values).all():
            number = row[-1]
            self._keep(row[0], row[1], turned[number] + sum([costs[row[2 + column]] for column, costs in ways[number]]))

    def _phones(self) -> None:
        if not self._query.phones:
            return
        for table, subject in ((Person, Subject.PERSON), (Resident, Subject.RESIDENT)):
            if subject in self._subjects:
                wanted = select(table.id).where(table.phone_digest.in_(self._query.phones)).limit(statements.LIMIT)
                for row in self._connection.execute(wanted):
                    self._keep(str(subject), str(row.id), 0.0)

    def _keep(self, subject: str, number: str, cost: float) -> None:
        key = (subject, number)
        if cost < self._found.get(key, 99.0):
            self._found[key] = cost


def _ways(words: Sequence[Word], costs: Sequence[Costs]) -> list[Way]:
    """Every way in which the words may be family and given name; no two are the same part."""
    found = []
    for places in product((0, 1), repeat=len(words)):
        columns = [_first(word) + place for word, place in zip(words, places, strict=True)]
        if len(set(columns)) == len(columns):
            found.append(tuple(zip(columns, costs, strict=False)))
    return found


def _first(word: Word) -> int:
    """The place of the family name in ``statements.NAMED`` in this script; the given name stands behind it."""
    return 2 if word.script is Script.KANJI else 0


def _people(
    session: Session, ranked: Sequence[tuple[tuple[str, str], float]], scope: Scope, query: Query
) -> Iterator[Hit]:
    costs = {number: cost for (subject, number), cost in ranked if subject == Subject.PERSON}
    if not costs:
        return
    holds = and_(Stay.person_id == Person.id, Stay.confirmed, Stay.ended_at.is_(None))
    visible: list[ColumnElement[bool]] = [Person.merged_into.is_(None), Person.removed_at.is_(None)]
    if not scope.cleared:
        visible.append(Person.protection.not_in(SECRET))
    statement = select(Person, Stay.shelter_id).outerjoin(Stay, holds).where(Person.id.in_(costs), *visible)
    for person, shelter in session.execute(statement):
        cost = costs[person.id]
        if _may(scope, query, cost, shelter):
            yield Hit(
                Subject.PERSON, person.id, _spaced(person.name, person.family, person.given),
                _spaced(person.kana, person.kana_family, person.kana_given) or person.romaji, person.birth_date,
                person.birth_precision, str(person.sex), person.address, person.area_code, person.household_id or "",
                f"resident:{person.resident_id}" if person.resident_id else "", shelter, cost,
            )  # fmt: skip


def _residents(
    session: Session, ranked: Sequence[tuple[tuple[str, str], float]], scope: Scope, query: Query
) -> Iterator[Hit]:
    costs = {int(number): cost for (subject, number), cost in ranked if subject == Subject.RESIDENT}
    if not costs:
        return
    statement = _RESIDENTS if scope.cleared else _OPEN_RESIDENTS
    for row in session.connection().execute(statement, {"numbers": list(costs)}).all():
        cost = costs[row.id]
        if _may(scope, query, cost, None):
            yield Hit(
                Subject.RESIDENT, str(row.id), row.name, row.kana, row.birth_date, row.birth_precision, str(row.sex),
                row.address, row.area_code, row.household_key, row.gone, None, cost,
            )  # fmt: skip


def _may(scope: Scope, query: Query, cost: float, shelter: int | None) -> bool:
    """Shelter staff find those of other places only by the whole name and day of birth, with no slip."""
    if scope.own is None or (shelter is not None and shelter in scope.own):
        return True
    return query.exact_day and len(query.words) >= 2 and cost <= _VERY


def _told_once(hits: Iterable[Hit]) -> list[Hit]:
    """Who is registered as an evacuee is not told again as the resident that they are."""
    listed = list(hits)
    linked = {hit.gone.removeprefix("resident:") for hit in listed if hit.gone.startswith("resident:")}
    return [hit for hit in listed if hit.subject != Subject.RESIDENT or hit.id not in linked]


def _order(hit: Hit) -> tuple[Any, ...]:
    left = hit.subject == Subject.RESIDENT and hit.gone != ""
    return (round(hit.cost, 2), left, hit.subject, hit.kana, hit.name, hit.birth_date or date.min, hit.id)


def _spaced(whole: str, family: str, given: str) -> str:
    return whole or "　".join(part for part in (family, given) if part)


_made: dict[str, Places] = {}


def _places() -> Places:
    town = municipality()
    if town.code not in _made:
        _made[town.code] = Places(town)
    return _made[town.code]
