"""Lines of replies that were set apart because their number is not in the disclosure, for who brought the file: about hidden people they are taken in.

A worker does it when the answer has long been given; the order's two officers are told. A line about nobody is wiped: the sentence was told already.
"""

import json

from sqlalchemy import delete, select

from disaster.core import audit
from disaster.core.db import transaction
from disaster.core.extensions import db
from registry.disclosure import replying
from registry.models.protection import AskedAfter
from registry.protection import sought


def take() -> int:
    """Look at what was set apart since the last round; about how many people something was new. Safe to run by several workers at once."""
    numbers = list(
        db.session.scalars(select(AskedAfter.id).where(AskedAfter.kind == replying.APART).order_by(AskedAfter.id))
    )
    db.session.rollback()
    return sum(_take(number) for number in numbers)


def _take(number: int) -> int:
    with transaction() as session:
        audit.in_a_row(session)
        row = session.get(AskedAfter, number)
        mine = delete(AskedAfter).where(AskedAfter.id == number).returning(AskedAfter.id)
        if row is None or session.scalar(mine.execution_options(synchronize_session=False)) is None:
            return 0
        found = replying.late(session, json.loads(row.said), f"account:{row.account_id}")
        sought.arrived(session, row, found)
        return len(found)
