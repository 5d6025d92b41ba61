"""A shelter list of any known shape as records: 国土地理院's GeoJSON and CSV, the standard open-data CSV, and what towns make of them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from disaster.core import tables
from disaster.core.errors import Invalid
from disaster.core.tables import LOST, Limits, plain
from disaster.core.text import clean_line, clean_text
from disaster.shelters import gsi, values
from disaster.shelters.columns import column_of, columns_of
from disaster.shelters.record import Fault, Note, Record
from disaster.shelters.vocabulary import HAZARDS, ShelterKind, Suitability

LIMITS = Limits(most_bytes=64_000_000, most_rows=200_000, most_cells=200, most_letters=20_000)
_NO_HEADER = "避難所の一覧として読めません（「名称」「緯度」「経度」の列が必要です）。"
_CUT_OFF = '引用符（"）の対応が正しくないか、行が長すぎます。ここから後は読んでいません。'

Row = Mapping[str, str]


@dataclass(slots=True)
class Listed:
    """What a file holds. ``source`` is whom to credit, ``codes`` whose shelters these are, ``elsewhere`` how many of others were left out."""

    shape: str
    encoding: str
    source: str = ""
    codes: list[str] = field(default_factory=list)
    elsewhere: int = 0
    unused: list[str] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def read(content: bytes, kind: ShelterKind | None, *, own_code: str, town: str) -> Listed:
    """Read a list. ``kind`` None means: tell it from the columns. Where a list holds our municipality and others, only ours is read.

    Raises:
        Invalid: the file is no such list at all.
    """
    text, encoding = tables.text_of(content, most_bytes=LIMITS.most_bytes, forgiving=True)
    listed = Listed("gsi-geojson", tables.encoding_name(encoding))
    text = text.lstrip("\ufeff \t\r\n")
    rows = [_named(row) for row in gsi.geojson_rows(text)] if text.startswith("{") else _csv(content, listed)
    national = any("common_id" in row or "whole_town" in row for row in rows)  # its first lists had no 共通ID
    if not national:
        listed.shape = "standard-csv"
    codes = [_code(row) for row in rows]
    listed.codes = sorted({code for code in codes if code})
    whose = _town(rows) or (town if own_code in listed.codes or not listed.codes else f"団体コード{listed.codes[0]}の")
    listed.source = gsi.SOURCE if national else f"{whose}オープンデータ"
    for number, (row, code) in enumerate(zip(rows, codes, strict=True), start=1):
        if own_code in listed.codes and code not in (own_code, ""):
            listed.elsewhere += 1
            continue
        try:
            record = _record(row, kind or _kind(row), code or own_code, number, listed.notes)
        except Invalid as error:
            listed.faults.append(Fault(number, error.message))
        else:
            listed.records.append(record)
    _doubles(listed)
    return listed


def _named(row: Mapping[str, str]) -> dict[str, str]:
    """Values under our names of the columns; the first column of a name counts."""
    found: dict[str, str] = {}
    for heading, value in row.items():
        if column := column_of(heading):
            found.setdefault(column, value)
    return found


def _csv(content: bytes, listed: Listed) -> list[dict[str, str]]:
    table = tables.read(content, columns_of, no_header=_NO_HEADER, limits=LIMITS, forgiving=True)
    listed.shape, listed.encoding, listed.unused = "gsi-csv", table.encoding, table.unused
    if table.broken is not None:
        listed.faults.append(Fault(len(table.rows) + 1, _CUT_OFF))
    return [{name: row.cell(table.columns, name) for name in table.columns} for row in table.rows]


def _code(row: Row) -> str:
    """Whose shelter this is, six digits; empty where the list does not tell."""
    common = row.get("common_id", "")
    if len(common) > 6 and common[0] in "Ee" and common[1:6].isdigit() and common.isascii():
        return values.code(common[1:6], "")
    return values.code(row.get("code", ""), row.get("prefecture", "") or row.get("town", "")[:3])


def _town(rows: list[dict[str, str]]) -> str:
    """The municipality's name as most rows have it, without the prefecture."""
    names = Counter(row.get("town", "").strip() for row in rows)
    found = next((name for name, _ in names.most_common() if name), "")
    prefecture = next((one for one in values.PREFECTURES if found.startswith(one)), "")
    return " ".join(found.removeprefix(prefecture).split())[:60]


