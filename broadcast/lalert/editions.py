"""An alert as an edition: what it is called, what it says in one sentence, and where."""

from broadcast.cap.vocabulary import Kind
from broadcast.lalert.envelope import Edition, Office
from broadcast.lalert.issue import Issue, corrects
from broadcast.texts import japanese, places
from broadcast.texts.cleaning import one_line
from broadcast.texts.wording import is_cancel, is_drill
from disaster.core.clock import iso_jst


def edition(issue: Issue) -> Edition:
    """The edition that an alert is."""
    content, before = issue.now.content, issue.before
    office = _office(issue)
    earlier = f"{issue.distribution_id(before)},{office.sender},{iso_jst(before.at)}" if before else ""
    return Edition(
        distribution_id=issue.distribution_id(issue.now),
        document_id=issue.document_id,
        revision=issue.revision,
        type=issue.type,
        drill=is_drill(content),
        category=issue.category.value,
        word=issue.category.ja,
        office=office,
        sent=issue.now.at,
        first=issue.chain[0].at,
        title=title(issue),
        headline=headline(issue),
        areas=area_names(issue),
        valid=content.expires,
        reference=earlier,
        errata=one_line(content.correction) if corrects(content) else "",
    )


def title(issue: Issue) -> str:
    """``東員町：避難情報　発令``."""
    content = issue.now.content
    if is_cancel(content):
        act = "　取消"
    elif content.kind is Kind.LIFT:
        act = "　解除"
    else:
        act = "　発令" if content.kind.level else "　開設" if content.kind is Kind.SHELTERS else ""
    mark = "【訓練】" if is_drill(content) else ""
    return f"{mark}{one_line(content.sender.name)}：{issue.category.ja}{act}"


def headline(issue: Issue) -> str:
    """The sentence that says who does what, and the one thing to do."""
    words = japanese.wording(issue.now.content)
    heading = words.headline if issue.now.content.kind is Kind.NOTICE else ""
    return words.marks + "".join(part for part in (words.lead, heading, words.key) if part)


def area_names(issue: Issue) -> list[str]:
    """The areas as the municipality writes them, or the municipality."""
    content = issue.now.content
    if content.whole_town:
        return [places.everywhere(content)]
    return [one_line(area.name) for area in content.areas]


def sender_at(host: str) -> str:
    """Who sends, in the form of EDXL-DE."""
    return f"saigai-honbu@{host.partition(':')[0]}"


def _office(issue: Issue) -> Office:
    said = issue.now.content.sender
    names = (one_line(said.name), one_line(said.department), one_line(said.phone))
    return Office(sender_at(issue.sender), said.code, *names)
