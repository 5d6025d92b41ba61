"""What a PFIF record says, in the register's fields and in words that people read. Plain functions."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from registry.pfif.document import Note, Record
from registry.vocabulary import Safety

MOST_NOTE = 2000  # letters of an entry's note
OLDER = "（これより古い知らせは、変更の履歴にあります）"
_SAID = {
    "believed_alive": Safety.SAFE,
    "is_note_author": Safety.SAFE,
    "believed_missing": Safety.UNACCOUNTED,
    "believed_dead": Safety.UNACCOUNTED,
}
WORDS = {
    "information_sought": "探しています",
    "is_note_author": "本人が書いた",
    "believed_alive": "無事らしい",
    "believed_missing": "行方不明らしい",
    "believed_dead": "亡くなったらしい",
}
FIELDS = {
    "name": "氏名",
    "family": "姓",
    "given": "名",
    "kana": "別の名前・読み",
    "birth": "生年月日",
    "sex": "性別",
    "address": "住所",
    "safety": "安否",
}
_DATED = re.compile(r"\d{4}-\d\d-\d\d　")


def once(records: Iterable[Record]) -> list[Record]:
    """Each person once, though a file name them twice: as the latest record says, with the notes of all, each once."""
    found: dict[str, Record] = {}
    for one in sorted(records, key=said_at):
        before = found.pop(one.person_record_id, one)
        notes = {note.note_record_id: note for note in (*before.notes, *one.notes)}
        found[one.person_record_id] = replace(one, notes=tuple(notes.values()))
    return list(found.values())


def said_at(record: Record) -> datetime:
    """When the service wrote it: the later of its own two times."""
    return max(time(text) for text in (record.entry_date, record.source_date) if text)


def time(text: str) -> datetime:
    """A time of a document, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def fields(record: Record) -> dict[str, str]:
    """What the record says of the person, without notes; that somebody is dead is believed of nobody."""
    told = [note for note in record.notes if note.status]
    status = max(told, key=lambda note: time(note.source_date)).status if told else ""
    home = (record.home_state, record.home_city, record.home_neighborhood, record.home_street)
    said = {
        "name": record.full_name[:200],
        "family": record.family_name[:200],
        "given": record.given_name[:200],
        "kana": record.alternate_names[:400],
        "birth": record.date_of_birth[:60],
        "sex": {"male": "m", "female": "f", "other": "x"}.get(record.sex, ""),
        "address": " ".join(part for part in home if part)[:300],
        "safety": str(_SAID.get(status, "")),
    }
    return {name: text for name, text in said.items() if text}


def told_at(record: Record) -> str:
    """When the last note was written that says how they are, in one notation that sorts; empty where none says it."""
    return max((time(note.source_date).isoformat() for note in record.notes if note.status), default="")


def head(record: Record) -> list[str]:
    """Where it came from, and what the record itself says in free words."""
    lines = [f"PFIF {record.person_record_id}　{record.source_name}", record.age and f"年齢：{record.age}"]
    return [line for line in (*lines, record.description) if line]


def line(note: Note) -> str:
    """One note: day, author, status, what was heard."""
    where = note.last_known_location and f"最後にいた場所：{note.last_known_location}"
    contact = "本人と連絡がとれた" if note.author_made_contact == "true" else ""
    said = (note.source_date[:10], note.author_name, WORDS.get(note.status, ""), contact, where, note.text)
    return "　".join(part for part in said if part)


def noted(before: str, lines: Sequence[str]) -> str:
    """An entry's note with these lines behind what stands there; where it grows too long, the oldest notes go, never what was written here."""
    kept = before.split("\n") if before else []
    kept += [part for one in lines if one not in before for part in one.split("\n")]
    while len("\n".join(kept)) > MOST_NOTE:
        oldest = next((place for place, one in enumerate(kept) if _DATED.match(one)), None)
        if oldest is None or oldest == len(kept) - 1:
            break
        kept[oldest : oldest + 1] = [] if OLDER in kept else [OLDER]
    return "\n".join(kept)[:MOST_NOTE]
