"""Who saw or exported whom: out of the audit log, by the one who looked or by the one who was looked at, newest first."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from disaster.core import clock
from disaster.core.audit import AuditEntry
from disaster.core.errors import Missing
from disaster.incidents import running
from disaster.staff.models import Account
from disaster.staff.trail import WORDS, who
from registry.access.cells import PURPOSES, Group
from registry.disclosure.files import cell
from registry.ledger import sight
from registry.models.giving import DisclosedPerson
from registry.models.ledger import Victim
from registry.same import one_and_the_same

SEEING = (
    "person.viewed",
    "people.listed",
    "ledger.viewed",
    "ledger.listed",
    "consent.viewed",
    "disclosure.made",
    "disclosure.viewed",
    "inquiry.answered",
    "protection.viewed",
    "shelter.notes_viewed",
    "supply.export",
)
HEAD = ("番号", "日時", "だれが", "何をした", "だれ・何を", "項目", "目的")
UNNAMED = "台帳の番号のない人"


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
        return tuple(
            cell(text)
            for text in (
                str(self.number),
                f"{clock.jst(self.at):%Y-%m-%d %H:%M:%S}",
                self.who,
                self.what,
                self.whom,
                self.groups,
                self.purpose,
            )
        )


def of_account(session: Session, viewer: Account, account_id: int, *, before: int | None, most: int) -> list[Line]:
    """What one account saw or exported."""
    mine = (AuditEntry.actor == f"account:{account_id}") & AuditEntry.action.in_(SEEING)
    return _lines(session, viewer, mine, before, most)


def of_person(session: Session, viewer: Account, number: int, *, before: int | None, most: int) -> list[Line]:
    """Who saw, changed or exported the person with this number in the ledger.

    Raises:
        Missing: there is none for the viewer.
    """
    mine = (Victim.incident_id == running.running()) & (Victim.number == number)
    victim = session.scalars(select(Victim).where(mine, sight.known_to(viewer))).first()
    if victim is None:
        raise Missing("台帳に、この番号の記録はありません。")
    return _lines(session, viewer, AuditEntry.subject.in_(_subjects(session, victim)), before, most)


def _subjects(session: Session, victim: Victim) -> list[str]:
    """Everything by which the log names a person: all entries that are the same one, and disclosures that held them."""
    people = set().union(*one_and_the_same(session, [victim.person_id]).values()) if victim.person_id else set()
    named = [f"victim:{victim.id}", *(f"person:{one}" for one in sorted(people))]
    given = session.scalars(select(DisclosedPerson.disclosure_id).where(DisclosedPerson.subject.in_(named)))
    return [*named, *(f"disclosure:{one}" for one in given)]


def _lines(session: Session, viewer: Account, mine: object, before: int | None, most: int) -> list[Line]:
    query = select(AuditEntry).where(mine)  # type: ignore[arg-type]
    if before is not None:
        query = query.where(AuditEntry.id < before)
    entries = session.scalars(query.order_by(AuditEntry.id.desc()).limit(most)).all()
    names = dict(session.execute(select(Account.id, Account.name)).all())
    numbers = _numbers(session, viewer, (entry.subject for entry in entries))
    return [_line(entry, names, numbers) for entry in entries]


def _line(entry: AuditEntry, names: dict[int, str], numbers: dict[str, int]) -> Line:
    detail = json.loads(entry.detail)
    groups = "・".join(Group(one).ja for one in detail.get("groups", ()) if one in list(Group))
    purpose = PURPOSES.get(detail.get("purpose", ""), "")
    return Line(
        entry.id,
        entry.at,
        who(entry.actor, names),
        WORDS.get(entry.action, entry.action),
        _whom(entry.subject, numbers),
        groups,
        purpose,
    )


def _whom(subject: str, numbers: dict[str, int]) -> str:
    kind, _, rest = subject.partition(":")
    if kind in ("person", "victim"):
        return f"台帳 {numbers[subject]}番" if subject in numbers else UNNAMED
    words = {"disclosure": "提供の記録", "inquiry": "安否照会", "shelter": "避難所", "household": "世帯"}
    return f"{words[kind]} {rest if kind != 'household' else ''}".strip() if kind in words else ""


def _numbers(session: Session, viewer: Account, subjects: Iterable[str]) -> dict[str, int]:
    """The ledger's numbers of those who exist for the viewer."""
    wanted = {subject for subject in subjects if subject.partition(":")[0] in ("person", "victim")}
    found: dict[str, int] = {}
    for chunk in _chunks(sorted(subject.partition(":")[2] for subject in wanted)):
        fits = (Victim.id.in_(chunk) | Victim.person_id.in_(chunk)) & sight.known_to(viewer)
        for row in session.execute(select(Victim.id, Victim.person_id, Victim.number).where(fits)):
            found[f"victim:{row.id}"] = row.number
            if row.person_id:
                found[f"person:{row.person_id}"] = row.number
    return found


def _chunks(items: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(items), 400):
        yield items[start : start + 400]
