"""The table of readings (読み方の表): every name that an alert may say, how it is said, and who approved that for the town.

東員町 must not be read トーインマチ. A synthesiser does not know the town's names, so each is given to it in kana; officers correct a reading, an
approver approves it, and what was frozen stays as it was.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from broadcast.alert.content import Content, Place, Reading
from broadcast.models.readings import Named, NameReading
from broadcast.sound import speech
from broadcast.texts import aloud
from broadcast.texts.spoken import free_sentences
from disaster.core import audit
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.settings import settings
from disaster.core.text import clean_line
from disaster.shelters import directory
from disaster.staff import accounts
from disaster.staff.permissions import Permission

LONGEST = 100  # letters of a name or a reading
_KANA = re.compile(r"[ぁ-ゖァ-ヺー・ 　]+")
Key = tuple[Named, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One name as it is said now. ``changed_by`` and ``approved_by`` are accounts; ``own`` is the reading of the municipality's list."""

    kind: Named
    key: str
    name: str
    kana: str
    own: str = ""
    changed_by: int | None = None
    changed_at: datetime | None = None
    approved_by: int | None = None
    approved_at: datetime | None = None

    @property
    def approved(self) -> bool:
        """Whether somebody approved it for the town as it is now."""
        return self.approved_at is not None


class Table:
    """All readings as they stand now; read once for a preview."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries: Mapping[Key, Entry] = {(entry.kind, entry.key): entry for entry in entries}

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def place(self, kind: Named, key: str, listed: Place) -> Place:
        """A place with the reading of the table."""
        entry = self._entries.get((kind, key))
        return Place(listed.name, entry.kana, listed.name_en) if entry else listed

    def kana(self, kind: Named, key: str, listed: str) -> str:
        """A reading of the table, or the listed one."""
        entry = self._entries.get((kind, key))
        return entry.kana if entry else listed

    def in_text(self, text: str) -> list[Entry]:
        """The names that stand in a text, the longest first; 長深 also where the table has 大字長深."""
        found = []
        for entry in self._entries.values():
            short = entry.name.removeprefix("大字")
            if entry.kana and short in text:
                found.append(entry)
        return sorted(found, key=lambda entry: -len(entry.name))


def table() -> Table:
    """Every name of the municipality, with what the town made of its reading."""
    rows = {(row.kind, row.key): row for row in db.session.scalars(select(NameReading))}
    listed = [_entry(kind, key, name, kana, rows.get((kind, key))) for kind, key, name, kana in _listed()]
    words = [row for row in rows.values() if row.kind == Named.WORD]
    return Table([*listed, *(_entry(Named.WORD, row.key, row.name, "", row) for row in words)])


def _listed() -> list[tuple[Named, str, str, str]]:
    """What the municipality's own lists say."""
    town = municipality()
    return [
        (Named.TOWN, town.code, town.name, town.kana),
        *((Named.AREA, area.code, area.name, area.kana) for area in town.areas),
        *((Named.SHELTER, place.source_id, place.name, place.kana) for place in directory.all_shelters()),
    ]


def _entry(kind: Named, key: str, name: str, own: str, row: NameReading | None) -> Entry:
    """An approval counts for the name and the reading that were looked at, and for no others."""
    if row is None:
        return Entry(kind, key, name, own, own)
    kana = row.kana if row.changed_at else own
    holds = row.approved_at is not None and (row.name, row.kana) == (name, kana)
    return Entry(
        kind, key, name, kana, own, row.changed_by, row.changed_at,
        row.approved_by if holds else None, row.approved_at if holds else None,
    )  # fmt: skip


def of_free_text(content: Content, known: Table) -> tuple[Reading, ...]:
    """Readings for what an officer wrote: names of the table, and each sentence as a whole where speech is installed."""
    sentences = free_sentences(content)
    names = [_name_in(entry, "".join(sentences)) for entry in known.in_text("".join(sentences))]
    if not (settings().speech and speech.available()):
        return tuple(names)
    pairs = aloud.pairs(names)
    whole = [Reading(text, speech.kana(aloud.japanese(text, pairs)), whole=True) for text in sentences]
    return (*names, *(reading for reading in whole if reading.kana))


def _name_in(entry: Entry, text: str) -> Reading:
    """The name as it stands in the text, with or without its 大字."""
    if entry.name in text:
        return Reading(entry.name, entry.kana)
    return Reading(entry.name.removeprefix("大字"), entry.kana.removeprefix("おおあざ"))


