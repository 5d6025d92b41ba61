"""The audit log: append-only, each entry chained to the one before by a keyed hash.

The hash is HMAC-SHA256 with a key derived from the data key, so whoever can write to the database but does not hold the data key cannot
recompute the chain after a change. The head of the chain also goes to ``audit-head.log`` in the data folder and to the
service's log after every commit: without such a copy elsewhere, cutting off the newest entries would leave a shorter chain that is in order.
"""

import hashlib
import hmac
import json
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import DDL, Index, String, Text, event, insert, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from disaster.core import clock
from disaster.core.base import Base, BigId, UtcTime
from disaster.core.extensions import db
from disaster.core.sealed import lasting_key
from disaster.core.settings import settings

GENESIS = "0" * 64
HEAD_FILE = "audit-head.log"
_LOCK = 0x61756469  # "audi", the advisory lock that puts PostgreSQL's writers in a row
_HEAD = "disaster.audit.head"
_log = logging.getLogger("disaster.audit")


class AuditEntry(Base):
    """One entry. ``detail`` is the canonical JSON text that was hashed; ids have no gap, so a missing entry shows."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_actor", "actor", "id"),
        Index("ix_audit_entries_subject", "subject", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcTime)
    actor: Mapped[str] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(80))
    detail: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


_TABLE = AuditEntry.__table__
_LAST = select(_TABLE.c.id, _TABLE.c.hash).order_by(_TABLE.c.id.desc()).limit(1)
_INSERT = insert(AuditEntry.__table__)  # type: ignore[arg-type]
_PAGE = 1000

# Refuses changes by anyone who may write rows but not alter the schema; one statement each, which the migration repeats.
APPEND_ONLY: dict[str, tuple[str, ...]] = {
    "sqlite": (
        "CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
        "CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION audit_entries_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$",
        "CREATE TRIGGER audit_entries_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_refuse()",
    ),
}
for _dialect, _statements in APPEND_ONLY.items():
    for _statement in _statements:
        event.listen(_TABLE, "after_create", DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]


def record(
    session: Session, action: str, *, actor: str, subject: str = "", detail: dict[str, Any] | None = None
) -> None:
    """Append one entry in the caller's transaction.

    ``action`` is a dotted verb (``alert.approve``), ``actor`` an account id as ``account:7``, ``system:worker`` or ``cli``, ``subject`` what it was
    done to (``alert:12``); ``detail`` holds no personal data.
    """
    record_all(session, [(action, actor, subject, detail)])


def record_all(session: Session, said: Sequence[tuple[str, str, str, dict[str, Any] | None]]) -> None:
    """Append several (action, actor, subject, detail) in their order, with as many statements as for one."""
    if not said:
        return
    session.flush()
    in_a_row(session)
    last = session.connection().execute(_LAST).first()
    number, previous = (last.id, last.hash) if last else (0, GENESIS)
    at, key, entries = clock.now(), lasting_key("audit"), []
    for action, actor, subject, detail in said:
        number += 1
        entry = {
            "id": number,
            "at": at,
            "actor": actor,
            "action": action,
            "subject": subject,
            "detail": json.dumps(detail or {}, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
            "previous": previous,
        }
        entry["hash"] = previous = _chained(key, entry)
        entries.append(entry)
    session.connection().execute(_INSERT, entries)
    session.info[_HEAD] = (_head_file(), number, previous)


def in_a_row(session: Session) -> None:
    """Let nobody else record until this transaction ends, as it is on SQLite for every writing one.

    For a step that reads, decides and records: taken before it reads, so that two never wait for each other.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with the log: at which entry, and what, in one plain sentence."""

    entry: int
    problem: str


def verify() -> list[Finding]:
    """Walk the whole chain and compare it with the copies of its head; an empty list means that nothing was changed or removed."""
    heads = list(_heads())  # before the table, so that an entry of this very moment is not missed in it
    key = lasting_key("audit")
    found: list[Finding] = []
    hashes: dict[int, str] = {}
    expected, previous = 1, GENESIS
    for number, entry in _entries(db.session()):
        if number != expected:
            found.append(Finding(expected, f"entries {expected} to {number - 1} are missing"))
        elif entry.get("previous", previous) != previous:
            found.append(Finding(number, f"entry {number} does not follow the entry before it"))
        if not _genuine(key, entry):
            found.append(Finding(number, f"entry {number} was changed"))
        hashes[number] = previous = str(entry.get("hash"))
        expected = number + 1
    found.extend(_compared(heads, hashes))
    db.session.rollback()  # read only; the next reader sees the present
    return sorted(found, key=lambda finding: finding.entry)


def _entries(session: Session) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every entry in order; an entry that was changed into something unreadable comes as an empty dict."""
    last = -(2**63)
    while ids := session.scalars(
        select(_TABLE.c.id).where(_TABLE.c.id > last).order_by(_TABLE.c.id).limit(_PAGE)
    ).all():
        rows = _read(session, ids) or {number: _read(session, [number]).get(number, {}) for number in ids}
        for number in ids:
            yield number, rows.get(number, {})
        last = ids[-1]


