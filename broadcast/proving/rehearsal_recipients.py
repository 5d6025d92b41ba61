"""The town's own test recipients: telephones and mailboxes of the office that a rehearsal writes to. Never a resident's address.

Which of them are in use is a governed setting, so two people decide; an address that belongs to a resident is refused when it is
proposed and once more each time before it is written to.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcast.governing import governed
from broadcast.governing.governed_names import CONTACTS
from broadcast.models.audience import Contact
from broadcast.models.trust import RehearsalContact
from broadcast.subscribers import addresses
from broadcast.subscribers.addresses import BadAddress
from disaster.core import audit, sealed
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from disaster.core.text import clean_line

CHANNELS = ("email", "sms", "voice", "line")  # an address of these can be typed
_RESIDENT = "この宛先は住民として登録されています。試験には、役場の電話やメールだけを使ってください。"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One that is in use; ``shown`` is enough for its owner to know it again."""

    id: int
    channel: str
    label: str
    shown: str


def propose_new(actor: int, channel: str, address: str, label: str, reason: str) -> int:
    """Propose to add one; the number of the proposed change.

    Raises:
        Invalid: no such address, a resident's, or no label or reason.
        Stale: another change of the recipients waits.
    """
    if channel not in CHANNELS:
        raise Invalid("手段を選んでください。", {"channel": "手段を選んでください。"})
    label = clean_line(label, field="label", label="どこの宛先か", limit=60, required=True)
    known = _canonical(channel, address)
    digest = addresses.found_by(channel, known)
    if _is_residents(db.session(), channel, digest):
        raise Invalid(_RESIDENT, {"address": _RESIDENT})
    with transaction() as session:
        number = _number_of(session, actor, channel, known, digest, label)
        present = [*_in_force(session), number]
        return governed.propose_in(session, actor, CONTACTS, ",".join(map(str, present)), reason)


def propose_without(actor: int, number: int, reason: str) -> int:
    """Propose to take one out; the number of the proposed change."""
    with transaction() as session:
        left = [one for one in _in_force(session) if one != number]
        return governed.propose_in(session, actor, CONTACTS, ",".join(map(str, left)), reason)


def in_use() -> list[Recipient]:
    """Those that two people decided on."""
    return _shown(_ids())


def _shown(numbers: list[int]) -> list[Recipient]:
    rows = db.session.scalars(
        select(RehearsalContact).where(RehearsalContact.id.in_(numbers)).order_by(RehearsalContact.id)
    )
    opened = sealed.opener(addresses.PURPOSE)
    return [Recipient(r.id, r.channel, r.label, addresses.masked(r.channel, opened(r.address))) for r in rows]


def described(value: str) -> str:
    """A list of numbers as the page of settings says it: who confirms sees the address as well as the words of who proposed it."""
    return (
        "、".join(f"{one.label}（{one.shown}）" if one.shown else one.label for one in _shown(_numbers(value)))
        or "なし"
    )


def of(channel: str) -> list[tuple[int, str]]:
    """Numbers and opened addresses of a channel's recipients, without any that a resident has registered since."""
    rows = db.session.execute(
        select(RehearsalContact.id, RehearsalContact.address, RehearsalContact.digest)
        .where(RehearsalContact.id.in_(_ids()), RehearsalContact.channel == channel)
        .order_by(RehearsalContact.id)
    ).all()
    opened = sealed.opener(addresses.PURPOSE)
    return [(row.id, opened(row.address)) for row in rows if not _is_residents(db.session(), channel, row.digest)]


def channels() -> set[str]:
    """Channels that have a recipient."""
    return {one.channel for one in in_use()}


def _ids() -> list[int]:
    return _numbers(governed.value(CONTACTS))


def _in_force(session: Session) -> list[int]:
    return _numbers(governed.present_in(session, CONTACTS))


def _numbers(value: str) -> list[int]:
    return [int(part) for part in value.split(",") if part]


def _canonical(channel: str, address: str) -> str:
    try:
        return addresses.canonical(channel, address.strip())
    except BadAddress:
        reason = "この手段の宛先として正しくありません。"
        raise Invalid(reason, {"address": reason}) from None


def _is_residents(session: Session, channel: str, digest: str) -> bool:
    """Whether a resident uses the same address; a telephone also when it is for the other way of using it."""
    same = addresses.TELEPHONE if channel in addresses.TELEPHONE else (channel,)
    found = select(Contact.id).where(Contact.channel.in_(same), Contact.digest == digest, Contact.active)
    return session.scalar(found.limit(1)) is not None


def _number_of(session: Session, actor: int, channel: str, address: str, digest: str, label: str) -> int:
    row = session.scalar(
        select(RehearsalContact).where(RehearsalContact.channel == channel, RehearsalContact.digest == digest)
    )
    if row is None:
        row = RehearsalContact(
            channel=channel,
            address=sealed.seal(address, addresses.PURPOSE),
            digest=digest,
            label=label,
            added_by=actor,
            added_at=now(),
        )
        session.add(row)
    row.label = label
    session.flush()
    who = f"account:{actor}"
    audit.record(session, "rehearsal.contact", actor=who, subject=f"rehearsal:{row.id}", detail={"channel": channel})
    return row.id
