"""What is particular to the lists of 国土地理院: GeoJSON, and the hazards of 指定避難所 in words.

指定緊急避難場所 has a flag per hazard (1 or blank: designated or not); 指定避難所 has none, but municipalities write
「洪水〇　崖崩れ等〇　…✕」 into 備考. 国土地理院 publishes no capacity.
"""

import json
import re
import unicodedata
from collections.abc import Iterator

from disaster.core.errors import Invalid
from disaster.shelters.vocabulary import Suitability

SOURCE = "国土地理院"
REMARK_WORDS = {
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
_REMARK = re.compile(rf"({'|'.join(sorted(REMARK_WORDS, key=len, reverse=True))})\s*[::]?\s*([〇○◯×✕✖☓╳])")
_YES = "〇○◯"


def geojson_rows(text: str) -> Iterator[dict[str, str]]:
    """The features' properties, with 緯度 and 経度.

    Raises:
        Invalid: this is no such GeoJSON.
    """
    try:
        features = json.loads(text)["features"]
        for feature in features:
            coordinates = (feature.get("geometry") or {}).get("coordinates") or (None, None)
            lng, lat = ("" if value is None else str(value) for value in coordinates[:2])
            properties = {str(key): "" if value is None else str(value) for key, value in feature["properties"].items()}
            yield properties | {"緯度": lat, "経度": lng}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Invalid("避難所のGeoJSONとして読めません。") from None


def remark_says(remark: str) -> dict[str, Suitability]:
    """What a 備考 such as 「洪水✕　崖崩れ等〇」 says; a hazard that it does not name stays unknown."""
    text = unicodedata.normalize("NFC", remark)
    says: dict[str, Suitability] = {}
    for word, mark in _REMARK.findall(text):
        value = Suitability.YES if mark in _YES else Suitability.NO
        hazard = REMARK_WORDS[word]
        if says.get(hazard) != Suitability.NO:
            says[hazard] = value
    return says
