"""From what a lane holds to what a channel takes: addresses opened, references made, whoever left kept back."""

from collections.abc import Sequence

from broadcast.channels.contract import Channel, Outcome, Target
from broadcast.sending import outcomes
from broadcast.sending.claims import Claimed
from broadcast.sending.reference import maker
from broadcast.subscribers import links
from disaster.core import sealed


def targets(channel: Channel, group: Sequence[Claimed]) -> tuple[list[Target], dict[int, Outcome]]:
    """The targets, and outcomes of those that are not sent: whoever left since the fan-out is told apart before anything is on the wire.

    An address that does not open (damaged, another key) is the failure of its own delivery and of no other.
    """
    reference = maker()
    if not channel.personal:
        return [Target(c.id, reference(c.id), attempt=c.attempts) for c in group], {}
    opened, link = sealed.opener("contact"), links.signer(links.UNSUBSCRIBE)
    found: list[Target] = []
    kept_back: dict[int, Outcome] = {}
    for number, _, _, _, attempts, _, address, token, route, active in group:
        if not active or address is None:
            kept_back[number] = outcomes.LEFT
            continue
        try:
            secret = link(token) if token else ""
            found.append(Target(number, reference(number), opened(address), secret, attempts, route or ""))
        except sealed.SealBroken:
            kept_back[number] = outcomes.own_failure(attempts, "the address does not open")
    return found, kept_back
