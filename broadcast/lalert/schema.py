"""Our own description of the documents (RELAX NG), written from what is publicly known: no open schema of PCXML exists."""

from functools import cache
from pathlib import Path

from lxml import etree

from broadcast.cap.schema import parser

_FILE = Path(__file__).parent / "lalert.rng"


@cache
def _schema() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(_FILE, parser()))


def problems(document: bytes) -> list[str]:
    """What is not as described, one line each; empty when everything is."""
    schema = _schema()
    if schema.validate(etree.fromstring(document, parser())):
        return []
    return [f"line {error.line}: {' '.join(error.message.split())}" for error in schema.error_log]
