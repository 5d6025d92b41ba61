"""Keeps the index of ``registry.models.search`` in step with what is written, in the writer's own transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Table, bindparam, delete, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from disaster.core import names
from registry.models.people import Person
from registry.models.search import Script, SearchEntry, SearchName, SearchSlip, SearchSweep, Subject

_NAMES: Table = SearchName.__table__  # type: ignore[assignment]
_SLIPS: Table = SearchSlip.__table__  # type: ignore[assignment]
_ENTRIES: Table = SearchEntry.__table__  # type: ignore[assignment]
_INSERT_ENTRIES = insert(_ENTRIES)
_DIALECTS = {"sqlite": sqlite, "postgresql": postgresql}
_INSERT_NAMES = {name: dialect.insert(_NAMES).on_conflict_do_nothing() for name, dialect in _DIALECTS.items()}
_INSERT_SLIPS = {name: dialect.insert(_SLIPS).on_conflict_do_nothing() for name, dialect in _DIALECTS.items()}
_NAMED = select(_NAMES.c.id, _NAMES.c.script, _NAMES.c.key).where(
    _NAMES.c.script.in_(list(Script)), _NAMES.c.key.in_(bindparam("keys", expanding=True))
)
_SWEEP = select(SearchSweep.number).where(SearchSweep.id == 1)
_LOCK = 7_204_117  # of the names, in PostgreSQL
_MANY = 400
_LONGEST = 60  # letters of a key that are kept
_REMEMBERED = 200_000
T = TypeVar("T")
Key = tuple[Script, str]


@dataclass(frozen=True, slots=True)
class Named:
    """One name of somebody: as written and as read, in two parts or in one (then ``given`` is empty)."""

    family: str = ""
    given: str = ""
    kana_family: str = ""
    kana_given: str = ""
    romaji: str = ""


@dataclass(frozen=True, slots=True)
class Indexed:
    """Somebody as the index takes them; an entry for each name."""

    subject: Subject
    subject_id: str
    named: Sequence[Named]
    birth: date | None
    precision: str
    area_code: str


class Indexer:
    """Writes entries; remembers the names that it has met, for long lists."""

    def __init__(self, session: Session) -> None:
        self._session = session  # the thread's; it lives through several transactions
        self._sweep: int | None = None
        self._known: dict[Key, int] = {}  # numbers of names that were committed or stand in the present transaction

    def put(self, people: Sequence[Indexed], *, fresh: bool = False) -> None:
        """Write these people's entries in place of those that stand. ``fresh``: none of them has any."""
        if not people:
            return
        self._hold()
        wanted = [(person, part, keys(named)) for person in people for part, named in enumerate(person.named)]
        self._meet(key for *_, four in wanted for key in four if key)
        if not fresh:
            remove(self._session, people[0].subject, [person.subject_id for person in people])
        rows = [self._row(person, part, four) for person, part, four in wanted if any(four)]
        if rows:
            self._session.connection().execute(_INSERT_ENTRIES, rows)

    def _hold(self) -> None:
        """No name is taken out until this transaction ends; what was taken out since the last one is forgotten."""
        hold(self._session, shared=True)
        sweep = self._session.connection().scalar(_SWEEP)
        if sweep != self._sweep:
            self._known.clear()
            self._sweep = sweep

    def _row(self, person: Indexed, part: int, four: Sequence[Key | None]) -> dict[str, Any]:
        family_reading, given_reading, family_kanji, given_kanji = (self._known[key] if key else 0 for key in four)
        return {
            "subject": person.subject,
            "subject_id": person.subject_id,
            "part": part,
            "family_reading": family_reading,
            "given_reading": given_reading,
            "family_kanji": family_kanji,
            "given_kanji": given_kanji,
            "birth_date": person.birth,
            "birth_precision": person.precision,
            "area_code": person.area_code,
        }

    def _meet(self, wanted: Iterable[Key]) -> None:
        """Make sure that every name has its number."""
        unknown = {key for key in wanted if key not in self._known}
        if not unknown:
            return
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        self._look(unknown)
        new = sorted(unknown - self._known.keys())
        if not new:
            return
        connection = self._session.connection()
        rows = [_name_row(*key) for key in new]
        connection.execute(_INSERT_NAMES[connection.dialect.name], rows)
        self._look(set(new))
        slips = [{"form": form, "name_id": self._known[key]} for key in new for form in forms_of(*key)]
        if slips:
            connection.execute(_INSERT_SLIPS[connection.dialect.name], slips)

    def _look(self, wanted: set[Key]) -> None:
        for part in pieces(wanted, _MANY):
            keys = list({key for _, key in part})
            for row in self._session.connection().execute(_NAMED, {"keys": keys}):
                self._known[row.script, row.key] = row.id


