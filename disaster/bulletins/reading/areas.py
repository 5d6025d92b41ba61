"""Every area code of a telegram with its kinds.

The body is read first and is the truth; the headline fills in only what the body leaves open (指定河川洪水予報, 情報タグ), and
a last sweep takes up every code that stands anywhere else, so that no area of any telegram is lost.
"""

from collections.abc import Iterable

from disaster.bulletins.reading import kinds as kinds_of
from disaster.bulletins.reading.document import Element, child, children, local, text
from disaster.bulletins.reading.facts import Area, Kind, Scope

_BY_TYPE = (
    ("市町村等をまとめた地域等", Scope.GROUP),
    ("一次細分区域等", Scope.REGION),
    ("府県予報区等", Scope.PREFECTURE),
    ("発表細分", Scope.PREFECTURE),
    ("市町村等", Scope.CITY),
    ("津波予報区", Scope.COAST),
    ("津波予報領域", Scope.COAST),
    ("細分区域", Scope.QUAKE_AREA),
    ("震度速報", Scope.QUAKE_AREA),
    ("観測", Scope.STATION),
    ("予報区域", Scope.RIVER),
    ("河川", Scope.RIVER),
)
_SEISMIC = {"Pref": Scope.PREFECTURE, "Area": Scope.QUAKE_AREA, "City": Scope.CITY, "IntensityStation": Scope.STATION}
_PLACES = ("Area", "Station", "TargetArea", "Pref", "City", "IntensityStation")
# Where one code is used twice in a telegram, an observation point gives way to what it lies in.
_LAST = (Scope.STATION, Scope.OTHER)


class _Table:
    """One entry per code, in the order in which the codes are first named; equal kinds are kept once."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[str, Scope, dict[Kind, None]]] = {}
        self._block_words: dict[Element, str] = {}

    def add(self, code: str, name: str, scope: Scope, kinds: Iterable[Kind]) -> None:
        known_name, known_scope, known_kinds = self._found.get(code, ("", scope, {}))
        if scope in _LAST and known_scope not in _LAST:
            return
        if known_scope in _LAST and scope not in _LAST:
            known_name, known_scope, known_kinds = "", scope, {}
        known_kinds.update(dict.fromkeys(kinds))
        self._found[code] = (known_name or name, known_scope, known_kinds)

    def block_words(self, block: Element | None) -> str:
        """What the block around an area says its codes are; asked once a block, for a block may hold thousands of items."""
        if block is None:
            return ""
        if block not in self._block_words:
            self._block_words[block] = f"{block.get('type') or ''} {text(block, 'CodeDefine', 'Type')}"
        return self._block_words[block]

    def has_kinds(self, code: str) -> bool:
        return code in self._found and bool(self._found[code][2])

    def knows(self, code: str) -> bool:
        return code in self._found

    def areas(self) -> tuple[Area, ...]:
        return tuple(
            Area(code, name or None, scope, tuple(kinds)) for code, (name, scope, kinds) in self._found.items()
        )


def collect(root: Element, context: kinds_of.Context) -> tuple[Area, ...]:
    """All areas of a telegram."""
    table = _Table()
    body, headline = child(root, "Body"), root.find("{*}Head/{*}Headline")
    if body is not None:
        if headline is not None:
            _headline(table, headline, context, first=True)
        for item in body.iter("{*}Item"):
            _item(table, item, context)
        for found in body.iterfind("{*}Intensity/*"):
            _seismic(table, found, context)
        for found in body.iterfind("{*}Earthquake/{*}Hypocenter/{*}Area"):
            _place(table, found, Scope.OTHER, [Kind(None, "震央", None, context.state)])
    if headline is not None:
        _headline(table, headline, context)
    _sweep(table, root)
    return table.areas()


def _headline(table: _Table, headline: Element, context: kinds_of.Context, *, first: bool = False) -> None:
    """The headline's areas; ``first`` takes only what the body does not say: the kind of 指定河川洪水予報, and 情報タグ."""
    open_before: dict[str, bool] = {}
    for information in children(headline, "Information"):
        if first and not (context.flood or information.get("type") == "情報タグ"):
            continue
        for item in children(information, "Item"):
            kinds = [kind for found in children(item, "Kind") for kind in kinds_of.read(found, context)]
            if context.flood and not context.flood_kinds:
                context.flood_kinds = kinds
            for place in item.iterfind("{*}Areas/{*}Area"):
                if open_before.setdefault(text(place, "Code"), not table.has_kinds(text(place, "Code"))):
                    _place(table, place, _scope(table, place, information), kinds)


def _item(table: _Table, item: Element, context: kinds_of.Context) -> None:
    kinds = [kind for found in children(item, "Kind") for kind in kinds_of.read(found, context)]
    for category in children(item, "Category"):
        kinds += [kind for found in children(category, "Kind") for kind in kinds_of.read(found, context)]
    own = kinds_of.tsunami_height(item, context) if not kinds else []
    for place in (*item.iterfind("{*}Area"), *item.iterfind("{*}Areas/{*}Area")):
        _place(table, place, _scope(table, place, item), kinds + own)
        _city_of_river(table, place, kinds, context)
    for place in (*item.iterfind("{*}Station"), *item.iterfind("{*}Stations/{*}Station")):
        _place(table, place, Scope.STATION, kinds + kinds_of.tsunami_height(place, context))


def _city_of_river(table: _Table, place: Element, kinds: list[Kind], context: kinds_of.Context) -> None:
    """The municipality of a 浸水想定地区: under the level of the river that floods it."""
    code = text(place, "CityCode")
    if code.strip("0"):
        table.add(code, text(place, "City"), Scope.CITY, [*context.flood_kinds, *kinds])


def _seismic(table: _Table, element: Element, context: kinds_of.Context) -> None:
    for found in element.iter(*(f"{{*}}{tag}" for tag in _SEISMIC)):
        _place(table, found, _SEISMIC[local(found)], kinds_of.intensities(found, context))


def _place(table: _Table, place: Element, scope: Scope, kinds: list[Kind]) -> None:
    name, code = text(place, "Name"), text(place, "Code")
    if code:
        table.add(code, name, scope, kinds)
    codes = text(place, "CodeList").split()  # parts of an area; only a single one has the area's own name
    for part in codes:
        table.add(part, name if len(codes) == 1 else "", Scope.GROUP if len(part) == 6 else Scope.OTHER, kinds)


def _sweep(table: _Table, root: Element) -> None:
    for place in root.iter(*(f"{{*}}{tag}" for tag in _PLACES)):
        code = text(place, "Code")
        if code and not table.knows(code):
            _place(table, place, _scope(table, place, place), [])


def _scope(table: _Table, place: Element, around: Element) -> Scope:
    """From the code's own type, or from the type of what it stands in; seven digits are a municipality where nothing tells more."""
    if local(place) in ("Station", "IntensityStation"):
        return Scope.STATION
    parent = place.getparent()
    code_type = place.get("codeType") or ("" if parent is None else parent.get("codeType") or "")
    block = around if local(around) == "Information" else around.getparent()
    for words in (code_type, table.block_words(block)):
        for fragment, scope in _BY_TYPE:
            if fragment in words and "／府県予報区・" not in words:
                return scope
    return _by_length(text(place, "Code"))


def _by_length(code: str) -> Scope:
    if len(code) == 7:
        return Scope.CITY
    if len(code) == 6:
        return Scope.PREFECTURE if code.endswith("000") else Scope.REGION if code.endswith("0") else Scope.GROUP
    return Scope.OTHER
