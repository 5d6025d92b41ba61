"""The one way in which an application changes its state: along ``MOVES``, by compare-and-set, with its step and its audit record."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.errors import Invalid, Stale
from registry.damage.vocabulary import MOVES, State
from registry.models.certificates import ApplicationMove, DamageApplication


def move(session: Session, row: DamageApplication, to: State, *, actor: str, note: str = "", **values: object) -> None:
    """Take an application one step on, in the caller's transaction; ``values`` are set with it.

    Raises:
        Invalid: it does not go there from its state. Stale: somebody was faster.
    """
    before = row.state
    if to not in MOVES[before]:
        raise Invalid(f"この申請は「{before.ja}」です。「{to.ja}」にはできません。")
    at = clock.now()
    changed = session.execute(
        update(DamageApplication)
        .where(
            DamageApplication.id == row.id, DamageApplication.version == row.version, DamageApplication.state == before
        )
        .values(state=to, version=row.version + 1, changed_at=at, **values)
        .execution_options(synchronize_session=False)
        .returning(DamageApplication.id)
    ).one_or_none()
    if changed is None:
        raise Stale("この申請は、ほかの人が先に進めました。いまの状態を確かめてください。")
    session.refresh(row)
    session.add(ApplicationMove(application_id=row.id, state=to, note=note or None, at=at, by=actor))
    detail = {"from": str(before), "to": str(to)}
    audit.record(session, "application.moved", actor=actor, subject=f"application:{row.id}", detail=detail)
