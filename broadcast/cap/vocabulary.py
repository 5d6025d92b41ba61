"""The vocabulary of an alert: kinds, hazards, languages, and how they are said in CAP 1.2.

警戒レベル 3, 4 and 5 here are the municipality's own (災害対策基本法 第56条, 第60条), never the 警戒レベル相当 of 気象庁.
"""

from enum import StrEnum


class Kind(StrEnum):
    """What the municipality says."""

    ELDERLY = "elderly"  # 高齢者等避難, 警戒レベル3
    EVACUATE = "evacuate"  # 避難指示, 警戒レベル4
    EMERGENCY = "emergency"  # 緊急安全確保, 警戒レベル5
    LIFT = "lift"  # 解除
    SHELTERS = "shelters"  # 避難所開設
    NOTICE = "notice"  # お知らせ

    @property
    def level(self) -> int | None:
        """警戒レベル, or None where the kind has none."""
        return {Kind.ELDERLY: 3, Kind.EVACUATE: 4, Kind.EMERGENCY: 5}.get(self)

    @property
    def ja(self) -> str:
        """The official word."""
        return _KIND_JA[self]


_KIND_JA = {
    Kind.ELDERLY: "高齢者等避難",
    Kind.EVACUATE: "避難指示",
    Kind.EMERGENCY: "緊急安全確保",
    Kind.LIFT: "解除",
    Kind.SHELTERS: "避難所開設",
    Kind.NOTICE: "お知らせ",
}


class Hazard(StrEnum):
    """Against what; the names follow the hazard columns of the shelter lists (災害対策基本法施行令 第20条の4)."""

    FLOOD = "flood"  # 洪水
    LANDSLIDE = "landslide"  # 崖崩れ、土石流及び地滑り
    STORM_SURGE = "storm_surge"  # 高潮
    EARTHQUAKE = "earthquake"  # 地震
    TSUNAMI = "tsunami"  # 津波
    FIRE = "fire"  # 大規模な火事
    INUNDATION = "inundation"  # 内水氾濫
    VOLCANO = "volcano"  # 火山現象
    WIND = "wind"  # 暴風
    SNOW = "snow"  # 大雪
    OTHER = "other"  # その他

    @property
    def ja(self) -> str:
        """The word in headings."""
        return _HAZARD_JA[self]


_HAZARD_JA = {
    Hazard.FLOOD: "洪水",
    Hazard.LANDSLIDE: "土砂災害",
    Hazard.STORM_SURGE: "高潮",
    Hazard.EARTHQUAKE: "地震",
    Hazard.TSUNAMI: "津波",
    Hazard.FIRE: "大規模な火事",
    Hazard.INUNDATION: "内水氾濫",
    Hazard.VOLCANO: "火山現象",
    Hazard.WIND: "暴風",
    Hazard.SNOW: "大雪",
    Hazard.OTHER: "その他",
}


class Mode(StrEnum):
    """Live or drill; fixed when the alert is created and never changed."""

    LIVE = "live"  # CAP status Actual
    DRILL = "drill"  # CAP status Exercise


class MsgType(StrEnum):
    """Relation to an earlier alert, as CAP says it."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"


class Language(StrEnum):
    """Languages in which every text is generated."""

    JA = "ja"
    EASY_JA = "easy_ja"  # やさしい日本語
    EN = "en"

    @property
    def tag(self) -> str:
        """Language tag (RFC 5646) for CAP and HTML."""
        return {Language.JA: "ja-JP", Language.EASY_JA: "ja-JP-x-easy", Language.EN: "en"}[self]
