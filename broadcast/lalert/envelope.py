"""What stands around every document: the wrapper EDXL-DE 1.0 and the report's Control and Head."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from broadcast.lalert.names import COMMONS, DE, EB, IB, NAMESPACES, NOT_CERTIFIED, PCX, Node, present, told, written
from disaster.core.clock import iso_jst

CONFIDENTIALITY = "UNCLASSIFIED AND NOT SENSITIVE"
_BY_PHONE = {f"{{{NAMESPACES['pcx_eb']}}}contactType": "phone"}


@dataclass(frozen=True, slots=True)
class Office:
    """The municipality and whom to ask there; ``code`` has six digits, ``sender`` the form ``name@host``."""

    sender: str
    code: str
    town: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of a document. Times are aware; ``valid`` None and empty texts are left out.

    ``type`` is ``Report``, ``Update`` or ``Cancel``; ``reference`` names the distribution before, as EDXL-DE does
    (``id,sender,time``).
    """

    distribution_id: str
    document_id: str
    revision: int
    type: str
    drill: bool
    category: str
    word: str
    office: Office
    sent: datetime
    first: datetime
    title: str
    headline: str
    areas: Sequence[str]
    valid: datetime | None = None
    reference: str = ""
    errata: str = ""


def document(edition: Edition, body: Node) -> bytes:
    """The whole document as UTF-8."""
    return written(
        DE.EDXLDistribution(
            *_addressed(edition),
            COMMONS.targetArea(COMMONS.areaName(edition.office.town), COMMONS.jisX0402(edition.office.code)),
            COMMONS.contentObject(
                DE.contentDescription(NOT_CERTIFIED),
                *_revision(edition),
                COMMONS.category(edition.category),
                COMMONS.publishingOfficeName(edition.office.name),
                DE.xmlContent(DE.embeddedXMLContent(PCX.Report(_control(edition), _head(edition), body))),
            ),
        )
    )


def _addressed(edition: Edition) -> list[Node]:
    return present(
        DE.distributionID(edition.distribution_id),
        DE.senderID(edition.office.sender),
        DE.dateTimeSent(iso_jst(edition.sent)),
        DE.distributionStatus(_status(edition)),
        DE.distributionType(edition.type),
        DE.combinedConfidentiality(CONFIDENTIALITY),
        DE.language("ja"),
        told(DE.distributionReference, edition.reference),
    )


def _revision(edition: Edition) -> list[Node]:
    return present(
        COMMONS.documentRevision(str(edition.revision)),
        COMMONS.previousDocumentRevision(str(edition.revision - 1)) if edition.revision > 1 else None,
        COMMONS.documentID(edition.document_id),
    )


def _control(edition: Edition) -> Node:
    office, errata = edition.office, None
    if edition.errata:
        errata = PCX.Errata(EB.Description(edition.errata), EB.DateTime(iso_jst(edition.sent)))
    return PCX.Control(
        *present(
            PCX.Title(edition.word),
            DE.distributionStatus(_status(edition)),
            PCX.PublishingOffice(EB.OfficeName(office.name), EB.ContactInfo(office.phone, _BY_PHONE)),
            PCX.EditorialOffice(EB.OfficeName(office.name)),
            errata,
        )
    )


def _head(edition: Edition) -> Node:
    sent = iso_jst(edition.sent)
    return IB.Head(
        *present(
            IB.Title(edition.title),
            IB.CreateDateTime(sent),
            IB.FirstCreateDateTime(iso_jst(edition.first)),
            IB.ReportDateTime(sent),
            IB.TargetDateTime(sent),
            IB.ValidDateTime(iso_jst(edition.valid)) if edition.valid else None,
            DE.distributionID(edition.distribution_id),
            DE.distributionType(edition.type),
            *_revision(edition),
            IB.Headline(
                IB.Text(edition.headline), IB.Areas(*(IB.Area(COMMONS.areaName(name)) for name in edition.areas))
            ),
        )
    )


def _status(edition: Edition) -> str:
    return "Exercise" if edition.drill else "Actual"
