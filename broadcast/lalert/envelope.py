"""What stands around every document: the wrapper EDXL-DE 1.0 and the report's Control and Head."""

from broadcast.cap import Kind, Mode
from broadcast.lalert.issue import Issue, corrects
from broadcast.lalert.names import COMMONS, DE, EB, IB, NAMESPACES, NOT_CERTIFIED, PCX, Node, present, told, written
from broadcast.texts import japanese, places
from broadcast.texts.cleaning import one_line
from broadcast.texts.wording import is_cancel, is_drill
from disaster.core.clock import iso_jst

_BY_PHONE = {f"{{{NAMESPACES['pcx_eb']}}}contactType": "phone"}
CONFIDENTIALITY = "UNCLASSIFIED AND NOT SENSITIVE"


def document(issue: Issue, body: Node) -> bytes:
    """The whole document as UTF-8."""
    return written(
        DE.EDXLDistribution(
            *_addressed(issue),
            COMMONS.targetArea(
                COMMONS.areaName(one_line(issue.now.content.sender.name)),
                COMMONS.jisX0402(issue.now.content.sender.code),
            ),
            COMMONS.contentObject(
                DE.contentDescription(NOT_CERTIFIED),
                *_edition(issue),
                COMMONS.category(issue.category.value),
                COMMONS.publishingOfficeName(_office(issue)),
                DE.xmlContent(DE.embeddedXMLContent(PCX.Report(_control(issue), _head(issue), body))),
            ),
        )
    )


def title(issue: Issue) -> str:
    """``東員町：避難情報　発令``."""
    content = issue.now.content
    what = issue.category.ja
    if is_cancel(content):
        act = "　取消"
    elif content.kind is Kind.LIFT:
        act = "　解除"
    else:
        act = "　発令" if content.kind.level else "　開設" if content.kind is Kind.SHELTERS else ""
    return f"{_mark(issue)}{one_line(content.sender.name)}：{what}{act}"


def headline(issue: Issue) -> str:
    """The sentence that says who does what, and the one thing to do."""
    words = japanese.wording(issue.now.content)
    heading = words.headline if issue.now.content.kind is Kind.NOTICE else ""
    return words.marks + "".join(part for part in (words.lead, heading, words.key) if part)


def _addressed(issue: Issue) -> list[Node]:
    now, before = issue.now, issue.before
    earlier = f"{issue.distribution_id(before)},{_sender(issue)},{iso_jst(before.at)}" if before else ""
    return list(
        present(
            DE.distributionID(issue.distribution_id(now)),
            DE.senderID(_sender(issue)),
            DE.dateTimeSent(iso_jst(now.at)),
            DE.distributionStatus(_status(issue)),
            DE.distributionType(issue.type),
            DE.combinedConfidentiality(CONFIDENTIALITY),
            DE.language("ja"),
            told(DE.distributionReference, earlier),
        )
    )


def _edition(issue: Issue) -> list[Node]:
    previous = COMMONS.previousDocumentRevision(str(issue.revision - 1)) if issue.before else None
    return list(present(COMMONS.documentRevision(str(issue.revision)), previous, COMMONS.documentID(issue.document_id)))


def _control(issue: Issue) -> Node:
    content = issue.now.content
    errata = None
    if corrects(content):
        errata = PCX.Errata(EB.Description(one_line(content.correction)), EB.DateTime(iso_jst(issue.now.at)))
    return PCX.Control(
        *present(
            PCX.Title(issue.category.ja),
            DE.distributionStatus(_status(issue)),
            PCX.PublishingOffice(
                EB.OfficeName(_office(issue)), EB.ContactInfo(one_line(content.sender.phone), _BY_PHONE)
            ),
            PCX.EditorialOffice(EB.OfficeName(_office(issue))),
            errata,
        )
    )


def _head(issue: Issue) -> Node:
    now = iso_jst(issue.now.at)
    return IB.Head(
        IB.Title(title(issue)),
        IB.CreateDateTime(now),
        IB.FirstCreateDateTime(iso_jst(issue.chain[0].at)),
        IB.ReportDateTime(now),
        IB.TargetDateTime(now),
        IB.ValidDateTime(iso_jst(issue.now.content.expires)),
        DE.distributionID(issue.distribution_id(issue.now)),
        DE.distributionType(issue.type),
        *_edition(issue),
        IB.Headline(
            IB.Text(headline(issue)), IB.Areas(*(IB.Area(COMMONS.areaName(name)) for name in area_names(issue)))
        ),
    )


def area_names(issue: Issue) -> list[str]:
    """The areas as the municipality writes them, or the municipality."""
    content = issue.now.content
    if content.whole_town:
        return [places.everywhere(content)]
    return [one_line(area.name) for area in content.areas]


def _sender(issue: Issue) -> str:
    return f"saigai-honbu@{issue.sender.partition(':')[0]}"


def _status(issue: Issue) -> str:
    return "Exercise" if issue.now.content.mode is Mode.DRILL else "Actual"


def _office(issue: Issue) -> str:
    return one_line(issue.now.content.sender.department)


def _mark(issue: Issue) -> str:
    return "【訓練】" if is_drill(issue.now.content) else ""
