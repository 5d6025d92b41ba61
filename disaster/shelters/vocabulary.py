"""The words of the shelter lists and of a shelter's state, with their Japanese forms."""

from enum import StrEnum

# The eight kinds of disaster of 災害対策基本法施行令 第20条の4, in the order and with the headings of 国土地理院's lists.
HAZARD_COLUMNS = {
    "flood": "洪水",
    "landslide": "崖崩れ、土石流及び地滑り",
    "storm_surge": "高潮",
    "earthquake": "地震",
    "tsunami": "津波",
    "fire": "大規模な火事",
    "inundation": "内水氾濫",
    "volcano": "火山現象",
}
HAZARDS = tuple(HAZARD_COLUMNS)
HAZARD_SHORT = {
    "flood": "洪水",
    "landslide": "土砂災害",
    "storm_surge": "高潮",
    "earthquake": "地震",
    "tsunami": "津波",
    "fire": "火事",
    "inundation": "内水氾濫",
    "volcano": "火山",
}


class Suitability(StrEnum):
    """Whether a shelter may be used against one kind of disaster."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    @property
    def mark(self) -> str:
        """The sign of JIS Z 9098: ○, ×; － where nobody said."""
        return {Suitability.YES: "○", Suitability.NO: "×", Suitability.UNKNOWN: "－"}[self]

    @property
    def ja(self) -> str:
        """The same in words, for those who hear the page."""
        return {Suitability.YES: "使えます", Suitability.NO: "使えません", Suitability.UNKNOWN: "情報がありません"}[
            self
        ]


class ShelterKind(StrEnum):
    """By which article of the law a place is designated."""

    EMERGENCY = "emergency"
    EVACUATION = "evacuation"

    @property
    def ja(self) -> str:
        """The legal word."""
        return {ShelterKind.EMERGENCY: "指定緊急避難場所", ShelterKind.EVACUATION: "指定避難所"}[self]


class Opening(StrEnum):
    """What the staff decided."""

    CLOSED = "closed"
    PREPARING = "preparing"
    OPEN = "open"


class Crowding(StrEnum):
    """What the staff at the place see; the thresholds stand on the page that asks for it."""

    UNKNOWN = "unknown"
    FREE = "free"
    SOME = "some"
    CROWDED = "crowded"
    FULL = "full"

    @property
    def ja(self) -> str:
        """The word on the buttons and pages."""
        return _CROWDING_JA[self]


_CROWDING_JA = {
    Crowding.UNKNOWN: "混み具合は未確認",
    Crowding.FREE: "空きあり",
    Crowding.SOME: "やや混雑",
    Crowding.CROWDED: "混雑",
    Crowding.FULL: "満員",
}


class Status(StrEnum):
    """Opening and crowding in one word, for lists and maps."""

    CLOSED = "closed"
    PREPARING = "preparing"
    OPEN = "open"
    FULL = "full"

    @property
    def ja(self) -> str:
        """The word on pages."""
        return _STATUS_JA[self]


_STATUS_JA = {
    Status.CLOSED: "開設していません",
    Status.PREPARING: "開設準備中",
    Status.OPEN: "開設中",
    Status.FULL: "満員",
}
