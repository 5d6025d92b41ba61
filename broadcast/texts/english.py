"""The wording of an alert in English: the structured parts; officers' Japanese free text is not in it."""

from datetime import datetime

from broadcast.alert.content import Content
from broadcast.cap.vocabulary import Hazard, Kind
from broadcast.texts import places, sentences
from broadcast.texts.cleaning import english_sentences as split
from broadcast.texts.cleaning import one_line
from broadcast.texts.wording import (
    Wording,
    heading,
    is_cancel,
    is_drill,
    is_extension,
    is_update,
    shows_shelters,
    withdrawn_kind,
)
from disaster.core.clock import jst

DRILL = "This is a drill."
_FEW = 4
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def wording(content: Content) -> Wording:
    """Say the alert in English."""
    cancel = is_cancel(content)
    return Wording(
        marks=marks(content),
        town=one_line(content.sender.name_en),
        headline=headline(content),
        key=key(content),
        lead=lead(content),
        correction=correction(content),
        situation=() if cancel else split(sentences.happening(content.kind, content.hazard, "en")),
        actions=actions(content),
        places="" if cancel else _capital(places.areas_en(content)),
        until=until(content),
        shelters=tuple(one_line(place.name_en) or one_line(place.name) for place in content.shelters)
        if shows_shelters(content)
        else (),
        contact=f"{one_line(content.sender.department_en)}, phone {one_line(content.sender.phone)}",
        drill=DRILL if is_drill(content) else "",
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def moment(instant: datetime) -> str:
    """``Mon 23 Nov 15:04``, Japan time, in English whatever the machine's locale."""
    local = jst(instant)
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local:%H:%M}"


def marks(content: Content) -> str:
    """What stands before everything else, with a space behind it."""
    relation = "[WITHDRAWN] " if is_cancel(content) else "[UPDATE] " if is_update(content) else ""
    return ("[DRILL] " if is_drill(content) else "") + relation


def named(kind: Kind, hazard: Hazard, *, about: bool = True, level: bool = True) -> str:
    """``Alert Level 4, Evacuation Order (Flood)``."""
    words = f"Alert Level {kind.level}, " if kind.level and level else ""
    with_hazard = about and hazard is not Hazard.OTHER and kind is not Kind.NOTICE
    return words + sentences.kind(kind, "en") + (f" ({sentences.hazard(hazard, 'en')})" if with_hazard else "")


def lifted(content: Content, *, about: bool = True, level: bool = False) -> str:
    """The order that a 解除 lifts."""
    return (
        named(content.lifted, content.hazard, about=about, level=level) if content.lifted else "Evacuation information"
    )


def _earlier(content: Content, *, about: bool = True, level: bool = False) -> str:
    kind = withdrawn_kind(content)
    if kind is Kind.LIFT:
        return f"{lifted(content, about=about)} lifted"
    return named(kind, content.hazard, about=about, level=level)


def headline(content: Content, *, about: bool = True) -> str:
    """The line that is read first."""
    if is_cancel(content):
        return f'"{_earlier(content, about=about)}" was a mistake'
    if content.kind is Kind.LIFT:
        return f"{lifted(content, about=about)} lifted"
    if content.kind is Kind.NOTICE:
        return "Notice (in Japanese)"
    return named(content.kind, content.hazard, about=about)


def key(content: Content) -> str:
    """The one thing to do or to know."""
    if is_cancel(content):
        return split(sentences.withdrawn(withdrawn_kind(content), "en"))[0]
    return sentences.act(content.kind, "en") if content.kind.level else ""


def where(content: Content) -> str:
    """The areas inside of a sentence."""
    names = places.areas_en(content)
    head, comma, last = names.rpartition(", ")
    if len(content.areas) > _FEW:
        return places.counted_en(content)
    return f"{head} and {last}" if comma else names


def lead(content: Content) -> str:
    """Who says what about where."""
    town = one_line(content.sender.name_en)
    if is_cancel(content):
        when = f" of {moment(content.reference.sent)}" if content.reference else ""
        return (
            f'The message{when}, "{_earlier(content, level=True)}", was sent by mistake. It is withdrawn. We apologize.'
        )
    if content.kind.level:
        return f"{town} has issued {named(content.kind, content.hazard)}, for {where(content)}."
    if content.kind is Kind.LIFT:
        return f"{town} has lifted {lifted(content, level=True)}, for {where(content)}."
    if content.kind is Kind.SHELTERS:
        return f"{town} has opened evacuation shelters."
    title = heading(content)
    return f"{town} has published a notice. It is in Japanese only." + (f"\n{title}" if title else "")


def correction(content: Content) -> tuple[str, ...]:
    """That something was corrected; what, is Japanese free text on the page."""
    if is_update(content):
        when = f" of {moment(content.reference.sent)}" if content.reference else ""
        if is_extension(content):
            return (f"The message{when} still stands, for longer than it said. Nothing else has changed.",)
        return (f"This replaces the message{when}.",)
    return ()


def actions(content: Content) -> tuple[str, ...]:
    """What to do, besides the key."""
    if is_cancel(content):
        kind = withdrawn_kind(content)
        again = (
            (sentences.act(content.lifted, "en"),)
            if kind is Kind.LIFT and content.lifted and content.lifted.level
            else ()
        )
        return (*split(sentences.withdrawn(kind, "en"))[1:], *again)
    return tuple(part for text in sentences.actions(content.kind, content.hazard, "en") for part in split(text))


def until(content: Content) -> str:
    """How long it holds."""
    if content.kind is Kind.SHELTERS and not is_cancel(content):
        return "The next message"
    if is_cancel(content) or content.kind.level is None:
        return ""
    return f"{moment(content.expires)} (Japan time), or until the next message"
