"""One safety inquiry: written down as the rule asks (規則8条の3), answered, recorded. Protected and unknown people take the same way through it."""

import json
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from disaster.core import audit, birthdates, clock, sealed
from disaster.core.birthdates import Note, Precision
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing
from disaster.core.text import clean_line, clean_text
from disaster.shelters.models import Shelter
from disaster.staff import presses
from disaster.staff.models import Account
from registry.access import asked, viewing
from registry.access.cells import Group
from registry.consent import consents
from registry.consent.words import Recipient
from registry.disclosure.grounds import Ground
from registry.inquiry.answering import OF_ITEM, Facts, Tell, Tier, answer
from registry.intake import merging
from registry.intake.projection import SEAL
from registry.models.giving import DisclosedPerson, Disclosure, SafetyInquiry
from registry.models.ledger import Victim
from registry.models.people import Household, Person, Stay
from registry.search import lookup
from registry.search.lookup import Said
from registry.vocabulary import SECRET

PROOFS = {
    "licence": "運転免許証",
    "card": "個人番号カード（表面だけ）",
    "insurance": "健康保険の書面",
    "residence": "在留カード・特別永住者証明書",
    "other": "そのほかの書類",
    "remote": "電話など：町長が適当と認めた方法",
    "none": "確認できない",
}
_GROUPS = {
    Tell.WHEREABOUTS: Group.STAY,
    Tell.CONDITION: Group.INJURY,
    Tell.CONTACT: Group.BIRTH,
    Tell.HELD: Group.NAME,
}
RELATIONS = {
    "spouse": "夫・妻（事実婚・婚約者を含む）",
    "parent_child": "親・子",
    "relative": "そのほかの親族",
    "work": "職場・学校",
    "friend": "知人・友人",
    "other": "そのほか",
}


@dataclass(frozen=True, slots=True)
class Question:
    """As entered. ``tier`` is what the officer verified, ``misuse`` that the purpose is improper or misuse is feared."""

    name: str
    address: str
    relation: str
    proof: str
    reason: str
    wanted_name: str
    wanted_kana: str
    wanted_address: str
    wanted_birth: str
    wanted_sex: str
    tier: str
    misuse: bool = False


TYPED = {  # of a question, what is typed: its word, and how long it may be
    "name": ("照会する人の氏名", 200),
    "address": ("照会する人の住所", 300),
    "wanted_name": ("探している人の氏名", 200),
    "wanted_kana": ("探している人のかな", 200),
    "wanted_address": ("探している人の住所", 300),
    "wanted_birth": ("探している人の生年月日", 60),
}


@dataclass(frozen=True, slots=True)
class Told:
    """The words to say: one line for each kind; none where there is nothing to say. ``inquirer`` and ``wanted`` as typed, so that no two callers are
    mistaken for each other; the same whether anybody was found or not.
    """

    inquiry_id: int
    lines: tuple[tuple[str, str], ...]
    inquirer: str = ""
    wanted: str = ""


def ask(question: Question, account: Account, pressed: str = "") -> int:
    """Answer and record, the form that was ``pressed`` once; the number of the inquiry.

    Raises:
        Invalid (fields)
    """
    question = _cleaned(question)
    wrong = _wrong(question)
    if wrong:
        raise Invalid("入力を確かめてください。", wrong)
    tier, at = Tier(question.tier), clock.now()
    if question.proof == "none":
        tier = Tier.OTHER  # who cannot show who they are is told no more than an acquaintance
    with transaction() as session:
        audit.in_a_row(session)  # a protection that is set meanwhile waits for the answer's record
        if first := presses.before(session, pressed):
            return int(first)
        person = _found(session, question)
        facts = _facts(session, person, tier, at) if person else None
        told = answer(tier, facts, misuse=question.misuse)
        row = SafetyInquiry(
            inquirer=json.dumps({"name": question.name, "address": question.address}, ensure_ascii=False),
            wanted=json.dumps(_wanted(question), ensure_ascii=False),
            reason=question.reason,
            relation=question.relation,
            proof=question.proof,
            tier=tier,
            answer="told" if told else "none",
            told=sorted(told),
            about=person.id if person and told else "",
            at=at,
            by=account.id,
        )
        session.add(row)
        session.flush()
        presses.keep(session, pressed, row.id)
        if person and told:
            _disclose(session, row, person, account)
        said = {"name": question.wanted_name, "kana": question.wanted_kana, "birth": question.wanted_birth}
        asked.note(session, account, "inquiry", said, row.id)
        detail = {"tier": row.tier, "told": row.told}
        audit.record(session, "inquiry.answered", actor=account.actor, subject=f"inquiry:{row.id}", detail=detail)
        return row.id


