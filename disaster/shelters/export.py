"""The shelters as open data: GeoJSON (RFC 7946) and CSV. Only what residents may see."""

import csv
import io
import json
from typing import Any

from disaster.core.clock import iso_jst
from disaster.shelters import directory
from disaster.shelters.models import Shelter
from disaster.shelters.vocabulary import HAZARD_COLUMNS, ShelterKind

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")


def geojson() -> str:
    """A feature collection; longitude first, unknown values null."""
    features = [
        {
            "type": "Feature",
            "id": shelter.source_id,
            "geometry": {"type": "Point", "coordinates": [shelter.lng, shelter.lat]},
            "properties": _properties(shelter),
        }
        for shelter in directory.public_shelters()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def _properties(shelter: Shelter) -> dict[str, Any]:
    return {
        "name": shelter.name,
        "kana": shelter.kana or None,
        "name_en": shelter.name_en or None,
        "kind": str(shelter.kind),
        "address": shelter.address,
        "status": str(shelter.status),
        "crowding": str(shelter.crowding),
        "status_at": iso_jst(shelter.state.changed_at) if shelter.state.changed_at else None,
        "capacity": shelter.capacity,
        "suitability": {hazard: str(directory.suitable(shelter, hazard)) for hazard in HAZARD_COLUMNS},
        "source": shelter.source,
        "source_date": shelter.source_date.isoformat(),
    }


def as_csv() -> str:
    """The columns of the national list and the state; UTF-8 with BOM, CRLF; text that a spreadsheet would run is quoted."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    head = ["共通ID", "種別", "名称", "名称_カナ", "名称_英字", "住所", "緯度", "経度", *HAZARD_COLUMNS.values()]
    writer.writerow([*head, "想定収容人数", "開設状況", "混み具合", "状況の日時", "資料", "資料の日付"])
    for shelter in directory.public_shelters():
        writer.writerow([cell(value) for value in _line(shelter)])
    return out.getvalue()


def _line(shelter: Shelter) -> list[object]:
    return [
        shelter.source_id,
        ShelterKind(shelter.kind).ja,
        shelter.name,
        shelter.kana,
        shelter.name_en,
        shelter.address,
        shelter.lat,
        shelter.lng,
        *(directory.suitable(shelter, hazard).mark for hazard in HAZARD_COLUMNS),
        shelter.capacity,
        shelter.status.ja,
        shelter.crowding.ja,
        iso_jst(shelter.state.changed_at) if shelter.state.changed_at else "",
        shelter.source,
        shelter.source_date.isoformat(),
    ]


def cell(value: object) -> object:
    """A text that begins like a formula gets an apostrophe; numbers and unknown (empty) stay as they are."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return "" if value is None else value
