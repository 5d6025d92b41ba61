"""A channel that officers took out of service (``/headquarters/settings``, two persons): nothing is queued for it and nothing sent by it."""

from broadcast.cap.vocabulary import Mode
from broadcast.channels import registry
from broadcast.channels.contract import Channel
from broadcast.governing import governed
from broadcast.governing.governed_names import switch_of
from disaster.core.clock import day_and_time

CODE = "off"  # of a delivery that was skipped because its channel was out of service


def off(channel: str) -> bool:
    """Whether the channel is out of service; ``web`` never is."""
    return channel != "web" and not governed.is_on(switch_of(channel))


def unready(mode: Mode) -> dict[str, str]:
    """Channels that would send nothing now, each with the code of what is skipped for it: ``off`` or ``config``."""
    found = {name: "config" for name, channel in registry.channels(mode).items() if channel.problems()}
    return found | {name: CODE for name in registry.channels(mode) if off(name)}


def problems(channel: Channel) -> list[str]:
    """Why the channel would send nothing, as sentences: it is not set up, or out of service."""
    found = channel.problems()
    if off(channel.name):
        since = governed.changed_at(switch_of(channel.name))
        when = f"（{day_and_time(since)}から）" if since else ""
        found = [f"職員の判断で、この手段を止めています{when}。", *found]
    return found
