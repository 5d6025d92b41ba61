"""Why somebody is protected, and what each level means, in the words of the form."""

from registry.vocabulary import Protection, Word

LEVELS = {
    Protection.NONE: Protection.NONE.ja,
    Protection.UNLISTED: "公開しない（名簿の掲示・公表から外す）",
    Protection.WHEREABOUTS: "所在秘匿（居場所を知らせない。一覧には仮名で出す）",
    Protection.HIDDEN: "存在秘匿（担当者以外には「記録なし」と同じ）",
}


class Source(Word):
    """Why somebody is protected."""

    SUPPORT = "support", "DV等支援措置（住民基本台帳）"
    SELF = "self", "本人の申出"
    POLICE = "police", "警察からの連絡"
    OFFICER = "officer", "職員の判断"
