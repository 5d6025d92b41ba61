"""Reading the shelter lists of 国土地理院: GeoJSON of one municipality, or the national CSV (UTF-8 with BOM, records over several lines).

Columns: 指定緊急避難場所 has a flag per hazard (1 or blank: designated or not); 指定避難所 has none, but municipalities write
「洪水〇　崖崩れ等〇　…✕」 into 備考. 国土地理院 publishes no capacity.
"""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from disaster.core.errors import Invalid
from disaster.core.text import clean_line, clean_text
from disaster.shelters.vocabulary import HAZARD_COLUMNS, ShelterKind, Suitability

SOURCE = "国土地理院"
LARGEST_FILE = 64 * 1024 * 1024
_REMARK_WORDS = {
    "洪水": "flood",
    "崖崩れ等": "landslide",
    "崖崩れ": "landslide",
    "土砂災害": "landslide",
    "高潮": "storm_surge",
    "地震": "earthquake",
    "津波": "tsunami",
    "大規模な火事": "fire",
    "内水氾濫": "inundation",
    "火山現象": "volcano",
}
_REMARK = re.compile(rf"({'|'.join(sorted(_REMARK_WORDS, key=len, reverse=True))})\s*[::]?\s*([〇○◯×✕✖☓╳])")
_YES = "〇○◯"


@dataclass(frozen=True, slots=True)
class Record:
    """One place of a list, checked; the names of the fields are those of ``Shelter``."""

    source_id: str
    kind: ShelterKind
    name: str
    address: str
    lat: float
    lng: float
    welfare: bool
    accepts: str
    remark: str
    capacity: int | None = None
    kana: str = ""
    name_en: str = ""
    says: dict[str, Suitability] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """A record that cannot be read: its place in the file (1 = the first record) and the sentence for the officer."""

    number: int
    reason: str


def read(path: Path, kind: ShelterKind | None = None) -> tuple[list[Record], list[Fault]]:
    """Read a list; ``kind`` None means: tell it from the columns.

    Raises:
        Invalid: the file is no such list at all.
    """
    records: list[Record] = []
    faults: list[Fault] = []
    for number, row in enumerate(_rows(path), start=1):
        try:
            records.append(_record(row, kind or _kind(row)))
        except Invalid as error:
            faults.append(Fault(number, error.message))
    return records, faults


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if path.stat().st_size > LARGEST_FILE:
        raise Invalid("ファイルが大きすぎます（64MBまで）。")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("文字コードがUTF-8ではありません。") from None
    return _geojson_rows(text) if text.lstrip().startswith("{") else _csv_rows(text)


def _geojson_rows(text: str) -> Iterator[dict[str, str]]:
    try:
        features = json.loads(text)["features"]
        for feature in features:
            lng, lat = (feature.get("geometry") or {}).get("coordinates", (None, None))[:2]
            properties = {str(key): "" if value is None else str(value) for key, value in feature["properties"].items()}
            yield properties | {"緯度": str(lat), "経度": str(lng)}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Invalid("避難所のGeoJSONとして読めません。") from None


def _csv_rows(text: str) -> Iterator[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if "共通ID" not in (reader.fieldnames or ()):
        raise Invalid("国土地理院の避難所一覧のCSVではありません（「共通ID」の列がありません）。")
    try:
        for row in reader:
            yield {key: value or "" for key, value in row.items() if key is not None}
    except csv.Error:
        raise Invalid("CSVとして読めません。") from None


def _kind(row: Mapping[str, str]) -> ShelterKind:
    if "洪水" in row:
        return ShelterKind.EMERGENCY
    if "受入対象者" in row:
        return ShelterKind.EVACUATION
    raise Invalid("指定緊急避難場所か指定避難所かを見分けられません。")


def _record(row: Mapping[str, str], kind: ShelterKind) -> Record:
    def line(column: str, label: str, limit: int, required: bool = False) -> str:
        text = " ".join(row.get(column, "").split())
        return clean_line(text, field=column, label=label, limit=limit, required=required)

    lat, lng = _degrees(row.get("緯度", ""), row.get("経度", ""))
    accepts = line("受入対象者", "受入対象者", 400)
    remark = clean_text(row.get("備考", ""), field="備考", label="備考", limit=2000)
    return Record(
        source_id=line("共通ID", "共通ID", 64, required=True),
        kind=kind,
        name=line("施設・場所名", "施設・場所名", 200, required=True),
        address=line("住所", "住所", 300),
        lat=lat,
        lng=lng,
        welfare=bool(accepts),
        accepts=accepts,
        remark=remark,
        says=_flags(row) if kind == ShelterKind.EMERGENCY else remark_says(remark),
    )


def _flags(row: Mapping[str, str]) -> dict[str, Suitability]:
    return {
        hazard: Suitability.YES if row.get(column, "").strip() in ("1", "１") else Suitability.NO
        for hazard, column in HAZARD_COLUMNS.items()
    }


def remark_says(remark: str) -> dict[str, Suitability]:
    """What a 備考 such as 「洪水✕　崖崩れ等〇」 says; a hazard that it does not name stays unknown."""
    text = unicodedata.normalize("NFC", remark)
    says: dict[str, Suitability] = {}
    for word, mark in _REMARK.findall(text):
        value = Suitability.YES if mark in _YES else Suitability.NO
        hazard = _REMARK_WORDS[word]
        if says.get(hazard) != Suitability.NO:
            says[hazard] = value
    return says


def _degrees(lat: str, lng: str) -> tuple[float, float]:
    try:
        found: Any = (float(lat), float(lng))
    except ValueError:
        raise Invalid("緯度・経度が数字ではありません。") from None
    if not (
        20 <= found[0] <= 46 and 122 <= found[1] <= 154
    ):  # Japan, from 沖ノ鳥島 to 択捉; also refuses NaN and swapped columns
        raise Invalid("緯度・経度が日本の中にありません。")
    return found[0], found[1]
