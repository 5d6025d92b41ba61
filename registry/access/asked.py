"""Noting that somebody was asked after. Every question writes one row, whoever there is.

So what a protected person's officers are told shows in no answer, and in no time.
"""

import json
from collections.abc import Mapping

from sqlalchemy import insert
from sqlalchemy.orm import Session

from disaster.core import clock
from disaster.core.db import transaction
from disaster.staff.models import Account
from registry.models.protection import AskedAfter


def note(session: Session, account: Account, kind: str, said: Mapping[str, str], inquiry: int | None = None) -> None:
    """Note one question, in the caller's transaction; the words are sealed, and wiped when the worker has looked (``registry.protection.sought``)."""
    row = {
        "kind": kind,
        "said": json.dumps(dict(said), ensure_ascii=False),
        "account_id": account.id,
        "inquiry_id": inquiry,
        "at": clock.now(),
    }
    session.execute(insert(AskedAfter).values(row))


def words(account: Account, typed: str) -> None:
    """Note what was typed into a field by which people are found."""
    if typed.strip():
        with transaction() as session:
            note(session, account, "search", {"words": typed[:200]})


def record(account: Account, number: str) -> None:
    """Note an address behind which there is nobody for the account."""
    with transaction() as session:
        note(session, account, "record", {"id": number[:36]})
