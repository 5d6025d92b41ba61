"""Nothing leaves the ledger without its record: the file is made, and the disclosure written, in one transaction. Many people's data needs two officers."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Forbidden, Invalid, Missing
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.text import clean_line, clean_text
from disaster.incidents import running
from disaster.staff import accounts, presses
from disaster.staff.models import Account
from disaster.staff.permissions import Permission
from registry import twofold
from registry.access import viewing
from registry.access.clearance import cleared
from registry.consent import consents
from registry.disclosure import files, keeping
from registry.disclosure.files import SHAPES, File, Replaced, Row
from registry.disclosure.grounds import RULES, Ground, Rule, allowed
from registry.disclosure.guarding import guarded
from registry.disclosure.numbers import numbers
from registry.items import values
from registry.items.value import Value
from registry.items.values import Filled
from registry.ledger import sight
from registry.legal_items import BY_CODE, Source
from registry.models.giving import DisclosedPerson, Disclosure
from registry.models.ledger import Victim
from registry.models.people import Person, Resident
from registry.models.protection import RegistryProposal

KIND = "disclosure"  # of proposals
SHOWN = 20  # names on a page
ALONE = 1  # so many people's data one officer may give away
FIVE = {  # 規則 8条の6: what the applicant writes down
    "applicant": "申請者の氏名（団体は名称・代表者）と住所（所在地）",
    "victim": "被災者を特定する事項",
    "range": "提供を受けたい情報の範囲",
    "use": "使う目的",
    "other": "その他必要な事項",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be given away. ``numbers`` as typed (``1-20、25``), ``items`` codes, ``confirmed`` how many of the ground's conditions were ticked."""

    ground: str
    recipient_class: str
    recipient: str
    numbers: str
    items: Sequence[str]
    purpose: str
    shape: str = "csv"
    application: Mapping[str, str] = field(default_factory=dict)
    confirmed: int = 0


@dataclass(frozen=True, slots=True)
class Given:
    """What was handed over, and its record. ``file`` is None where the same press had given it before; it is kept for a while (``keeping``)."""

    disclosure_id: int
    made: File | None

    @property
    def file(self) -> File:
        """The file of a first press."""
        assert self.made is not None
        return self.made


