"""What a worker looks after beside sending: people who were not reached. Each duty is safe to repeat, by several workers at once."""

from collections.abc import Callable

from broadcast import failover

# Seconds between two rounds, and the duty.
DUTIES: tuple[tuple[str, float, Callable[[], object]], ...] = (
    ("failover", 3.0, failover.run),
    ("spared", 10.0, failover.withdraw_reached),
)
FIRST: tuple[Callable[[], object], ...] = (failover.reconsider,)  # once, when the worker starts
