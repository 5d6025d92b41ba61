"""The kinds (Kind) of one area: warnings, tags, intensities, tsunami categories."""

import re

from disaster.bulletins.reading import levels
from disaster.bulletins.reading.document import Element, child, children, local, text
from disaster.bulletins.reading.facts import Kind, LevelEquivalent

_STATES = ("発表", "継続", "解除", "なし")
_INTENSITY = {"5-": "５弱", "5+": "５強", "6-": "６弱", "6+": "６強"}
_FULLWIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


class Context:
    """What a kind cannot say for itself: the telegram's type, the level in its heading, its 情報形態."""

    def __init__(self, telegram: str | None, head_title: str, info_type: str) -> None:
        self.telegram = telegram
        self.head_level = levels.said(head_title)
        self.state = info_type or "発表"
        self.flood_kinds: list[Kind] = []  # of the river's 予報区域, which its municipalities share

    @property
    def flood(self) -> bool:
        """Whether this is 指定河川洪水予報."""
        return (self.telegram or "").startswith(("VXKO", "VXSU"))


def read(element: Element, context: Context) -> list[Kind]:
    """The kinds that one ``Kind`` element says: one, or one per tag of 情報タグ, or one per property where it has no name.

    In 指定河川洪水予報 a kind without a name is text for people (主文, 水位); the level stands in the headline.
    """
    name, code = text(element, "Name"), text(element, "Code")
    condition, status = text(element, "Condition"), text(element, "Status")
    if name == "情報タグ" and condition:
        return [Kind(None, tag, None, context.state) for tag in condition.split()]
    if not name and not code:
        return [] if context.flood else _of_properties(element, context, status)
    return [
        Kind(
            code or None,
            name or None,
            _level(element, context, name, code),
            status or _state_in(condition) or ("解除" if name == "解除" else context.state),
            condition,
            text(element, "LastKind", "Code") or None,
        )
    ]


def _level(element: Element, context: Context, name: str, code: str) -> LevelEquivalent | None:
    if context.flood and "氾濫" in name:
        return levels.of_flood(name, code)
    if context.telegram == "VXWW50":  # 警戒 / 3: the level stands in Head/Title only
        return context.head_level if code == "3" else None
    return levels.of_warning(context.telegram, name, code) or (_significancy(element) if name and not code else None)


def _state_in(condition: str) -> str:
    """The state out of ``発表``, ``レベル３氾濫警報（発表）``, ``レベル２氾濫注意報解除``; "" where the words are an addition to the name."""
    if condition in _STATES:
        return condition
    bracket = re.search(r"（([^（）]+)）$", condition)
    if bracket:
        return bracket[1]
    return "解除" if condition.endswith("解除") else ""


def _of_properties(element: Element, context: Context, status: str) -> list[Kind]:
    names: dict[str, LevelEquivalent | None] = {}
    for part in children(element, "Property"):
        events = [text(event) for event in part.iterfind("{*}EventPart/{*}Event/{*}EventName")]
        for name in filter(None, events or [text(part, "Type")]):
            level = _significancy(part)
            names[name] = max(filter(None, (names.get(name), level)), default=None)
    if not names and status:
        return [Kind(None, None, None, status)]
    return [Kind(None, name, level, status or context.state) for name, level in names.items()]


def _significancy(element: Element) -> LevelEquivalent | None:
    return levels.of_significancy([text(found, "Code") for found in element.iter("{*}Significancy")])


def intensities(element: Element, context: Context) -> list[Kind]:
    """震度 and 長周期地震動階級 at a Pref, Area, City or IntensityStation, observed or forecast; ``6+`` is the code of 震度６強."""
    kinds = []
    for tag in ("MaxInt", "Int"):
        kinds += [_intensity(text(found), element, context) for found in children(element, tag)]
    for tag in ("MaxLgInt", "LgInt"):
        kinds += [_long_period(text(found), element, context) for found in children(element, tag)]
    for forecast in children(element, "ForecastInt"):
        kinds.append(_intensity(text(forecast, "From"), element, context, "予想"))
    missing = text(element, "Condition")
    if missing and all(kind.name != missing for kind in kinds):
        kinds.append(Kind(None, missing, None, text(element, "Revise") or context.state))
    for category in children(element, "Category"):
        kinds += [kind for found in children(category, "Kind") for kind in read(found, context)]
    return [kind for kind in kinds if kind.name or kind.code]


def _intensity(value: str, element: Element, context: Context, prefix: str = "") -> Kind:
    revised = text(element, "Revise") or context.state
    if not value:
        return Kind(None, None, None, revised)
    if value.startswith("震度"):  # 震度５弱以上未入電: a strong shock is expected where nothing came in
        return Kind(None, value, None, revised)
    return Kind(value, f"{prefix}震度{_INTENSITY.get(value, value.translate(_FULLWIDTH))}", None, revised)


def _long_period(value: str, element: Element, context: Context) -> Kind:
    return Kind(
        value or None, f"長周期地震動階級{value.translate(_FULLWIDTH)}", None, text(element, "Revise") or context.state
    )


def tsunami_height(element: Element, context: Context) -> list[Kind]:
    """The height of an observed or estimated tsunami (``津波の高さ ３．４ｍ``), where there is one."""
    found = element.find("{*}MaxHeight")
    if found is None:
        return []
    height = child(found, "TsunamiHeight")
    words = text(found, "Condition") if height is None else (height.get("description") or text(height))
    label = "津波の観測" if local(element) == "Station" else "津波の推定"
    return [Kind(None, f"{label} {words}".strip(), None, text(found, "Revise") or context.state)]
