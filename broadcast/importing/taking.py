"""Taking a list in: first what would change, then the change itself, all or nothing, as often as one likes.

Who left stays away, what somebody chose for themselves stays as they chose it, and an address that the list replaced is no longer used.
"""

from broadcast.importing import table
from broadcast.importing.planning import compare
from broadcast.importing.record import Mistake, Reader, Record
from broadcast.importing.report import Report
from broadcast.importing.writing import apply, contact_rows
from broadcast.subscribers import addresses
from disaster.core import audit
from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.settings import settings

MOST_MISTAKES = 200  # told; all are counted


def take_in(content: bytes, name: str, *, dry_run: bool = False, skip_bad: bool = False, actor: str = "cli") -> Report:
    """Take a list in. With a mistake in any row nothing is taken in at all, unless ``skip_bad``.

    Raises:
        Invalid: the file is no such list.
    """
    records, report = _read(content, name)
    plan = compare(db.session(), records, report)
    if dry_run or (report.bad and not skip_bad):
        return report
    rows = contact_rows(plan)  # sealed before the database is locked: an alert must not wait for a list
    with transaction() as session:
        apply(session, plan, rows)
        counts = {key: getattr(report, key) for key in ("rows", "new", "changed", "same", "kept", "left", "bad")}
        audit.record(session, "subscribers.import", actor=actor, detail=counts)
    report.applied = True
    return report


def _read(content: bytes, name: str) -> tuple[list[Record], Report]:
    sheet = table.read(content)
    countries = addresses.countries(settings().subscribe_countries)
    reader, report = Reader(sheet.columns, municipality(), countries), Report(name)
    report.encoding, report.delimiter, report.unused = sheet.encoding, sheet.delimiter, sheet.unused
    report.rows = len(sheet.rows)
    records = []
    for row in sheet.rows:
        found = reader.record(row)
        if isinstance(found, Record):
            records.append(found)
        else:
            report.bad += 1
            report.mistakes += found[: max(0, MOST_MISTAKES - len(report.mistakes))]
    if sheet.broken is not None:
        report.bad += 1
        reason = '引用符（"）の対応が正しくないか、行が長すぎます。この行から後は読んでいません。'
        report.mistakes.append(Mistake(sheet.broken, "row", reason))
    report.shared = reader.shared
    if not sheet.rows and sheet.broken is None:
        raise Invalid("見出しの下に、行がありません。")
    return records, report
