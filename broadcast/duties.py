"""What a worker looks after beside sending: people who were not reached, people who subscribe. Each duty is safe to repeat, by several at once."""

from collections.abc import Callable
from datetime import datetime

from broadcast.audience import failover
from broadcast.bounces import polling
from broadcast.importing import uploads
from broadcast.proving import rehearsal
from broadcast.sound import recording
from broadcast.subscribers import answering, asking, confirmations, subscriptions
from disaster.core.clock import now
from disaster.staff import presses
from disaster.staff import uploads as kept_lists


def forget(at: datetime) -> None:
    """Wipe what is kept for a time only: events of providers, questions nobody answered, addresses of those who left, lists nobody took,
    forms that nobody sends again.
    """
    for wipe in (
        answering.forget,
        asking.forget,
        subscriptions.forget_left,
        uploads.forget,
        kept_lists.forget,
        presses.forget,
    ):
        wipe(at)


# Seconds between two rounds, and the duty.
DUTIES: tuple[tuple[str, float, Callable[[], object]], ...] = (
    ("failover", 3.0, failover.run),
    ("spared", 10.0, failover.withdraw_reached),
    ("rehearsal", 5.0, rehearsal.run),
    ("bounces", polling.EVERY, polling.poll),
    ("confirmations", 1.0, confirmations.send_due),
    ("forgetting", 300.0, lambda: forget(now())),
    ("speech", 3.0, recording.run),
)
FIRST: tuple[Callable[[], object], ...] = (failover.reconsider,)  # once, when the worker starts
