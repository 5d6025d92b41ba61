"""What a channel answers, as a lane takes it: in groups, and with the channel's own errors told from those of the ledger."""

import time
from collections.abc import Iterator, Sequence

import structlog

from broadcast.channels.contract import Channel, ChannelDown, InDoubt, Message, Outcome, Target, Wire

log = structlog.get_logger()
FLUSH_SECONDS = 0.5


class Broken(Exception):
    """An error of our own or of a library in the channel; the text is its kind and nothing of what it was about."""


def in_batches(
    channel: Channel, message: Message, targets: Sequence[Target], wire: Wire
) -> Iterator[dict[int, Outcome]]:
    """Send, and group the answers by time, so that a slow provider's outcomes are seen while the chunk still runs.

    Raises:
        ChannelDown, Broken: after what was answered before.
    """
    batch: dict[int, Outcome] = {}
    until = time.monotonic() + FLUSH_SECONDS
    try:
        for target, outcome in channel.send(message, targets, wire):
            batch[target.delivery_id] = outcome
            if time.monotonic() > until:
                yield batch
                batch, until = {}, time.monotonic() + FLUSH_SECONDS
    except Exception as error:
        if batch:
            yield batch
        if isinstance(error, ChannelDown):
            raise
        raise Broken(type(error).__name__) from error
    if batch:
        yield batch


def asked_for(channel: Channel, message: Message, target: Target) -> Outcome | None:
    """What the provider knows; an error in asking leaves this one in doubt and holds up no other."""
    try:
        return channel.settle(message, target)
    except Exception as error:
        log.exception("a delivery in doubt could not be asked for", channel=channel.name, delivery=target.delivery_id)
        return InDoubt(type(error).__name__)
