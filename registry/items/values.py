"""What is known of one victim, item by item: every value with its source and time, and which of them stands."""

from collections.abc import Iterable
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
from registry.items.value import Value
from registry.ledger import households
from registry.legal_items import ITEMS, PRECEDENCE, Item, Source
from registry.models.giving import DisclosedPerson, Disclosure
from registry.models.ledger import AffectedMember, Victim, VictimFact
from registry.models.people import Person, Resident
from registry.my_number import vault
from registry.vocabulary import Care, Safety, Sex

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
    found = [value for collect in COLLECTORS for value in collect(session, victim)]
    return [
        Filled(
            item, {field: _ranked(v for v in found if (v.item, v.field) == (item.code, field)) for field in item.fields}
        )
        for item in ITEMS
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


def _of_residents(session: Session, victim: Victim) -> list[Value]:
    row = session.get(Resident, victim.resident_id) if victim.resident_id else None
    if row is None:
        return []
    said = {
        ("A1", "name"): row.name,
        ("A1", "kana"): row.kana,
        ("A2", "birth"): birthdates.in_era(row.birth_date) if row.birth_date else row.birth_raw,
        ("A3", "sex"): row.sex.ja if row.sex != Sex.UNKNOWN else "",
        ("A4", "address"): row.address,
    }
    return [Value(item, field, text, Source.RESIDENTS, row.updated_at) for (item, field), text in said.items() if text]


def _of_intake(session: Session, victim: Victim) -> list[Value]:
    row = session.get(Person, victim.person_id) if victim.person_id else None
    if row is None:
        return []
    doc = merging.load(sealed.unseal(row.doc, SEAL))
    found = []
    for (item, field), names in INTAKE_FIELDS.items():
        text = _said(row, doc, field)
        heads = [head for name in names if (head := doc.head(name))]
        if text and heads:
            latest = max(heads, key=lambda head: head.at)
            at = instant(latest.at) or row.updated_at
            found.append(Value(item, field, text, Source.INTAKE, at, f"event:{latest.event}"))
    return found


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


def _of_facts(session: Session, victim: Victim) -> list[Value]:
    rows = session.scalars(select(VictimFact).where(VictimFact.victim_id == victim.id).order_by(VictimFact.id))
    return [Value(row.item, row.field, row.value, Source(row.source), row.at, row.source_ref, row.note) for row in rows]


def _of_household(session: Session, victim: Victim) -> list[Value]:
    mine = households.of_victim(session, victim.id)
    if mine is None:
        return []
    members = session.scalars(
        select(AffectedMember)
        .where(AffectedMember.household_id == mine.id)
        .order_by(AffectedMember.head.desc(), AffectedMember.victim_id)
    ).all()
    own = next((_relation(one) for one in members if one.victim_id == victim.id), "")
    told = "、".join(_relation(one) for one in members)
    text = f"世帯番号 {mine.number}　{mine.size}人" + (f"（{told}。本人は{own}）" if mine.size > 1 else "")
    return [Value("R2", "household", text, Source.LEDGER, mine.frozen_at, f"affected_household:{mine.id}")]


def _relation(member: AffectedMember) -> str:
    """続柄, without a name: who the others are stands in their own entries."""
    return "世帯主" if member.head else member.relation or "続柄不明"


def _of_my_number(session: Session, victim: Victim) -> list[Value]:
    """That one is held, never the number."""
    if not vault.on():
        return [Value("R6", "my_number", None, Source.LEDGER, victim.created_at, note="この町では使わない")]
    if vault.held([victim.id]):
        return [Value("R6", "my_number", "記録あり（番号担当だけが見られます）", Source.LEDGER, victim.created_at)]
    return []


def _of_consents(session: Session, victim: Victim) -> list[Value]:
    """To whom the person agreed (R4); what was withdrawn counts no more."""
    return [
        Value(
            "R4",
            "consent",
            f"{one.recipient or Recipient(one.recipient_class).ja}（{By(one.by).ja}の同意）",
            Source.LEDGER,
            one.from_at,
            f"consent:{one.id}",
        )
        for one in consents.of(session, victim)
        if one.withdrawn_at is None
    ]


def _of_disclosures(session: Session, victim: Victim) -> list[Value]:
    """To whom what was given, and when (R5)."""
    rows = session.scalars(
        select(Disclosure)
        .join(DisclosedPerson, DisclosedPerson.disclosure_id == Disclosure.id)
        .where(DisclosedPerson.subject.in_((f"victim:{victim.id}", f"person:{victim.person_id}")))
        .order_by(Disclosure.id.desc())
    )
    return [
        Value(
            "R5", "disclosure", f"{one.recipient}（{_law(one.ground)}）", Source.LEDGER, one.at, f"disclosure:{one.id}"
        )
        for one in rows
    ]


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
