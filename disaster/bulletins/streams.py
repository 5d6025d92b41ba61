"""Which sequence a telegram belongs to, and what it says there for one municipality.

A telegram of VPWW55 to 61 is the full state of its phenomenon for a prefecture, so its stream is its type and the prefecture; a
指定河川洪水予報 is the state of a river's 予報区域 (its EventID); the telegrams of a type about one earthquake share its EventID. VPWW53 and 54 repeat
VPWW55 to 61 without levels and have no stream; neither has anything else, which only informs.
"""

from dataclasses import dataclass

from disaster.bulletins.reading.facts import Area, Bulletin, Kind, Scope
from disaster.core.municipality import JmaCodes

DRILL = "訓練:"
OLD_WARNINGS = ("VPWW50", "VPWW53", "VPWW54")
R06 = ("VPWW55", "VPWW56", "VPWW57", "VPWW58", "VPWW59", "VPWW60", "VPWW61")
# Shown to headquarters wherever they are for.
NATIONWIDE = ("VTSE41", "VTSE51", "VTSE52", "VYSE", "VZSE40")
QUAKE_RANKS = {"5-": 1, "5+": 2, "6-": 3, "6+": 4, "7": 5}
_NOT_IN_FORCE = ("解除", "なし", "発表警報・注意報はなし")


@dataclass(frozen=True)
class Standing:
    """What a telegram says for the municipality; ``step`` and ``active`` as in ``models.Telegram``."""

    stream: str
    relevant: bool
    step: int | None
    words: str
    active: bool = False


def standing(bulletin: Bulletin, codes: JmaCodes) -> Standing:
    """What this telegram is to the municipality with these codes."""
    own = _own_areas(bulletin, codes)
    around = {*codes.area_codes, *codes.quake_areas}
    relevant = bool(own) or any(area.code in around for area in bulletin.areas) or _nationwide(bulletin.type)
    kinds = [kind for area in own for kind in area.kinds]
    return Standing(
        _stream(bulletin), relevant, _step(bulletin, kinds), _words(bulletin, kinds, codes), _active(bulletin, kinds)
    )


def _own_areas(bulletin: Bulletin, codes: JmaCodes) -> list[Area]:
    city = bulletin.city(codes.city_code)
    rivers = [area for area in bulletin.areas if area.scope is Scope.RIVER and area.code in codes.rivers]
    return [*([city] if city else []), *rivers]


def _nationwide(telegram: str | None) -> bool:
    return (telegram or "").startswith(NATIONWIDE)


def _stream(bulletin: Bulletin) -> str:
    if bulletin.status not in ("通常", "訓練"):
        return ""  # 試験, and whatever else is not said to be live
    kind, name = bulletin.type or "", ""
    if kind in (*R06, "VXWW50"):
        name = f"{kind}:{_prefecture(bulletin)}"
    elif kind.startswith("VXKO") and bulletin.event_id:
        name = f"VXKO:{bulletin.event_id}"
    elif kind in ("VXSE51", "VXSE53") and bulletin.event_id:
        name = f"{kind}:{bulletin.event_id}"
    return (DRILL if bulletin.status == "訓練" else "") + name if name else ""


def _prefecture(bulletin: Bulletin) -> str:
    """The prefecture's area code; the office where the telegram (a 取消 without a body) names no area."""
    found = next((area.code for area in bulletin.areas if area.scope is Scope.PREFECTURE), "")
    return found or bulletin.editorial_office


def _step(bulletin: Bulletin, kinds: list[Kind]) -> int | None:
    if bulletin.info_type == "取消":
        return None
    if (bulletin.type or "").startswith("VXSE"):
        ranks = [QUAKE_RANKS.get(kind.code or "", 1 if "５弱以上未入電" in (kind.name or "") else 0) for kind in kinds]
        return max(ranks, default=0) or None
    levels = [int(kind.level) for kind in kinds if kind.level and kind.state not in _NOT_IN_FORCE]
    return max(levels, default=None)


def _active(bulletin: Bulletin, kinds: list[Kind]) -> bool:
    return bulletin.info_type != "取消" and any(kind.name and kind.state not in _NOT_IN_FORCE for kind in kinds)


def _words(bulletin: Bulletin, kinds: list[Kind], codes: JmaCodes) -> str:
    if not kinds:  # only wider areas are named
        wide = [area for area in bulletin.areas if area.code in (*codes.area_codes, *codes.quake_areas)]
        kinds = [kind for area in wide for kind in area.kinds]
    said = dict.fromkeys(f"{kind.name}（{kind.state}）" if kind.name else kind.state for kind in kinds)
    return "、".join(said)[:300]
