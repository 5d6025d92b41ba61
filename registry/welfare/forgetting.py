"""Taking out what was written about people whose records are wiped by rule (``registry/retention``)."""

from collections.abc import Collection

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from registry.models.welfare import CareAssessment, CareContact, CareEquipment, CareReferral, CareReferralStep


def forget(session: Session, people: Collection[str]) -> None:
    """All of it, in the caller's transaction."""
    mine = select(CareReferral.id).where(CareReferral.person_id.in_(people))
    session.execute(delete(CareReferralStep).where(CareReferralStep.referral_id.in_(mine)))
    of_them = CareReferral.person_id.in_(people)
    session.execute(update(CareReferral).where(of_them).values(next_id=None))
    session.execute(delete(CareReferral).where(of_them))
    for model in (CareContact, CareEquipment, CareAssessment):
        session.execute(delete(model).where(model.person_id.in_(people)))