def told(session: Session, inquiry_id: int, account: Account) -> tuple[SafetyInquiry, Told]:
    """What was, and may be, said about one of the account's own inquiries: as things stand now, so that nothing is told twice that is no longer so.

    Raises:
        Missing: it is not theirs.
    """
    row = session.get(SafetyInquiry, inquiry_id)
    if row is None or row.by != account.id:
        raise Missing
    person = session.get(Person, row.about) if row.about else None
    lines: tuple[tuple[str, str], ...] = ()
    if person is not None:
        facts = _facts(session, person, Tier(row.tier), row.at)
        still = answer(Tier(row.tier), facts, misuse=False) & {Tell(word) for word in row.told}
        lines = tuple((kind.ja, _words(session, person, kind)) for kind in Tell if kind in still)
    inquirer, wanted = json.loads(row.inquirer), json.loads(row.wanted)
    return row, Told(row.id, lines, inquirer.get("name", ""), wanted.get("name") or wanted.get("kana", ""))


def look(inquiry_id: int, account: Account) -> tuple[SafetyInquiry, Told]:
    """The same for a page; recorded, as a look at the person too where something is told.

    Raises:
        Missing: it is not theirs.
    """
    with transaction() as session:
        row, said = told(session, inquiry_id, account)
        detail = {"purpose": "inquiry"}
        audit.record(session, "inquiry.viewed", actor=account.actor, subject=f"inquiry:{row.id}", detail=detail)
        if said.lines:
            seen = {**detail, "groups": [str(_GROUPS[Tell(word)]) for word in row.told]}
            audit.record(session, "person.viewed", actor=account.actor, subject=f"person:{row.about}", detail=seen)
    return row, said


def listed(account: Account, most: int) -> list[tuple[SafetyInquiry, str, str]]:
    """An officer's own inquiries for a page; recorded."""
    with transaction() as session:
        rows = of_officer(session, account, most)
        detail = {"inquiries": len(rows), "purpose": "inquiry"}
        audit.record(session, "inquiry.listed", actor=account.actor, detail=detail)
    return rows


def of_officer(session: Session, account: Account, most: int) -> list[tuple[SafetyInquiry, str, str]]:
    """The inquiries that an officer took, newest first, with who asked and for whom, as typed."""
    mine = select(SafetyInquiry).where(SafetyInquiry.by == account.id)
    found = []
    for row in session.scalars(mine.order_by(SafetyInquiry.id.desc()).limit(most)):
        inquirer, wanted = json.loads(row.inquirer), json.loads(row.wanted)
        found.append((row, inquirer.get("name", ""), wanted.get("name") or wanted.get("kana", "")))
    return found


def _wanted(question: Question) -> dict[str, str]:
    return {
        "name": question.wanted_name,
        "kana": question.wanted_kana,
        "address": question.wanted_address,
        "birth": question.wanted_birth,
        "sex": question.wanted_sex,
    }


def _wrong(question: Question) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not question.name:
        wrong["name"] = "照会する人の氏名を入力してください（団体は名称と代表者）。"
    if not question.address:
        wrong["address"] = "照会する人の住所を入力してください。"
    if not question.reason:
        wrong["reason"] = "照会の理由を入力してください。"
    if question.relation not in RELATIONS:
        wrong["relation"] = "間柄を選んでください。"
    if question.proof not in PROOFS:
        wrong["proof"] = "本人確認の方法を選んでください。"
    if question.tier not in list(Tier):
        wrong["tier"] = "確かめた間柄の区分を選んでください。"
    if not (question.wanted_name or question.wanted_kana):
        wrong["wanted_name"] = "探している人の氏名か、かなを入力してください。"
    if told := _birth(question):
        wrong["wanted_birth"] = told
    return wrong


def _cleaned(question: Question) -> Question:
    """With every typed text as it is kept.

    Raises:
        Invalid: too long, or letters that nothing can hold.
    """
    lines = {
        field: clean_line(getattr(question, field), field=field, label=label, limit=limit)
        for field, (label, limit) in TYPED.items()
    }
    return replace(question, **lines, reason=clean_text(question.reason, field="reason", label="理由", limit=400))  # type: ignore[arg-type]


