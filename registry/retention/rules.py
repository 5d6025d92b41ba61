"""How long what is kept: the rules as data. What stands in ``KEPT`` has no rule and is wiped by none."""

from dataclasses import dataclass
from datetime import timedelta

KEPT = {
    "ledger": "被災者台帳・被災時世帯・罹災証明書・援護の記録（支給の根拠。町の文書保存規程による）",
    "disclosures": "提供の記録・断った申請と同意（台帳の項目：規則8条の5 4号・5号）",
    "welfare": "福祉の相談・判断・移送の記録（支援の経緯。町の文書保存規程による。記録そのものを消す人の分は、一緒に消える）",
    "audit": "操作の記録（改ざんを確かめる鎖。消すと鎖が切れる）",
    "protection": "秘匿の指定（解除したものも、経緯として残す）",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``after``: how long after the last thing that happened to it."""

    name: str
    what: str
    after: timedelta
    why: str

    @property
    def span(self) -> str:
        """``after`` in words."""
        if not self.after:
            return "期限の日まで"
        if self.after.days < 4:
            return f"{int(self.after.total_seconds()) // 3600}時間"
        return f"{self.after.days // 365}年" if self.after.days % 365 == 0 else f"{self.after.days}日"


RULES = {
    rule.name: rule
    for rule in (
        Rule(
            "visitors",
            "帰宅困難者の記録（退所した人の氏名・連絡先など）",
            timedelta(hours=72),
            "帰宅の支援が終われば要らない",
        ),
        Rule(
            "foreign",
            "安否情報の共有サービスから取り込み、だれも確かめていない記録",
            timedelta(0),
            "サービスの決めた期限を過ぎている（PFIF 1.4）",
        ),
        Rule(
            "inquiries",
            "安否照会の内容（照会した人・探していた人・理由）",
            timedelta(days=365),
            "問い合わせへの対応が済んでいる",
        ),
        Rule(
            "views",
            "だれがだれを見たかの索引（操作の記録の本体は残る）",
            timedelta(days=1095),
            "確認の期間が過ぎている",
        ),
    )
}
