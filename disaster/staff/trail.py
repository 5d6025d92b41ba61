"""The audit log as people read it: who did what to what, in words."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from disaster.core.audit import AuditEntry
from disaster.core.extensions import db
from disaster.staff.models import Account

WORDS = {  # for every action that is recorded anywhere; a test compares
    "backup.made": "控え（バックアップ）を作った",
    "backup.restored": "控え（バックアップ）から戻した",
    "staff.add": "アカウントを追加した",
    "staff.disable": "アカウントを止めた",
    "staff.enable": "アカウントを再開した",
    "staff.password": "パスワードを変えた",
    "staff.recovery_code_used": "予備コードを使った",
    "staff.recovery_codes": "予備コードを作り直した",
    "staff.roles": "役割を変えた",
    "staff.samples": "見本のアカウントを作った",
    "staff.sessions_ended": "ほかの端末のログインを終了した",
    "staff.set_up": "パスワードと確認コードを登録した",
    "staff.setup_link": "設定用リンクを発行した",
    "staff.sign_in": "ログインした",
    "staff.sign_in_refused": "ログインに失敗した",
    "alert.approved": "配信を承認した",
    "alert.drafted": "配信を起案した",
    "alert.edited": "配信を変えた",
    "alert.expired": "下書きが期限切れになった",
    "alert.finished": "配信が終わった",
    "alert.record_export": "配信の記録を取り出した",
    "alert.rejected": "配信を却下した",
    "alert.returned": "配信を差し戻した",
    "alert.reviewed": "緊急送信を事後確認した",
    "alert.sent_alone": "一人で緊急送信した",
    "alert.stopped": "未送信分を止めた",
    "alert.submitted": "配信の承認を求めた",
    "alert.withdrawn": "配信を取り下げた",
    "contact.confirmed": "配信の登録を確かめた",
    "contact.forgotten": "やめた宛先を消した",
    "contact.kept": "届かなかった宛先への配信を続けることにした",
    "contact.resumed": "本人が配信を再開した",
    "contact.stopped": "宛先への配信を止めた",
    "contact.unsubscribe": "配信の登録をやめた",
    "demo.seed": "お試し用のデータを作った",
    "exercise.close": "訓練を終えた",
    "exercise.open": "訓練を始めた",
    "exercise.tidied": "訓練の記録を片づけた",
    "proposal.create": "気象庁の発表から配信を提案した",
    "proposal.dismiss": "提案を使わないことにした",
    "proposal.held_back": "提案が多いため、止めた",
    "proposal.reopen": "提案を出し直した",
    "proposal.withdraw": "提案を取り下げた",
    "failover.step": "届かない人に次の手段で送り始めた",
    "failover.withdrawn": "届いた人への次の手段を取りやめた",
    "channel.waived": "送れなかった手段の扱いを決めた",
    "rehearsal.contact": "試験用の宛先を加えた",
    "rehearsal.requested": "通信試験を頼んだ",
    "rehearsal.finished": "通信試験が終わった",
    "setting.confirmed": "送信の設定の変更を確認した",
    "setting.proposed": "送信の設定の変更を提案した",
    "setting.refused": "送信の設定の変更を断った",
    "setting.withdrawn": "送信の設定の変更を取り下げた",
    "alert.reach_export": "地区ごとの届き具合を取り出した",
    "subscribers.import": "登録者の一覧を取り込んだ",
    "subscriber.changed": "配信の登録を変えた",
    "reading.added": "読み方の表にことばを加えた",
    "reading.approved": "読みを承認した",
    "reading.corrected": "読みを直した",
    "reading.removed": "読み方の表からことばを外した",
    "incident.begun": "災害を始めた",
    "device.enrolled": "端末が登録コードを使った",
    "device.invited": "端末の登録コードを出した",
    "device.preloaded": "端末が住民の一覧を受け取った",
    "device.pulled": "端末が避難者の一覧を受け取った",
    "device.revoked": "端末の登録を取り消した",
    "shelter.assigned": "避難所の担当と地区を決めた",
    "intake.synced": "端末の記録を受け取った",
    "shelter.closed": "避難所を閉じた",
    "shelter.crowding": "避難所の混雑を変えた",
    "shelter.full": "避難所を満員にした",
    "shelter.open": "避難所を開けた",
    "ledger.built": "被災者台帳を作った・足した",
    "ledger.fact": "被災者台帳に記入した",
    "ledger.household": "被災時の世帯を固定した",
    "ledger.household_voided": "被災時の世帯を取り消した",
    "ledger.listed": "被災者台帳の一覧を表示した",
    "ledger.viewed": "被災者台帳の一人を表示した",
    "my_number.entered": "個人番号を記録した",
    "my_number.removed": "個人番号を消した",
    "my_number.shown": "個人番号を表示した",
    "aid.amount": "援護の額を手で決めた",
    "aid.found": "援護の対象を探した",
    "aid.listed": "援護の案件の一覧を表示した",
    "aid.moved": "援護の案件を進めた",
    "aid.paid": "援護の差額の支給・返還を記録した",
    "aid.programme": "援護の制度を変えた",
    "aid.reviewed": "援護の見直しを決めた",
    "aid.said": "援護の申出を記録した",
    "aid.viewed": "援護の案件を表示した",
    "incident.day": "災害の日と原因を記録した",
    "incident.law": "法律の適用を記録した",
    "shelter.conditions": "避難所の設備を数えた",
    "shelter.everybody_moved": "避難所の全員の行き先をまとめて記録した",
    "shelter.note": "引継ぎを書いた",
    "shelter.note_done": "引継ぎの用件を済ませた",
    "shelter.notes_viewed": "引継ぎを表示した",
    "shelter.notes_read": "引継ぎを読んだ",
    "shelter.report": "避難所の日報を出した",
    "shelter.preparing": "避難所を開設準備中にした",
    "shelters.import": "避難所の一覧を取り込んだ",
    "people.searched": "避難者・住民を探した",
    "cards.printed": "世帯のQRカードを表示した",
    "conflict.decided": "食い違いを決めた",
    "intake.dismissed": "取り込めなかった記録を取り込まないことにした",
    "intake.taken": "取り込めなかった記録を新しく取り込んだ",
    "notice.seen": "見た記録の知らせを確かめた",
    "stay.followed_up": "行き先が不明の人を調べ終えた",
    "people.listed": "避難者の一覧を表示した",
    "person.different": "二つの記録を別人と決めた",
    "person.merged": "二つの記録を同じ人として統合した",
    "person.pair_put_off": "同じ人かどうかを保留にした",
    "person.unmerged": "統合を取り消した",
    "person.viewed": "避難者の記録を見た",
    "twofold.proposed": "2人目の確認を求めた",
    "twofold.confirmed": "2人目として確認した",
    "twofold.refused": "2人目の確認を断った・取り下げた",
    "consent.given": "提供の同意を記録した",
    "consent.viewed": "提供の同意を見た",
    "consent.withdrawn": "提供の同意の取消しを記録した",
    "disclosure.made": "台帳の情報を提供した",
    "disclosure.fetched": "提供のファイルを、もう一度保存した",
    "disclosure.reply_taken": "受入先の自治体の返答を取り込んだ",
    "disclosure.refused": "台帳の情報の提供を断った",
    "disclosure.viewed": "提供の記録を見た",
    "inquiry.answered": "安否照会に答えた",
    "inquiry.listed": "安否照会の一覧を見た",
    "inquiry.viewed": "安否照会の答えを見た",
    "access.asked": "だれがだれを見たかを調べた",
    "pfif.taken": "安否情報の共有サービスの記録を取り込んだ",
    "retention.wiped": "期間の過ぎた記録を消した",
    "protection.set": "秘匿を指定した・強くした",
    "protection.confirmed": "秘匿の指定を2人目として確認した",
    "protection.apart": "会わせてはいけない相手を、秘匿の指定に加えた",
    "protection.lifted": "秘匿を弱めた・解除した",
    "protection.viewed": "秘匿の指定を見た",
    "protection.sought_seen": "秘匿している人が尋ねられた知らせを見た",
    "protection.meeting_seen": "会わせてはいけない人の知らせに対応した",
    "residents.import": "住民の名簿を取り込んだ",
    "registry.entered": "避難者の記録を入力した",
    "supply.export": "物資の要請を取り出した",
    "supply.moved": "物資の要請を進めた",
    "supply.requested": "物資を要請した",
    "application.received": "罹災・被災証明書の申請を受け付けた",
    "application.moved": "証明書の申請を進めた",
    "application.files": "証明書の申請に写真・書類を加えた",
    "application.file_viewed": "証明書の申請の写真・書類を見た",
    "application.viewed": "証明書の申請を見た",
    "application.listed": "証明書の申請の一覧を見た",
    "dwelling.added": "建物を登録した",
    "dwelling.owner": "建物の持ち主を記録した",
    "survey.planned": "被害認定調査を予定した",
    "survey.started": "被害認定調査を始めた",
    "survey.judged": "被害認定調査の結果を入れた",
    "survey.cancelled": "被害認定調査を取り消した",
    "survey.approved": "被害の判定を承認した",
    "survey.listed": "被害認定調査の一覧を見た",
    "certificate.issued": "証明書を交付した",
    "certificate.printed": "証明書を印刷用に取り出した",
    "certificate.void": "証明書を無効にした",
    "certificate.report": "被害の集計を取り出した",
    "incident.described": "災害の名前・罹災原因を変えた",
    "welfare.contacted": "福祉の連絡の結果を記録した",
    "welfare.equipment": "医療機器・電源のことを記録した",
    "welfare.assessed": "福祉の判断を記録した",
    "welfare.referred": "移送の依頼を進めた",
    "welfare.printed": "福祉の訪問の一覧を印刷用に表示した",
    "telegram.load": "電文を読み込んだ",
}
_THINGS = {
    "alert": "配信",
    "account": "アカウント",
    "shelter": "避難所",
    "proposal": "提案",
    "telegram": "電文",
    "transmission": "送信",
    "contact": "宛先",
    "exercise": "訓練",
    "reading": "読み",
    "setting": "送信の設定の変更",
    "rehearsal": "通信試験",
    "incident": "災害",
    "application": "証明書の申請",
    "survey": "被害認定調査",
    "certificate": "証明書",
    "dwelling": "建物",
    "supply": "物資の要請",
    "protection": "秘匿の指定",
    "twofold": "2人目の確認",
    "inquiry": "安否照会",
    "disclosure": "提供の記録",
    "pair": "同じ人かもしれない組",
    "conflict": "食い違い",
    "quarantine": "取り込めなかった記録",
    "notice": "知らせ",
    "person": "避難者",
    "household": "世帯",
    "stay": "滞在",
    "victim": "台帳の人",
    "aid": "援護の案件",
    "affected_household": "被災時の世帯",
}
_ACCOUNT = re.compile(r"account:(\d+)")


@dataclass(frozen=True)
class Line:
    """One entry in words; ``action`` keeps the code."""

    number: int
    at: datetime
    who: str
    what: str
    action: str
    subject: str
    detail: str


def last(count: int) -> list[Line]:
    """The newest entries, newest first."""
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(count)).all()
    names = {account.id: account.name for account in db.session.scalars(select(Account))}
    return [_line(entry, names) for entry in entries]


def _line(entry: AuditEntry, names: dict[int, str]) -> Line:
    what = WORDS.get(entry.action, entry.action)
    detail = "" if entry.detail == "{}" else entry.detail
    return Line(entry.id, entry.at, who(entry.actor, names), what, entry.action, _thing(entry.subject, names), detail)


def who(actor: str, names: dict[int, str]) -> str:
    """Somebody who did something, in words; ``names`` by the number of the account."""
    if found := _ACCOUNT.fullmatch(actor):
        return names.get(int(found[1]), actor)
    known = {"cli": "サーバーのコマンド", "resident": "住民"}
    return known.get(actor) or ("システム（自動）" if actor.startswith("system:") else actor)


def _thing(subject: str, names: dict[int, str]) -> str:
    if subject == "first":
        return "最初の管理者"
    kind, _, number = subject.partition(":")
    if kind == "account" and number.isdigit():
        return names.get(int(number), subject)
    return f"{_THINGS[kind]} {number}" if kind in _THINGS and number else subject
