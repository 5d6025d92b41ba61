"""On which ground information of the ledger may leave, to whom, and which items: the table of the law as data (災害対策基本法, 同施行規則)."""

from dataclasses import dataclass
from enum import StrEnum

from registry.consent.words import Recipient

_ALL = ("A1", "A2", "A3", "A4", "A5", "A6", "A7", "R1", "R2", "R3", "R4", "R5", "R7")  # never R6 (規則 8条の6)
_LIST = ("A1", "A2", "A3", "A4", "A7", "R1")  # the items of the 避難行動要支援者名簿 (法49条の10)


class Ground(StrEnum):
    """Grounds, as records keep them."""

    CONSENT = "90-4-1"
    INTERNAL = "90-4-2"
    GOVERNMENT = "90-4-3"
    GROUP = "90-4-4"
    WIDE = "86-8"
    SAFETY = "86-15"
    LIST_CONSENT = "49-11-2"
    LIST_EMERGENCY = "49-11-3"
    PLAN_CONSENT = "49-15-2"
    PLAN_EMERGENCY = "49-15-3"
    NAMES = "names"


@dataclass(frozen=True, slots=True)
class Rule:
    """What one ground allows.

    ``consented``: only what the person agreed to. ``application``: the five items of 規則 8条の6 are written down. ``protected``: the named
    officers may give it away of people under protection too. ``conditions``: what the officer confirms. ``exact``: neither more nor less
    items. ``public``: names that are published, of the address the 大字 alone, and of nobody who asked not to be.
    """

    law: str
    word: str
    recipients: tuple[Recipient, ...]
    items: tuple[str, ...]
    consented: bool = False
    application: bool = False
    protected: bool = False
    exact: bool = False
    public: bool = False
    conditions: tuple[str, ...] = ()


_R = Recipient
_PROPER = "目的が不当でなく、ほかの目的に使われるおそれがない"
_NEEDED = "相手が、被災者の援護に必要な限りで使う"
_LISTED = "対象の人は、避難行動要支援者名簿に載っている"
_PLANNED = "対象の人には、個別避難計画がある"
_SILENT = "提供先に、秘密を守る義務があること（法49条の13など）を伝えた"
_EMERGENCY = "災害が起きた（起きそうな）ため、命や体を守るのに特に必要"
RULES: dict[Ground, Rule] = {
    Ground.CONSENT: Rule(
        "法90条の4第1項1号",
        "本人の同意がある",
        (_R.GOVERNMENT, _R.GROUP, _R.SUPPORT, _R.RELATIVES, _R.KNOWN, _R.COMPANY),
        _ALL,
        consented=True,
        application=True,
        conditions=(_PROPER,),
    ),
    Ground.INTERNAL: Rule(
        "法90条の4第1項2号", "町の中で援護に使う", (_R.OFFICE,), _ALL, conditions=("援護の実施に必要な限りで使う",)
    ),
    Ground.GOVERNMENT: Rule(
        "法90条の4第1項3号",
        "ほかの自治体が援護に使う",
        (_R.GOVERNMENT,),
        _ALL,
        application=True,
        protected=True,
        conditions=(_NEEDED, _PROPER),
    ),
    Ground.GROUP: Rule(
        "法90条の4第1項4号",
        "登録団体が援護に使う",
        (_R.GROUP,),
        ("A1", "A2", "A3", "A4", "R1", "R2"),
        application=True,
        conditions=(
            "生活環境が不安定で、命や体に害が及ぶおそれがある",
            "町長が特に必要と認めた",
            _NEEDED,
            "漏えいを防ぐ措置を、地域防災計画に沿って確かめた",
            _PROPER,
        ),
    ),
    Ground.WIDE: Rule(
        "法86条の8第3項",
        "広域一時滞在：受入先の自治体に提供する",
        (_R.GOVERNMENT,),
        _ALL,
        protected=True,
        exact=True,
        conditions=("その人は、提供先の自治体に一時滞在する",),
    ),
    Ground.LIST_CONSENT: Rule(
        "法49条の11第2項",
        "要支援者名簿：平時、本人の同意がある",
        (_R.SUPPORT,),
        _LIST,
        consented=True,
        conditions=(_LISTED, _SILENT, _PROPER),
    ),
    Ground.LIST_EMERGENCY: Rule(
        "法49条の11第3項",
        "要支援者名簿：災害時、同意がなくても",
        (_R.SUPPORT, _R.GROUP, _R.GOVERNMENT),
        _LIST,
        conditions=(_EMERGENCY, _LISTED, _SILENT),
    ),
    Ground.PLAN_CONSENT: Rule(
        "法49条の15第2項",
        "個別避難計画：平時、本人と避難支援者の同意がある",
        (_R.SUPPORT,),
        _LIST,
        consented=True,
        conditions=(_PLANNED, "避難支援等実施者も同意している", _SILENT, _PROPER),
    ),
    Ground.PLAN_EMERGENCY: Rule(
        "法49条の15第3項",
        "個別避難計画：災害時、同意がなくても",
        (_R.SUPPORT, _R.GROUP, _R.GOVERNMENT),
        _LIST,
        conditions=(_EMERGENCY, _PLANNED, _SILENT),
    ),
    Ground.NAMES: Rule(
        "安否不明者の氏名等の公表（内閣府指針）",
        "氏名公表：県が公表する",
        (_R.GOVERNMENT,),
        ("A1", "A3", "A4"),
        public=True,
        conditions=("救助・捜索に役立つ", "住民基本台帳の閲覧制限（DV等支援措置）がないことを確かめた"),
    ),
}

# Of every ground, those too on which no file is made: what is said aloud is a disclosure as well.
WORDS = {ground: rule.word for ground, rule in RULES.items()} | {Ground.SAFETY: "安否照会に答えた"}
LAWS = {ground: rule.law for ground, rule in RULES.items()} | {Ground.SAFETY: "法86条の15"}


def allowed(ground: Ground, recipient_class: str, wanted: frozenset[str], consented: frozenset[str]) -> frozenset[str]:
    """Which of the wanted items of one person may go: a pure function of ground, recipient and consent. Nothing, where any of them does not fit."""
    rule = RULES.get(ground)
    if rule is None or recipient_class not in rule.recipients:
        return frozenset()
    may = frozenset(rule.items) & (frozenset(rule.items) if rule.exact else wanted)
    return may & consented if rule.consented else may
