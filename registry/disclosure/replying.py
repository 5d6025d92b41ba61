"""What the receiving town sends back about people in 広域一時滞在 (法86条の8第8項): a file in the shape of ours becomes facts of an office.

A line about somebody who does not exist for who brings the file is a line with a number that is not in the disclosure: the same sentence, the same
treatment. Such lines are set apart, whatever they are about, and looked at when the answer has long been given (``registry.disclosure.late``).
"""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import StringIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing
from disaster.core.text import clean_line
from disaster.staff.models import Account
from registry.access import asked
from registry.access.clearance import cleared
from registry.disclosure.files import NUMBER
from registry.disclosure.grounds import Ground
from registry.items import values
from registry.ledger import sight
from registry.legal_items import ITEMS, Source
from registry.models.giving import DisclosedPerson, Disclosure
from registry.models.ledger import Victim, VictimFact

MOST_BYTES = 10 * 1024 * 1024
APART = "reply"  # the kind of what is set apart
NOT_IN_IT = "この番号の人は、この提供に入っていません。"
NONE = "この番号の、広域一時滞在の提供の記録はありません。返答のファイルは捨てずに、秘匿担当にも見てもらってください。"
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
    """What a reply says. ``ignored``: columns that an office may not write; ``apart``: lines with a number that is not in the disclosure, for who reads it."""

    people: int
    changes: tuple[Change, ...]
    ignored: tuple[str, ...]
    mistakes: tuple[Mistake, ...] = ()
    apart: tuple[int, ...] = ()

    @property
    def new(self) -> int:
        """How many values are new."""
        return len(self.changes)


def take(
    disclosure_id: int, data: bytes, *, actor: str, account: Account | None = None, dry_run: bool = False
) -> Reply:
    """Take a reply in, all of it or nothing; the same again changes nothing. A ``dry_run`` tells every mistake.

    ``account``: for whom it is read; None is the command line, for which nobody protected exists either. To a named officer a number that is not in
    the disclosure is a mistake; for everybody else its line is set apart and the rest is taken in.

    Raises:
        Missing: no such disclosure of 86条の8. Invalid: no such file, or (not of a ``dry_run``) a line with a mistake.
    """
    head, rows = _read(data)
    clear = account is not None and cleared(account)
    with transaction() as session:
        if not dry_run:
            audit.in_a_row(session)
        named = _named(session, disclosure_id)
        known = named if clear else _existing(session, named)
        if not known:
            raise Missing(NONE)
        reading = _Reading(session, known, disclosure_id, actor)
        for line, row in enumerate(rows, start=2):
            reading.take(line, row)
        reading.compare()
        if clear:
            reading.apart_is_wrong()
        if reading.mistakes and not dry_run:
            first = reading.mistakes[0]
            raise Invalid(f"{first.line}行目の{first.column}：{first.reason}何も取り込んでいません。")
        if not dry_run:
            _write(session, reading, disclosure_id, actor)
            if reading.apart:
                _set_apart(session, named, reading, account)
    ignored = tuple(word for word in head if word != NUMBER and word not in _COLUMNS)
    return Reply(reading.people, tuple(reading.changes), ignored, tuple(reading.mistakes), tuple(reading.apart))


def late(session: Session, said: Mapping[str, str], actor: str) -> list[Victim]:
    """Take in of what was set apart the lines about people whom the disclosure did name, in the caller's transaction; about whom something was new."""
    disclosure_id = int(said["disclosure"])
    reading = _Reading(session, _named(session, disclosure_id), disclosure_id, actor)
    for line, row in enumerate(json.loads(said["rows"])):
        reading.take(line, row)
    reading.compare()
    reading.apart = {}
    _write(session, reading, disclosure_id, actor)
    return [reading.known[str(number)] for number in dict.fromkeys(one.number for one in reading.changes)]


def _write(session: Session, reading: "_Reading", disclosure_id: int, actor: str) -> None:
    if not reading.facts and not reading.apart:
        return
    session.add_all(reading.facts)
    detail = {"people": reading.people, "facts": len(reading.facts), "apart": len(reading.apart)}
    audit.record(session, "disclosure.reply_taken", actor=actor, subject=f"disclosure:{disclosure_id}", detail=detail)


