"""Taking a residents' list in: what would change is told first, then it is changed, as often as one likes; a list that stands changes nothing.

The file is read as a stream, three times when it is taken in: which numbers come twice, what every row means, and the writing. A town's list is
written in one transaction. That of a prefecture would hold the database for minutes, and an alert must not wait for a list, so it is
written in pieces; one that was cut off is completed by importing it again.
"""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import room_for_many, transaction
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.places import Places
from registry.models.people import Resident
from registry.residents import reading, writing
from registry.residents.reading import Listing, Opener
from registry.residents.record import Mistake, Reader, Record
from registry.residents.report import MOST_SHOWN, Report
from registry.search.indexing import Indexer

PIECE = 2_000  # rows that are compared at once
AT_ONCE = 40_000  # rows of one transaction
PART = 10_000  # rows of each of several
MANY_MISSING = 0.2
_BITS = 1 << 27
_BROKEN = '引用符（"）の対応が正しくないか、行が長すぎます。この行から後は読んでいません。'
_TWICE = "同じ宛名番号の行が{line}行目にもあり、内容がちがいます。"
_TOO_MANY = "いまの名簿の{missing:,}人が、この一覧にありません。一部だけの一覧なら、一覧にない人をそのまま残す取り込み方を選んでください。"


def take_in(
    opened: Opener,
    name: str,
    *,
    dry_run: bool = False,
    skip_bad: bool = False,
    partial: bool = False,
    shrinks: bool = False,
    actor: str = "cli",
) -> Report:
    """Take a list in. With a wrong row nothing is taken in at all, unless ``skip_bad``.

    ``partial``: the list is not the whole one, and who is not in it stays as they are. A whole list without a fifth of those who stand is
    refused, unless ``shrinks`` says that it is right.

    Raises:
        Invalid: the file is no such list.
    """
    plan = _Plan(reading.listing(opened), Report(name), partial=partial)
    plan.look()
    report = plan.report
    if not report.rows and not report.bad:
        raise Invalid("見出しの下に、行がありません。")
    report.too_many_missing = report.missing > max(50, MANY_MISSING * plan.standing) and not shrinks
    if dry_run or (report.bad and not skip_bad) or report.too_many_missing:
        return report
    plan.write(actor)
    report.applied = True
    return report


def too_many(report: Report) -> str:
    """The sentence when most of the list would vanish."""
    return _TOO_MANY.format(missing=report.missing)


