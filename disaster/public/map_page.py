"""The town's map: its boundary, names and shelters, drawn once per language."""

import json
from functools import lru_cache
from pathlib import Path

from broadcast.cap.vocabulary import Language
from disaster.core.municipality import Municipality, municipality
from disaster.public.language import words
from disaster.shelters import directory
from disaster.shelters import map as shelter_map
from disaster.shelters.map import Drawing, Label, Overlay, Point

# Layers of ハザードマップポータルサイト and the words they have on the page.
OVERLAYS = (
    ("01_flood_l2_shinsuishin_data", "map_flood"),
    ("05_dosekiryukeikaikuiki", "map_debris"),
    ("05_kyukeishakeikaikuiki", "map_slope"),
    ("05_jisuberikeikaikuiki", "map_slide"),
)


def drawing(language: Language) -> Drawing:
    """The drawing for the shelters that residents may see; drawn anew only when places or language differ."""
    return _drawn(tuple(_points()), municipality(), language)


def bounds() -> str:
    """The part of the map to show at first."""
    return shelter_map.bounds(_points())


def _points() -> list[Point]:
    return [Point(shelter.id, shelter.lat, shelter.lng) for shelter in directory.public_shelters()]


@lru_cache(maxsize=16)
def _drawn(points: tuple[Point, ...], town: Municipality, language: Language) -> Drawing:
    t = words(language)
    english = language == Language.EN
    labels = [
        Label(area.name_en if english else area.name.removeprefix("大字"), area.lat, area.lng) for area in town.areas
    ]
    return shelter_map.draw(
        points,
        centre=town.map.centre,
        zoom=town.map.zoom,
        boundary=_boundary(town.file("boundary.geojson")),
        labels=labels,
        overlays=[Overlay(tiles, t(key)) for tiles, key in OVERLAYS],
        base_name=t("map_base"),
    )


def _boundary(path: Path) -> dict[str, object]:
    """The boundary; a municipality's folder without one has a map without one."""
    if not path.exists():
        return {"features": []}
    found: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return found