@dataclass(frozen=True, slots=True)
class Look:
    """What would go: people, and of how many each item; the numbers of those of whom nothing goes because nobody agreed; letters that the file could
    not hold; who the first ``SHOWN`` are (``7番 見本 一郎``), so that no number is mistaken.
    """

    people: int
    items: Mapping[str, int]
    nothing: Sequence[int]
    replaced: Sequence[Replaced] = ()
    names: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal for the second officer: what, of how many, and who the first ``SHOWN`` are."""

    row: RegistryProposal
    asked: Asked
    people: int
    names: Sequence[str]


def look(asked: Asked, actor: int) -> Look:
    """What would be given away, without giving it.

    Raises:
        Invalid (fields), Missing (a number that is not there), Forbidden
    """
    with transaction() as session:
        found = _checked(session, asked, actor)
        rows, nothing = _rows(session, asked, found, clock.now())
        names = called(session, accounts.get(actor), found)
    counted = {code: sum(any(key[0] == code for key in row.values) for row, _ in rows) for code in _items(asked)}
    file = files.write(asked.shape, [one for one, _ in rows], _items(asked), "look")
    return Look(len(rows), counted, nothing, file.replaced, names)


def give(asked: Asked, actor: int, pressed: str = "") -> Given:
    """Give one person's data away; the form that was ``pressed`` (``presses.of``) gives it once.

    Raises:
        Forbidden: of more than one person; that is proposed. Invalid, Missing.
    """
    with transaction() as session:
        audit.in_a_row(session)  # what is taken back or hidden meanwhile waits, and stands behind this record
        if first := presses.before(session, pressed):
            return Given(int(first), None)
        found = _checked(session, asked, actor)
        if len(found) > ALONE:
            raise Forbidden("2人以上の情報を提供するときは、提案して、もう1人の担当者に確認してもらいます。")
        given = _give(session, asked, found, actor, None)
        presses.keep(session, pressed, given.disclosure_id)
        return given


def propose(asked: Asked, reason: str, actor: int) -> int:
    """Propose to give many people's data away; the number of the proposal.

    Raises:
        Invalid, Missing, Stale (the same waits already)
    """
    with transaction() as session:
        found = _checked(session, asked, actor)
        named = hashlib.sha256(json.dumps(asdict(asked), sort_keys=True).encode()).hexdigest()[:24]
        payload = {**asdict(asked), "victims": [victim.id for victim in found]}
        return twofold.propose(session, KIND, f"disclosure:{named}", payload, reason, actor)


def confirm(proposal_id: int, actor: int, code: str) -> Given:
    """The second officer confirms with a fresh code and gets the file. Everything is looked at anew: a consent withdrawn meanwhile counts.

    Raises:
        Forbidden: one's own proposal. Stale, Missing, Invalid (also: the code).
    """
    accounts.check_permission(actor, Permission.DISCLOSE)
    _check_there(proposal_id, actor)
    twofold.prove(proposal_id, KIND, actor, code)
    with transaction() as session:
        audit.in_a_row(session)
        row, payload = twofold.confirm(session, proposal_id, KIND, actor)
        asked = asked_of(payload)
        found = _checked(session, asked, actor)
        _checked(session, asked, row.proposed_by)
        return _give(session, asked, found, actor, proposal_id)


def refuse(proposal_id: int, actor: int) -> None:
    """Nothing is given away."""
    accounts.check_permission(actor, Permission.DISCLOSE)
    _check_there(proposal_id, actor)
    with transaction() as session:
        twofold.refuse(session, proposal_id, KIND, actor)


def asked_of(payload: Mapping[str, object]) -> Asked:
    """A proposal's content."""
    return Asked(**{name: payload[name] for name in Asked.__dataclass_fields__})  # type: ignore[arg-type]


def waiting(session: Session, viewer: Account) -> list[Waiting]:
    """Proposals that wait for a second officer; none that holds somebody who does not exist for the viewer."""
    found = []
    for row in twofold.waiting(KIND):
        wanted, known = _named(session, viewer, row)
        if len(known) == wanted:
            found.append(Waiting(row, asked_of(json.loads(row.payload)), wanted, called(session, viewer, known)))
    return found


def _named(session: Session, viewer: Account, row: RegistryProposal) -> tuple[int, list[Victim]]:
    """How many a proposal holds, and those of them who exist for the viewer."""
    wanted = list(json.loads(row.payload)["victims"])
    known: list[Victim] = []
    for start in range(0, len(wanted), 500):
        mine = Victim.id.in_(wanted[start : start + 500]) & sight.known_to(viewer)
        known.extend(session.scalars(select(Victim).where(mine).order_by(Victim.number)))
    return len(wanted), known


def called(session: Session, viewer: Account | None, victims: Sequence[Victim]) -> list[str]:
    """The first ``SHOWN`` with their names, as lists show them; recorded as one look at a list."""
    shown = list(victims[:SHOWN])
    if viewer is None or not shown:
        return []
    viewing.record_list(session, viewer, "disclosure", len(shown), "disclosure")
    return [f"{one.victim.number}番 {one.name}" for one in sight.named(session, viewer, shown)]


def _check_there(proposal_id: int, actor: int) -> None:
    """A proposal about somebody who does not exist for the account is not there either.

    Raises:
        Missing
    """
    viewer, row = accounts.get(actor), twofold.get(db.session(), proposal_id, KIND)
    wanted, known = _named(db.session(), viewer, row) if viewer else (1, [])
    if len(known) != wanted:
        raise Missing


