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
from registry.disclosure.files import NUMBER
from registry.disclosure.grounds import Ground
from registry.ledger import values
from registry.ledger.items import ITEMS, Source
from registry.models.giving import DisclosedPerson, Disclosure
from registry.models.ledger import Victim, VictimFact

MOST_BYTES = 10 * 1024 * 1024
_COLUMNS = {item.fields[name]: (item.code, name) for item in ITEMS for name in item.by_hand}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a reply says: values that are new, and columns that only say what stands already or that an office may not write."""

    people: int
    new: int
    ignored: tuple[str, ...]


def take(disclosure_id: int, data: bytes, *, actor: str, dry_run: bool = False) -> Reply:
    """Take a reply in, all of it or nothing; the same again changes nothing.

    Raises:
        Missing: no such disclosure of 86条の8. Invalid: no such file, or a line about somebody whom we did not name to them.
    """
    head, rows = _read(data)
    with transaction() as session:
        known = _known(session, disclosure_id)
        facts: list[VictimFact] = []
        for number, line in enumerate(rows, start=2):
            victim = known.get(line.get(NUMBER, "").strip())
            if victim is None:
                raise Invalid(f"{number}行目の{NUMBER}は、この提供に入っていません。何も取り込んでいません。")
            facts.extend(_facts(session, victim, line, disclosure_id, actor))
        if facts and not dry_run:
            session.add_all(facts)
            detail = {"people": len(rows), "facts": len(facts)}
            subject = f"disclosure:{disclosure_id}"
            audit.record(session, "disclosure.reply_taken", actor=actor, subject=subject, detail=detail)
    ignored = tuple(word for word in head if word != NUMBER and word not in _COLUMNS)
    return Reply(len(rows), len(facts), ignored)


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
    lines = csv.DictReader(StringIO(text))
    head = list(lines.fieldnames or ())
    if NUMBER not in head:
        raise Invalid(f"「{NUMBER}」の列がありません。こちらから渡したファイルの形で返してもらってください。")
    return head, [{key: value or "" for key, value in row.items() if key} for row in lines]


def _known(session: Session, disclosure_id: int) -> dict[str, Victim]:
    row = session.get(Disclosure, disclosure_id)
    if row is None or row.ground != Ground.WIDE:
        raise Missing("この番号の、広域一時滞在の提供の記録はありません。")
    subjects = select(DisclosedPerson.subject).where(DisclosedPerson.disclosure_id == disclosure_id)
    ids = [subject.partition(":")[2] for subject in session.scalars(subjects)]
    return {str(victim.number): victim for victim in session.scalars(select(Victim).where(Victim.id.in_(ids)))}


def _facts(session: Session, victim: Victim, line: dict[str, str], disclosure_id: int, actor: str) -> list[VictimFact]:
    standing = {
        (filled.item.code, name): [value.text for value in found]
        for filled in values.of_victim(session, victim)
        for name, found in filled.values.items()
    }
    found = []
    for word, (code, name) in _COLUMNS.items():
        typed = line.get(word, "")
        text = clean_line(typed.removeprefix("'"), field="value", label=word, limit=2000)
        if text and text not in standing.get((code, name), []):
            found.append(
                VictimFact(
                    victim_id=victim.id,
                    item=code,
                    field=name,
                    value=text,
                    source=Source.OFFICE,
                    source_ref=f"disclosure:{disclosure_id}",
                    note="広域一時滞在先の自治体から",
                    at=clock.now(),
                    by=actor,
                )
            )
    return found
