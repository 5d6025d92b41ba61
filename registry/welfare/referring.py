"""移送の依頼: to which place, what it answered, whether the person is there. A refusal names the next place; nobody waits unseen."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.text import clean_line, clean_text
from disaster.shelters.models import Shelter
from disaster.staff.models import Account
from registry.access.viewing import Seen
from registry.models.people import Person
from registry.models.welfare import CareReferral, CareReferralStep
from registry.vocabulary import Care
from registry.welfare import accepting, forms
from registry.welfare.words import MOVES, OPEN, ReferralState

TOO_LONG = timedelta(hours=24)  # without an answer
FASTER = "ほかの職員が先にこの依頼を進めました。いまの内容を確かめて、必要なら、もう一度操作してください。"
NO_NEXT = "受け入れられないときは、次に依頼する場所を選ぶか、名前を入力してください。"
NO_PLACE = "移送先を選ぶか、施設・病院の名前を入力してください。"
NO_REASON = "取りやめる理由を入力してください。"


@dataclass(frozen=True, slots=True)
class Target:
    """Where to: one of the town's shelters, or a place by its name; and who comes along."""

    shelter_id: int | None = None
    place: str = ""
    carer: str = ""


def late(state: ReferralState, requested_at: datetime) -> bool:
    """Whether a place has not answered for more than a day."""
    return state == ReferralState.REQUESTED and requested_at < clock.now() - TOO_LONG


def request(account: Account, number: str, target: Target, note: str, *, key: str) -> int:
    """Ask a place to take somebody; the number of the referral. The same form again is the same one.

    Raises:
        Missing, Invalid: no place, or one that does not take people with these reasons.
        Stale: somebody has asked already.
    """
    with transaction() as session:
        seen = forms.reach(session, account, number)
        note = clean_text(note, field="referral_note", label="伝えること", limit=1000)
        if before := _sent(session, key, seen):
            return before.id
        mine = CareReferral.person_id.in_(seen.ids) & CareReferral.state.in_(OPEN)
        if session.scalar(select(CareReferral.id).where(mine).limit(1)) is not None:
            raise Stale("この人の移送は、もう依頼しています。いまの依頼を進めてください。")
        row = _ask(session, seen, target, key, account.actor, note, NO_PLACE)
        return row.id


def move(
    account: Account,
    number: str,
    referral_id: int,
    wanted: ReferralState,
    *,
    version: int,
    note: str = "",
    following: Target | None = None,
    key: str = "",
) -> None:
    """Take a referral one step on; after a refusal ``following`` is asked next.

    Raises:
        Missing
        Invalid: no such step from here, no next place, no reason.
        Stale
    """
    with transaction() as session:
        seen = forms.reach(session, account, number)
        row = session.get(CareReferral, referral_id)
        if row is None or row.person_id not in seen.ids:
            raise Missing("この依頼はありません。")
        note = clean_text(note, field="referral_note", label="メモ", limit=1000)
        if row.version != version:
            if row.state == wanted:
                return  # the same press twice
            raise Stale(FASTER)
        if wanted not in MOVES[row.state]:
            raise Invalid(f"「{row.state.ja}」から「{wanted.ja}」には進められません。")
        if wanted == ReferralState.CANCELLED and not note:
            raise Invalid(NO_REASON, {"referral_note": NO_REASON})
        at, values = clock.now(), {"state": wanted, "version": version + 1}
        if wanted == ReferralState.REFUSED:
            values["next_id"] = _ask(session, seen, following or Target(), key, account.actor, "", NO_NEXT).id
        mine = (CareReferral.id == referral_id) & (CareReferral.version == version)
        session.execute(update(CareReferral).where(mine).values(**values, changed_at=at))
        _step(session, referral_id, wanted, note, account.actor, at)
        _record(session, seen, account.actor, referral_id, wanted)


def reasons(session: Session, people: Collection[str]) -> list[Care]:
    """The reasons that stand on any of these entries of one person."""
    found = session.scalars(select(Person.care).where(Person.id.in_(people)))
    said = {reason for care in found for reason in care or ()}
    return [reason for reason in Care if reason in said]


def _sent(session: Session, key: str, seen: Seen) -> CareReferral | None:
    forms.valid(key)
    found = session.scalars(select(CareReferral).where(CareReferral.form_key == key)).first()
    if found is not None and found.person_id not in seen.ids:
        raise Invalid(forms.NO_KEY)
    return found


def _ask(session: Session, seen: Seen, target: Target, key: str, actor: str, note: str, nowhere: str) -> CareReferral:
    place = clean_line(target.place, field="place", label="施設・病院の名前", limit=200)
    carer = clean_line(target.carer, field="carer", label="同行する人", limit=200)
    shelter = session.get(Shelter, target.shelter_id) if target.shelter_id else None
    if shelter is None and not place:
        raise Invalid(nowhere, {"target": nowhere})
    if shelter is not None and (why := accepting.why_not(shelter, reasons(session, seen.ids))):
        raise Invalid(why, {"target": why})
    forms.valid(key)
    at = clock.now()
    row = CareReferral(
        person_id=seen.person.id,
        shelter_id=shelter.id if shelter else None,
        place=None if shelter else place,
        carer=carer or None,
        state=ReferralState.REQUESTED,
        form_key=key,
        requested_at=at,
        changed_at=at,
    )
    session.add(row)
    session.flush()
    _step(session, row.id, row.state, note, actor, at)
    _record(session, seen, actor, row.id, row.state)
    return row


def _step(session: Session, referral_id: int, state: ReferralState, note: str, actor: str, at: datetime) -> None:
    session.add(CareReferralStep(referral_id=referral_id, state=state, note=note or None, at=at, by=actor))


def _record(session: Session, seen: Seen, actor: str, referral_id: int, state: ReferralState) -> None:
    detail = {"referral": referral_id, "state": str(state)}
    audit.record(session, "welfare.referred", actor=actor, subject=f"person:{seen.person.id}", detail=detail)
