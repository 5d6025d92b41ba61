"""What an alert says in one language, before any channel gives it its form."""

from dataclasses import dataclass

from broadcast.alert.content import Content
from broadcast.cap.vocabulary import Kind, Mode, MsgType
from broadcast.texts.cleaning import one_line
from broadcast.texts.limits import cut


@dataclass(frozen=True, slots=True)
class Wording:
    """One alert in the words of one language; every field is clean text, empty where there is nothing to say.

    ``headline`` has level, kind and hazard, ``key`` the one thing to do, ``lead`` who says what about where. ``situation`` and
    ``actions`` are sentences. ``places`` and ``until`` are empty where they would mislead (a withdrawal has neither).
    ``drill`` is the last line of every text of a drill.
    """

    marks: str
    town: str
    headline: str
    key: str
    lead: str
    correction: tuple[str, ...]
    situation: tuple[str, ...]
    actions: tuple[str, ...]
    places: str
    until: str
    shelters: tuple[str, ...]
    contact: str
    drill: str


TITLE_LIMIT = 120  # letters of a notice's heading; the form takes no more


def heading(content: Content) -> str:
    """The heading of a notice on one line."""
    return cut(one_line(content.title), TITLE_LIMIT)


def withdrawn_kind(content: Content) -> Kind:
    """The kind of the alert that a CANCEL withdraws."""
    return content.reference.kind if content.reference else content.kind


def is_cancel(content: Content) -> bool:
    """Whether an earlier alert is withdrawn as issued by mistake."""
    return content.msg_type is MsgType.CANCEL


def is_update(content: Content) -> bool:
    """Whether an earlier alert is corrected or goes on; a 解除 is CAP's Update of the order it lifts, and corrects nothing."""
    lifts = content.kind is Kind.LIFT and content.reference is not None and content.reference.kind is not Kind.LIFT
    return content.msg_type is MsgType.UPDATE and not lifts


def is_extension(content: Content) -> bool:
    """Whether an earlier alert only goes on for longer: nothing in it was wrong."""
    return is_update(content) and content.extends


def is_drill(content: Content) -> bool:
    """Whether this is a drill."""
    return content.mode is Mode.DRILL


def urgent(content: Content) -> bool:
    """Whether the text speaks of 警戒レベル 3 to 5, so that an SMS must be one segment."""
    return (withdrawn_kind(content) if is_cancel(content) else content.kind).level is not None


def level_of(content: Content) -> int | None:
    """The 警戒レベル that the text speaks of: the alert's, or that of what it withdraws or lifts."""
    kind = withdrawn_kind(content) if is_cancel(content) else content.kind
    return (content.lifted or kind).level if kind is Kind.LIFT else kind.level


def takes_back(content: Content) -> bool:
    """Whether it corrects or withdraws something that went out."""
    return is_cancel(content) or (is_update(content) and not is_extension(content))


def ordered(content: Content) -> Kind | None:
    """The kind of evacuation that is in force when this alert has been read, or None."""
    if is_cancel(content):
        return content.lifted if withdrawn_kind(content) is Kind.LIFT else None
    return content.kind if content.kind.level else None


def shows_shelters(content: Content) -> bool:
    """Whether shelters are named: never in a withdrawal, and never at level 5, when nobody may be sent out to one."""
    return bool(content.shelters) and not is_cancel(content) and content.kind is not Kind.EMERGENCY