def _birth(question: Question) -> str:
    """What is wrong with the birth date; a date that was misread would end in "nothing to tell" about somebody who is here."""
    if not question.wanted_birth:
        nothing = "探している人の生年月日か住所を入力してください。名前だけでは、人違いになります。"
        return "" if question.wanted_address else nothing
    found = birthdates.read(question.wanted_birth)
    if Note.IMPOSSIBLE in found.notes or Note.UNREADABLE in found.notes:
        told = "この生年月日は暦にないか、読めません。「昭和35年4月12日」「S35.4.12」「1960-04-12」のように入力してください。"
        return f"{told}分からなければ空にして、住所を入力してください。"
    if Note.AMBIGUOUS in found.notes:
        return f"{Note.AMBIGUOUS.ja}（{'、'.join(birthdates.in_era(day) for day in found.choices)}のどれか）"
    if Note.FUTURE in found.notes:
        return "生年月日が先の日付です。年号と年を確かめてください。"
    if found.precision is not Precision.DAY and not question.wanted_address:
        return "生年月日が日まで分からないときは、住所・居所も入力してください。"
    return ""


def _found(session: Session, question: Question) -> Person | None:
    """The one person who was meant; nobody where several fit, so that nobody hears of a namesake. Protected people are not looked at."""
    said = Said(question.wanted_name, question.wanted_kana, question.wanted_birth)
    visible = Person.protection.not_in(SECRET)
    fitting = [one for one in lookup.people(session, said, visible) if _agrees(one, said, question.wanted_address)]
    return fitting[0] if len(fitting) == 1 else None


def _agrees(person: Person, said: Said, address: str) -> bool:
    if said.day is not None and person.birth_date is not None:
        return said.day == person.birth_date
    one, other = _plain(person.address), _plain(address)
    return bool(one and other) and (one in other or other in one)


def _plain(address: str) -> str:
    text = unicodedata.normalize("NFKC", address).replace("大字", "")
    return "".join(letter for letter in text if letter.isalnum())


def _facts(session: Session, person: Person, tier: Tier, at: datetime) -> Facts:
    return Facts(person.protection, person.safety, _agreed(session, person, tier, at))


def _agreed(session: Session, person: Person, tier: Tier, at: datetime) -> frozenset[Tell]:
    """What the person lets this kind of asker know: ticked at the desk, or written down later, which overrules it."""
    kin = tier != Tier.OTHER
    victim = session.scalars(select(Victim).where(Victim.person_id == person.id).limit(1)).first()
    recipient = Recipient.RELATIVES if kin else Recipient.KNOWN
    written = [one for one in consents.of(session, victim) if one.recipient_class == recipient] if victim else []
    if written:
        items = consents.agreed(written, recipient, "", at)
        return frozenset(OF_ITEM[item] for item in items if item in OF_ITEM)
    household = session.get(Household, person.household_id) if person.household_id else None
    ticked = bool(household and (household.consent or {}).get("relatives" if kin else "acquaintances"))
    return frozenset({Tell.WHEREABOUTS, Tell.CONDITION}) if ticked else frozenset()


def _words(session: Session, person: Person, kind: Tell) -> str:
    match kind:
        case Tell.HELD:
            return "この町に情報があります。"
        case Tell.WHEREABOUTS:
            return _place(session, person)
        case Tell.CONDITION:
            injury = merging.load(sealed.unseal(person.doc, SEAL)).get("injury", "")
            return "　".join(part for part in (person.safety.ja, injury) if part)
    return person.phone or "連絡先の記録はありません。"


def _place(session: Session, person: Person) -> str:
    mine = (Stay.person_id == person.id) & Stay.ended_at.is_(None) & Stay.confirmed
    stay = session.scalars(select(Stay).where(mine)).first()
    if stay is None:
        return "いまの居所の記録はありません。"
    shelter = session.get(Shelter, stay.shelter_id) if stay.shelter_id else None
    return shelter.name if shelter else stay.place.ja


def _disclose(session: Session, row: SafetyInquiry, person: Person, account: Account) -> None:
    """What is said aloud is given away too: its record, and the look at the person."""
    victim = session.scalar(select(Victim.id).where(Victim.person_id == person.id).limit(1))
    given = Disclosure(
        ground=Ground.SAFETY,
        recipient_class=Recipient.KNOWN if row.tier == Tier.OTHER else Recipient.RELATIVES,
        recipient=f"安否照会 {row.id}番",
        application=None,
        purpose="",
        items=sorted(item for item, kind in OF_ITEM.items() if kind in row.told),
        people=1,
        file_hash=None,
        at=row.at,
        by=account.id,
    )
    session.add(given)
    session.flush()
    subject = f"victim:{victim}" if victim else f"person:{person.id}"
    session.add(DisclosedPerson(disclosure_id=given.id, subject=subject))
    viewing.record(session, account, f"person:{person.id}", [_GROUPS[Tell(word)] for word in row.told], "inquiry")