def _read(session: Session, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    try:
        rows = session.execute(select(_TABLE).where(_TABLE.c.id.between(ids[0], ids[-1]))).mappings()
        return {row["id"]: dict(row) for row in rows}
    except (ValueError, TypeError, DatabaseError):  # SQLite stores anything anywhere: a date that is none, broken UTF-8
        return {}


def _genuine(key: bytes, entry: dict[str, Any]) -> bool:
    try:
        return hmac.compare_digest(entry["hash"], _chained(key, entry))
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


def _compared(heads: list[tuple[int, str]], hashes: dict[int, str]) -> Iterator[Finding]:
    if hashes and not heads:
        yield Finding(
            max(hashes),
            f"the copy of the chain's head ({HEAD_FILE}) is missing, so removed newest entries would not show",
        )
    for number, written in heads:
        if number not in hashes:
            yield Finding(number, f"entry {number} was written and is gone")
        elif not hashes[number].startswith(
            written
        ):  # a full disk may have cut a line short; what is there must be right
            yield Finding(number, f"entry {number} is not the one that was written")


def _chained(key: bytes, entry: dict[str, Any]) -> str:
    at = entry["at"].astimezone(UTC).isoformat(timespec="microseconds")
    parts = [entry["id"], at, *(entry[name] for name in ("actor", "action", "subject", "detail", "previous"))]
    return hmac.new(key, json.dumps(parts, ensure_ascii=False).encode(), hashlib.sha256).hexdigest()


def _head_file() -> Path:
    return settings().data_dir / HEAD_FILE


def _heads() -> Iterator[tuple[int, str]]:
    path = _head_file()
    for line in path.read_text(encoding="ascii", errors="replace").splitlines() if path.exists() else ():
        number, _, written = line.partition(" ")
        yield (int(number) if number.isascii() and number.isdigit() else 0), written


@event.listens_for(Session, "after_commit")
def _write_head(session: Session) -> None:
    if session.in_nested_transaction() or _HEAD not in session.info:
        return
    path, number, written = session.info.pop(_HEAD)
    _log.info("audit head %d %s", number, written)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # One short write to a file opened for appending: lines of several processes do not mix.
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            # A full disk may have taken only the beginning of the line before; this one must not hang on to it.
            size = os.fstat(descriptor).st_size
            cut_off = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            os.write(descriptor, (b"\n" if cut_off else b"") + f"{number} {written}\n".encode("ascii"))
        finally:
            os.close(descriptor)
    except OSError as error:
        # What was committed stays committed (a full disk must not stop an alert); the log line above is the second copy.
        _log.error("the audit log's head could not be written: %s", error.strerror)


@event.listens_for(Session, "after_soft_rollback")
def _forget_head(session: Session, _ended: SessionTransaction) -> None:
    session.info.pop(_HEAD, None)
