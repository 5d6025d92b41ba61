"""Drawing the shelter map with folium: a pure function over plain data that gives one script and nothing else.

folium's own page loads eleven files from CDNs, writes inline scripts and styles, and puts texts into JavaScript template literals where ``${…}``
runs. Here only its drawing is used: Leaflet is our copy, the script is served as a file, and no name of a shelter ever enters it: the pins carry a
number, and the page's own list, escaped by the template, gives them name, state and popup (``static/js/shelter-map.js``).
"""

import hashlib
import html
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import folium
from branca.element import MacroElement
from jinja2 import Template

PALE = "https://cyberjapandata.gsi.go.jp/xyz/pale/{z}/{x}/{y}.png"
HAZARD_TILES = "https://disaportaldata.gsi.go.jp/raster/{name}/{{z}}/{{x}}/{{y}}.png"
GSI_CREDIT = '<a href="https://maps.gsi.go.jp/development/ichiran.html">地理院タイル</a>'
HAZARD_CREDIT = '<a href="https://disaportal.gsi.go.jp/">ハザードマップポータルサイト</a>'
BOUNDARY_CREDIT = "国土数値情報（行政区域データ）（国土交通省）を加工して作成"
SITE_METRES = 80.0
_VENDOR = "/static/vendor/leaflet/"


@dataclass(frozen=True, slots=True)
class Point:
    """A shelter on the map: its id and where it is, in degrees."""

    key: int
    lat: float
    lng: float


@dataclass(frozen=True, slots=True)
class Label:
    """A name written on the map (大字・丁目)."""

    text: str
    lat: float
    lng: float


@dataclass(frozen=True, slots=True)
class Overlay:
    """A layer of the national hazard map, off until somebody switches it on."""

    tiles: str
    name: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The map as files: ``script`` is JavaScript, ``digest`` names its version, ``element`` the id of the map's div."""

    script: str
    digest: str
    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    element: str


class _LocalMap(folium.Map):
    default_js = [("leaflet", _VENDOR + "leaflet.js")]  # noqa: RUF012 folium's own class attribute
    default_css = [("leaflet_css", _VENDOR + "leaflet.css")]  # noqa: RUF012


class _Popup(MacroElement):
    """A popup whose content the page's script copies from the list."""

    _template = Template("""{% macro script(this, kwargs) %}
ShelterMap.pin({{ this._parent.get_name() }}, {{ this.site|tojson }});
{% endmacro %}""")

    def __init__(self, site: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name, self.site = "popup", site


class _Ready(MacroElement):
    """Hands the finished map to the page's script."""

    _template = Template(
        "{% macro script(this, kwargs) %}\nShelterMap.ready({{ this._parent.get_name() }});\n{% endmacro %}"
    )


def sites(points: Sequence[Point]) -> list[tuple[Point, ...]]:
    """Places that stand together (a school and its 校庭, 50 m apart) share one pin; their popup lists each of them.

    A place joins the first site whose first place is within ``SITE_METRES``.
    """
    found: list[list[Point]] = []
    for point in points:
        near = next(
            (site for site in found if metres(site[0].lat, site[0].lng, point.lat, point.lng) <= SITE_METRES), None
        )
        if near is None:
            found.append([point])
        else:
            near.append(point)
    return [tuple(site) for site in found]


def metres(lat: float, lng: float, other_lat: float, other_lng: float) -> float:
    """Distance on the ground, good to a few per mille within a prefecture."""
    x = math.radians(other_lng - lng) * math.cos(math.radians((lat + other_lat) / 2))
    return math.hypot(x, math.radians(other_lat - lat)) * 6_371_000


def draw(
    points: Sequence[Point],
    *,
    centre: tuple[float, float],
    zoom: int,
    boundary: dict[str, Any],
    labels: Sequence[Label],
    overlays: Sequence[Overlay],
    base_name: str,
) -> Drawing:
    """Draw the map. The same data gives the same bytes."""
    drawn = _LocalMap(location=list(centre), zoom_start=zoom, tiles=None, control_scale=True, min_zoom=10, max_zoom=18)
    drawn._id = "shelters"
    _add(drawn, folium.TileLayer(PALE, attr=f"{GSI_CREDIT}｜{BOUNDARY_CREDIT}", name=base_name, max_zoom=18), "pale")
    for number, overlay in enumerate(overlays):
        tiles = HAZARD_TILES.format(name=overlay.tiles)
        layer = folium.TileLayer(
            tiles, attr=HAZARD_CREDIT, name=html.escape(overlay.name), overlay=True, show=False, opacity=0.65,
            max_native_zoom=17, max_zoom=18,
        )  # fmt: skip
        _add(drawn, layer, f"hazard_{number}")
    for number, ring in enumerate(_rings(boundary)):
        line = folium.Polygon(ring, color="#1a1a1a", weight=2, dash_array="6 5", fill=False, interactive=False)
        _add(drawn, line, f"boundary_{number}")
    for number, label in enumerate(labels):
        _mark(drawn, label.lat, label.lng, f"label_{number}", "map-label", html.escape(label.text), interactive=False)
    for number, site in enumerate(sites(points)):
        marker = _mark(drawn, site[0].lat, site[0].lng, f"site_{number}", "map-site", "")
        _add(marker, _Popup(site[0].key), f"popup_{number}")
    _add(drawn, folium.LayerControl(collapsed=True), "layers")
    _add(drawn, _Ready(), "ready")  # type: ignore[no-untyped-call]
    return _files(drawn)


def _add(parent: Any, child: Any, name: str) -> None:
    child._id = name  # folium's default is random: the script would differ at every drawing
    parent.add_child(child)


def _mark(drawn: Any, lat: float, lng: float, name: str, kind: str, inner: str, interactive: bool = True) -> Any:
    icon = folium.DivIcon(html=inner, class_name=kind, icon_size=(44, 44) if interactive else (0, 0))
    icon._id = f"{name}_icon"
    marker = folium.Marker([lat, lng], icon=icon, interactive=interactive, keyboard=interactive)
    _add(drawn, marker, name)
    return marker


def _rings(boundary: dict[str, Any]) -> list[list[list[float]]]:
    """Outer rings of a GeoJSON (feature collection of polygons) as latitude and longitude, to about a metre."""
    found = []
    for feature in boundary["features"]:
        geometry = feature["geometry"]
        polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
        found += [[[round(lat, 5), round(lng, 5)] for lng, lat, *_ in polygon[0]] for polygon in polygons]
    return found


def _files(drawn: Any) -> Drawing:
    figure = drawn.get_root()
    figure.render()
    lines = (line.strip() for line in figure.script.render().splitlines())
    script = "(function () {\n" + "\n".join(line for line in lines if line) + "\n})();\n"
    digest = hashlib.sha256(script.encode()).hexdigest()[:16]
    scripts = tuple(url for _, url in _LocalMap.default_js)
    return Drawing(script, digest, scripts, tuple(url for _, url in _LocalMap.default_css), drawn.get_name())


def site_of(points: Sequence[Point]) -> dict[int, int]:
    """The pin of every place: ``{shelter id: id of the site's first place}``; the list carries it so that the popup finds its places."""
    return {point.key: site[0].key for site in sites(points) for point in site}


def bounds(points: Sequence[Point]) -> str:
    """South, west, north, east of all places as JSON for the page; empty without places."""
    if not points:
        return ""
    lats, lngs = [point.lat for point in points], [point.lng for point in points]
    return json.dumps([[min(lats), min(lngs)], [max(lats), max(lngs)]])
