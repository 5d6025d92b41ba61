"""What was paid for a case and what came back: one row each, never changed. The sum stands at the case; what is open is the rest to the decided amount."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.errors import Invalid
from disaster.staff.models import Account
from registry.aid import reading
from registry.aid.states import CaseState
from registry.models.aid import AidCase, AidEvent, AidPayment

NOTHING_OPEN = "この案件には、支給する差額も、返してもらう差額もありません。"


def day(text: str) -> date:
    """The day of a payment as the form sends it, today where it is empty.

    Raises:
        Invalid: ``paid_on``: no day, or one to come.
    """
    today = clock.jst(clock.now()).date()
    try:
        found = date.fromisoformat(text) if text else today
    except ValueError as error:
        message = "支給した日は 2026-11-23 の形で入力してください。"
        raise Invalid(message, {"paid_on": message}) from error
    if found > today:
        message = "支給した日が、先の日付になっています。"
        raise Invalid(message, {"paid_on": message})
    return found


def add(session: Session, case: AidCase, yen: int, on: date, why: str, *, actor: str) -> None:
    """Write one payment (a repayment below 0) in the caller's transaction, which holds the case; the case's sum follows."""
    session.add(AidPayment(case_id=case.id, yen=yen, paid_on=on, why=why or None, at=clock.now(), by=actor))
    case.paid_yen, case.paid_on = (case.paid_yen or 0) + yen, on


def difference(session: Session, case: AidCase, yen: int | None, on: date, why: str, *, actor: str) -> None:
    """Pay of the difference that is open, or note what came back of it; ``yen`` from 1 on, all of it where it is None.

    Raises:
        Invalid: nothing is open, or less than that (``yen``).
    """
    left = case.open_yen
    if case.state != CaseState.PAID or not left:
        raise Invalid(NOTHING_OPEN)
    yen = abs(left) if yen is None else yen
    if not 0 < yen <= abs(left):
        message = f"金額は、1円から {abs(left):,}円までです。"
        raise Invalid(message, {"yen": message})
    signed = yen if left > 0 else -yen
    add(session, case, signed, on, why, actor=actor)
    if case.paid_yen == 0:
        case.state = CaseState.RETURNED
        session.add(AidEvent(case_id=case.id, state=case.state, yen=0, note=why or None, at=clock.now(), by=actor))
    audit.record(session, "aid.paid", actor=actor, subject=f"aid:{case.id}", detail={"back": signed < 0})


def of_case(session: Session, case_id: int) -> Sequence[AidPayment]:
    """Everything that was paid and came back, the oldest first."""
    return session.scalars(select(AidPayment).where(AidPayment.case_id == case_id).order_by(AidPayment.id)).all()


def totals(session: Session, account: Account, incident: int) -> dict[str, int]:
    """What was paid for each measure less what came back, yen; of the cases that exist for the account."""
    rows = session.execute(
        select(AidCase.programme, func.sum(AidPayment.yen))
        .join(AidCase, AidCase.id == AidPayment.case_id)
        .where(AidCase.incident_id == incident, reading.known(account))
        .group_by(AidCase.programme)
    )
    return {programme: int(yen) for programme, yen in rows}
