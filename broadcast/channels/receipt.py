"""What a provider reports later about one delivery (a status callback, a bounce, the radio station's poll)."""

from dataclasses import dataclass
from typing import Literal

from broadcast.channels.contract import Code

Progress = Literal["accepted", "delivered", "undelivered", "failed"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """One report; it may come twice, out of order, and before our own commit of the outcome.

    ``reference`` is the delivery's UUID where the report carries it (empty otherwise), ``provider_id`` the provider's
    name for the message, ``source_id`` names the event itself, so that each counts once. ``code`` and ``detail`` say
    why it did not arrive.
    """

    provider_id: str
    reference: str
    status: Progress
    source_id: str
    code: Code | None = None
    detail: str = ""


class InvalidReceipt(Exception):
    """The report is not to be believed or not to be understood; the text says which, without what it contained."""
