"""The words of welfare work, and every move of a referral."""

from registry.vocabulary import Care, Word


class Result(Word):
    """What came of one try to reach somebody."""

    TALKED = "talked", "話せた"
    FAMILY = "family", "家族と話せた"
    ABSENT = "absent", "不在"
    UNREACHED = "unreached", "連絡つかず"


FAILED = (Result.ABSENT, Result.UNREACHED)


class Equipment(Word):
    """What somebody's life may hang on."""

    OXYGEN = "oxygen", "酸素"
    VENTILATOR = "ventilator", "人工呼吸器"
    DIALYSIS = "dialysis", "透析"
    INSULIN = "insulin", "インスリン"
    SUCTION = "suction", "吸引器"
    POWERED = "powered", "電動のベッド・車いす"
    OTHER = "other", "その他の医療機器・薬"


class Judgement(Word):
    """Where somebody is cared for as they need (判断)."""

    GENERAL = "general", "一般の避難所で可"
    SPACE = "space", "福祉スペース"
    SHELTER = "shelter", "福祉避難所"
    FACILITY = "facility", "施設・病院"
    HOME = "home", "在宅＋支援"


MOVING = (Judgement.SHELTER, Judgement.FACILITY)  # nothing is done before the person is there


class Urgency(Word):
    """How soon something has to happen."""

    TODAY = "today", "きょうのうち"
    SOON = "soon", "2〜3日のうち"
    LATER = "later", "急がない"


class ReferralState(Word):
    """移送の依頼."""

    REQUESTED = "requested", "依頼中"
    ACCEPTED = "accepted", "受入れ決定"
    REFUSED = "refused", "受入れ不可"
    DONE = "done", "移送済み"
    CANCELLED = "cancelled", "取りやめ"


_S = ReferralState
MOVES: dict[ReferralState, tuple[ReferralState, ...]] = {
    _S.REQUESTED: (_S.ACCEPTED, _S.REFUSED, _S.CANCELLED),
    _S.ACCEPTED: (_S.DONE, _S.REFUSED, _S.CANCELLED),
    _S.REFUSED: (),
    _S.DONE: (),
    _S.CANCELLED: (),
}
OPEN = (_S.REQUESTED, _S.ACCEPTED)


class Tab(Word):
    """How far the work for somebody is; follows from what was written down (``registry/welfare/waiting.py``)."""

    NEW = "new", "未確認"
    IN_HAND = "in_hand", "対応中"
    DONE = "done", "済み"
    UNREACHED = "unreached", "連絡がつかない"


TAB_SAYS = {
    Tab.NEW: "まだ話を聞いていない人です。",
    Tab.IN_HAND: "話を聞いた人で、判断・移送・次の確認が残っています。",
    Tab.DONE: "判断が済み、次にすることのない人です。",
    Tab.UNREACHED: "最後の連絡で、本人にも家族にも話せなかった人です。",
}
FIRST = Care.DEVICE  # the reason that goes before all others: power or medical care
