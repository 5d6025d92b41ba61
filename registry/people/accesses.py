"""Who saw or exported whom: out of the audit log, by the one who looked or by the one who was looked at, newest first.

Read as rows and handed on as they come, so that a page is there at once and a file of all of it in seconds.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, select, union_all
from sqlalchemy.orm import Session

from disaster.core import clock
from disaster.core.audit import AuditEntry
from disaster.core.errors import Missing
from disaster.incidents import running
from disaster.staff.models import Account
from disaster.staff.trail import WORDS, who
from registry.access.cells import OF_WORK, PURPOSES, Group
from registry.disclosure.files import cell
from registry.ledger import sight
from registry.models.aid import AidCase
from registry.models.certificates import Certificate, DamageApplication
from registry.models.giving import DisclosedPerson
from registry.models.ledger import AffectedMember, Victim
from registry.models.people import Person
from registry.same import one_and_the_same

SEEING = (
    "person.viewed",
    "people.listed",
    "people.searched",
    "ledger.viewed",
    "ledger.listed",
    "application.viewed",
    "application.listed",
    "application.file_viewed",
    "survey.listed",
    "certificate.printed",
    "cards.printed",
    "aid.viewed",
    "aid.listed",
    "consent.viewed",
    "disclosure.made",
    "disclosure.viewed",
    "inquiry.answered",
    "inquiry.listed",
    "inquiry.viewed",
    "protection.viewed",
    "shelter.notes_viewed",
    "supply.export",
    "welfare.printed",
)
NAMING = ("people.searched", "welfare.printed")  # lists of which the detail says who was on them
HEAD = ("番号", "日時", "だれが", "何をした", "だれ・何を", "項目", "目的")
UNNAMED = "台帳の番号のない人"
_KINDS = {
    "disclosure": "提供の記録",
    "inquiry": "安否照会",
    "shelter": "避難所",
    "household": "世帯",
    "application": "証明書の申請",
    "certificate": "証明書",
    "aid": "援護の案件",
    "affected_household": "被災時の世帯",
}
_NUMBERED = ("disclosure", "inquiry", "shelter")
_COLUMNS = (AuditEntry.id, AuditEntry.at, AuditEntry.actor, AuditEntry.action, AuditEntry.subject, AuditEntry.detail)
_TOGETHER = 2000  # entries
_CHUNK = 400  # ids of one query
_Query = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Line:
    """One entry in words."""

    number: int
    at: datetime
    who: str
    what: str
    whom: str
    groups: str
    purpose: str

    @property
    def cells(self) -> tuple[str, ...]:
        """For a CSV, times of Japan; no cell is a formula."""
        texts = (self.who, self.what, self.whom, self.groups, self.purpose)
        return (str(self.number), clock.jst(self.at).isoformat(" ", "seconds")[:19], *map(_cell, texts))


def of_account(
    session: Session, viewer: Account, account_id: int, *, before: int | None = None, most: int | None = None
) -> Iterator[Line]:
    """What one account saw or exported; all of it without ``most``."""
    mine = (AuditEntry.actor == f"account:{account_id}") & AuditEntry.action.in_(SEEING)
    return _lines(session, viewer, _entries(mine, before, most))


def of_person(
    session: Session, viewer: Account, number: int, *, before: int | None = None, most: int | None = None
) -> Iterator[Line]:
    """Who saw, changed or exported the person with this number in the ledger.

    Raises:
        Missing: there is none for the viewer.
    """
    mine = (Victim.incident_id == running.running()) & (Victim.number == number)
    victim = session.scalars(select(Victim).where(mine, sight.known_to(viewer))).first()
    if victim is None:
        raise Missing("台帳に、この番号の記録はありません。")
    people = set().union(*one_and_the_same(session, [victim.person_id]).values()) if victim.person_id else set()
    named = AuditEntry.subject.in_(_subjects(session, victim, people))
    parts = [_entries(named, before, most)]
    parts += [_entries(_searched(one), before, most) for one in sorted(people)]
    both = union_all(*(select(part.subquery()) for part in parts)).subquery()
    query = select(*both.c).order_by(both.c.id.desc())
    return _lines(session, viewer, query if most is None else query.limit(most))


def _searched(person_id: str) -> ColumnElement[bool]:
    """Searches and lists that showed somebody; whom, stands in the detail alone."""
    return AuditEntry.action.in_(NAMING) & AuditEntry.detail.contains(person_id, autoescape=True)


def _subjects(session: Session, victim: Victim, people: set[str]) -> list[str]:
    """Everything by which the log names a person: all entries that are the same one, their households, applications, papers, aid, and disclosures."""
    named = [f"victim:{victim.id}", *(f"person:{one}" for one in sorted(people))]
    groups = session.scalars(select(Person.household_id).where(Person.id.in_(people)).distinct())
    homes = session.scalars(select(AffectedMember.household_id).where(AffectedMember.victim_id == victim.id)).all()
    asked = session.scalars(select(DamageApplication.id).where(DamageApplication.household_id.in_(homes)))
    papers = session.scalars(select(Certificate.id).where(Certificate.household_id.in_(homes)))
    mine = AidCase.household_id.in_(homes) | (AidCase.victim_id == victim.id)
    given = session.scalars(select(DisclosedPerson.disclosure_id).where(DisclosedPerson.subject.in_(named)))
    found: list[tuple[str, Iterable[object]]] = [
        ("household", [one for one in groups if one]),
        ("affected_household", homes),
        ("application", asked),
        ("certificate", papers),
        ("aid", session.scalars(select(AidCase.id).where(mine))),
        ("disclosure", given),
    ]
    return [*named, *(f"{kind}:{number}" for kind, numbers in found for number in numbers)]


def _entries(mine: ColumnElement[bool], before: int | None, most: int | None) -> _Query:
    query = select(*_COLUMNS).where(mine).order_by(AuditEntry.id.desc())
    query = query if before is None else query.where(AuditEntry.id < before)
    return query if most is None else query.limit(most)


def _lines(session: Session, viewer: Account, query: _Query) -> Iterator[Line]:
    names = dict(session.execute(select(Account.id, Account.name)).all())
    actors: dict[str, str] = {}
    numbers: dict[str, int | None] = {}
    for part in session.execute(query, execution_options={"yield_per": _TOGETHER}).partitions():
        fresh = {entry.subject for entry in part} - numbers.keys()
        numbers.update(dict.fromkeys(fresh))
        numbers.update(_numbers(session, viewer, fresh))
        for entry in part:
            actor = actors.get(entry.actor) or actors.setdefault(entry.actor, who(entry.actor, names))
            groups, purpose = _detail(entry.detail) if entry.action not in NAMING else _searching(entry.detail)
            what = WORDS.get(entry.action, entry.action)
            whom = _whom(entry.subject, numbers[entry.subject])
            yield Line(entry.id, entry.at, actor, what, whom, groups, purpose)


@lru_cache(maxsize=1000)
def _detail(text: str) -> tuple[str, str]:
    return _searching(text)


def _searching(text: str) -> tuple[str, str]:
    """The groups and the purpose that a detail names."""
    detail = json.loads(text)
    said = detail.get("purpose", "")
    groups = "・".join(Group(one).ja for one in detail.get("groups", ()) if one in list(Group))
    return groups, PURPOSES.get(said, "") or OF_WORK.get(said, "")


@lru_cache(maxsize=1000)
def _cell(text: str) -> str:
    return cell(text)


def _whom(subject: str, number: int | None) -> str:
    kind, _, rest = subject.partition(":")
    if kind in ("person", "victim"):
        return UNNAMED if number is None else f"台帳 {number}番"
    if kind not in _KINDS:
        return ""
    told = f"（台帳 {number}番）" if number is not None else f" {rest}" if kind in _NUMBERED else ""
    return f"{_KINDS[kind]}{told}".strip()


def _numbers(session: Session, viewer: Account, subjects: Iterable[str]) -> dict[str, int]:
    """The ledger's numbers of those who exist for the viewer: of a household, its papers and its aid, that of its head."""
    wanted: dict[str, list[str]] = {}
    for subject in subjects:
        kind, _, rest = subject.partition(":")
        wanted.setdefault(kind, []).append(rest)
    known, found = sight.known_to(viewer), dict[str, int]()
    for kind, query, key in _queries():
        for chunk in _chunks(sorted(wanted.get(kind, ()))):
            ids = [int(one) for one in chunk if one.isdecimal()] if kind in ("certificate", "aid") else chunk
            for number, victim in session.execute(query.where(key.in_(ids), known)):
                found[f"{kind}:{number}"] = victim
    return found


def _queries() -> Iterator[tuple[str, _Query, Any]]:
    """By kind of subject: a query for ids and ledger numbers, and the column of the ids."""
    head = (AffectedMember.victim_id == Victim.id) & AffectedMember.head
    home = AffectedMember.household_id
    yield "victim", select(Victim.id, Victim.number), Victim.id
    yield "person", select(Victim.person_id, Victim.number), Victim.person_id
    yield "affected_household", select(home, Victim.number).join(AffectedMember, head), home
    models: tuple[tuple[str, Any], ...] = (
        ("application", DamageApplication),
        ("certificate", Certificate),
        ("aid", AidCase),
    )
    for kind, model in models:
        of_head = select(model.id, Victim.number).join_from(Victim, AffectedMember, head)
        yield kind, of_head.join(model, model.household_id == home), model.id
    yield "aid", select(AidCase.id, Victim.number).join(Victim, AidCase.victim_id == Victim.id), AidCase.id


def _chunks(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
