"""How long a mail server may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds. RFC 5321 section 4.5.3.2 allows minutes; an alert cannot wait so long.

    ``enter``: from connect to signed in. ``reply``: any reply before content. ``content``: the reply to the final dot.
    ``patience``: how long the last letters of a batch keep the caller waiting. ``idle``: how long an unused connection is kept.
    """

    enter: float = 15.0
    reply: float = 30.0
    content: float = 60.0
    patience: float = 5.0
    idle: float = 30.0
