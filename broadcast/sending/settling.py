"""Settling what is in doubt: the provider is asked, and what it does not know is sent again under the same reference."""

from sqlalchemy import update

from broadcast.channels.contract import Channel, InDoubt, Outcome
from broadcast.models.delivery import Delivery, Status
from broadcast.sending import outcomes
from broadcast.sending.claims import Claimed
from broadcast.sending.outcomes import Result
from disaster.core.clock import now
from disaster.core.db import transaction


def settled(channel: Channel, c: Claimed, outcome: Outcome | None) -> None:
    """Write down what the provider said about one delivery in doubt; None where it knows nothing of it or cannot be asked."""
    with transaction() as session:
        if outcome is not None and not isinstance(outcome, InDoubt):
            outcomes.record(session, channel, [Result(c.id, c.contact_id, c.attempts, outcome)], now())
            return
        # Still in doubt: the provider's answer is on its way (a slow mail server), so ask again before sending twice.
        again = outcome is None and c.attempts < outcomes.MOST_DOUBTS
        wait = outcomes.before_repeat(channel, c.attempts) if outcome is None else outcomes.SETTLE_AFTER
        session.execute(
            update(Delivery)
            .where(Delivery.id == c.id, Delivery.status == Status.UNCERTAIN)
            .values(
                status=Status.QUEUED if again else Status.UNCERTAIN,
                lease_owner=None,
                lease_until=None,
                due_at=now() + wait,
                updated_at=now(),
            )
        )
