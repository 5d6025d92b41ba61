"""The words of the register, with their Japanese forms; what the tables store and the tablets send."""

from enum import StrEnum


class Outcome(StrEnum):
    """What became of one event of a tablet (DESIGN section 5)."""

    NEW = "NEW"  # something new stands in the register
    UPDATED = "UPDATED"  # it changed what stood there
    IDENTICAL = "IDENTICAL"  # the very same was here already
    OLD = "OLD"  # something newer stands; kept, changed nothing
    CONFLICT = "CONFLICT"  # kept; two values or two places stand against each other until a person decides
    INVALID = "INVALID"  # cannot be taken; stays on the tablet, marked


class Kind(StrEnum):
    """What an event is about."""

    HOUSEHOLD = "household"
    PERSON = "person"
    STAY = "stay"
    TALLY = "tally"
    CROWDING = "crowding"
    OPENING = "opening"


class Sex(StrEnum):
    """As the person says; never inferred from a name or a relation."""

    MALE = "m"
    FEMALE = "f"
    OTHER = "x"  # その他・答えない
    UNKNOWN = "u"

    @property
    def ja(self) -> str:
        """The word on pages."""
        return {"m": "男", "f": "女", "x": "その他・答えない", "u": "不明"}[self.value]


class Safety(StrEnum):
    """安否."""

    UNCONFIRMED = "unconfirmed"
    SAFE = "safe"
    LIGHT = "light"
    SEVERE = "severe"
    UNACCOUNTED = "unaccounted"
    MISSING = "missing"
    DEAD = "dead"

    @property
    def ja(self) -> str:
        """The word on pages."""
        return _SAFETY_JA[self]


_SAFETY_JA = {
    Safety.UNCONFIRMED: "未確認",
    Safety.SAFE: "無事",
    Safety.LIGHT: "軽傷",
    Safety.SEVERE: "重傷",
    Safety.UNACCOUNTED: "安否不明",
    Safety.MISSING: "行方不明",
    Safety.DEAD: "死亡",
}


class PlaceKind(StrEnum):
    """Where a person stays (滞在場所)."""

    SHELTER = "shelter"
    HOME = "home"
    CAR = "car"
    RELATIVES = "relatives"
    HOSPITAL = "hospital"
    FACILITY = "facility"
    ELSEWHERE = "elsewhere"  # 県外・他市町村
    UNKNOWN = "unknown"

    @property
    def ja(self) -> str:
        """The word on pages."""
        return _PLACE_JA[self]


_PLACE_JA = {
    PlaceKind.SHELTER: "避難所",
    PlaceKind.HOME: "自宅（在宅避難）",
    PlaceKind.CAR: "車中泊",
    PlaceKind.RELATIVES: "親戚・知人宅",
    PlaceKind.HOSPITAL: "病院",
    PlaceKind.FACILITY: "福祉施設",
    PlaceKind.ELSEWHERE: "県外・他市町村",
    PlaceKind.UNKNOWN: "不明",
}


class ExitReason(StrEnum):
    """Where somebody who leaves a place goes; one tap each."""

    HOME = "home"
    CAR = "car"
    RELATIVES = "relatives"
    OTHER_SHELTER = "other_shelter"
    HOSPITAL = "hospital"
    FACILITY = "facility"
    ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"
    DEAD = "dead"
    CORRECTION = "correction"  # was never here: a mistaken entry

    @property
    def ja(self) -> str:
        """The word on the buttons."""
        return _EXIT_JA[self]


_EXIT_JA = {
    ExitReason.HOME: "自宅",
    ExitReason.CAR: "車中",
    ExitReason.RELATIVES: "親戚宅",
    ExitReason.OTHER_SHELTER: "他の避難所",
    ExitReason.HOSPITAL: "病院",
    ExitReason.FACILITY: "施設",
    ExitReason.ELSEWHERE: "県外",
    ExitReason.UNKNOWN: "不明",
    ExitReason.DEAD: "死亡",
    ExitReason.CORRECTION: "入力の誤り",
}


class Nights(StrEnum):
    """When a person is at the place: meals and beds are counted apart."""

    BOTH = "both"
    NIGHT = "night"
    DAY = "day"
    MEALS = "meals"


class Care(StrEnum):
    """要配慮事由, as icons ask for them."""

    ELDERLY = "elderly"
    NURSING = "nursing"  # 要介護
    PHYSICAL = "physical"
    INTELLECTUAL = "intellectual"
    MENTAL = "mental"
    DEVELOPMENTAL = "developmental"
    SIGHT = "sight"
    HEARING = "hearing"
    INTERNAL = "internal"  # 内部障害・難病
    DEVICE = "device"  # 医療的ケア (酸素・呼吸器・透析・インスリン): may need power
    PREGNANT = "pregnant"
    INFANT = "infant"
    INJURED = "injured"
    ALLERGY = "allergy"
    LANGUAGE = "language"  # 日本語が難しい
    SERVICE_DOG = "service_dog"  # not a pet (身体障害者補助犬法)
    SINGLE_PARENT = "single_parent"
    OTHER = "other"

    @property
    def ja(self) -> str:
        """The word beside the icon."""
        return _CARE_JA[self]


_CARE_JA = {
    Care.ELDERLY: "高齢",
    Care.NURSING: "要介護",
    Care.PHYSICAL: "身体障害",
    Care.INTELLECTUAL: "知的障害",
    Care.MENTAL: "精神障害",
    Care.DEVELOPMENTAL: "発達障害",
    Care.SIGHT: "視覚障害",
    Care.HEARING: "聴覚障害",
    Care.INTERNAL: "内部障害・難病",
    Care.DEVICE: "医療的ケア・電源が必要",
    Care.PREGNANT: "妊産婦",
    Care.INFANT: "乳幼児",
    Care.INJURED: "けが・病気",
    Care.ALLERGY: "アレルギー",
    Care.LANGUAGE: "日本語が難しい",
    Care.SERVICE_DOG: "補助犬",
    Care.SINGLE_PARENT: "ひとり親",
    Care.OTHER: "その他",
}


class Protection(StrEnum):
    """秘匿. Whoever is ``HIDDEN`` does not exist for those who are not cleared."""

    NONE = "none"
    UNLISTED = "unlisted"  # 公開しない
    WHEREABOUTS = "whereabouts"  # 所在秘匿
    HIDDEN = "hidden"  # 存在秘匿 (支援措置等)


class ConflictKind(StrEnum):
    """What stands against each other."""

    FIELD = "field"  # 同じ項目の競合
    DOUBLE_STAY = "double_stay"  # 二重滞在
    REUSED_ID = "reused_id"  # the same id with other content
    CLOCK = "clock"  # the tablet's clock is far off
    AFTER_MERGE = "after_merge"  # an edit for somebody who was merged or deleted

    @property
    def ja(self) -> str:
        """The word on pages."""
        return _CONFLICT_JA[self]


_CONFLICT_JA = {
    ConflictKind.FIELD: "同じ項目に二つの値",
    ConflictKind.DOUBLE_STAY: "二つの場所にいることになっています",
    ConflictKind.REUSED_ID: "同じ番号に別の内容",
    ConflictKind.CLOCK: "端末の時計のずれ",
    ConflictKind.AFTER_MERGE: "統合・取消のあとの変更",
}


class Decision(StrEnum):
    """What a person said about two entries that may be one person (同一人候補)."""

    OPEN = "open"
    SAME = "same"
    DIFFERENT = "different"  # remembered, never asked again
