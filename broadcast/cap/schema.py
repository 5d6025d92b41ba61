"""The schema of CAP 1.2 (OASIS, 2010), loaded once; parsing of XML from outside without entities, files or network."""

from functools import cache
from pathlib import Path

from lxml import etree

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
_FILE = Path(__file__).parent / "CAP-v1.2.xsd"


def parser() -> etree.XMLParser:
    """A parser that resolves no entity, reads no DTD and opens no address (trust rule: the feed is not authority)."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, remove_pis=True
    )


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(_FILE, parser()))


def problems(root: etree._Element) -> list[str]:
    """What breaks the schema, one line each with its line number; empty when the document is valid."""
    schema = _schema()
    if schema.validate(root):
        return []
    return [
        f"line {error.line}: {' '.join(error.message.replace(f'{{{NAMESPACE}}}', '').split())}"
        for error in schema.error_log
    ]
