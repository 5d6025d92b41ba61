"""The words of protection."""

from enum import StrEnum

from registry.vocabulary import Protection

LEVELS = {
    Protection.NONE: "なし",
    Protection.UNLISTED: "公開しない（名簿の掲示・公表から外す）",
    Protection.WHEREABOUTS: "所在秘匿（居場所を知らせない。一覧には仮名で出す）",
    Protection.HIDDEN: "存在秘匿（担当者以外には「記録なし」と同じ）",
}
SHORT = {
    Protection.NONE: "なし",
    Protection.UNLISTED: "公開しない",
    Protection.WHEREABOUTS: "所在秘匿",
    Protection.HIDDEN: "存在秘匿",
}


class Source(StrEnum):
    """Why somebody is protected."""

    SUPPORT = "support"
    SELF = "self"
    POLICE = "police"
    OFFICER = "officer"

    @property
    def ja(self) -> str:
        """The word on pages."""
        return _SOURCES[self]


_SOURCES = {
    Source.SUPPORT: "DV等支援措置（住民基本台帳）",
    Source.SELF: "本人の申出",
    Source.POLICE: "警察からの連絡",
    Source.OFFICER: "職員の判断",
}
