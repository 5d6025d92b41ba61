"""An alert as a CAP 1.2 document: one info block for each language, in the order of the schema, valid against it.

Times carry ``+09:00`` and whole seconds; polygons and circles are latitude first, the opposite of GeoJSON.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from lxml import etree

from broadcast.alert.content import Content, Place
from broadcast.cap.schema import NAMESPACE, problems
from broadcast.cap.terms import categories, grade
from broadcast.cap.vocabulary import Language, Mode, MsgType
from broadcast.texts import easy, english, japanese, places, sentences
from broadcast.texts.cleaning import one_line
from broadcast.texts.wording import Wording, is_cancel, ordered, withdrawn_kind
from disaster.core.clock import iso_jst

Point = tuple[float, float]  # latitude, longitude in degrees
_WORDINGS = {Language.JA: japanese.wording, Language.EASY_JA: easy.wording, Language.EN: english.wording}
_RADIUS_KM = 0.5  # about half a 大字: where its outline is not known, a circle around its point
_NAME = re.compile(r"[^\s,<&]+")


def reference(sender: str, identifier: str, sent: datetime) -> str:
    """An earlier message as ``references`` names it: ``sender,identifier,sent``."""
    return f"{_named('sender', sender)},{_named('identifier', identifier)},{iso_jst(sent)}"


def to_xml(
    content: Content,
    *,
    identifier: str,
    sender: str,
    sent: datetime,
    references: Sequence[str] = (),
    boundary: Sequence[Point] = (),
    points: Mapping[str, Point] | None = None,
) -> bytes:
    """Write the document, UTF-8.

    Args:
        identifier: unique and stable, the same at every publication; without space, comma, ``<`` and ``&``, as ``sender``.
        sent: aware; the instant of approval.
        references: earlier messages, each from ``reference``; required for an update and a cancel.
        boundary: the outline of the municipality, for an alert to all of it; left out when empty.
        points: a point of each area by its name, for a circle; left out where missing.

    Raises:
        ValueError: a name has a letter that CAP forbids, no area is named, a reference is missing, or the outline is no polygon.
    """
    if not content.areas and not content.whole_town:
        raise ValueError("an alert without an area")
    if content.msg_type is not MsgType.ALERT and not references:
        raise ValueError(f"{content.msg_type} without references")
    alert = etree.Element(f"{{{NAMESPACE}}}alert", nsmap={None: NAMESPACE})
    _add(alert, "identifier", _named("identifier", identifier))
    _add(alert, "sender", _named("sender", sender))
    _add(alert, "sent", iso_jst(sent))
    _add(alert, "status", "Exercise" if content.mode is Mode.DRILL else "Actual")
    _add(alert, "msgType", content.msg_type.value)
    _add(alert, "scope", "Public")
    _add(alert, "note", _note(content))
    _add(alert, "references", " ".join(references))
    for language in Language:
        _info(alert, content, language, sent, _Shapes(boundary, points or {}))
    wrong = problems(alert)
    if wrong:
        raise ValueError(f"not valid CAP 1.2: {wrong[0]}")
    written: bytes = etree.tostring(alert, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


class _Shapes:
    """The outline and the points, checked."""

    def __init__(self, boundary: Sequence[Point], points: Mapping[str, Point]) -> None:
        self.polygon = _polygon(boundary) if boundary else ""
        self.points = points

    def circle(self, place: Place) -> str:
        """A circle around the area's point, or nothing."""
        point = self.points.get(place.name)
        return f"{_pair(point)} {_RADIUS_KM}" if point else ""


def _polygon(boundary: Sequence[Point]) -> str:
    closed = list(boundary) if boundary[0] == boundary[-1] else [*boundary, boundary[0]]
    if len(closed) < 4:
        raise ValueError("a polygon needs four points, the first and the last the same")
    return " ".join(map(_pair, closed))


def _pair(point: Point) -> str:
    latitude, longitude = point
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError("a point is latitude, longitude in degrees")
    return f"{latitude:.6f},{longitude:.6f}"


