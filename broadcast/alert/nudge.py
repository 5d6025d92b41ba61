"""Write the row, then nudge: tells the workers, after the commit, that there is something to send.

Where nobody listens (one machine, whose worker looks five times a second) nothing happens. Whoever listens must return at once and
never raise: the rows are committed, and what no nudge announced is found by a sweep.
"""

from collections.abc import Callable, Iterable

from flask import current_app

from broadcast.cap.vocabulary import Mode
from broadcast.channels import registry

KEY = "broadcast.nudge"
Listener = Callable[[Iterable[str]], None]


def workers() -> None:
    """Wake the lanes of every channel."""
    listener: Listener | None = current_app.extensions.get(KEY)
    if listener:
        listener(registry.channels(Mode.LIVE))
