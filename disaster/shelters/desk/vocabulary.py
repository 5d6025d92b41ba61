"""The words of a shelter's desk: states of a request for supplies, what is asked for."""

from enum import StrEnum


class Supply(StrEnum):
    """How far a request for supplies has come."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    ARRANGED = "arranged"
    SHIPPED = "shipped"
    ARRIVED = "arrived"
    SHORT = "short"
    CANCELLED = "cancelled"

    @property
    def ja(self) -> str:
        """The word on pages."""
        return _SUPPLY_JA[self]


_SUPPLY_JA = {
    Supply.REQUESTED: "要請",
    Supply.ACCEPTED: "受付",
    Supply.ARRANGED: "手配",
    Supply.SHIPPED: "発送",
    Supply.ARRIVED: "到着",
    Supply.SHORT: "不足残",
    Supply.CANCELLED: "取消",
}
# Who moves a request where. A shelter asks, cancels and says what came; headquarters does the rest.
HEADQUARTERS_MOVES: dict[Supply, tuple[Supply, ...]] = {
    Supply.REQUESTED: (Supply.ACCEPTED, Supply.ARRANGED, Supply.SHIPPED, Supply.CANCELLED),
    Supply.ACCEPTED: (Supply.ARRANGED, Supply.SHIPPED, Supply.CANCELLED),
    Supply.ARRANGED: (Supply.SHIPPED, Supply.CANCELLED),
    Supply.SHORT: (Supply.ARRANGED, Supply.SHIPPED, Supply.CANCELLED),
}
SHELTER_MOVES: dict[Supply, tuple[Supply, ...]] = {
    Supply.REQUESTED: (Supply.ARRIVED, Supply.CANCELLED),
    Supply.ACCEPTED: (Supply.ARRIVED, Supply.CANCELLED),
    Supply.ARRANGED: (Supply.ARRIVED,),
    Supply.SHIPPED: (Supply.ARRIVED,),
    Supply.SHORT: (Supply.ARRIVED, Supply.CANCELLED),
}
WAITING = (Supply.REQUESTED, Supply.ACCEPTED, Supply.ARRANGED, Supply.SHIPPED, Supply.SHORT)

# The eight goods that the state sends without being asked (内閣府 プッシュ型支援の基本8品目), and what shelters ask for most.
ITEMS: dict[str, tuple[str, str]] = {
    "food": ("食料", "食"),
    "water": ("飲料水", "本"),
    "blanket": ("毛布", "枚"),
    "formula": ("乳児用ミルク", "箱"),
    "baby_diaper": ("乳児・小児用おむつ", "パック"),
    "adult_diaper": ("大人用おむつ", "パック"),
    "toilet": ("携帯・簡易トイレ", "回分"),
    "toilet_paper": ("トイレットペーパー", "巻"),
    "sanitary": ("生理用品", "パック"),
    "bed": ("段ボールベッド", "台"),
    "partition": ("間仕切り", "張"),
    "mask": ("マスク", "箱"),
    "disinfectant": ("消毒液", "本"),
    "medicine": ("常備薬・救急用品", "箱"),
    "clothing": ("衣類", "着"),
    "fuel": ("燃料", "L"),
}
OTHER = "other"