def _checked(session: Session, asked: Asked, actor: int) -> list[Victim]:
    """The entries, when everything that was asked may be.

    Raises:
        Invalid, Missing, Forbidden
    """
    accounts.check_permission(actor, Permission.DISCLOSE)
    rule = RULES.get(Ground(asked.ground)) if asked.ground in list(Ground) else None
    if rule is None:
        raise Invalid("提供の根拠を選んでください。", {"ground": "提供の根拠を選んでください。"})
    wrong = _wrong(asked, rule)
    if wrong:
        raise Invalid("入力を確かめてください。", wrong)
    account = accounts.get(actor)
    wanted = numbers(asked.numbers)
    if account is None or not wanted:
        raise Invalid("だれの情報かを入力してください。", {"numbers": "台帳の番号を入力してください。"})
    found = _victims(session, account, wanted)
    _check_protection(session, account, rule, found)
    return found


def _wrong(asked: Asked, rule: Rule) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if asked.recipient_class not in rule.recipients:
        wrong["recipient_class"] = "この根拠では、この提供先には提供できません。"
    if not clean_line(asked.recipient, field="recipient", label="提供先の名前", limit=200):
        wrong["recipient"] = "提供先の名前を入力してください。"
    if not rule.exact and not set(asked.items) & set(rule.items):
        wrong["items"] = "提供する項目を選んでください。この根拠で出せるのは、印の付いた項目だけです。"
    if not rule.exact and set(asked.items) - set(rule.items):
        wrong["items"] = "この根拠では出せない項目が選ばれています。"
    if not clean_text(asked.purpose, field="purpose", label="目的", limit=400):
        wrong["purpose"] = "目的を入力してください。"
    if asked.confirmed < len(rule.conditions):
        wrong["confirmed"] = "条件をすべて確かめてください。1つでも満たさないときは、提供できません。"
    if asked.shape not in SHAPES:
        wrong["shape"] = "ファイルの形を選んでください。"
    if rule.application:
        typed = cleaned_application(asked.application)
        for name, word in FIVE.items():
            if name != "other" and not typed.get(name):
                wrong[name] = f"{word}を入力してください（規則8条の6）。"
    return wrong


def cleaned_application(typed: Mapping[str, str]) -> dict[str, str]:
    """The five items as they are kept.

    Raises:
        Invalid: too long, or with letters that nothing can hold.
    """
    cleaned = {
        name: clean_text(str(typed.get(name, "")), field=name, label=word.split("（")[0], limit=400)
        for name, word in FIVE.items()
    }
    return {name: text for name, text in cleaned.items() if text}


def _victims(session: Session, account: Account, wanted: Iterable[int]) -> list[Victim]:
    wanted = list(wanted)
    mine = (Victim.incident_id == running.running()) & Victim.same_as.is_(None) & sight.known_to(account)
    found: list[Victim] = []
    for start in range(0, len(wanted), 500):
        chunk = Victim.number.in_(wanted[start : start + 500])
        found.extend(session.scalars(select(Victim).where(mine, chunk).order_by(Victim.number)))
    missing = sorted(set(wanted) - {victim.number for victim in found})
    if missing:
        shown = "、".join(map(str, missing[:10]))
        raise Missing(f"台帳に次の番号の記録はありません：{shown}")
    return found


def _check_protection(session: Session, account: Account, rule: Rule, found: Sequence[Victim]) -> None:
    rows = guarded(session, rule, found)
    if rows and not (rule.protected and cleared(account)):
        shown = "、".join(map(str, rows[:10]))
        raise Forbidden(
            f"所在を秘匿している人が含まれています（{shown}番）。この人の提供は、秘匿担当に頼んでください。"
        )


