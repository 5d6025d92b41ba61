"""A PFIF 1.4 document as plain data, both ways. Foreign files are hostile until read: no DTD, no entities, bounded size, and valid by the grammar."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from lxml import etree

from disaster.core.errors import Invalid

SPACE = "http://zesty.ca/pfif/1.4"
MOST_BYTES = 10 * 1024 * 1024
MOST_RECORDS = 50_000
STATUSES = ("information_sought", "is_note_author", "believed_alive", "believed_missing", "believed_dead")
_GRAMMAR = Path(__file__).with_name("pfif-1.4.rng")
NONE = "PFIF 1.4 のファイルとして読めません。"
_SPACES = "http://zesty.ca/pfif/"  # of every version
_TIMES = ("entry_date", "expiry_date", "source_date")
_ALWAYS = ("full_name", "text")  # the format wants them, even empty: a record that has run out has no name any more
_OTHERS = {  # what else people choose, by its first bytes
    b"PK": "Excel・Word・ZIP のファイルです。",
    b"%PDF": "PDF のファイルです。",
    b"\xd0\xcf": "Excel・Word のファイルです。",
    b"\xff\xd8": "写真のファイルです。",
    b"\x89PNG": "画像のファイルです。",
}


@dataclass(frozen=True, slots=True)
class Note:
    """One note about a person; times as written (``2026-11-23T06:00:00Z``)."""

    note_record_id: str
    author_name: str
    source_date: str
    text: str
    person_record_id: str = ""
    status: str = ""
    author_made_contact: str = ""
    last_known_location: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One person. Empty: not said."""

    person_record_id: str
    source_date: str
    full_name: str
    entry_date: str = ""
    expiry_date: str = ""
    author_name: str = ""
    source_name: str = ""
    given_name: str = ""
    family_name: str = ""
    alternate_names: str = ""
    description: str = ""
    sex: str = ""
    date_of_birth: str = ""
    age: str = ""
    home_street: str = ""
    home_neighborhood: str = ""
    home_city: str = ""
    home_state: str = ""
    home_country: str = ""
    notes: Sequence[Note] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """The people of a document, and the notes in it about people who are not in it: they came with an earlier one."""

    records: Sequence[Record]
    loose: Sequence[Note] = ()


def write(records: Iterable[Record]) -> bytes:
    """The document, valid by the grammar."""
    root = etree.Element(f"{{{SPACE}}}pfif", nsmap={"pfif": SPACE})
    for record in records:
        person = etree.SubElement(root, f"{{{SPACE}}}person")
        _fill(person, record)
        for note in record.notes:
            _fill(etree.SubElement(person, f"{{{SPACE}}}note"), note)
    _grammar().assertValid(root)
    found: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return found


def read(data: bytes) -> list[Record]:
    """The people of a document; raises what ``read_all`` does."""
    return list(read_all(data).records)


def read_all(data: bytes) -> Document:
    """The people of a document, and the notes that stand alone.

    Raises:
        Invalid: too large, no XML, with a DTD, or not valid by the grammar; the sentence says where.
    """
    if len(data) > MOST_BYTES:
        raise Invalid(f"ファイルが大きすぎます（{MOST_BYTES // 1024 // 1024}MBまで）。")
    for start, word in _OTHERS.items():
        if data.startswith(start):
            raise Invalid(f"{word}PFIF 1.4（XML）のファイルを選んでください。")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Invalid(NONE) from None
    if root.getroottree().docinfo.doctype or root.getroottree().docinfo.internalDTD is not None:
        raise Invalid("DTD のあるファイルは受け取りません。")
    if len(root) > MOST_RECORDS:
        raise Invalid(f"一度に読めるのは{MOST_RECORDS}件までです。")
    space = etree.QName(root).namespace or ""
    if space.startswith(_SPACES) and space != SPACE:
        raise Invalid(f"PFIF {space.removeprefix(_SPACES)[:10]} のファイルです。1.4 の形で出し直してもらってください。")
    if not _grammar().validate(root):
        line = _grammar().error_log[0].line if len(_grammar().error_log) else 0
        where = f"{line}行目の辺りが" if line else "中身のどこかが"
        raise Invalid(f"{NONE}{where}、決まりに合っていません。送り主に確かめてください。")
    _check_times(root)
    apart = defaultdict(list)  # notes may stand beside the people whom they are about
    for note in root.iterfind(f"{{{SPACE}}}note"):
        said = Note(**_said(note, Note))
        apart[said.person_record_id].append(said)
    records = [_record(person, apart) for person in root.iterfind(f"{{{SPACE}}}person")]
    here = {record.person_record_id for record in records}
    return Document(records, [note for number, notes in apart.items() if number not in here for note in notes])


def _fill(element: etree._Element, of: Record | Note) -> None:
    for field in fields(of):
        value = getattr(of, field.name)
        if field.name != "notes" and (value or field.name in _ALWAYS):
            etree.SubElement(element, f"{{{SPACE}}}{field.name}").text = value


def _check_times(root: etree._Element) -> None:
    """The grammar knows how a time is written, not whether there is such a day."""
    for name in _TIMES:
        for element in root.iter(f"{{{SPACE}}}{name}"):
            text = element.text or ""
            try:
                datetime.fromisoformat(text)
            except ValueError:
                raise Invalid(f"{NONE}{element.sourceline}行目の日時「{text[:40]}」は、暦にありません。") from None


def _record(person: etree._Element, apart: dict[str, list[Note]]) -> Record:
    said = _said(person, Record)
    inside = [Note(**_said(note, Note)) for note in person.iterfind(f"{{{SPACE}}}note")]
    return Record(**said, notes=(*inside, *apart.get(said["person_record_id"], ())))


def _said(element: etree._Element, kind: type[Record] | type[Note]) -> dict[str, str]:
    names = {field.name for field in fields(kind)} - {"notes"}
    found = {etree.QName(child).localname: (child.text or "") for child in element if isinstance(child.tag, str)}
    return {name: text for name, text in found.items() if name in names}


@lru_cache(maxsize=1)
def _grammar() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(str(_GRAMMAR)))