def _kind(row: Row) -> ShelterKind:
    said = row.get("kind", "")
    if "緊急" in said or "避難場所" in said:
        return ShelterKind.EMERGENCY
    if "避難所" in said:
        return ShelterKind.EVACUATION
    if "accepts" in row or "also_emergency" in row:
        return ShelterKind.EVACUATION
    if "also_evacuation" in row or "flood" in row:
        return ShelterKind.EMERGENCY
    raise Invalid("指定緊急避難場所か指定避難所かを見分けられません。")


def _line(row: Row, column: str, label: str, limit: int, required: bool = False) -> str:
    text = " ".join(row.get(column, "").split())
    if LOST in text:
        raise Invalid(f"{label}に、読めない文字（文字コードの誤り）があります。")
    return clean_line(text, field=column, label=label, limit=limit, required=required)


def _record(row: Row, kind: ShelterKind, code: str, number: int, notes: list[Note]) -> Record:
    name = _line(row, "name", "施設・場所名", 200, required=True)
    lat, lng = values.degrees(row.get("lat", ""), row.get("lng", ""))
    accepts = _line(row, "accepts", "受入対象者", 400)
    remark = clean_text(row.get("remark", "").replace(LOST, "〓"), field="remark", label="備考", limit=2000)
    capacity, told = values.people(row.get("capacity", ""))
    says, doubts = _says(row, kind, remark)
    found = Record(
        source_id=_number(row, kind, code, name),
        kind=kind,
        name=name,
        address=_address(row),
        lat=lat,
        lng=lng,
        welfare=bool(accepts),
        accepts=accepts,
        remark=remark,
        capacity=capacity,
        kana=_line(row, "kana", "名称_カナ", 200),
        name_en=_line(row, "name_en", "名称_英字", 200),
        says=says,
        facts=_facts(row, capacity, code),
        number=number,
    )
    notes += [Note(number, name, text) for text in (told, *doubts) if text]
    return found


def _number(row: Row, kind: ShelterKind, code: str, name: str) -> str:
    if "common_id" in row:
        return _line(row, "common_id", "共通ID", 64, required=True)
    own = plain(_line(row, "id", "番号", 60)).lstrip("0") or plain(name)[:40]
    return f"{code}{'e' if kind == ShelterKind.EMERGENCY else 's'}-{own}"[:64]


def _address(row: Row) -> str:
    whole = _line(row, "address", "住所", 300)
    parts = [
        _line(row, part, "住所", 200)
        for part in ("address_prefecture", "address_town", "address_area", "address_number")
    ]
    return whole or "".join(parts)


def _facts(row: Row, capacity: int | None, code: str) -> dict[str, object]:
    facts: dict[str, object] = {
        "id": _line(row, "common_id", "共通ID", 64) or _line(row, "id", "番号", 60),
        "code": code,
        "capacity": capacity,
        "phone": _line(row, "phone", "電話番号", 60),
        "building": _line(row, "building", "方書", 200),
        "areas": _line(row, "areas", "対象となる町会・自治会", 1000),
        "url": _line(row, "url", "URL", 500),
        "also": values.mark(row.get("also_evacuation", "") or row.get("also_emergency", "")) == Suitability.YES,
    }
    return {name: value for name, value in facts.items() if value not in (None, "", False)}


def _says(row: Row, kind: ShelterKind, remark: str) -> tuple[dict[str, Suitability], list[str]]:
    """What the list says of each hazard. In a row with any mark a blank means: not designated; a row without one says nothing at all."""
    marks = {hazard: values.mark(row[hazard]) for hazard in HAZARDS if hazard in row}
    if not any(value is not None for value in marks.values()):
        if kind == ShelterKind.EVACUATION:
            return gsi.remark_says(remark), []
        return {}, ["対応する災害の種別が一つも書かれていないため、すべて不明とします。"] if marks else []
    doubts = [
        f"災害種別の「{' '.join(row[hazard].split())[:10]}」は○か×か分からないため、不明とします。"
        for hazard, value in marks.items()
        if value == Suitability.UNKNOWN and row[hazard].strip() not in ("-", "－", "―", "ー", "−")
    ]
    return {hazard: value or Suitability.NO for hazard, value in marks.items()}, doubts[:1]


def _doubles(listed: Listed) -> None:
    seen: dict[str, int] = {}
    for record in listed.records:
        if record.source_id in seen:
            reason = f"番号 {record.facts.get('id', record.source_id)} が2回あります（{seen[record.source_id]}件目）。"
            listed.faults.append(Fault(record.number, reason))
        seen.setdefault(record.source_id, record.number)
    listed.faults.sort(key=lambda fault: fault.number)
