"""The document of a transmission, from what was frozen; byte for byte the same at every call while the list of shelters stays the same."""

from dataclasses import dataclass

from broadcast.alert import content_json
from broadcast.cap.document import sender
from broadcast.cap.vocabulary import Mode
from broadcast.lalert import bodies, editions, envelope, schema, standing
from broadcast.lalert.bodies import Site
from broadcast.lalert.issue import Category, Issue, Sent, category_of
from broadcast.lalert.names import Node
from broadcast.models.alert import Alert, Transmission
from broadcast.sending import ledger
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.shelters import directory


@dataclass(frozen=True, slots=True)
class Document:
    """One edition with its name as a file."""

    issue: Issue
    body: bytes

    @property
    def filename(self) -> str:
        """Sorts by document and edition; a drill's begins with ``kunren-``."""
        drill = "kunren-" if self.issue.now.content.mode is Mode.DRILL else ""
        return f"{drill}{self.issue.category.lower()}-{self.issue.document_id}-r{self.issue.revision:03}.xml"


def of(transmission: Transmission) -> Document:
    """The edition that this transmission is.

    Raises:
        ValueError: the document would break our own description of the format.
    """
    issue = Issue(_chain(transmission), sender())
    written = envelope.document(editions.edition(issue), _body(issue, transmission.alert_id))
    if wrong := schema.problems(written):
        raise ValueError(f"not of the form of Lアラート: {wrong[0]}")
    return Document(issue, written)


def _body(issue: Issue, alert_id: int) -> Node:
    if issue.category is Category.EVACUATION_ORDER:
        return bodies.evacuation(issue, municipality().population)
    if issue.category is Category.SHELTER:
        return bodies.shelters(issue, _sites(alert_id))
    return bodies.notice(issue)


def _chain(transmission: Transmission) -> list[Sent]:
    """This transmission and the earlier ones that it follows, of the same category, oldest first."""
    found, seen = [_sent(transmission)], {transmission.alert_id}
    reference = found[0].content.reference
    while reference and reference.alert_id not in seen:
        seen.add(reference.alert_id)
        earlier = ledger.transmission_of(reference.alert_id)
        if earlier is None or category_of(_sent(earlier).content) is not category_of(found[0].content):
            break
        found.insert(0, _sent(earlier))
        reference = found[0].content.reference
    return found


def _sent(transmission: Transmission) -> Sent:
    return Sent(transmission.identifier, content_json.load(transmission.content), transmission.sent_at)


def _sites(alert_id: int) -> dict[str, Site]:
    """What the list says of the shelters that the alert names."""
    alert = db.session.get(Alert, alert_id)
    found = directory.by_ids(alert.shelters) if alert else []
    return {shelter.name: standing.site(shelter) for shelter in found}
