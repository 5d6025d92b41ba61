"""Three lists side by side: who was promised the alert, what the ledger says, and what the mail server took."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from broadcast.models.alert import Transmission
from broadcast.models.delivery import Delivery, DeliveryEvent, Status
from disaster.core.extensions import db


@dataclass
class Counts:
    """Of one trial or, added up, of many.

    sent: recipients who got it. lost: promised and not taken by the mail server. doubled: recipients who got it under two
    Message-IDs, or twice although the ledger was never in doubt. repeated: further copies under the same Message-ID. uncertain:
    deliveries that the ledger was in doubt about at any time. unsettled: got it, and the ledger does not say so.
    """

    sent: int = 0
    lost: int = 0
    doubled: int = 0
    repeated: int = 0
    uncertain: int = 0
    unsettled: int = 0

    def add(self, other: "Counts") -> None:
        """Add another trial's."""
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True)
class Stored:
    """The ledger of one alert's e-mails: status and whether ever in doubt, by recipient."""

    status: Mapping[str, Status]
    doubted: frozenset[str]

    @property
    def finished(self) -> bool:
        """Whether nothing is left to be sent or settled."""
        return not {Status.QUEUED, Status.SENDING, Status.UNCERTAIN} & set(self.status.values())


def address(number: int) -> str:
    """Of a resident, by the number of the contact."""
    return f"resident{number}@example.jp"


def stored(alert_id: int) -> Stored:
    """Read the ledger of an alert."""
    mine = select(Transmission.id).where(Transmission.alert_id == alert_id).scalar_subquery()
    of_it = (Delivery.transmission_id == mine, Delivery.channel == "email")
    rows = db.session.execute(select(Delivery.id, Delivery.contact_id, Delivery.status).where(*of_it)).all()
    doubted = set(
        db.session.scalars(
            select(DeliveryEvent.delivery_id)
            .join(Delivery, Delivery.id == DeliveryEvent.delivery_id)
            .where(*of_it, DeliveryEvent.status == Status.UNCERTAIN)
        )
    )
    db.session.rollback()
    return Stored(
        {address(row.contact_id): Status(row.status) for row in rows},
        frozenset(address(row.contact_id) for row in rows if row.id in doubted),
    )


def compare(promised: Sequence[str], ledger: Stored, taken: Sequence[tuple[str, str]]) -> Counts:
    """Count one alert. ``taken`` holds recipient and Message-ID of every letter that the mail server took, in order."""
    copies: dict[str, Counter[str]] = {}
    for recipient, message_id in taken:
        copies.setdefault(recipient, Counter())[message_id] += 1
    counts = Counts(uncertain=len(ledger.doubted))
    for recipient in promised:
        found = copies.get(recipient, Counter())
        again = found.total() - len(found)
        counts.sent += bool(found)
        counts.lost += not found
        counts.doubled += len(found) > 1 or (again > 0 and recipient not in ledger.doubted)
        counts.repeated += again
        counts.unsettled += bool(found) and ledger.status.get(recipient) != Status.ACCEPTED
    counts.doubled += len(copies.keys() - set(promised))  # somebody who was never to get it
    return counts