def _named(what: str, value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError(f"{what} is empty or has a space, a comma, < or &")
    return value


def _add(parent: etree._Element, name: str, text: str) -> None:
    """Add an element, unless it would be empty."""
    if text:
        etree.SubElement(parent, f"{{{NAMESPACE}}}{name}").text = text


def _note(content: Content) -> str:
    drill = f"{japanese.DRILL}{english.DRILL}" if content.mode is Mode.DRILL else ""
    return " ".join(part for part in (drill, one_line(content.correction) if is_cancel(content) else "") if part)


def _info(alert: etree._Element, content: Content, language: Language, sent: datetime, shapes: _Shapes) -> None:
    words, graded = _WORDINGS[language](content), grade(content)
    info = etree.SubElement(alert, f"{{{NAMESPACE}}}info")
    _add(info, "language", language.tag)
    for category in categories(content):
        _add(info, "category", category)
    _add(info, "event", _event(content, language))
    for response in graded.responses:
        _add(info, "responseType", response)
    _add(info, "urgency", graded.urgency)
    _add(info, "severity", graded.severity)
    _add(info, "certainty", graded.certainty)
    _add(info, "effective", iso_jst(sent))
    _add(info, "expires", iso_jst(content.expires))
    _add(info, "senderName", words.town)
    _add(info, "headline", f"{words.marks}{words.headline}")
    _add(info, "description", _lines(*words.correction, words.lead, *words.situation, words.drill))
    _add(info, "instruction", _lines(words.key, *words.actions, *_shelters(words, language), words.drill))
    _add(info, "web", one_line(content.url))
    _add(info, "contact", words.contact)
    order = ordered(content)
    if order:
        _parameter(info, "警戒レベル", str(order.level))
    _areas(info, content, language, shapes)


def _event(content: Content, language: Language) -> str:
    kind = withdrawn_kind(content) if is_cancel(content) else content.kind
    if language is Language.EN:
        return english.named(kind, content.hazard, level=False)
    if language is Language.EASY_JA:
        return sentences.kind(kind, "easy")
    return japanese.named(kind, content.hazard, level=False)


def _lines(*lines: str) -> str:
    return "\n".join(line for line in lines if line)


_OPEN = {
    Language.JA: "開いている避難所：",
    Language.EASY_JA: "開（あ）いて いる 避難所（ひなんじょ）：",
    Language.EN: "Open shelters:",
}


def _shelters(words: Wording, language: Language) -> tuple[str, ...]:
    return (_OPEN[language], *(f"- {name}" for name in words.shelters)) if words.shelters else ()


def _parameter(info: etree._Element, name: str, value: str) -> None:
    parameter = etree.SubElement(info, f"{{{NAMESPACE}}}parameter")
    _add(parameter, "valueName", name)
    _add(parameter, "value", value)


def _areas(info: etree._Element, content: Content, language: Language, shapes: _Shapes) -> None:
    if content.whole_town:
        _area(info, content, _everywhere(content, language), polygon=shapes.polygon)
        return
    for place in content.areas:
        _area(info, content, _area_name(place, language, content), circle=shapes.circle(place))


def _everywhere(content: Content, language: Language) -> str:
    if language is Language.EN:
        return f"All of {one_line(content.sender.name_en)}"
    return places.everywhere(content) if language is Language.JA else places.areas_easy(content)


def _area_name(place: Place, language: Language, content: Content) -> str:
    if language is Language.EN:
        return f"{places.without_oaza(place).name_en}, {one_line(content.sender.name_en)}"
    return one_line(content.sender.name + place.name) if language is Language.JA else places.with_reading(place)


def _area(info: etree._Element, content: Content, name: str, *, polygon: str = "", circle: str = "") -> None:
    area = etree.SubElement(info, f"{{{NAMESPACE}}}area")
    _add(area, "areaDesc", name)
    _add(area, "polygon", polygon)
    _add(area, "circle", circle)
    if circle:
        return  # the municipality's code would say that all of it is meant
    geocode = etree.SubElement(area, f"{{{NAMESPACE}}}geocode")
    _add(geocode, "valueName", "全国地方公共団体コード")
    _add(geocode, "value", content.sender.code)
