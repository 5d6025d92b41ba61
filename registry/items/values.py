"""What is known of one victim, item by item: every value with its source and time, and which of them stands."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from disaster.core import birthdates, sealed
from registry.consent import consents
from registry.consent.words import By, Recipient
from registry.intake import merging
from registry.intake.merging import Doc
from registry.intake.projection import SEAL, instant
from registry.items import following
from registry.items.facts import BY_HAND
from registry.items.value import Value, Values
from registry.ledger import households
from registry.legal_items import ITEMS, PRECEDENCE, Item, Source
from registry.models.giving import DisclosedPerson, Disclosure
from registry.models.ledger import AffectedMember, Victim, VictimFact
from registry.models.people import Person, Resident
from registry.my_number import vault
from registry.vocabulary import Care, Safety, Sex

_TOGETHER = 200  # entries
INTAKE_FIELDS = {  # of the ledger's field, which field of an evacuee's entry says it
    ("A1", "name"): ("name", "family", "given"),
    ("A1", "kana"): ("kana", "kana_family", "kana_given"),
    ("A2", "birth"): ("birth", "age"),
    ("A3", "sex"): ("sex",),
    ("A4", "residence"): ("address",),
    ("A5", "injury"): ("safety",),
    ("A7", "care"): ("care",),
    ("R1", "phone"): ("phone",),
}


class State(StrEnum):
    """How an item stands."""

    FILLED = "filled"
    EMPTY = "empty"
    NOT_COLLECTED = "not_collected"

    @property
    def ja(self) -> str:
        """The word on pages."""
        return {"filled": "あり", "empty": "まだない", "not_collected": "集めない・分からない"}[self.value]


@dataclass(frozen=True, slots=True)
class Filled:
    """One item of one victim: its values by field, the one that stands first."""

    item: Item
    values: dict[str, list[Value]]

    @property
    def state(self) -> State:
        """Filled when any field has a value that stands."""
        standing = [values[0] for values in self.values.values() if values]
        if any(value.text is not None for value in standing):
            return State.FILLED
        return State.NOT_COLLECTED if standing else State.EMPTY

    def standing(self, field: str) -> Value | None:
        """The value of a field that stands."""
        values = self.values.get(field)
        return values[0] if values else None


def of_victim(session: Session, victim: Victim) -> list[Filled]:
    """All 14 items of one victim, in the order of the law."""
    return next(items for _, items in of_many(session, [victim]))


def of_many(session: Session, victims: Sequence[Victim]) -> Iterator[tuple[Victim, list[Filled]]]:
    """The same for each of many, in their order; read together, because a file for thousands waits for it."""
    for start in range(0, len(victims), _TOGETHER):
        part = victims[start : start + _TOGETHER]
        found: dict[str, list[Value]] = {victim.id: [] for victim in part}
        for collect in COLLECTORS:
            for number, value in collect(session, part):
                found[number].append(value)
        yield from ((victim, _filled(found[victim.id])) for victim in part)


def _filled(found: list[Value]) -> list[Filled]:
    by_field: dict[tuple[str, str], list[Value]] = {}
    for value in found:
        by_field.setdefault((value.item, value.field), []).append(value)
    return [
        Filled(item, {field: _ranked(by_field.get((item.code, field), ())) for field in item.fields}) for item in ITEMS
    ]


def _ranked(values: Iterable[Value]) -> list[Value]:
    """The one that stands first: by source, of one source the latest. That there is none stands where no source has a value.

    What an officer noted before somebody noted that there is none counts no more.
    """
    latest_first = sorted(values, key=lambda value: value.at, reverse=True)
    none_at = next((value.at for value in latest_first if value.text is None), None)

    def rank(value: Value) -> tuple[bool, bool, int]:
        outdated = none_at is not None and value.source in BY_HAND and value.at < none_at
        return outdated, value.text is None, PRECEDENCE.index(value.source)

    return sorted(latest_first, key=rank)


def _of_residents(session: Session, victims: Sequence[Victim]) -> Values:
    mine = Resident.id.in_([victim.resident_id for victim in victims if victim.resident_id])
    rows = {row.id: row for row in session.scalars(select(Resident).where(mine))}
    for victim in victims:
        row = rows.get(victim.resident_id or 0)
        if row is None:
            continue
        said = {
            ("A1", "name"): row.name,
            ("A1", "kana"): row.kana,
            ("A2", "birth"): birthdates.in_era(row.birth_date) if row.birth_date else row.birth_raw,
            ("A3", "sex"): row.sex.ja if row.sex != Sex.UNKNOWN else "",
            ("A4", "address"): row.address,
        }
        for (item, field), text in said.items():
            if text:
                yield victim.id, Value(item, field, text, Source.RESIDENTS, row.updated_at)


def _of_intake(session: Session, victims: Sequence[Victim]) -> Values:
    mine = Person.id.in_([victim.person_id for victim in victims if victim.person_id])
    rows = {row.id: row for row in session.scalars(select(Person).where(mine))}
    for victim in victims:
        if row := rows.get(victim.person_id or ""):
            yield from ((victim.id, value) for value in _entered(row))


def _entered(row: Person) -> Iterator[Value]:
    doc = merging.load(sealed.unseal(row.doc, SEAL))
    for (item, field), names in INTAKE_FIELDS.items():
        text = _said(row, doc, field)
        heads = [head for name in names if (head := doc.head(name))]
        if text and heads:
            latest = max(heads, key=lambda head: head.at)
            at = instant(latest.at) or row.updated_at
            yield Value(item, field, text, Source.INTAKE, at, f"event:{latest.event}")


def _said(row: Person, doc: Doc, field: str) -> str:
    match field:
        case "name":
            return row.name or " ".join(part for part in (row.family, row.given) if part) or row.romaji
        case "kana":
            return row.kana or " ".join(part for part in (row.kana_family, row.kana_given) if part)
        case "birth":
            return row.birth_raw or (f"{row.age_stated}歳（申告）" if row.age_stated is not None else "")
        case "sex":
            return row.sex.ja if row.sex != Sex.UNKNOWN else ""
        case "residence":
            return row.address
        case "injury":
            injury = doc.get("injury", "")
            known = row.safety.ja if row.safety not in (Safety.UNCONFIRMED, Safety.SAFE) else ""
            return "　".join(part for part in (known, injury) if part)
        case "care":
            return "、".join(Care(word).ja for word in row.care)
    return row.phone or ""


def _of_facts(session: Session, victims: Sequence[Victim]) -> Values:
    mine = VictimFact.victim_id.in_([victim.id for victim in victims])
    for row in session.scalars(select(VictimFact).where(mine).order_by(VictimFact.id)):
        value = Value(row.item, row.field, row.value, Source(row.source), row.at, row.source_ref, row.note)
        yield row.victim_id, value


def _of_household(session: Session, victims: Sequence[Victim]) -> Values:
    homes = households.of_victims(session, [victim.id for victim in victims])
    members = households.members_of(session, sorted({home.id for home in homes.values()}))
    for victim_id, mine in homes.items():
        own = next((_relation(one) for one in members[mine.id] if one.victim_id == victim_id), "")
        told = "、".join(_relation(one) for one in members[mine.id])
        text = f"世帯番号 {mine.number}　{mine.size}人" + (f"（{told}。本人は{own}）" if mine.size > 1 else "")
        ref = f"affected_household:{mine.id}"
        yield victim_id, Value("R2", "household", text, Source.LEDGER, mine.frozen_at, ref)


def _relation(member: AffectedMember) -> str:
    """続柄, without a name: who the others are stands in their own entries."""
    return "世帯主" if member.head else member.relation or "続柄不明"


def _of_my_number(session: Session, victims: Sequence[Victim]) -> Values:
    """That one is held, never the number."""
    held = vault.held([victim.id for victim in victims])
    for victim in victims:
        if not vault.on():
            unused = Value("R6", "my_number", None, Source.LEDGER, victim.created_at, note="この町では使わない")
            yield victim.id, unused
        elif victim.id in held:
            told = "記録あり（番号担当だけが見られます）"
            yield victim.id, Value("R6", "my_number", told, Source.LEDGER, victim.created_at)


def _of_consents(session: Session, victims: Sequence[Victim]) -> Values:
    """To whom the person agreed (R4); what was withdrawn counts no more."""
    for number, found in consents.of_many(session, victims).items():
        for one in found:
            if one.withdrawn_at is None:
                text = f"{one.recipient or Recipient(one.recipient_class).ja}（{By(one.by).ja}の同意）"
                yield number, Value("R4", "consent", text, Source.LEDGER, one.from_at, f"consent:{one.id}")


def _of_disclosures(session: Session, victims: Sequence[Victim]) -> Values:
    """To whom what was given, and when (R5)."""
    subjects = {f"victim:{victim.id}": victim.id for victim in victims}
    subjects |= {f"person:{victim.person_id}": victim.id for victim in victims if victim.person_id}
    rows = session.execute(
        select(DisclosedPerson.subject, Disclosure)
        .join(Disclosure, DisclosedPerson.disclosure_id == Disclosure.id)
        .where(DisclosedPerson.subject.in_(subjects.keys()))
        .order_by(Disclosure.id.desc())
    )
    for subject, one in rows:
        text, ref = f"{one.recipient}（{_law(one.ground)}）", f"disclosure:{one.id}"
        yield subjects[subject], Value("R5", "disclosure", text, Source.LEDGER, one.at, ref)


def _law(ground: str) -> str:
    """The article of the Act behind the short word of a disclosure's ground (``90-4-3``)."""
    match ground.split("-"):
        case ["90", "4", number]:
            return f"法90条の4第1項{number}号"
        case [article, branch, *part]:
            return f"法{article}条の{branch}" + "".join(f"第{one}項" for one in part)
    return "氏名の公表"


COLLECTORS = (
    _of_facts,
    _of_residents,
    _of_intake,
    _of_household,
    _of_my_number,
    following.of_applications,
    following.of_surveys,
    following.of_papers,
    following.of_aid,
    _of_consents,
    _of_disclosures,
)
