"""The contract of a channel. Failure comes back as data; a channel knows its provider and no database, no Flask.

Order of trust: an outcome is what the provider said. ``InDoubt`` is for what may have been accepted (timeout after the request was
written, reset after the final dot): the caller settles it with ``settle`` before anything is sent again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol, runtime_checkable


class Code(StrEnum):
    """Why something was refused; a closed set, each with a sentence for the officer in the views."""

    CONFIG = "config"
    ADDRESS = "address"
    OPTED_OUT = "opted_out"
    CONTENT = "content"
    THROTTLED = "throttled"
    BUDGET = "budget"  # what is left of a provider's day is kept for what is urgent
    QUOTA = "quota"  # the number of messages that was agreed with the provider is used up
    REJECTED = "rejected"
    UNANSWERED = "unanswered"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it; ``provider_id`` is its name for it."""

    provider_id: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider refused it. ``detail`` is the provider's code (``550 5.1.1``, ``21614``), never an address or a name."""

    code: Code
    retryable: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class InDoubt:
    """It may or may not have been accepted."""

    detail: str = ""


Outcome = Accepted | Refused | InDoubt
RECALLED = Refused(Code.UNKNOWN, retryable=True, detail="recalled")
"""Not sent, because ``Wire.recalled`` said so: the delivery goes back untried."""
BUSY_ROUTE = Refused(Code.THROTTLED, retryable=True, detail="route")
"""Not sent, because its route (``Target.route``) has its share of the connections already: the slow lane takes it, the try does not count."""


@dataclass(frozen=True, slots=True)
class Message:
    """The exact text of one alert for one channel and language.

    ``subject`` is empty where the channel has none. ``units`` is the length in the channel's own measure, ``limit`` its limit, ``measure`` the
    measure's name (``UTF-16``, ``weight``, ``characters``), ``notes`` plain sentences for the officer (segments, what was shortened).
    """

    channel: str
    language: str
    body: str
    subject: str = ""
    units: int = 0
    limit: int = 0
    measure: str = ""
    notes: tuple[str, ...] = ()
    extra: dict[str, str] = field(default_factory=dict)


class Target(NamedTuple):
    """One delivery: ``reference`` is its UUID (Message-ID, retry key, idempotency key: the same at every try); ``address`` is empty for
    channels that speak to the public; ``token`` fills the recipient's unsubscribe link; ``route`` groups addresses that fail together
    (a mail domain), empty where there is nothing to group. A tuple, because a frozen dataclass takes four times as long to make."""

    delivery_id: int
    reference: str
    address: str = ""
    token: str = ""
    attempt: int = 1
    route: str = ""


class Wire(Protocol):
    """Where a channel notes what is on its way, so that after a kill only that is in doubt."""

    def sending(self, slot: int, delivery_id: int) -> None:
        """The next bytes may make the provider accept this delivery; at most one per slot (connection)."""

    def settled(self, slot: int, delivery_id: int, outcome: Outcome) -> None:
        """The provider answered for it."""

    def recalled(self) -> bool:
        """Whether nothing more of this batch may be put on the wire: the alert was stopped, overtaken by a cancel, or is over. What
        has not begun is then answered with ``RECALLED`` and without ``sending``; what is under way ends as it ends."""


class SilentWire:
    """A wire that notes nothing (previews, tests, rehearsals)."""

    def sending(self, slot: int, delivery_id: int) -> None:
        """Ignore it."""

    def settled(self, slot: int, delivery_id: int, outcome: Outcome) -> None:
        """Ignore it."""

    def recalled(self) -> bool:
        """Nobody takes anything back."""
        return False


class ChannelDown(Exception):
    """Nothing of this batch was sent: no connection, refused sign-in, TLS failure. The text names the cause without secrets."""


class Channel(Protocol):
    """A way to reach people."""

    @property
    def name(self) -> str:
        """The channel's word in the ledger."""

    @property
    def personal(self) -> bool:
        """One delivery per recipient, or one post to the public."""

    @property
    def confirms(self) -> bool:
        """Whether the provider reports arrival: until then an accepted message has not reached the person."""

    @property
    def chunk(self) -> int:
        """How many deliveries a claim takes."""

    @property
    def retry_seconds(self) -> tuple[int, ...]:
        """Waits before the second, third … try; the last one repeats until expiry."""

    def problems(self) -> list[str]:
        """Plain Japanese sentences on what is not set up; empty when ready."""

    def send(self, message: Message, targets: Sequence[Target], wire: Wire) -> Iterable[tuple[Target, Outcome]]:
        """Send to every target; exactly one outcome per target, in any order.

        Raises:
            ChannelDown: nothing was sent to anyone of this batch.
        """

    def settle(self, message: Message, target: Target) -> Outcome | None:
        """Ask the provider about a delivery in doubt: its outcome, or None where the provider knows nothing of it or cannot be asked."""

    def close(self) -> None:
        """Give connections back."""


@runtime_checkable
class Provable(Protocol):
    """A channel that can prove without sending anything that its provider would take a message from it now (a rehearsal)."""

    def prove(self) -> None:
        """Ask the provider who we are.

        Raises:
            ChannelDown: it would take nothing; the text names the cause without secrets.
        """
