"""What the headquarters page shows at a glance: what is in force, what waits for whom, how the sending side is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for
from sqlalchemy import ColumnElement, and_, or_, select

from broadcast.alert import content_json, lifecycle, waivers
from broadcast.alert.content import Content
from broadcast.cap.vocabulary import Kind, Mode
from broadcast.channels import registry
from broadcast.governing import switches
from broadcast.models.alert import Alert, AlertEvent, State, Transmission
from broadcast.models.health import ChannelHealth
from broadcast.proving import proofs
from broadcast.proving.proofs import Proof
from broadcast.sending import ledger
from broadcast.subscribers import flagging
from broadcast.views import describing, wording
from disaster.core.clock import day_and_time
from disaster.core.extensions import db
from disaster.core.settings import settings
from disaster.staff.models import Account
from disaster.staff.permissions import Permission, granted

WORKER_SILENT = timedelta(seconds=15)
RECENT = timedelta(hours=24)
_WROTE = AlertEvent.verb.in_(lifecycle.AUTHORS)
LOOKED_AT = 5  # newest transmissions whose channels are looked through


@dataclass(frozen=True, slots=True)
class InForce:
    """One live alert that stands."""

    alert_id: int
    content: Content
    heading: str
    level: int | None
    since: datetime
    expires: datetime


@dataclass(frozen=True, slots=True)
class Task:
    """One line of 「あなたがすること」."""

    words: str
    href: str
    action: str
    detail: str = ""
    urgent: bool = False
    drill: bool = False


@dataclass(frozen=True, slots=True)
class Light:
    """One thing of the sending side: ``state`` is good, warn, bad or off (not set up); words and mark say the same as the colour."""

    name: str
    state: str
    words: str
    proof: str = ""

    @property
    def mark(self) -> str:
        """○ △ × －."""
        return {"good": "○", "warn": "△", "bad": "×"}.get(self.state, "－")


def in_force(at: datetime) -> list[InForce]:
    """Live alerts that stand, the highest level first."""
    found = [_in_force(transmission) for transmission in ledger.in_force(at)]
    return sorted(found, key=lambda one: -(one.level or 0))


def _in_force(transmission: Transmission) -> InForce:
    content = content_json.load(transmission.content)
    return InForce(
        alert_id=transmission.alert_id,
        content=content,
        heading=describing.heading(content.kind, content.msg_type, content.lifted, extends=content.extends),
        level=content.kind.level,
        since=transmission.sent_at,
        expires=transmission.expires_at,
    )


def tasks(account: Account, at: datetime) -> list[Task]:
    """What this person should do now, most urgent first."""
    found: list[Task] = []
    if granted(account.roles, Permission.ALERT_APPROVE):
        found += _to_approve(account, at)
        found += _to_review(account)
    if granted(account.roles, Permission.ALERT_COMPOSE):
        found += _unsent(at)
        found += _mine(account, at)
    if granted(account.roles, Permission.SUBSCRIBERS_MANAGE):
        found += _undelivered()
    return found


def _undelivered() -> list[Task]:
    number = flagging.waiting()
    words, href = f"届かなかった宛先が{number:,}件あります", url_for("undeliverable.index")
    return [Task(words=words, href=href, action="確かめて決める")] if number else []


def _to_approve(account: Account, at: datetime) -> list[Task]:
    wrote = select(AlertEvent.alert_id).where(AlertEvent.actor_id == account.id, _WROTE)
    waiting = _alerts(Alert.state == State.PENDING, Alert.id.not_in(wrote))
    return [
        Task(
            words=f"「{describing.heading_of(a)}」が承認を待っています",
            detail=waited(a, at),
            href=url_for("approval.page", alert_id=a.id),
            action="確認して承認する",
            urgent=True,
            drill=a.mode == Mode.DRILL,
        )
        for a in waiting
    ]


def _to_review(account: Account) -> list[Task]:
    sent = _alerts(Alert.emergency_reason != "", Alert.reviewed_by.is_(None), Alert.approved_by != account.id)
    return [
        Task(
            words=f"一人で緊急送信された「{describing.heading_of(a)}」の事後確認がまだです",
            href=url_for("composing.show", alert_id=a.id, _anchor="review"),
            action="事後確認する",
            urgent=True,
            drill=a.mode == Mode.DRILL,
        )
        for a in sent
    ]


def _mine(account: Account, at: datetime) -> list[Task]:
    words = {
        State.RETURNED: ("が差し戻されました", "直す"),
        State.DRAFT: ("は下書きです", "続きを書く"),
        State.PENDING: ("は承認を待っています", "見る"),
    }
    found = _alerts(Alert.drafted_by == account.id, Alert.state.in_(tuple(words)))
    return [
        Task(
            words=f"「{describing.heading_of(a)}」{words[State(a.state)][0]}",
            detail=waited(a, at) if a.state == State.PENDING else f"最後の変更 {day_and_time(a.updated_at)}",
            href=url_for("composing.show", alert_id=a.id),
            action=words[State(a.state)][1],
            urgent=a.state == State.RETURNED,
            drill=a.mode == Mode.DRILL,
        )
        for a in found
    ]


def _unsent(at: datetime) -> list[Task]:
    """Channels that sent nothing of a recent live alert stay on the list: one medium forgotten is a known accident."""
    recent = db.session.scalars(
        select(Transmission)
        .where(Transmission.mode == Mode.LIVE, Transmission.sent_at > at - RECENT, Transmission.stopped_at.is_(None))
        .order_by(Transmission.id.desc())
        .limit(LOOKED_AT)
    ).all()
    found = []
    for transmission in recent:
        decided = waivers.of(transmission.id)
        silent = [p.channel for p in ledger.progress(transmission.id) if waivers.silent(p) and p.channel not in decided]
        if silent:
            names = "・".join(wording.CHANNELS.get(name, name) for name in silent)
            found.append(
                Task(
                    words=f"{day_and_time(transmission.sent_at)}の配信が{names}では送れていません",
                    href=url_for("sending.progress", alert_id=transmission.alert_id),
                    action="することを見る",
                    urgent=True,
                )
            )
    return found


def waited(alert: Alert, at: datetime) -> str:
    """``提出から3分``."""
    minutes = int((at - alert.submitted_at).total_seconds() // 60) if alert.submitted_at else 0
    return f"提出から{minutes}分"


def overdue(alert: Alert, at: datetime) -> bool:
    """Whether the second person has let it wait for longer than the setting allows."""
    limit = timedelta(minutes=settings().approval_reminder_minutes)
    return alert.state == State.PENDING and alert.submitted_at is not None and at - alert.submitted_at >= limit


def authors(alert_id: int) -> set[int | None]:
    """Accounts that drafted, edited or submitted it; none of them may approve it."""
    return set(db.session.scalars(select(AlertEvent.actor_id).where(AlertEvent.alert_id == alert_id, _WROTE)))


def approvers(alert: Alert) -> list[Account]:
    """Who could approve this alert: has the permission and wrote nothing of it."""
    wrote = authors(alert.id)
    everyone = db.session.scalars(select(Account).where(Account.active).order_by(Account.id))
    return [a for a in everyone if a.id not in wrote and granted(a.roles, Permission.ALERT_APPROVE)]


def lights(at: datetime) -> list[Light]:
    """The worker, then every live channel: how it last sent, and when it last proved itself."""
    health = {row.channel: row for row in db.session.scalars(select(ChannelHealth))}
    proven_by = {proof.channel: proof for proof in proofs.proofs()}
    found = [_worker_light(ledger.last_beat(at), at)]
    for name, channel in registry.channels(Mode.LIVE).items():
        problems = channel.problems()
        if switches.off(name):
            state = "off" if problems else "bad"  # what is not set up and switched off is simply not used
            found.append(Light(wording.CHANNELS[name], state, switches.problems(channel)[0]))
        elif problems:
            found.append(Light(wording.CHANNELS[name], "off", f"未設定（送りません）：{' '.join(problems)}"))
        else:
            found.append(_channel_light(name, health.get(name), proven_by.get(name)))
    return found


def _worker_light(beat: datetime | None, at: datetime) -> Light:
    if beat is None or at - beat > WORKER_SILENT:
        last = f"最後の応答は{day_and_time(beat)}" if beat else "まだ一度も動いていません"
        return Light(
            "送信の係（プログラム）",
            "bad",
            f"動いていません。承認しても送られません（{last}）。管理者を呼んでください。",
        )
    return Light("送信の係（プログラム）", "good", "動いています")


def _channel_light(name: str, health: ChannelHealth | None, proof: Proof | None) -> Light:
    label = wording.CHANNELS[name]
    state, proof_words = proven(proof)
    if health and health.down_since:
        return Light(label, "bad", f"{day_and_time(health.down_since)}から送れません：{health.cause}", proof_words)
    if health and health.last_success_at:
        return Light(label, state, f"最後の送信 {proofs.said(health.last_success_at)}", proof_words)
    return Light(label, state, "準備できています（まだ送信はありません）", proof_words)


def proven(proof: Proof | None) -> tuple[str, str]:
    """State and words of the last rehearsal; red where it failed, amber where it is old or there is none."""
    if proof is None:
        return "good", ""
    at = proofs.said(proof.at) if proof.at else ""
    return {
        "proven": ("good", f"最終確認 {at}"),
        "running": ("good", f"通信試験中{f'（最終確認 {at}）' if at else ''}"),
        "failed": ("bad", f"通信試験で送れませんでした（{at}）：{proof.words}"),
        "old": ("warn", f"最終確認 {at}（1日以上前です）" if at else "まだ確かめていません"),
        "never": ("warn", "まだ確かめていません"),
        "none": ("good", "試験用の宛先がないので、確かめていません"),
    }[proof.state]


def _alerts(*where: ColumnElement[bool]) -> list[Alert]:
    return list(db.session.scalars(select(Alert).where(and_(*where)).order_by(Alert.submitted_at, Alert.id).limit(20)))


def listed(group: str, before: int, most: int) -> list[Alert]:
    """Alerts of one group of states, newest first; ``before`` is the last number of the page before, 0 for the first."""
    states = GROUPS.get(group)
    query = select(Alert).order_by(Alert.id.desc()).limit(most)
    if states:
        query = query.where(or_(*(Alert.state == state for state in states)))
    return list(db.session.scalars(query.where(Alert.id < before) if before else query))


GROUPS: dict[str, tuple[State, ...]] = {
    "open": (State.DRAFT, State.RETURNED, State.PENDING),
    "sent": (State.APPROVED, State.SENDING, State.SENT, State.STOPPED),
    "ended": (State.REJECTED, State.WITHDRAWN, State.EXPIRED),
}
GROUP_WORDS = {"": "すべて", "open": "作成中・承認待ち", "sent": "送信したもの", "ended": "送らなかったもの"}
LIFTABLE = (Kind.ELDERLY, Kind.EVACUATE, Kind.EMERGENCY)
