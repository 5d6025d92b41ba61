"""Adding to an order whom the protected person must not meet, when somebody learns it later. What is known already is not replaced: that would weaken it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Stale
from disaster.staff import accounts
from disaster.staff.permissions import Permission
from registry.models.people import Person
from registry.models.protection import ProtectionOrder
from registry.protection import abuser, meetings, orders

NOTHING = "相手のかなと生年月日の両方を入力するか、職員・ボランティアから選んでください。"
KNOWN = "この指定には、会わせない相手がもう記録されています。"


def complete(order_id: int, name: str, kana: str, birth: str, account_id: int | None, actor: int) -> None:
    """One officer may, and it holds at once; whoever is at the same shelter now is told of at once too.

    Raises:
        Invalid: not enough to find anybody by. Stale: it is known already, or the order was lifted. Missing, Forbidden.
    """
    accounts.check_permission(actor, Permission.PROTECTION_MANAGE)
    wrong: dict[str, str] = {}
    typed = abuser.cleaned(name, kana, birth, account_id, wrong)
    if not wrong and typed.key is None and (typed.account_id is None or typed.written):
        wrong["abuser_kana"] = NOTHING
    if wrong:
        raise Invalid("入力を確かめてください。", wrong)
    with transaction() as session:
        audit.in_a_row(session)
        order = orders.standing(session, order_id)
        if (typed.key and order.abuser_key) or (typed.account_id is not None and order.abuser_account_id is not None):
            raise Stale(KNOWN)
        if typed.key:
            order.abuser, order.abuser_key = typed.beside(order.abuser).written, typed.key
        if typed.account_id is not None:
            order.abuser_account_id = typed.account_id
        session.flush()
        meetings.note(session, clock.now())
        audit.record(session, "protection.apart", actor=f"account:{actor}", subject=f"protection:{order_id}")


def came_along(session: Session, order: ProtectionOrder) -> bool:
    """Whether the one who must not be met stands in the group that the protected person came with: then they are protected like the others of it."""
    if order.abuser_key is None:
        return False
    groups = select(Person.household_id).where(orders.named_by(order), Person.household_id.is_not(None))
    around = select(Person).where(Person.household_id.in_(groups), Person.removed_at.is_(None))
    return any(
        one.birth_date is not None
        and meetings.key(one.kana or f"{one.kana_family}{one.kana_given}", one.birth_date.isoformat())
        == order.abuser_key
        for one in session.scalars(around)
    )
