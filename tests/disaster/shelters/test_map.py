"""The drawing: a pure function."""

import json
import re
from typing import Any

import folium
import pytest

from disaster.shelters import map as shelter_map
from disaster.shelters.map import Label, Overlay, Point

SQUARE: dict[str, Any] = {
    "features": [
        {"geometry": {"type": "Polygon", "coordinates": [[[136.5, 35.0], [136.6, 35.0], [136.6, 35.1], [136.5, 35.0]]]}}
    ]
}


def draw(
    points: list[Point], labels: list[Label] | None = None, boundary: dict[str, Any] = SQUARE
) -> shelter_map.Drawing:
    return shelter_map.draw(
        points, centre=(35.05, 136.55), zoom=13, boundary=boundary, labels=labels or [],
        overlays=[Overlay("01_flood_l2_shinsuishin_data", "洪水")], base_name="地図",
    )  # fmt: skip


def test_the_same_places_give_the_same_script() -> None:
    points = [Point(1, 35.0, 136.5), Point(2, 35.05, 136.55)]
    assert draw(points).script == draw(points).script
    assert draw(points).digest != draw(points[:1]).digest


def test_the_script_names_no_host_but_the_two_of_the_tiles_and_the_credits() -> None:
    hosts = set(re.findall(r"https?://([^/\"\\]+)", draw([Point(1, 35.0, 136.5)]).script))
    assert hosts == {"cyberjapandata.gsi.go.jp", "disaportaldata.gsi.go.jp", "maps.gsi.go.jp", "disaportal.gsi.go.jp"}


def test_only_our_own_copies_are_loaded_and_foliums_own_list_stays_as_it_was() -> None:
    drawing = draw([])
    assert all(url.startswith("/static/vendor/leaflet/") for url in drawing.scripts + drawing.styles)
    assert any("cdn.jsdelivr.net" in url for _, url in folium.Map.default_js)


@pytest.mark.parametrize(
    "text",
    [
        "${window.PWN=1}",
        "`",
        "</script><script>window.PWN=1</script>",
        "<img src=x onerror=alert(1)>",
        "'\"\\",
        "\u2028",
    ],
)
def test_a_hostile_name_on_the_map_stays_text(text: str) -> None:
    script = draw([], [Label(text, 35.0, 136.5)]).script
    html = re.search(r'"html": ("(?:[^"\\]|\\.)*")', script)
    assert html
    shown = json.loads(html.group(1))
    assert "<" not in shown
    assert "</script" not in script
    assert "\u2028" not in script


def test_a_school_and_its_grounds_share_a_pin() -> None:
    school, grounds, far = Point(1, 35.0, 136.5), Point(2, 35.0004, 136.5), Point(3, 35.01, 136.5)
    assert shelter_map.sites([school, grounds, far]) == [(school, grounds), (far,)]
    assert shelter_map.site_of([school, grounds, far]) == {1: 1, 2: 1, 3: 3}
    assert draw([school, grounds, far]).script.count("ShelterMap.pin(") == 2


def test_distance_on_the_ground() -> None:
    assert shelter_map.metres(35.0, 136.5, 35.0, 136.5) == 0
    assert shelter_map.metres(35.0, 136.5, 36.0, 136.5) == pytest.approx(111_195, rel=0.01)
    assert shelter_map.metres(35.0, 136.5, 35.0, 137.5) == pytest.approx(91_085, rel=0.01)


def test_a_municipality_of_several_parts_or_without_outline_is_drawn() -> None:
    parts = {
        "features": [
            {
                "geometry": {
                    "type": "MultiPolygon",
                    "coordinates": [SQUARE["features"][0]["geometry"]["coordinates"]] * 2,
                }
            }
        ]
    }
    assert draw([], boundary=parts).script.count("L.polygon(") == 2
    assert draw([], boundary={"features": []}).script.count("L.polygon(") == 0


def test_the_first_view_holds_all_places() -> None:
    assert json.loads(shelter_map.bounds([Point(1, 35.0, 136.5), Point(2, 35.1, 136.4)])) == [
        [35.0, 136.4],
        [35.1, 136.5],
    ]
    assert shelter_map.bounds([]) == ""
