"""What a worker looks after beside sending: people who were not reached, people who subscribe. Each duty is safe to repeat, by several at once."""

from collections.abc import Callable

from broadcast import answering, confirmations, failover, recording, rehearsal
from broadcast.bounces import polling
from disaster.core.clock import now

# Seconds between two rounds, and the duty.
DUTIES: tuple[tuple[str, float, Callable[[], object]], ...] = (
    ("failover", 3.0, failover.run),
    ("spared", 10.0, failover.withdraw_reached),
    ("rehearsal", 5.0, rehearsal.run),
    ("bounces", polling.EVERY, polling.poll),
    ("hook events", 3600.0, lambda: answering.forget(now())),
    ("confirmations", 1.0, confirmations.duty),
    ("speech", 3.0, recording.run),
)
FIRST: tuple[Callable[[], object], ...] = (failover.reconsider,)  # once, when the worker starts
