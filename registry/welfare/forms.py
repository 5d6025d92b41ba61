"""What every step of welfare work does first: the person through the door, one form once, and nobody over what another just wrote."""

from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.errors import Invalid, Missing, Stale
from disaster.staff.models import Account
from registry.access import viewing
from registry.access.cells import Group
from registry.access.viewing import NO_RECORD, Seen

NO_KEY = "画面を開き直して、もう一度入力してください。"


class Kept(Protocol):
    """A row of welfare work."""

    id: Any
    person_id: Any
    form_key: Any
    at: Any


Row = TypeVar("Row", bound=Kept)


def reach(session: Session, account: Account, number: str) -> Seen:
    """The person about whom something is written, with nobody else writing until the transaction ends.

    Raises:
        Missing: nobody is there for this account, or nothing about care.
    """
    audit.in_a_row(session)
    seen = viewing.found(account, number)
    if not seen.writes(Group.CARE_DETAIL):
        raise Missing(NO_RECORD)
    return seen


def sent(session: Session, model: type[Row], key: str, seen: Seen) -> Row | None:
    """What the same form made before.

    Raises:
        Invalid: the form has no key, or that of another person's form.
    """
    valid(key)
    found = session.scalars(select(model).where(model.form_key == key)).first()
    if found is not None and found.person_id not in seen.ids:
        raise Invalid(NO_KEY)
    return found


def valid(key: str) -> str:
    """The key of a form, as the page made it.

    Raises:
        Invalid
    """
    try:
        return str(UUID(key))
    except ValueError as error:
        raise Invalid(NO_KEY) from error


def newest(session: Session, model: type[Row], seen: Seen) -> Row | None:
    """The row that stands."""
    mine = select(model).where(model.person_id.in_(seen.ids)).order_by(model.id.desc())
    return session.scalars(mine.limit(1)).first()


def unchanged(standing: Kept | None, was: int) -> None:
    """That what was on the screen (its id, 0 for nothing) still stands.

    Raises:
        Stale: says when the other one was written.
    """
    if standing is not None and standing.id != was:
        at: datetime = standing.at
        raise Stale(
            f"ほかの職員が先に記録しました（{clock.on_pages(at)}）。その内容を確かめて、必要なら、もう一度記録してください。"
        )
