"""Whether an alert would reach unusually many people, so that its number is typed and not only ticked.

A lost choice of areas (全域 by a slip) looks like any other alert, except for its number. A follow-up is never unusual: it goes to
those of the first one, and a cancel must not be slower than the mistake was.
"""

from sqlalchemy import func, select

from broadcast.cap.vocabulary import Mode
from broadcast.models.alert import Alert, Transmission
from broadcast.models.audience import Contact
from disaster.core.clock import day_and_time
from disaster.core.extensions import db

TIMES = 2  # as many as the last live alert had
SHARE = 0.5  # of everyone who can be written to


def reasons(alert: Alert, people: int) -> list[str]:
    """Why ``people`` is unusually many for this alert, as sentences; empty where a tick is enough."""
    if alert.references_id or not people:
        return []
    return [said for said in (_against_everyone(people), _against_the_last(people)) if said]


def _against_everyone(people: int) -> str:
    everyone = db.session.scalar(select(func.count(Contact.subscriber_id.distinct())).where(Contact.active)) or 0
    if people <= SHARE * everyone:
        return ""
    share = "全員" if people >= everyone else f"{people / everyone:.0%}"
    return f"登録している{everyone:,}人のうち{people:,}人（{share}）が対象です。"


def _against_the_last(people: int) -> str:
    last = db.session.execute(
        select(Transmission.people, Transmission.sent_at)
        .join(Alert, Alert.id == Transmission.alert_id)
        .where(Transmission.mode == Mode.LIVE, Alert.references_id.is_(None))
        .order_by(Transmission.id.desc())
        .limit(1)
    ).first()
    if last is None or people <= TIMES * last.people:
        return ""
    return f"前の配信（{day_and_time(last.sent_at)}、{last.people:,}人）の{TIMES}倍を超えています。"
