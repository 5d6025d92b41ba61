"""From a letter that came back to the ledger: a receipt for the delivery that it names, once however often it is read."""

from dataclasses import dataclass

from broadcast.bounces import report
from broadcast.bounces.report import Kind, Report
from broadcast.channels.contract import Code
from broadcast.channels.receipt import Progress, Receipt
from broadcast.reports import receipts
from broadcast.sending.reference import delivery_of

CHANNEL = "email"
_NOBODY = ("5.1.", "5.2.1", "5.4.4", "5.7.17", "5.7.18")  # no such mailbox or domain (RFC 3463, RFC 7505, RFC 7293)
_CONTENT = ("5.6.", "5.3.4", "5.2.3")  # this letter, not this mailbox


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one letter: ``known`` tells whether it names a delivery of ours, ``counted`` whether it was new."""

    kind: Kind
    status: str
    known: bool
    counted: bool


def receipt_of(found: Report) -> Receipt | None:
    """The receipt that a report comes to; None for what reports nothing, or about no delivery that we made."""
    reference = next((one for one in found.references if delivery_of(one) is not None), None)
    if reference is None or found.kind is Kind.OTHER:
        return None
    progress, code = _meaning(found)
    detail = f"{'bounce' if progress != 'accepted' else 'delayed'} {found.status}".strip()
    return Receipt("", reference, progress, f"bounce:{found.digest}", code, detail)


def take_in(letter: bytes) -> Taken:
    """Apply what one letter reports. The same letter again changes nothing, so whoever is killed in between reads it again."""
    found = report.read(letter)
    receipt = receipt_of(found)
    counted = receipts.apply(CHANNEL, receipt) if receipt else False
    return Taken(found.kind, found.status, receipt is not None, counted)


def _meaning(found: Report) -> tuple[Progress, Code | None]:
    if found.kind is Kind.DELAYED:
        return "accepted", None
    if found.kind is Kind.GAVE_UP:
        return "failed", Code.UNKNOWN
    if found.status.startswith(_CONTENT):
        return "failed", Code.CONTENT
    return "undelivered", Code.ADDRESS if found.status.startswith(_NOBODY) else Code.REJECTED
