"""Cases of aid of everybody who has a certificate, one of them to be looked at again."""

from sqlalchemy import select

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from registry.aid import finding
from registry.models.aid import AidCase, AidReview
from tests.doors import canaries


def seed() -> tuple[dict[str, object], dict[str, object]]:
    """By the name of an address's parameter what stands behind it: of the one who may be seen, and of the first protected person."""
    finding.find()
    reviews = []
    with transaction() as session:
        for number in (canaries.OWN, 1):
            review = AidReview(case_id=case_id(number), opened_at=clock.now(), outcome="")
            session.add(review)
            session.flush()
            reviews.append(review.id)
    return {"review_id": reviews[0]}, {"review_id": reviews[1]}


def affected_id(number: int) -> str:
    """The 被災時世帯 of a seeded person."""
    return canaries.person_id(number).replace("-0000000000", "-5555550000")


def case_id(number: int) -> int:
    """The first case of a seeded person's household; 0 where it has none."""
    mine = select(AidCase.id).where(AidCase.household_id == affected_id(number)).order_by(AidCase.id)
    return db.session.scalar(mine.limit(1)) or 0
