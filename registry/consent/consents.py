"""Consents are recorded, withdrawn, and asked for. Nothing is erased; what was given away before a withdrawal cannot be called back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from disaster.core import audit, birthdates, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.text import clean_line
from disaster.staff import presses
from registry.consent.words import By, Method, Recipient
from registry.legal_items import BY_CODE
from registry.models.giving import Consent
from registry.models.ledger import Victim
from registry.models.people import Person, Resident
from registry.same import one_and_the_same

NEVER = frozenset({"R6"})  # 規則 8条の6: the individual number is given to nobody
HEARD_FROM = 15
ADULT = 18


@dataclass(frozen=True, slots=True)
class Said:
    """A consent as entered. ``items`` are codes of the ledger; ``recipient`` a name, or empty for everybody of the class."""

    by: str
    recipient_class: str
    items: Sequence[str]
    method: str
    recipient: str = ""
    purpose: str = ""
    by_name: str = ""
    heard: bool = False


def give(victim_id: str, said: Said, *, actor: str, pressed: str = "") -> int:
    """Record a consent, of the form that was ``pressed`` once; its number.

    Raises:
        Missing: no such entry. Invalid (fields): an unknown word, no items, no name where somebody else agrees, a minor who was not asked.
    """
    with transaction() as session:
        audit.in_a_row(session)
        if first := presses.before(session, pressed):
            return int(first)
        victim = session.get(Victim, victim_id)
        if victim is None:
            raise Missing
        row = _cleaned(session, victim, said, actor)
        session.add(row)
        session.flush()
        presses.keep(session, pressed, row.id)
        detail = {"consent": row.id, "by": row.by, "to": row.recipient_class, "items": row.items}
        audit.record(session, "consent.given", actor=actor, subject=f"victim:{victim_id}", detail=detail)
        return row.id


def withdraw(consent_id: int, *, actor: str) -> None:
    """From now on it counts no more.

    Raises:
        Missing, Stale
    """
    with transaction() as session:
        audit.in_a_row(session)
        row = session.get(Consent, consent_id, populate_existing=True)
        if row is None:
            raise Missing
        if row.withdrawn_at is not None:
            raise Stale("この同意は、もう取り消されています。")
        row.withdrawn_at, row.withdrawn_by = clock.now(), actor
        detail = {"consent": consent_id}
        audit.record(session, "consent.withdrawn", actor=actor, subject=row.subject, detail=detail)


def of(session: Session, victim: Victim) -> list[Consent]:
    """All consents about one entry, also those recorded for entries that are the same person; newest first."""
    return of_many(session, [victim])[victim.id]


def of_many(session: Session, victims: Sequence[Victim]) -> dict[str, list[Consent]]:
    """The same for each of many entries, by id."""
    groups = one_and_the_same(session, [victim.person_id for victim in victims if victim.person_id])
    people = {person: group for group in groups.values() for person in group}
    named = {
        victim.id: {f"victim:{victim.id}", *(f"person:{one}" for one in people.get(victim.person_id or "", ()))}
        for victim in victims
    }
    query = select(Consent).where(Consent.subject.in_(set().union(*named.values())))
    found = session.scalars(query.order_by(Consent.from_at.desc(), Consent.id.desc())).all()
    return {number: [one for one in found if one.subject in subjects] for number, subjects in named.items()}


def agreed(consents: Iterable[Consent], recipient_class: str, recipient: str, at: datetime) -> frozenset[str]:
    """The items that may go to a recipient. A pure function of the consents.

    The person's own last word about a recipient, given or withdrawn, overrules what guardian or family said; so does the guardian's the family's.
    """
    fitting = [
        one
        for one in consents
        if one.recipient_class == recipient_class and one.recipient in ("", recipient) and one.from_at <= at
    ]
    for by in By:
        mine = [one for one in fitting if one.by == by]
        if mine:
            standing = [one for one in mine if one.withdrawn_at is None or one.withdrawn_at > at]
            return frozenset(item for one in standing for item in one.items) - NEVER
    return frozenset()


def _cleaned(session: Session, victim: Victim, said: Said, actor: str) -> Consent:
    wrong: dict[str, str] = {}
    items = [code for code in BY_CODE if code in said.items and code not in NEVER]
    if said.by not in list(By):
        wrong["by"] = "だれが同意したかを選んでください。"
    if said.recipient_class not in list(Recipient):
        wrong["recipient_class"] = "だれに提供してよいかを選んでください。"
    if said.method not in list(Method):
        wrong["method"] = "同意の取り方を選んでください。"
    if not items:
        wrong["items"] = "提供してよい項目を1つ以上選んでください。"
    name = clean_line(said.by_name, field="by_name", label="同意した人の氏名", limit=200)
    if said.by in (By.GUARDIAN, By.FAMILY) and not name:
        wrong["by_name"] = "同意した人の氏名を入力してください。"
    if (age := _age(session, victim)) is not None and age < ADULT:
        if said.by in (By.SELF, By.FAMILY):
            wrong["by"] = "18歳未満の人については、法定代理人（親権者など）の同意が要ります。"
        elif age >= HEARD_FROM and not said.heard:
            wrong["heard"] = "15歳以上の人には、本人の気持ちも聞いてください。"
    if wrong:
        raise Invalid("入力を確かめてください。", wrong)
    return Consent(
        subject=f"victim:{victim.id}",
        by=said.by,
        by_name=name or None,
        heard=said.heard,
        recipient_class=said.recipient_class,
        recipient=clean_line(said.recipient, field="recipient", label="提供先の名前", limit=120),
        items=items,
        purpose=clean_line(said.purpose, field="purpose", label="目的", limit=200),
        method=said.method,
        from_at=clock.now(),
        recorded_by=actor,
    )


def _age(session: Session, victim: Victim) -> int | None:
    """Years today; None where the birth date is not known to the day."""
    row = session.get(Resident, victim.resident_id) if victim.resident_id else None
    person = session.get(Person, victim.person_id) if victim.person_id else None
    for one in (row, person):
        if one is not None and one.birth_date is not None and one.birth_precision in ("day", "unknown"):
            return birthdates.age_on(one.birth_date, clock.jst(clock.now()).date())
    return None