class _Plan:
    """One file and what stands."""

    def __init__(self, listing: Listing, report: Report, *, partial: bool) -> None:
        self._listing, self.report, self._partial = listing, report, partial
        self._today: date = clock.jst(clock.now()).date()
        self._places = Places(municipality())
        self._suspects: set[int] = set()
        self._kept: list[Record] | None = []  # the whole list, as long as it is a town's: reduced once, not twice
        self.standing = self._newest = 0
        self._seen = bytearray()
        report.encoding, report.delimiter = listing.encoding_ja, listing.delimiter
        report.unused, report.my_number = listing.unused, listing.my_number

    def look(self) -> None:
        """Count what every row means. Writes nothing."""
        session = db.session()
        self._find_suspects()
        self._newest = session.scalar(select(func.max(Resident.id))) or 0
        self._seen = bytearray(self._newest // 8 + 1)
        households = bytearray(_BITS // 64)
        for records in self._pieces(judge=True):
            if self._kept is not None:
                self._kept = self._kept + records if len(self._kept) + len(records) <= AT_ONCE else None
            for record, row in writing.compared(session, records):
                self._count(record, row)
                place = int(record.values["household_key"][:12], 16) % (len(households) * 8)
                if not households[place >> 3] & 1 << (place & 7):
                    households[place >> 3] |= 1 << (place & 7)
                    self.report.households += 1
        if self._listing.broken is not None:
            self.report.add([Mistake(self._listing.broken, "row", _BROKEN)])
        for number in writing.standing(session):
            self.standing += 1
            self.report.missing += not self._partial and not self._is_seen(number)
        session.rollback()

    def write(self, actor: str) -> None:
        """Write it, with the audit record in the last transaction."""
        size = self.report.rows
        parts = self._parts(size if size <= AT_ONCE else PART)
        known: Indexer | None = None
        part = next(parts, [])
        while True:
            following = next(parts, None)  # read and reduced before the database is held
            with transaction() as session, room_for_many(session):
                known = Indexer(session) if known is None else known
                writing.apply(session, part, known, clock.now())
                if following is None:
                    self._finish(session, actor)
                    return
            part = following

    def _finish(self, session: Session, actor: str) -> None:
        if not self._partial:
            missing = [number for number in writing.standing(session) if not self._is_seen(number)]
            writing.unlist(session, missing, clock.now())
        counted = ("rows", "new", "changed", "same", "missing", "bad", "unread")
        detail = {name: getattr(self.report, name) for name in counted} | {"partial": self._partial}
        audit.record(session, "residents.import", actor=actor, detail=detail)

    def _parts(self, size: int) -> Iterator[list[Record]]:
        if self._kept is not None:
            yield self._kept
            return
        part: list[Record] = []
        for records in self._pieces(judge=False):
            part += records
            if len(part) >= size:
                yield part
                part = []
        if part:
            yield part

    def _pieces(self, *, judge: bool) -> Iterator[list[Record]]:
        """The residents of the file by the thousand, each number once. ``judge``: count what is wrong on the way."""
        reader = Reader(self._listing.columns, self._places, self._today)
        met: dict[int, tuple[int, str]] = {}
        found: list[Record] = []
        for row in self._listing.rows():
            record = reader.record(row)
            if judge:
                self.report.rows += 1
            record = self._once(record, met, judge=judge) if isinstance(record, Record) else record
            if isinstance(record, list):
                if judge and record:
                    self.report.add(record)
                continue
            found.append(record)
            if len(found) == PIECE:
                yield found
                found = []
        if found:
            yield found

    def _once(self, record: Record, met: dict[int, tuple[int, str]], *, judge: bool) -> Record | list[Mistake]:
        """The record, or nothing (an empty list) where the same row was met before, or what is wrong with a second one."""
        place = _place(record.key)
        if place not in self._suspects:
            return record
        line, row_hash = met.setdefault(int(record.key[:15], 16), (record.line, record.values["row_hash"]))
        if line == record.line:
            return record
        if row_hash == record.values["row_hash"]:
            self.report.repeated += judge
            return []
        return [Mistake(record.line, "number", _TWICE.format(line=line))]

    def _find_suspects(self) -> None:
        """Which numbers may come twice: those that fall on the same bit. Flat whatever the size of the list."""
        bits = bytearray(_BITS // 8)
        reader = Reader(self._listing.columns, self._places, self._today)
        for row in self._listing.rows():
            if key := reader.key(row):
                place = _place(key)
                if bits[place >> 3] & 1 << (place & 7):
                    self._suspects.add(place)
                bits[place >> 3] |= 1 << (place & 7)

    def _count(self, record: Record, row: tuple[int, str] | None) -> None:
        report = self.report
        if row is None:
            report.new += 1
        else:
            self._seen[row[0] >> 3] |= 1 << (row[0] & 7)
            report.changed += row[1] != record.values["row_hash"]
            report.same += row[1] == record.values["row_hash"]
        report.gone += bool(record.values["gone"])
        report.without_area += not record.values["area_code"]
        for note in set(record.notes):
            report.unclear[note] = report.unclear.get(note, 0) + 1
        report.unread += len(record.gaiji)
        report.gaiji += record.gaiji[: max(0, MOST_SHOWN - len(report.gaiji))]

    def _is_seen(self, number: int) -> bool:
        """Whether a resident who stood before is in the list; who came with it is."""
        return number > self._newest or bool(self._seen[number >> 3] & 1 << (number & 7))


def _place(key: str) -> int:
    return int(key[:14], 16) % _BITS
