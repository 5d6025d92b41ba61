"""Reading CAP documents from anywhere: what one says, and whether it keeps to the schema of CAP 1.2.

A document type declaration is refused (entities: XXE, billion laughs), nothing is fetched, size is limited.
"""

import re
from typing import Any

from lxml import etree

from broadcast.cap.schema import NAMESPACE, parser, problems

MAX_BYTES = 8_000_000
_OLDER = {"urn:oasis:names:tc:emergency:cap:1.1": "1.1", "http://www.incident.com/cap/1.0": "1.0", NAMESPACE: "1.2"}
_OTHERS = {
    "feed": "Atomのフィード",
    "rss": "RSSのフィード",
    "EDXLDistribution": "EDXL-DEの包み",
    "html": "Webページ（HTML）",
}
_PACKED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip"}
_FIELDS = {
    "identifier": "identifier",
    "sender": "sender",
    "sent": "sent",
    "status": "status",
    "msg_type": "msgType",
    "scope": "scope",
}
_INFO_FIELDS = {
    "language": "language",
    "event": "event",
    "urgency": "urgency",
    "severity": "severity",
    "certainty": "certainty",
    "effective": "effective",
    "onset": "onset",
    "expires": "expires",
    "sender_name": "senderName",
    "headline": "headline",
    "description": "description",
    "instruction": "instruction",
    "web": "web",
    "contact": "contact",
}
EMPTY: dict[str, Any] = {
    "valid": False,
    "version": None,
    "namespace": None,
    **dict.fromkeys(_FIELDS),
    "references": [],
    "infos": [],
    "problems": [],
    "warnings": [],
}


class Unreadable(Exception):
    """The bytes are no CAP document; the text says in one line what they are."""


def read(data: bytes) -> dict[str, Any]:
    """What a document says.

    ``valid`` is whether it keeps to the schema of CAP 1.2 (required elements, order, enumerations, dates; a document of an older
    version does not), ``problems`` says what does not. Missing values are None, texts stand as written, without spaces at the ends.

    Raises:
        Unreadable: not XML, with a document type declaration, too large, or of another kind.
    """
    root = _parsed(data)
    name = etree.QName(root)
    if name.localname != "alert":
        what = _OTHERS.get(name.localname, f"「{name.localname[:60]}」で始まる文書")
        raise Unreadable(f"CAPの文書（alert）ではなく、{what}です。")
    namespace = name.namespace or ""
    found = problems(root) if namespace == NAMESPACE else _older_problems(root, namespace)
    return {
        "valid": not found,
        "version": _OLDER.get(namespace),
        "namespace": namespace or None,
        **{field: _text(root, element, namespace) for field, element in _FIELDS.items()},
        "references": (_text(root, "references", namespace) or "").split(),
        "infos": [_info(info, namespace) for info in _all(root, "info", namespace)],
        "problems": found,
        "warnings": _warnings(root, namespace),
    }


def _parsed(data: bytes) -> etree._Element:
    if len(data) > MAX_BYTES:
        raise Unreadable(f"ファイルが大きすぎます（{MAX_BYTES // 1_000_000}MBまで）。")
    if not data.strip():
        raise Unreadable("ファイルが空です。")
    if packed := next((name for mark, name in _PACKED.items() if data.startswith(mark)), None):
        raise Unreadable(f"{packed}で圧縮されています。展開してから読んでください。")
    try:
        root = etree.fromstring(data, parser())
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        line = getattr(error, "lineno", None)
        raise Unreadable(f"XMLとして読めません（{line}行目）。" if line else "XMLとして読めません。") from None
    if root is None or root.getroottree().docinfo.doctype:
        raise Unreadable("文書型宣言（DOCTYPE）のある文書は読みません。")
    return root


def _warnings(root: etree._Element, namespace: str) -> list[str]:
    """Rules of the standard that its schema cannot say (CAP 1.2, 3.2.1)."""
    said = {name: _text(root, name, namespace) for name in ("identifier", "sender", "msgType", "scope", "references")}
    broken = [
        f"{name} has a space, a comma, < or &"
        for name in ("identifier", "sender")
        if re.search(r"[\s,<&]", said[name] or "")
    ]
    if said["msgType"] not in (None, "Alert") and not said["references"]:
        broken.append(f"{said['msgType']} without references")
    for scope, needed in (("Restricted", "restriction"), ("Private", "addresses")):
        if said["scope"] == scope and not _text(root, needed, namespace):
            broken.append(f"scope {scope} without {needed}")
    return broken


def _older_problems(root: etree._Element, namespace: str) -> list[str]:
    """An older or odd namespace is the first problem; the rest is checked as if it were CAP 1.2."""
    version = _OLDER.get(namespace)
    first = f"CAP {version}, not 1.2" if version else f"the namespace {namespace or '(none)'} is not the one of CAP 1.2"
    copy = etree.fromstring(etree.tostring(root), parser())
    for element in copy.iter(etree.Element):
        name = etree.QName(element)
        if (name.namespace or "") == namespace:
            element.tag = f"{{{NAMESPACE}}}{name.localname}"
    return [first, *problems(copy)]


def _all(parent: etree._Element, name: str, namespace: str) -> list[etree._Element]:
    return list(parent.iterchildren(f"{{{namespace}}}{name}" if namespace else name))


def _texts(parent: etree._Element, name: str, namespace: str) -> list[str]:
    return ["".join(found.itertext()).strip() for found in _all(parent, name, namespace)]


def _text(parent: etree._Element, name: str, namespace: str) -> str | None:
    return next((text for text in _texts(parent, name, namespace) if text), None)


def _info(info: etree._Element, namespace: str) -> dict[str, Any]:
    return {
        **{field: _text(info, element, namespace) for field, element in _INFO_FIELDS.items()},
        "categories": _texts(info, "category", namespace),
        "response_types": _texts(info, "responseType", namespace),
        "event_codes": _pairs(info, "eventCode", namespace),
        "parameters": _pairs(info, "parameter", namespace),
        "areas": [_area(area, namespace) for area in _all(info, "area", namespace)],
    }


def _area(area: etree._Element, namespace: str) -> dict[str, Any]:
    return {
        "description": _text(area, "areaDesc", namespace),
        "polygons": _texts(area, "polygon", namespace),
        "circles": _texts(area, "circle", namespace),
        "geocodes": _pairs(area, "geocode", namespace),
    }


def _pairs(parent: etree._Element, name: str, namespace: str) -> list[dict[str, str | None]]:
    return [
        {"name": _text(pair, "valueName", namespace), "value": _text(pair, "value", namespace)}
        for pair in _all(parent, name, namespace)
    ]
