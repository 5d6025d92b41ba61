"""The words of consents: who gives them, to whom, how. Recipients are the same classes that disclosures know."""

from enum import StrEnum


class By(StrEnum):
    """Who agreed. What the person says overrules what the family said."""

    SELF = "self"
    GUARDIAN = "guardian"
    FAMILY = "family"

    @property
    def ja(self) -> str:
        """The word on pages."""
        return {"self": "本人", "guardian": "法定代理人", "family": "家族（本人が変えられます）"}[self.value]


class Method(StrEnum):
    """How they agreed."""

    SIGNED = "signed"
    ORAL = "oral"
    ELECTRONIC = "electronic"

    @property
    def ja(self) -> str:
        """The word on pages."""
        return {"signed": "署名", "oral": "口頭（職員が立ち会い）", "electronic": "電子"}[self.value]


class Recipient(StrEnum):
    """Kinds of recipients."""

    SELF = "self"
    OFFICE = "office"
    GOVERNMENT = "government"
    GROUP = "group"
    SUPPORT = "support"
    RELATIVES = "relatives"
    KNOWN = "known"
    COMPANY = "company"
    PUBLIC = "public"

    @property
    def ja(self) -> str:
        """The word on pages."""
        return _RECIPIENTS[self]


_RECIPIENTS = {
    Recipient.SELF: "本人",
    Recipient.OFFICE: "町の中のほかの課",
    Recipient.GOVERNMENT: "ほかの自治体・県",
    Recipient.GROUP: "登録被災者援護協力団体",
    Recipient.SUPPORT: "避難支援の関係者（消防・警察・民生委員・社協・自主防災組織など）",
    Recipient.RELATIVES: "親族・同居人",
    Recipient.KNOWN: "知人",
    Recipient.COMPANY: "会社・その他の団体",
    Recipient.PUBLIC: "公表",
}