def hold(session: Session, *, shared: bool) -> None:
    """Names stay until the transaction ends: ``shared`` by all who write entries, alone for who takes names out. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        kind = "_shared" if shared else ""
        session.execute(text(f"SELECT pg_advisory_xact_lock{kind}(:lock)"), {"lock": _LOCK})


def remove(session: Session, subject: Subject, subject_ids: Iterable[str]) -> None:
    """Take entries out of the index."""
    for part in pieces(subject_ids, _MANY):
        own = (_ENTRIES.c.subject == subject) & _ENTRIES.c.subject_id.in_(part)
        session.execute(delete(_ENTRIES).where(own))


def person(row: Mapping[str, Any]) -> Indexed:
    """A row of the people's table; the spoken name, and its Latin form where it has one."""
    family, given = split(row["family"], row["given"], row["name"])
    kana_family, kana_given = split(row["kana_family"], row["kana_given"], row["kana"])
    named = [Named(family, given, kana_family, kana_given)]
    if row["romaji"]:
        named.append(Named(romaji=row["romaji"]))
    return Indexed(
        Subject.PERSON, row["id"], named, row["birth_date"], str(row["birth_precision"]), row["area_code"] or "",
    )  # fmt: skip


def people_again(session: Session, after: str, most: int) -> tuple[str | None, int]:
    """Write the index anew for some people behind an id; the last of them (None at the end), and how many."""
    behind = select(Person.__table__).where(Person.id > after).order_by(Person.id).limit(most)
    rows = session.execute(behind).mappings().all()
    Indexer(session).put([person(dict(row)) for row in rows])
    return (rows[-1]["id"] if rows else None), len(rows)


def resident(number: int, row: Mapping[str, Any]) -> Indexed:
    """A row of the residents' list."""
    named = Named(*split("", "", row["name"]), *split("", "", row["kana"]))
    birth, precision = row["birth_date"], str(row["birth_precision"])
    return Indexed(Subject.RESIDENT, str(number), [named], birth, precision, row["area_code"] or "")


def keys(named: Named) -> tuple[Key | None, Key | None, Key | None, Key | None]:
    """The keys of family reading, given reading, family name and given name."""
    if named.romaji:
        first, _, rest = named.romaji.strip().partition(" ")
        return _reading(first), _reading(rest), None, None
    readings = [_reading(named.kana_family), _reading(named.kana_given)]
    written = [named.family, named.given]
    if not any(readings):  # a name that is its own reading: in kana or Latin letters
        readings = [_reading(part) if names.has_kana(part) or names.has_latin(part) else None for part in written]
    kanji = [_key(Script.KANJI, names.kanji_key(part)) for part in written]
    return readings[0], readings[1], kanji[0], kanji[1]


def split(family: str, given: str, whole: str) -> tuple[str, str]:
    """Two parts of a name; one in one piece is parted where a space stands."""
    if family or given:
        return family, given
    first, _, rest = whole.replace("\u3000", " ").strip().partition(" ")
    return first, rest


def forms(text: str) -> set[str]:
    """A key, and the key with any one letter left out."""
    return {text, *(text[:place] + text[place + 1 :] for place in range(len(text)) if len(text) > 1)}


def pieces(values: Iterable[T], most: int) -> Iterator[list[T]]:
    """Parts that one statement takes."""
    listed = list(values)
    for start in range(0, len(listed), most):
        yield listed[start : start + most]


def _reading(text: str) -> Key | None:
    if names.has_latin(text):
        return _key(Script.LATIN, names.romaji_key(text))
    return _key(Script.KANA, names.kana_key(text))


def _key(script: Script, key: str) -> Key | None:
    return (script, key[:_LONGEST]) if key else None


def _name_row(script: Script, key: str) -> dict[str, str]:
    if script is Script.KANJI:
        return {"script": script, "key": key, "bare": names.loose_kanji_key(key), "latin": ""}
    bare = names.voiceless_key(key) if script is Script.KANA else key
    return {"script": script, "key": key, "bare": bare or key, "latin": names.romaji_key(key) or key}


def forms_of(script: Script, key: str) -> set[str]:
    """Under which forms a reading is found in spite of a slip: those of its kana without voiced marks, and of its Latin letters."""
    if script is Script.KANJI:
        return set()
    row = _name_row(script, key)
    return forms(row["bare"]) | forms(row["latin"])
