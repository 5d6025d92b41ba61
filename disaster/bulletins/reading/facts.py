"""What a telegram says, as plain frozen data."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum, StrEnum


class LevelEquivalent(IntEnum):
    """警戒レベル相当 of a bulletin of 気象庁 (2 to 5).

    A type of its own, because it is never the municipality's 警戒レベル: only a person issues that.
    """

    ADVISORY = 2  # 注意報
    WARNING = 3  # 警報
    DANGER = 4  # 危険警報
    EMERGENCY = 5  # 特別警報


class Scope(StrEnum):
    """What a code is a code of; the same digits can name a city and a seismometer in it."""

    PREFECTURE = "prefecture"  # 府県予報区等, 都道府県等
    REGION = "region"  # 一次細分区域等
    GROUP = "group"  # 市町村等をまとめた地域等
    CITY = "city"  # 市町村等 (7 digits)
    QUAKE_AREA = "quake_area"  # 地震情報／細分区域 (3 digits)
    COAST = "coast"  # 津波予報区
    RIVER = "river"  # 指定河川の予報区域, 河川
    STATION = "station"  # 観測点
    OTHER = "other"


@dataclass(frozen=True)
class Kind:
    """One phenomenon at one area.

    ``state`` is the word of the telegram (発表, 継続, 解除, 特別警報から危険警報 …); ``condition`` is an addition to the name
    (土砂災害、浸水害); ``last`` is the code that was in force before, where the telegram tells it.
    """

    code: str | None
    name: str | None
    level: LevelEquivalent | None
    state: str
    condition: str = ""
    last: str | None = None


@dataclass(frozen=True)
class Area:
    """One area of the telegram with its kinds, in the order of the telegram."""

    code: str
    name: str | None
    scope: Scope
    kinds: tuple[Kind, ...]


@dataclass(frozen=True)
class Bulletin:
    """One telegram. Texts are as in the telegram, "" where it says nothing."""

    type: str | None
    title: str
    status: str
    info_type: str
    report_datetime: str
    office: str
    editorial_office: str
    head_title: str
    headline: str
    event_id: str
    serial: str
    areas: tuple[Area, ...]

    @property
    def reported_at(self) -> datetime | None:
        """The time of announcement as an aware instant; None where it is missing or no time."""
        try:
            found = datetime.fromisoformat(self.report_datetime)
            return found.astimezone(UTC) if found.tzinfo else None
        except (ValueError, OverflowError):  # the ends of the calendar are no instant in UTC
            return None

    def find(self, code: str) -> Area | None:
        """The area with this code."""
        return next((area for area in self.areas if area.code == code), None)

    def city(self, code: str) -> Area | None:
        """The municipality with this JMA code, and no wider area and no observation point.

        Where 気象庁 splits a municipality (2420111, 2420112 of 2420100), the kinds of all its parts under the municipality's own code.
        """
        cities = [area for area in self.areas if area.scope is Scope.CITY]
        whole = [area for area in cities if area.code == code]
        parts = whole or [area for area in cities if area.code[:5] == code[:5] and len(area.code) == len(code)]
        if not parts:
            return None
        kinds = dict.fromkeys(kind for area in parts for kind in area.kinds)
        return Area(code, parts[0].name, Scope.CITY, tuple(kinds))


class Unreadable(Exception):
    """The bytes are no telegram that can be read; the text is one plain Japanese line."""
