"""What stands: for whoever computes from certificates (aid), who asks with a household and hears of every change in its order."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.damage.vocabulary import Kind
from registry.models.certificates import Certificate, CertificateChange, DamageApplication


def current(session: Session, household_id: str) -> Certificate | None:
    """The 罹災証明書 of a 被災時世帯 that stands: the latest that is not void; ``grade`` says the 被害の程度. None where there is none."""
    return many(session, [household_id]).get(household_id)


def many(session: Session, household_ids: Collection[str]) -> dict[str, Certificate]:
    """The same for many households, those without one left out.

    A paper is its application's, whose household is the one that stands: the paper itself names the household as it was when it was issued.
    """
    latest = (
        select(DamageApplication.household_id, func.max(Certificate.id).label("paper"))
        .join(DamageApplication, DamageApplication.id == Certificate.application_id)
        .where(
            DamageApplication.household_id.in_(household_ids),
            Certificate.kind == Kind.DWELLING,
            Certificate.void_at.is_(None),
        )
        .group_by(DamageApplication.household_id)
        .subquery()
    )
    query = select(latest.c.household_id, Certificate).join(Certificate, Certificate.id == latest.c.paper)
    return {row[0]: row[1] for row in session.execute(query)}


def changes(session: Session, after: int = 0, limit: int = 500) -> list[CertificateChange]:
    """What became of certificates since the change with this id, oldest first: a new one or version was issued, or one was declared void."""
    query = select(CertificateChange).where(CertificateChange.id > after)
    return list(session.scalars(query.order_by(CertificateChange.id).limit(limit)))
