"""What the receiving town sends back about people in 広域一時滞在 (法86条の8第8項): a file in the shape of ours becomes facts of an office."""

import csv
from dataclasses import dataclass
from io import StringIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing
from disaster.core.text import clean_line
from disaster.staff.models import Account
from registry.disclosure.files import NUMBER
from registry.disclosure.grounds import Ground
from registry.items import values
from registry.ledger import sight
from registry.legal_items import ITEMS, Source
from registry.models.giving import DisclosedPerson, Disclosure
from registry.models.ledger import Victim, VictimFact

MOST_BYTES = 10 * 1024 * 1024
_COLUMNS = {item.fields[name]: (item.code, name) for item in ITEMS for name in item.by_hand}


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why nothing is taken in: the line of the file (the head is line 1), the column's word, a sentence."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """One value that is new: of whom (the ledger's number), in which column."""

    number: int
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What a reply says. ``ignored``: columns that an office may not write; ``hidden``: lines about people who do not exist for who reads it."""

    people: int
    changes: tuple[Change, ...]
    ignored: tuple[str, ...]
    mistakes: tuple[Mistake, ...] = ()
    hidden: int = 0

    @property
    def new(self) -> int:
        """How many values are new."""
        return len(self.changes)


def take(
    disclosure_id: int, data: bytes, *, actor: str, account: Account | None = None, dry_run: bool = False
) -> Reply:
    """Take a reply in, all of it or nothing; the same again changes nothing. ``account``: who does not see everybody; a ``dry_run`` tells every mistake.

    Raises:
        Missing: no such disclosure of 86条の8. Invalid: no such file, or (not of a ``dry_run``) a line with a mistake.
    """
    head, rows = _read(data)
    with transaction() as session:
        known, hidden = _known(session, disclosure_id, account)
        reading = _Reading(session, known, disclosure_id, actor)
        shown = [(line, row) for line, row in enumerate(rows, start=2) if _number(row) not in hidden]
        for line, row in shown:
            reading.take(line, row)
        if reading.mistakes and not dry_run:
            first = reading.mistakes[0]
            raise Invalid(f"{first.line}行目の{first.column}：{first.reason}何も取り込んでいません。")
        if reading.facts and not dry_run:
            session.add_all(reading.facts)
            detail = {"people": len(shown), "facts": len(reading.facts)}
            subject = f"disclosure:{disclosure_id}"
            audit.record(session, "disclosure.reply_taken", actor=actor, subject=subject, detail=detail)
    ignored = tuple(word for word in head if word != NUMBER and word not in _COLUMNS)
    return Reply(len(shown), tuple(reading.changes), ignored, tuple(reading.mistakes), len(rows) - len(shown))


class _Reading:
    """Line by line: what is new, and what is wrong."""

    def __init__(self, session: Session, known: dict[str, Victim], disclosure_id: int, actor: str) -> None:
        self._session, self._known, self._disclosure, self._actor = session, known, disclosure_id, actor
        self._met: set[str] = set()
        self.facts: list[VictimFact] = []
        self.changes: list[Change] = []
        self.mistakes: list[Mistake] = []

    def take(self, line: int, row: dict[str, str]) -> None:
        """One line."""
        number = _number(row)
        victim = self._known.get(number)
        if victim is None:
            self.mistakes.append(Mistake(line, NUMBER, "この番号の人は、この提供に入っていません。"))
        elif number in self._met:
            self.mistakes.append(Mistake(line, NUMBER, "同じ番号の行が、上にもあります。"))
        else:
            self._met.add(number)
            self._values(line, row, victim)

    def _values(self, line: int, row: dict[str, str], victim: Victim) -> None:
        standing = {
            (filled.item.code, name): [value.text for value in found]
            for filled in values.of_victim(self._session, victim)
            for name, found in filled.values.items()
        }
        for word, place in _COLUMNS.items():
            try:
                text = clean_line(row.get(word, "").removeprefix("'"), field="value", label=word, limit=2000)
            except Invalid as error:
                self.mistakes.append(Mistake(line, word, error.message))
                continue
            if text and text not in standing.get(place, []):
                self.changes.append(Change(victim.number, word, text))
                self.facts.append(self._fact(victim, place, text))

    def _fact(self, victim: Victim, place: tuple[str, str], text: str) -> VictimFact:
        return VictimFact(
            victim_id=victim.id,
            item=place[0],
            field=place[1],
            value=text,
            source=Source.OFFICE,
            source_ref=f"disclosure:{self._disclosure}",
            note="広域一時滞在先の自治体から",
            at=clock.now(),
            by=self._actor,
        )


def _number(row: dict[str, str]) -> str:
    return row.get(NUMBER, "").strip()


def _read(data: bytes) -> tuple[list[str], list[dict[str, str]]]:
    if len(data) > MOST_BYTES:
        raise Invalid("ファイルが大きすぎます（10MBまで）。")
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Invalid("文字コードが読めません（UTF-8 か Shift_JIS で保存してください）。")
    try:
        lines = csv.DictReader(StringIO(text, newline=""), strict=True)
        head = list(lines.fieldnames or ())
        rows = [{key: value or "" for key, value in row.items() if key} for row in lines]
    except csv.Error:
        raise Invalid("CSVとして読めません（引用符が閉じていないところがあります）。") from None
    if NUMBER not in head:
        raise Invalid(f"「{NUMBER}」の列がありません。こちらから渡したファイルの形で返してもらってください。")
    return head, rows


def _known(session: Session, disclosure_id: int, account: Account | None) -> tuple[dict[str, Victim], set[str]]:
    """By number whom the disclosure named; and the numbers of those of them who do not exist for the account."""
    row = session.get(Disclosure, disclosure_id)
    if row is None or row.ground != Ground.WIDE:
        raise Missing("この番号の、広域一時滞在の提供の記録はありません。")
    subjects = select(DisclosedPerson.subject).where(DisclosedPerson.disclosure_id == disclosure_id)
    ids = [subject.partition(":")[2] for subject in session.scalars(subjects)]
    named = list(session.scalars(select(Victim).where(Victim.id.in_(ids))))
    seen = (
        set(session.scalars(select(Victim.id).where(Victim.id.in_(ids), sight.known_to(account))))
        if account
        else {*ids}
    )
    return {str(one.number): one for one in named if one.id in seen}, {
        str(one.number) for one in named if one.id not in seen
    }
