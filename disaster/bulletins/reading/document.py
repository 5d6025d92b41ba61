"""From bytes to a tree, with everything that XML can do to a reader switched off."""

from typing import Any, TypeAlias

from lxml import etree

from disaster.bulletins.reading.facts import Unreadable

# The largest telegram known has 4.0 MB (大雨危険度通知 VPRN50).
MAX_BYTES = 8 * 1024 * 1024

_PACKED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip"}
_WEB_PAGE = "電文ではなくWebページ（HTML）です。"

Element: TypeAlias = Any  # lxml.etree._Element; lxml has no types


def parse(data: bytes) -> Element:
    """The root element ``Report`` of a telegram.

    No entity is expanded, no network is asked, no document type is accepted (気象庁 sends none, attacks do).

    Raises:
        Unreadable: with one line for the person who gave the bytes.
    """
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise Unreadable("ファイルが空です。")
    if len(data) > MAX_BYTES:
        raise Unreadable(f"ファイルが大きすぎます（{MAX_BYTES // 1024 // 1024}MBまで）。")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise Unreadable(_reason(data, error)) from None
    if root is not None and local(root).lower() == "html":
        raise Unreadable(_WEB_PAGE)
    if root is None or root.getroottree().docinfo.doctype:
        raise Unreadable("文書型宣言（DOCTYPE）のある文書は読みません。")
    if local(root) != "Report" or child(root, "Control") is None or child(root, "Head") is None:
        raise Unreadable("気象庁防災情報XMLの電文ではありません。")
    return root


def _reason(data: bytes, error: Exception) -> str:
    if packed := next((name for mark, name in _PACKED.items() if data.startswith(mark)), None):
        return f"{packed}で圧縮されています。展開してから読んでください。"
    start = data[:512].lower()
    if b"<html" in start or b"<!doctype html" in start:
        return _WEB_PAGE
    if b"<!doctype" in start:
        return "文書型宣言（DOCTYPE）のある文書は読みません。"
    line = getattr(error, "lineno", None)
    return "XMLとして読めません" + (f"（{line}行目）。" if line else "。")


def local(element: Element) -> str:
    """The element's name without its namespace (the body has one per field: meteorology, seismology, volcanology)."""
    tag = element.tag
    return str(tag).rpartition("}")[2] if isinstance(tag, str) else ""


def child(element: Element, name: str) -> Element | None:
    """The first child of this name in any namespace."""
    return element.find(f"{{*}}{name}")


def children(element: Element, name: str) -> list[Element]:
    """The children of this name in any namespace."""
    return list(element.findall(f"{{*}}{name}"))


def text(element: Element | None, *path: str) -> str:
    """The text at the end of a path of children, without white space around it; "" where there is none."""
    for name in path:
        element = None if element is None else child(element, name)
    return "" if element is None else (element.text or "").strip()