def _rows(
    session: Session, asked: Asked, found: Sequence[Victim], at: datetime
) -> tuple[list[tuple[Row, Victim]], list[int]]:
    """What goes of each; the numbers of those of whom nothing may go."""
    ground, rows = Ground(asked.ground), []
    may: dict[str, frozenset[str]] = {}
    for start in range(0, len(found), 500):
        written = consents.of_many(session, found[start : start + 500])
        for number, theirs in written.items():
            agreed = consents.agreed(theirs, asked.recipient_class, asked.recipient.strip(), at)
            may[number] = allowed(ground, asked.recipient_class, frozenset(asked.items), agreed)
    nothing = [victim.number for victim in found if not may[victim.id]]
    for victim, items in values.of_many(session, [victim for victim in found if may[victim.id]]):
        texts = {
            (filled.item.code, name): text
            for filled in items
            if filled.item.code in may[victim.id]
            for name in filled.item.fields
            if (text := _said(filled, name, RULES[ground]))
        }
        if RULES[ground].public:
            texts = {key: text for key, text in texts.items() if key[0] != "A4"} | _quarter(session, victim)
        rows.append((Row(victim.number, texts), victim))
    return rows, nothing


def _said(filled: Filled, name: str, rule: Rule) -> str:
    """What goes of one field: the value that stands, or each where all of them stand together (measures of aid, consents, disclosures with their time).

    A consent is about one's own data: how somebody else of the household is reached, who applied for it, goes on no consent.
    """
    own = [one for one in filled.values.get(name, ()) if not (rule.consented and _of_another(filled, one))]
    if name not in filled.item.every:
        return (own[0].text if own else None) or ""
    dated = filled.item.code == "R5"
    found = [(f"{clock.jst(one.at):%Y-%m-%d %H:%M} " if dated else "") + one.text for one in own if one.text]
    return "／".join(found)


def _of_another(filled: Filled, one: Value) -> bool:
    return filled.item.code == "R1" and one.source is Source.APPLICATION


def _quarter(session: Session, victim: Victim) -> dict[tuple[str, str], str]:
    """The 大字 alone: what a published name may say of the address."""
    person = session.get(Person, victim.person_id) if victim.person_id else None
    row = session.get(Resident, victim.resident_id) if victim.resident_id else None
    codes = [one.area_code for one in (row, person) if one is not None and one.area_code]
    found = next((area.name for area in municipality().areas if area.code in codes), "")
    return {("A4", "address"): found} if found else {}


def _give(session: Session, asked: Asked, found: Sequence[Victim], actor: int, proposal: int | None) -> Given:
    at, items = clock.now(), _items(asked)
    rows, _ = _rows(session, asked, found, at)
    if not rows:
        raise Forbidden("提供先への同意がないため、提供できる人がいません。")
    application = cleaned_application(asked.application)
    row = Disclosure(
        ground=asked.ground,
        recipient_class=asked.recipient_class,
        recipient=clean_line(asked.recipient, field="recipient", label="提供先の名前", limit=200),
        application=json.dumps(application, ensure_ascii=False) if application else None,
        purpose=clean_text(asked.purpose, field="purpose", label="目的", limit=400),
        items=items,
        people=len(rows),
        at=at,
        by=actor,
        proposal_id=proposal,
    )
    session.add(row)
    session.flush()
    file = files.write(asked.shape, [one for one, _ in rows], items, f"disclosure-{row.id}")
    row.file_hash = hashlib.sha256(file.content).hexdigest()
    session.add_all(DisclosedPerson(disclosure_id=row.id, subject=f"victim:{victim.id}") for _, victim in rows)
    keeping.keep(session, row.id, file)
    detail = {"ground": row.ground, "to": row.recipient_class, "items": items, "people": row.people}
    audit.record(session, "disclosure.made", actor=f"account:{actor}", subject=f"disclosure:{row.id}", detail=detail)
    return Given(row.id, file)


def _items(asked: Asked) -> list[str]:
    rule = RULES[Ground(asked.ground)]
    return [code for code in BY_CODE if code in rule.items and (rule.exact or code in asked.items)]
