"""The 14 items of the victim ledger: seven of the Act (災害対策基本法 90条の3第2項), seven of the rule (同法施行規則 8条の5)."""

from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    """Where a value came from."""

    OFFICER = "officer"
    RESIDENTS = "residents"
    APPLICATION = "application"
    VICTIM = "victim"
    SURVEY = "survey"
    INTAKE = "intake"
    OFFICE = "office"
    LEDGER = "ledger"

    @property
    def ja(self) -> str:
        """The word on pages."""
        return _SOURCE_JA[self]


_SOURCE_JA = {
    Source.OFFICER: "台帳担当の記入",
    Source.RESIDENTS: "住民基本台帳",
    Source.APPLICATION: "申請書",
    Source.VICTIM: "本人の申出",
    Source.SURVEY: "被害認定調査",
    Source.INTAKE: "避難所の受付",
    Source.OFFICE: "ほかの機関",
    Source.LEDGER: "この台帳の記録",
}
# Which value of a field stands, where the sources differ: what an officer put right, then the residents' list (内閣府の記載例: 住基を優先),
# then what the victim signed. Of one source the latest.
PRECEDENCE = tuple(Source)


@dataclass(frozen=True, slots=True)
class Item:
    """One legal item. ``fields`` maps what belongs to it to its words; ``by_hand``: the fields that an officer may fill or put right;
    ``every``: the fields whose values stand beside each other, not one before another.
    """

    code: str
    law: str
    name: str
    fields: dict[str, str]
    by_hand: tuple[str, ...] = ()
    every: tuple[str, ...] = ()


ITEMS = (
    Item("A1", "法90条の3第2項1号", "氏名", {"name": "氏名", "kana": "ふりがな"}, ("name", "kana")),
    Item("A2", "同2号", "生年月日", {"birth": "生年月日"}, ("birth",)),
    Item("A3", "同3号", "性別", {"sex": "性別"}, ("sex",)),
    Item("A4", "同4号", "住所又は居所", {"address": "住所", "residence": "居所"}, ("address", "residence")),
    Item(
        "A5",
        "同5号",
        "住家の被害その他の被害の状況",
        {"dwelling": "住家の被害", "injury": "人の被害", "other": "その他の被害"},
        ("injury", "other"),
    ),
    Item("A6", "同6号", "援護の実施の状況", {"aid": "援護の状況"}, every=("aid",)),
    Item("A7", "同7号", "要配慮者である旨と事由", {"care": "該当する事由"}, ("care",)),
    Item(
        "R1",
        "規則8条の5第1号",
        "電話番号その他の連絡先",
        {"phone": "電話番号", "contact": "その他の連絡先"},
        ("phone", "contact"),
    ),
    Item("R2", "同2号", "世帯の構成", {"household": "被災時の世帯"}),
    Item("R3", "同3号", "罹災証明書の交付の状況", {"certificate": "罹災証明書"}),
    Item("R4", "同4号", "市町村以外への提供の同意と提供先", {"consent": "同意した提供先"}, every=("consent",)),
    Item("R5", "同5号", "提供した旨と日時", {"disclosure": "提供の記録"}, every=("disclosure",)),
    Item("R6", "同6号", "個人番号（利用する場合）", {"my_number": "個人番号"}),
    Item("R7", "同7号", "その他必要と認める事項", {"other": "その他"}, ("other",)),
)
BY_CODE = {item.code: item for item in ITEMS}
