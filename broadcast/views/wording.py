"""The words of the headquarters' pages for states, reasons and history: sentences that people say, never codes."""

from dataclasses import dataclass

from broadcast.cap.vocabulary import Language
from broadcast.channels.registry import LABELS
from broadcast.models.alert import AlertEvent
from broadcast.models.delivery import Status
from disaster.staff.models import Account

CHANNELS = {**LABELS, "cell_broadcast": "緊急速報メール（手入力用）"}
LANGUAGES = {Language.JA: "日本語", Language.EASY_JA: "やさしい日本語", Language.EN: "英語"}
MEASURES = {"UTF-16": "文字分", "weight": "文字分（半角換算）", "characters": "文字"}

STATUSES = {
    Status.QUEUED: "送信待ち",
    Status.SENDING: "送信中",
    Status.UNCERTAIN: "不明（確認中）",
    Status.ACCEPTED: "送信済み",
    Status.DELIVERED: "届いた",
    Status.FAILED: "送れなかった",
    Status.UNDELIVERABLE: "届かない宛先",
    Status.EXPIRED: "期限切れで送らなかった",
    Status.SKIPPED: "送らなかった",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something did not arrive, and what the officer can do now."""

    why: str
    next: str


REASONS = {
    "config": Reason(
        "この手段は設定されていないか、設定がまちがっています。送っていません。",
        "ほかの手段（防災行政無線、広報車、電話）で伝えてください。設定は管理者に頼んでください。",
    ),
    "address": Reason(
        "宛先が使われていないか、まちがっています。", "電話か訪問で伝えてください。あとで登録を確かめてください。"
    ),
    "opted_out": Reason("本人が受信をやめています。", "必要なときは、電話か訪問で伝えてください。"),
    "content": Reason(
        "文面を事業者が受け付けませんでした。", "文面を短くした訂正を送るか、ほかの手段で伝えてください。"
    ),
    "throttled": Reason(
        "事業者が混み合っていて、受け付けられませんでした。",
        "急ぐ地区は、防災行政無線や広報車でも伝えてください。",
    ),
    "budget": Reason(
        "この手段で一日に投稿できる残りが少ないため、警戒レベル4・5と訂正のために取っておきました。投稿していません。",
        "急ぐときは、「記録」にある文面を手で投稿するか、ほかの手段で伝えてください。",
    ),
    "quota": Reason(
        "事業者との契約で送れる数（今月の上限）を使い切りました。残りの人には、この手段で送っていません。",
        "ほかの手段も登録している人には、そちらで送ります。急ぐ地区は、防災行政無線や広報車でも伝えてください。上限を増やすよう、管理者に頼んでください。",
    ),
    "rejected": Reason(
        "相手のメールサーバーか携帯電話会社が受け取りを断りました。",
        "電話か訪問で伝えてください。同じ会社の宛先が多いときは、管理者に知らせてください。",
    ),
    "unknown": Reason(
        "届きませんでした（電源が切れている、圏外、相手側の不具合など）。",
        "ほかの手段で伝えてください。続くときは、管理者に知らせてください。",
    ),
    "off": Reason("職員の判断で、この手段を止めています。送っていません。", "ほかの手段で伝えてください。"),
    "reached": Reason("先にほかの手段で届いたので、送りませんでした。", "することはありません。"),
    "unanswered": Reason(
        "何度か電話しましたが、話し中か、だれも出ませんでした。",
        "訪問するか、近所の方・民生委員・消防団に声かけを頼んでください。",
    ),
    "stopped": Reason("職員が送信を止めました。", "まちがいを送った人がいるときは、取消か訂正を送ってください。"),
    "superseded": Reason("後から出した続報（訂正・解除・取消）に置きかえました。", "することはありません。"),
    "expired": Reason(
        "期限を過ぎたので送りませんでした。", "危険が続いているときは、延長か新しい配信を作ってください。"
    ),
}

_VERBS = {
    "drafted": "起案しました",
    "edited": "内容を変更しました",
    "submitted": "承認を求めました",
    "returned": "差し戻しました",
    "rejected": "却下しました",
    "withdrawn": "取り下げました",
    "expired": "下書きのまま時間が過ぎたので、終わりにしました",
    "approved": "承認し、送信を始めました",
    "sent_alone": "一人で緊急送信しました",
    "stopped": "送信を止めました",
    "reviewed": "緊急送信を事後確認しました",
    "told_by_hand": "送れなかった手段を、手で伝えたと記録しました",
    "waived": "送れなかった手段を、使わないことに決めました",
}
_DRILL_VERBS = {
    "approved": "承認し、訓練として実行しました（住民には届きません）",
    "sent_alone": "一人で緊急送信の訓練を実行しました（住民には届きません）",
    "stopped": "訓練の実行を止めました",
}


def reason(code: str) -> Reason:
    """The sentences of a code; one that nobody wrote sentences for is an unknown cause."""
    return REASONS.get(code, REASONS["unknown"])


def sentence(event: AlertEvent, people: dict[int, Account], *, drill: bool) -> str:
    """One line of an alert's history: who did what."""
    who = people.get(event.actor_id or 0)
    subject = f"{who.name}さんが" if who else ("システムが" if event.actor_id is None else "（不明の職員）が")
    done = (_DRILL_VERBS.get(event.verb) if drill else None) or _VERBS.get(event.verb, event.verb)
    return f"{subject}{done}。"
