"""The circuit breaker: how many live alerts may be approved in an hour, in total and for one area.

In 2022 a rule of a prefecture turned warnings into 626 mails in a night. What stops such a night here: feeds only propose, at most so many
an hour (``disaster/bulletins/proposals.py``); a person approves each; and this limit, which no rule and no stolen session can lift, because two
people change it (``governed``). Corrections, cancels and lifts are never held up and not counted: taking back must not be slower than the mistake.
Levels 4 and 5 have a reserve beyond the limit. Drills neither count nor are held up.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from broadcast.cap.vocabulary import Kind, Mode, MsgType
from broadcast.governing import governed
from broadcast.models.alert import Alert, Transmission
from disaster.core.clock import day_and_time, now
from disaster.core.errors import DomainError
from disaster.core.extensions import db
from disaster.core.municipality import municipality

HOUR = timedelta(hours=1)
URGENT = (Kind.EVACUATE, Kind.EMERGENCY)  # 警戒レベル4・5
NEARLY = 2  # so many left are worth a word before approving
_LOCK = 0x62726B72  # "brkr": on PostgreSQL two approvals at once count one after the other
_WHO = (
    "急ぐときは、「送信の設定」で上限を上げられます（承認者かシステム管理者の2人で、1人が提案し、もう1人が確認します）。"
    "警戒レベル4・5のための残りは別にあり、訂正・取消・解除は止まりません。"
)


class TooManySends(DomainError):
    """The limit of an hour is reached; nothing was sent."""

    status = 429


@dataclass(frozen=True, slots=True)
class Room:
    """How much is left: ``refusal`` is the sentence why nothing is, ``warning`` one before it comes to that."""

    refusal: str = ""
    warning: str = ""


def check(session: Session, alert: Alert) -> None:
    """Refuse what is too much, in the transaction of the approval.

    Raises:
        TooManySends: with who can raise the limit and how.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if refusal := room(alert).refusal:
        raise TooManySends(refusal)


def room(alert: Alert) -> Room:
    """What the breaker says about this alert now."""
    if not _counts(alert.mode, alert.msg_type, alert.kind):
        return Room()
    at = now()
    sent = _lately(at)
    reserve = governed.number("sends_reserve") if alert.kind in URGENT else 0
    limit, limit_area = governed.number("sends_per_hour") + reserve, governed.number("sends_per_hour_area") + reserve
    if len(sent) >= limit:
        return Room(_refused(f"この1時間に{len(sent)}回", limit, sent))
    area, number = _fullest(alert, sent)
    if number >= limit_area:
        there = [row for row in sent if row.whole_town or area in row.areas]
        return Room(_refused(f"この1時間に「{_name(area)}」へ{number}回", limit_area, there))
    left = min(limit - len(sent), limit_area - number)
    return Room(warning=f"1時間の上限まで、あと{left}回です（この配信を含む）。" if left <= NEARLY else "")


def _counts(mode: Mode, msg_type: MsgType, kind: Kind) -> bool:
    return mode == Mode.LIVE and msg_type == MsgType.ALERT and kind != Kind.LIFT


def _lately(at: datetime) -> list[Row[datetime, list[str], bool]]:
    rows = db.session.execute(
        select(Transmission.sent_at, Alert.areas, Alert.whole_town)
        .join(Alert, Alert.id == Transmission.alert_id)
        .where(
            Transmission.sent_at > at - HOUR,
            Transmission.mode == Mode.LIVE,
            Transmission.msg_type == MsgType.ALERT,
            Transmission.kind != Kind.LIFT,
        )
        .order_by(Transmission.sent_at)
    )
    return list(rows)


def _fullest(alert: Alert, sent: list[Row[datetime, list[str], bool]]) -> tuple[str, int]:
    """The area of this alert that was written to most often in the hour; an alert for the whole town is one for every area."""
    mine = [area.code for area in municipality().areas] if alert.whole_town else list(alert.areas)
    everywhere = sum(row.whole_town for row in sent)
    named = Counter(code for row in sent if not row.whole_town for code in row.areas)
    area = max(mine, key=lambda code: named[code], default="")
    return area, named[area] + everywhere


def _refused(what: str, limit: int, counted: list[Row[datetime, list[str], bool]]) -> str:
    free_at = counted[-limit].sent_at + HOUR
    return (
        f"{what}の配信が承認されていて、上限（{limit}回）に達しました。送りすぎを防ぐため、いまは承認できません。"
        f"{day_and_time(free_at)}を過ぎると、また承認できます。{_WHO}"
    )


def _name(code: str) -> str:
    known = municipality().area_by_code
    return known[code].name if code in known else code
