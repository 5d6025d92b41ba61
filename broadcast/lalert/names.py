"""Namespaces and builders of the documents.

The definition of PCXML (CMNS-B20-033) is open to members of Lアラート only. Element names and namespaces here are those that public programs of
municipalities show; whoever has the definition changes them in this file alone.
"""

from typing import Any

from lxml import etree
from lxml.builder import ElementMaker

NAMESPACES = {
    "edxlde": "urn:oasis:names:tc:emergency:EDXL:DE:1.0",
    "commons": "http://xml.publiccommons.ne.jp/xml/edxl/",
    "pcx": "http://xml.publiccommons.ne.jp/pcxml1/3",
    "pcx_ib": "http://xml.publiccommons.ne.jp/pcxml1/informationBasis3/",
    "pcx_eb": "http://xml.publiccommons.ne.jp/pcxml1/elementBasis3/",
    "pcx_ev": "http://xml.publiccommons.ne.jp/pcxml1/body/evacuation3",
    "pcx_sh": "http://xml.publiccommons.ne.jp/pcxml1/body/shelter3",
    "pcx_gi": "http://xml.publiccommons.ne.jp/pcxml1/body/GeneralInformation3",
}
NOT_CERTIFIED = "Lアラート形式に準じたデータ（認証を受けたものではありません）"

Node = Any  # an element of lxml, which has no types of its own


def maker(prefix: str) -> Any:
    """A builder of elements of one namespace."""
    return ElementMaker(namespace=NAMESPACES[prefix], nsmap=NAMESPACES)


DE, COMMONS, PCX, IB, EB = (maker(prefix) for prefix in ("edxlde", "commons", "pcx", "pcx_ib", "pcx_eb"))
EV, SH, GI = (maker(prefix) for prefix in ("pcx_ev", "pcx_sh", "pcx_gi"))


def present(*nodes: Node | None) -> list[Node]:
    """The nodes that there are: what is unknown is left out, never empty or 0."""
    return [node for node in nodes if node is not None]


def told(build: Any, text: str) -> Node | None:
    """An element with this text, or nothing."""
    return build(text) if text else None


def written(root: Node) -> bytes:
    """The document as UTF-8, with the note that it is not certified before its root."""
    etree.cleanup_namespaces(root)
    root.addprevious(etree.Comment(f" {NOT_CERTIFIED} "))
    tree = etree.ElementTree(root)
    found: bytes = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return found
