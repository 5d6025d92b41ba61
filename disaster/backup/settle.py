"""After a copy was put back: nothing that waited in it goes out again, and whoever was signed in then is signed in no more."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from broadcast.alert import afterwards
from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.staff.models import SetupLink, StaffSession


@dataclass(frozen=True, slots=True)
class Settled:
    """What was kept from going out: alerts, messages in their queues, confirmations for people who subscribe; sessions that ended."""

    alerts: int
    messages: int
    confirmations: int
    sessions: int


def after_restore(made: datetime) -> Settled:
    """Stop every send that the copy held, and end its sessions and links, in one transaction with its record.

    What the copy has in its queue may long have gone out before the machine was lost. Alerts stay on the pages and in the feeds until
    they expire; an officer sends anew what is still needed.
    """
    at = clock.now()
    with transaction() as session:
        stopped = afterwards.hold_back(
            session, at, note=f"{clock.day_and_time(made)}の控えから戻したため、送信を止めました"
        )
        ended = session.execute(update(StaffSession).where(StaffSession.ended_at.is_(None)).values(ended_at=at))
        session.execute(update(SetupLink).where(SetupLink.used_at.is_(None)).values(expires_at=at))
        settled = Settled(stopped.alerts, stopped.messages, stopped.confirmations, int(ended.rowcount))  # type: ignore[attr-defined]
        detail = {"made": made.isoformat(), "alerts": settled.alerts, "messages": settled.messages}
        audit.record(session, "backup.restored", actor="cli", detail=detail)
    return settled