def _set_apart(session: Session, named: Mapping[str, Victim], reading: "_Reading", account: Account | None) -> None:
    """Keep the lines sealed for a worker, whatever they are about; from the command line, where nobody waits, they are looked at now."""
    said = {"disclosure": str(reading.disclosure), "rows": json.dumps([*reading.apart.values()], ensure_ascii=False)}
    if account is not None:
        asked.note(session, account, APART, said)
    elif any(_number(row) in named for row in reading.apart.values()):
        late(session, said, reading.actor)


class _Reading:
    """Line by line: what is new, what is wrong, what is about nobody ``known``."""

    def __init__(self, session: Session, known: Mapping[str, Victim], disclosure_id: int, actor: str) -> None:
        self._session, self.known, self.disclosure, self.actor = session, known, disclosure_id, actor
        self._met: set[str] = set()
        self._said: dict[str, dict[str, str]] = {}
        self.people = 0
        self.facts: list[VictimFact] = []
        self.changes: list[Change] = []
        self.mistakes: list[Mistake] = []
        self.apart: dict[int, dict[str, str]] = {}

    def take(self, line: int, row: dict[str, str]) -> None:
        """One line. Whatever its number, it is read as strictly: what is set apart has no mistake any more."""
        number = _number(row)
        victim = self.known.get(number)
        if number in self._met:
            self._wrong(line, NUMBER, "同じ番号の行が、上にもあります。")
            return
        self._met.add(number)
        texts = dict(self._texts(line, row))
        if victim is None:
            self.apart[line] = {NUMBER: number, **texts}
            return
        self.people += 1
        self._said[victim.id] = texts

    def _texts(self, line: int, row: dict[str, str]) -> Iterable[tuple[str, str]]:
        """What stands in the columns that an office may write."""
        for word in _COLUMNS:
            try:
                text = clean_line(row.get(word, "").removeprefix("'"), field="value", label=word, limit=2000)
            except Invalid as error:
                self._wrong(line, word, error.message)
                continue
            if text:
                yield word, text

    def compare(self) -> None:
        """After the last line: which of it is new; everybody together, because others wait meanwhile."""
        known = {victim.id: victim for victim in self.known.values()}
        for victim, items in values.of_many(self._session, [known[number] for number in self._said]):
            standing = {
                (filled.item.code, name): [value.text for value in found]
                for filled in items
                for name, found in filled.values.items()
            }
            for word, text in self._said[victim.id].items():
                place = _COLUMNS[word]
                if text not in standing.get(place, []):
                    self.changes.append(Change(victim.number, word, text))
                    self.facts.append(self._fact(victim, place, text))

    def apart_is_wrong(self) -> None:
        """Nobody is hidden from who reads it: a number that is not in the disclosure is a mistake."""
        self.mistakes += [Mistake(line, NUMBER, NOT_IN_IT) for line in self.apart]
        self.mistakes.sort(key=lambda mistake: mistake.line)
        self.apart = {}

    def _wrong(self, line: int, column: str, reason: str) -> None:
        self.mistakes.append(Mistake(line, column, reason))

    def _fact(self, victim: Victim, place: tuple[str, str], text: str) -> VictimFact:
        return VictimFact(
            victim_id=victim.id,
            item=place[0],
            field=place[1],
            value=text,
            source=Source.OFFICE,
            source_ref=f"disclosure:{self.disclosure}",
            note="広域一時滞在先の自治体から",
            at=clock.now(),
            by=self.actor,
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


def _named(session: Session, disclosure_id: int) -> dict[str, Victim]:
    """By number whom the disclosure named."""
    row = session.get(Disclosure, disclosure_id)
    if row is None or row.ground != Ground.WIDE:
        raise Missing(NONE)
    subjects = select(DisclosedPerson.subject).where(DisclosedPerson.disclosure_id == disclosure_id)
    ids = [subject.partition(":")[2] for subject in session.scalars(subjects)]
    return {str(one.number): one for one in session.scalars(select(Victim).where(Victim.id.in_(ids)))}


def _existing(session: Session, named: Mapping[str, Victim]) -> dict[str, Victim]:
    """Those of them who exist for everybody."""
    ids = [one.id for one in named.values()]
    seen = set(session.scalars(select(Victim.id).where(Victim.id.in_(ids), sight.open_to_all())))
    return {number: one for number, one in named.items() if one.id in seen}
