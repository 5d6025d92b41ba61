"""The words of the register, with their Japanese forms; what the tables store and the tablets send."""

from enum import StrEnum


class Word(StrEnum):
    """A closed word with its Japanese form: ``SAFE = "safe", "無事"``. Stored and sent is the first, ``ja`` is what pages show."""

    ja: str

    def __new__(cls, word: str, ja: str = "") -> "Word":
        """A member."""
        member = str.__new__(cls, word)
        member._value_, member.ja = word, ja
        return member


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


class Sex(Word):
    """As the person says; never inferred from a name or a relation."""

    MALE = "m", "男"
    FEMALE = "f", "女"
    OTHER = "x", "その他・答えない"
    UNKNOWN = "u", "不明"


class Safety(Word):
    """安否."""

    UNCONFIRMED = "unconfirmed", "未確認"
    SAFE = "safe", "無事"
    LIGHT = "light", "軽傷"
    SEVERE = "severe", "重傷"
    UNACCOUNTED = "unaccounted", "安否不明"
    MISSING = "missing", "行方不明"
    DEAD = "dead", "死亡"


class PlaceKind(Word):
    """Where a person stays (滞在場所)."""

    SHELTER = "shelter", "避難所"
    HOME = "home", "自宅（在宅避難）"
    CAR = "car", "車中泊"
    RELATIVES = "relatives", "親戚・知人宅"
    HOSPITAL = "hospital", "病院"
    FACILITY = "facility", "福祉施設"
    ELSEWHERE = "elsewhere", "県外・他市町村"
    UNKNOWN = "unknown", "不明"


class ExitReason(Word):
    """Where somebody who leaves a place goes; one tap each."""

    HOME = "home", "自宅"
    CAR = "car", "車中"
    RELATIVES = "relatives", "親戚宅"
    OTHER_SHELTER = "other_shelter", "他の避難所"
    HOSPITAL = "hospital", "病院"
    FACILITY = "facility", "施設"
    ELSEWHERE = "elsewhere", "県外"
    UNKNOWN = "unknown", "不明"
    DEAD = "dead", "死亡"
    CORRECTION = "correction", "入力の誤り"  # was never here: a mistaken entry


class Nights(StrEnum):
    """When a person is at the place: meals and beds are counted apart."""

    BOTH = "both"
    NIGHT = "night"
    DAY = "day"
    MEALS = "meals"


class Care(Word):
    """要配慮事由, as icons ask for them."""

    ELDERLY = "elderly", "高齢"
    NURSING = "nursing", "要介護"
    PHYSICAL = "physical", "身体障害"
    INTELLECTUAL = "intellectual", "知的障害"
    MENTAL = "mental", "精神障害"
    DEVELOPMENTAL = "developmental", "発達障害"
    SIGHT = "sight", "視覚障害"
    HEARING = "hearing", "聴覚障害"
    INTERNAL = "internal", "内部障害・難病"
    DEVICE = "device", "医療的ケア・電源が必要"  # 医療的ケア (酸素・呼吸器・透析・インスリン): may need power
    PREGNANT = "pregnant", "妊産婦"
    INFANT = "infant", "乳幼児"
    INJURED = "injured", "けが・病気"
    ALLERGY = "allergy", "アレルギー"
    LANGUAGE = "language", "日本語が難しい"
    SERVICE_DOG = "service_dog", "補助犬"  # not a pet (身体障害者補助犬法)
    SINGLE_PARENT = "single_parent", "ひとり親"
    OTHER = "other", "その他"


class Protection(Word):
    """秘匿. Whoever is ``HIDDEN`` does not exist for those who are not cleared."""

    NONE = "none", "なし"
    UNLISTED = "unlisted", "公開しない"
    WHEREABOUTS = "whereabouts", "所在秘匿"
    HIDDEN = "hidden", "存在秘匿"  # 支援措置等


# Nobody may learn where they are: on no tablet, found by no true name.
SECRET = (Protection.WHEREABOUTS, Protection.HIDDEN)


class ConflictKind(Word):
    """What stands against each other."""

    FIELD = "field", "同じ項目に二つの値"
    DOUBLE_STAY = "double_stay", "二つの場所にいることになっています"  # 二重滞在
    REUSED_ID = "reused_id", "同じ番号に別の内容"  # the same id with other content
    CLOCK = "clock", "端末の時計のずれ"  # the tablet's clock is far off
    AFTER_MERGE = "after_merge", "統合・取消のあとの変更"  # an edit for somebody who was merged or deleted


class Decision(StrEnum):
    """What a person said about two entries that may be one person (同一人候補)."""

    OPEN = "open"
    SAME = "same"
    DIFFERENT = "different"  # remembered, never asked again
