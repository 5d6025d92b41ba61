"""Hand-over notes: what one shift tells the next, who has read it, what is done. Nothing is deleted or changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Stale
from disaster.core.extensions import db
from disaster.core.text import clean_text
from disaster.incidents import running
from disaster.shelters.desk.conditions import check_shelter
from disaster.shelters.desk.models import HandoverNote, NoteRead

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Told:
    """A note with the people (actors) who have read it."""

    note: HandoverNote
    readers: tuple[str, ...]


def write(shelter_id: int, body: str, *, task: bool, actor: str) -> int:
    """Add a note. Who writes it has read it.

    Raises:
        Invalid (empty, too long), Missing.
    """
    body = clean_text(body, field="body", label="引継ぎ", limit=LONGEST)
    if not body:
        raise Invalid("引継ぎを入力してください。", {"body": "引継ぎを入力してください。"})
    with transaction() as session:
        check_shelter(session, shelter_id)
        incident, at = running.ensure(session, actor=actor), clock.now()
        note = HandoverNote(shelter_id=shelter_id, incident_id=incident, body=body, task=task, at=at, by=actor)
        session.add(note)
        session.flush()
        session.add(NoteRead(note_id=note.id, by=actor, at=at))
        audit.record(session, "shelter.note", actor=actor, subject=f"shelter:{shelter_id}", detail={"note": note.id})
        return note.id


def finish(shelter_id: int, note_id: int, *, actor: str) -> None:
    """Mark what was to do as done.

    Raises:
        Stale: somebody did already, or there is no such task at this shelter.
    """
    with transaction() as session:
        task = (HandoverNote.id == note_id) & (HandoverNote.shelter_id == shelter_id) & HandoverNote.task.is_(True)
        done = session.execute(
            update(HandoverNote)
            .where(task, HandoverNote.done_at.is_(None))
            .values(done_at=clock.now(), done_by=actor)
            .returning(HandoverNote.id)
        ).one_or_none()
        if done is None:
            raise Stale("この用件は、ほかの人が先に済ませています。")
        detail = {"note": note_id}
        audit.record(session, "shelter.note_done", actor=actor, subject=f"shelter:{shelter_id}", detail=detail)


def read(shelter_id: int, newest: int, *, actor: str) -> None:
    """Say that one has read the notes of a shelter up to the one with this number."""
    with transaction() as session:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        wanted = select(HandoverNote.id).where(HandoverNote.shelter_id == shelter_id, HandoverNote.id <= newest)
        rows = [{"note_id": number, "by": actor, "at": clock.now()} for number in session.scalars(wanted)]
        if rows:
            session.execute(dialect.insert(NoteRead).values(rows).on_conflict_do_nothing())
            audit.record(session, "shelter.notes_read", actor=actor, subject=f"shelter:{shelter_id}")


def of(shelter_id: int) -> list[Told]:
    """The notes of the disaster that runs, what is to do first, then the newest first."""
    mine = select(HandoverNote).where(
        HandoverNote.shelter_id == shelter_id, HandoverNote.incident_id == running.running()
    )
    notes = list(db.session.scalars(mine.order_by(HandoverNote.id.desc())))
    readers: dict[int, list[str]] = {}
    for row in db.session.scalars(
        select(NoteRead).where(NoteRead.note_id.in_([n.id for n in notes])).order_by(NoteRead.at)
    ):
        readers.setdefault(row.note_id, []).append(row.by)
    notes.sort(key=lambda note: not (note.task and note.done_at is None))
    return [Told(note, tuple(readers.get(note.id, ()))) for note in notes]


def unread(shelter_ids: Sequence[int], actor: str) -> dict[int, int]:
    """How many notes of the running disaster this person has not read, by shelter; without those that have none."""
    seen = select(NoteRead.note_id).where(NoteRead.by == actor)
    rows = db.session.execute(
        select(HandoverNote.shelter_id, func.count())
        .where(HandoverNote.shelter_id.in_(shelter_ids), HandoverNote.incident_id == running.running())
        .where(HandoverNote.id.not_in(seen))
        .group_by(HandoverNote.shelter_id)
    )
    return {row[0]: row[1] for row in rows}
