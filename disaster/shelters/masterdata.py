"""The whole master data in the shapes in which it is exchanged: 国土地理院's GeoJSON and CSV, and the standard open-data CSV.

What is written is what stands: where sources disagree, the safer value. Read back into an empty register it gives the same shelters again.
"""

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from disaster.core.municipality import Municipality, municipality
from disaster.shelters import directory, gsi
from disaster.shelters.claims import words_of
from disaster.shelters.export import cell
from disaster.shelters.models import Shelter
from disaster.shelters.vocabulary import HAZARD_COLUMNS, ShelterKind, Suitability

SHAPES = {"gsi-geojson": "application/geo+json", "gsi-csv": "text/csv", "standard-csv": "text/csv"}
_HEAD = ["NO", "共通ID", "都道府県名及び市町村名", "施設・場所名", "住所"]
_STANDARD = [
    "全国地方公共団体コード", "ID", "地方公共団体名", "名称", "名称_カナ", "名称_英字", "所在地_連結表記", "建物名等(方書)", "緯度", "経度", "電話番号",
]  # fmt: skip
_WORD_OF = {hazard: word for word, hazard in reversed(gsi.REMARK_WORDS.items())} | {"landslide": "崖崩れ等"}


def write(shape: str, kind: ShelterKind) -> str:
    """All shelters of a kind in one of ``SHAPES``; CSV is UTF-8 with BOM and CRLF."""
    shelters, town = [one for one in directory.all_shelters() if one.kind == kind], municipality()
    if shape == "gsi-geojson":
        return _geojson(shelters, town)
    if shape == "gsi-csv":
        rows = [{**_gsi(number, one, town), "緯度": one.lat, "経度": one.lng} for number, one in enumerate(shelters, 1)]
        head = list(_gsi_head(kind))
        at = head.index("備考") if kind == ShelterKind.EMERGENCY else head.index("その他市町村長が必要と認める事項")
        return _csv([*head[:at], "緯度", "経度", *head[at:]], rows)
    return _csv(_standard_head(kind), [_standard(one, town) for one in shelters])


def file_name(shape: str, kind: ShelterKind) -> str:
    """A name that says what it is and whose: ``243248_evacuation_gsi.csv``."""
    family, _, ending = shape.partition("-")
    return f"{municipality().code}_{kind}_{family}.{ending}"


def _csv(head: list[str], rows: Iterable[dict[str, Any]]) -> str:
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([cell(row.get(name)) for name in head] for row in rows)
    return out.getvalue()


def _geojson(shelters: list[Shelter], town: Municipality) -> str:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [one.lng, one.lat]},
            "properties": _gsi(number, one, town),
        }
        for number, one in enumerate(shelters, 1)
    ]
    found = {"type": "FeatureCollection", "name": town.code, "features": features}
    return json.dumps(found, ensure_ascii=False, indent=1)


def _gsi_head(kind: ShelterKind) -> list[str]:
    if kind == ShelterKind.EMERGENCY:
        return [*_HEAD, *HAZARD_COLUMNS.values(), "指定避難所との住所同一", "備考"]
    return [*_HEAD, "指定緊急避難場所との住所同一", "その他市町村長が必要と認める事項", "受入対象者", "備考"]


def _gsi(number: int, shelter: Shelter, town: Municipality) -> dict[str, Any]:
    values: dict[str, Any] = dict.fromkeys(_gsi_head(ShelterKind(shelter.kind)), "")
    values |= {
        "NO": number,
        "共通ID": shelter.source_id,
        "都道府県名及び市町村名": town.prefecture + town.name,
        "施設・場所名": shelter.name,
        "住所": shelter.address,
        "備考": shelter.remark,
    }
    also = "1" if _facts(shelter).get("also") else ""
    if shelter.kind == ShelterKind.EMERGENCY:
        return values | {"指定避難所との住所同一": also} | _flags(shelter)
    values |= {"指定緊急避難場所との住所同一": also, "受入対象者": shelter.accepts, "備考": _remark(shelter)}
    return values


def _flags(shelter: Shelter) -> dict[str, str]:
    return dict(zip(HAZARD_COLUMNS.values(), _marks(shelter).values(), strict=True))


def _remark(shelter: Shelter) -> str:
    """備考 with the marks that stand: what another source forbids is added behind what the list itself says."""
    said = gsi.remark_says(shelter.remark)
    stands = {hazard: directory.suitable(shelter, hazard) for hazard in HAZARD_COLUMNS}
    more = [
        f"{_WORD_OF[hazard]}{'✕' if value == Suitability.NO else '〇'}"
        for hazard, value in stands.items()
        if value not in (said.get(hazard), Suitability.UNKNOWN)
    ]
    return "　".join([shelter.remark, *more] if shelter.remark else more)


def _standard_head(kind: ShelterKind) -> list[str]:
    hazards = [f"災害種別_{column}" for column in HAZARD_COLUMNS.values()]
    other = "指定避難所との重複" if kind == ShelterKind.EMERGENCY else "指定緊急避難場所との重複"
    accepts = [] if kind == ShelterKind.EMERGENCY else ["受入対象者"]
    return [*_STANDARD, *hazards, other, "想定収容人数", *accepts, "対象となる町会・自治会", "URL", "備考"]


def _standard(shelter: Shelter, town: Municipality) -> dict[str, Any]:
    facts = _facts(shelter)
    national = any(word.source == gsi.SOURCE for word in words_of(shelter))
    also = "1" if facts.get("also") else ""
    values: dict[str, Any] = {
        "全国地方公共団体コード": facts.get("code") or town.code,
        "ID": shelter.source_id if national else facts.get("id") or shelter.source_id,
        "地方公共団体名": town.prefecture + town.name,
        "名称": shelter.name,
        "名称_カナ": shelter.kana,
        "名称_英字": shelter.name_en,
        "所在地_連結表記": shelter.address,
        "建物名等(方書)": facts.get("building", ""),
        "緯度": shelter.lat,
        "経度": shelter.lng,
        "電話番号": facts.get("phone", ""),
        "指定避難所との重複": also,
        "指定緊急避難場所との重複": also,
        "想定収容人数": shelter.capacity,
        "受入対象者": shelter.accepts,
        "対象となる町会・自治会": facts.get("areas", ""),
        "URL": facts.get("url", ""),
        "備考": shelter.remark,
    }
    return values | _marks(shelter)


def _marks(shelter: Shelter) -> dict[str, str]:
    """In these lists a blank means: not designated. What nobody said is therefore written 「－」 where anything else is known."""
    stands = {hazard: directory.suitable(shelter, hazard) for hazard in HAZARD_COLUMNS}
    unknown = "－" if set(stands.values()) != {Suitability.UNKNOWN} else ""
    signs = {Suitability.YES: "1", Suitability.NO: "", Suitability.UNKNOWN: unknown}
    if Suitability.YES not in stands.values():
        signs[Suitability.NO] = "0"  # a row of blanks would say nothing at all
    return {f"災害種別_{column}": signs[stands[hazard]] for hazard, column in HAZARD_COLUMNS.items()}


def _facts(shelter: Shelter) -> dict[str, Any]:
    """What the sources say beside suitability; of two, the newer one's."""
    found: dict[str, Any] = {}
    for word in sorted(words_of(shelter), key=lambda word: word.source_date):
        found |= word.facts
    return found