def unapproved(content: Content, known: Table) -> list[Entry]:
    """Names in this alert whose readings nobody approved for the town yet."""
    said = {place.name for place in (*content.areas, *content.shelters)} | {content.sender.name}
    text = "".join(free_sentences(content))
    found = {id(entry): entry for entry in known if entry.name in said or (entry.kana and entry.name in text)}
    return [entry for entry in found.values() if not entry.approved]


def correct(actor: int, kind: str, key: str, kana: str) -> None:
    """Write another reading; it counts for texts that are made from now on, and waits for approval.

    Raises:
        Forbidden: the person does not compose alerts.
        Invalid: it is not kana.
        Missing: there is no such name.
    """
    accounts.check_permission(actor, Permission.ALERT_COMPOSE)
    kana = _clean_kana(kana)
    found = _find(kind, key)
    with transaction() as session:
        row = _row(session, found)
        row.name, row.kana, row.changed_by, row.changed_at = found.name, kana, actor, now()
        row.approved_by = row.approved_at = None
        _log(session, "reading.corrected", actor, found, kana)


def add_word(actor: int, name: str, kana: str) -> None:
    """Add a word that officers write and voices misread.

    Raises:
        Forbidden, Invalid: as ``correct``; Invalid also for a name that the table has.
    """
    accounts.check_permission(actor, Permission.ALERT_COMPOSE)
    name = clean_line(name, field="name", label="ことば", limit=LONGEST, required=True)
    if len(name) < 2:
        raise Invalid(
            "ことばは2文字以上で入力してください。", {"name": "1文字では、ほかのことばの一部も変わってしまいます。"}
        )
    kana = _clean_kana(kana)
    if any(entry.name == name for entry in table()):
        raise Invalid("表にあることばです。", {"name": "このことばは、すでに表にあります。読みを直してください。"})
    with transaction() as session:
        session.add(
            NameReading(kind=Named.WORD, key=name[:64], name=name, kana=kana, changed_by=actor, changed_at=now())
        )
        _log(session, "reading.added", actor, Entry(Named.WORD, name[:64], name, kana), kana)


def remove_word(actor: int, key: str) -> None:
    """Take a word out of the table.

    Raises:
        Missing: there is none.
    """
    accounts.check_permission(actor, Permission.ALERT_COMPOSE)
    found = _find(Named.WORD, key)
    with transaction() as session:
        session.execute(delete(NameReading).where(NameReading.kind == Named.WORD, NameReading.key == key))
        _log(session, "reading.removed", actor, found, found.kana)


def approve(actor: int, seen: Mapping[Key, str]) -> int:
    """Approve readings for the town as they stood on the screen (``seen``: kana by kind and key); how many.

    Raises:
        Forbidden: the person may not approve readings.
        Invalid: none was chosen.
        Stale: one was changed meanwhile; none is approved then.
    """
    accounts.check_permission(actor, Permission.READINGS_APPROVE)
    if not seen:
        raise Invalid("承認する読みを選んでください。", {"chosen": "承認する読みを選んでください。"})
    present = {(entry.kind, entry.key): entry for entry in table()}
    changed = [key for key, kana in seen.items() if key not in present or present[key].kana != kana]
    if changed:
        raise Stale("表示したあとで変わった読みがあります。新しい読みを確かめてから、もう一度承認してください。")
    chosen = [present[key] for key in seen if present[key].kana]
    with transaction() as session:
        for entry in chosen:
            row = _row(session, entry)
            row.name, row.kana, row.approved_by, row.approved_at = entry.name, entry.kana, actor, now()
            _log(session, "reading.approved", actor, entry, entry.kana)
    return len(chosen)


def _clean_kana(text: str) -> str:
    text = clean_line(unicodedata.normalize("NFKC", text), field="kana", label="読み", limit=LONGEST, required=True)
    if not _KANA.fullmatch(text):
        reason = "読みは、ひらがなかカタカナで入力してください。"
        raise Invalid(reason, {"kana": reason})
    return text


def _find(kind: str, key: str) -> Entry:
    found = next((entry for entry in table() if (entry.kind, entry.key) == (kind, key)), None)
    if found is None:
        raise Missing("この名前は、読み方の表にありません。")
    return found


def _row(session: Session, entry: Entry) -> NameReading:
    row = session.scalars(
        select(NameReading).where(NameReading.kind == entry.kind, NameReading.key == entry.key)
    ).one_or_none()
    if row is None:
        row = NameReading(kind=entry.kind, key=entry.key, name=entry.name, kana=entry.kana)
        session.add(row)
    return row


def _log(session: Session, action: str, actor: int, entry: Entry, kana: str) -> None:
    detail = {"name": entry.name, "kana": kana}
    audit.record(session, action, actor=f"account:{actor}", subject=f"reading:{entry.kind}:{entry.key}", detail=detail)
