"""The words of consents: who gives them, to whom, how. Recipients are the same classes that disclosures know."""

from registry.vocabulary import Word


class By(Word):
    """Who agreed. What the person says overrules what the family said."""

    SELF = "self", "本人"
    GUARDIAN = "guardian", "法定代理人"
    FAMILY = "family", "家族（本人が変えられます）"


class Method(Word):
    """How they agreed."""

    SIGNED = "signed", "署名"
    ORAL = "oral", "口頭（職員が立ち会い）"
    ELECTRONIC = "electronic", "電子"


class Recipient(Word):
    """Kinds of recipients."""

    SELF = "self", "本人"
    OFFICE = "office", "町の中のほかの課"
    GOVERNMENT = "government", "ほかの自治体・県"
    GROUP = "group", "登録被災者援護協力団体"
    SUPPORT = "support", "避難支援の関係者（消防・警察・民生委員・社協・自主防災組織など）"
    RELATIVES = "relatives", "親族・同居人"
    KNOWN = "known", "知人"
    COMPANY = "company", "会社・その他の団体"
    PUBLIC = "public", "公表"
