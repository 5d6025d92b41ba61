"""Failover as the officer sees it: one line for each way people were handed on, and the history of one person's deliveries."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from broadcast.audience import failover
from broadcast.audience.failover_sql import SENT_ON
from broadcast.models.audience import Contact
from broadcast.models.delivery import PUBLIC, Delivery, DeliveryEvent, Status
from broadcast.sending.ledger import ChannelProgress
from broadcast.views import wording
from disaster.core.errors import Missing
from disaster.core.extensions import db

DOING = {
    "voice": ("電話をかけています", "電話をかけました"),
    "sms": ("SMSを送っています", "SMSを送りました"),
    "email": ("メールを送っています", "メールを送りました"),
    "line": ("LINEを送っています", "LINEを送りました"),
    "webpush": ("プッシュ通知を送っています", "プッシュ通知を送りました"),
}
SUFFERED = {
    "voice": "電話に出ていない",
    "sms": "SMSで届いていない",
    "email": "メールで届いていない",
    "line": "LINEで届いていない",
    "webpush": "プッシュ通知で届いていない",
}

CALLS = {  # as Twilio reports the course of a call
    "initiated": "電話をかけました",
    "ringing": "呼び出しました",
    "in-progress": "電話に出ました",
    "completed": "電話が終わりました",
    "busy": "話し中でした",
    "no-answer": "電話に出ませんでした",
    "key1": "「わかった」のボタン（1）が押されました",
    "machine": "留守番電話でした",
}


@dataclass(frozen=True, slots=True)
class Line:
    """People who went from one channel to another, since when, and whether that is still going on."""

    people: int
    since: datetime
    going_on: bool
    suffered: str
    doing: str

    @property
    def words(self) -> str:
        """``SMSで届いていない123人に、電話をかけています``."""
        return f"{self.suffered}{self.people:,}人に、{self.doing}"


def lines(transmission_id: int, counts: list[ChannelProgress]) -> list[Line]:
    """One line for each pair of channels, in the order in which they began."""
    waiting = {one.channel: one.waiting for one in counts}
    found: dict[tuple[str, str], tuple[int, datetime]] = {}
    for step in failover.steps(transmission_id):
        pair = (step.from_channel, step.to_channel)
        people, since = found.get(pair, (0, step.at))
        found[pair] = (people + step.people, since)
    return [_line(pair, people, since, bool(waiting.get(pair[1]))) for pair, (people, since) in found.items()]


def _line(pair: tuple[str, str], people: int, since: datetime, going_on: bool) -> Line:
    origin, channel = pair
    label = wording.CHANNELS.get(channel, channel)
    present, past = DOING.get(channel, (f"{label}で送っています", f"{label}で送りました"))
    suffered = SUFFERED.get(origin, f"{wording.CHANNELS.get(origin, origin)}で届いていない")
    return Line(people, since, going_on, suffered, present if going_on else past)


def of_person(transmission_id: int, delivery_id: int) -> list[Delivery]:
    """Every delivery of the transmission to the person behind one of them, in the order in which they were written.

    Raises:
        Missing: there is no such delivery to a person in this transmission.
    """
    mine, theirs = aliased(Contact), aliased(Contact)
    person = (
        select(mine.subscriber_id)
        .join(Delivery, Delivery.contact_id == mine.id)
        .where(Delivery.id == delivery_id, Delivery.transmission_id == transmission_id, Delivery.contact_id != PUBLIC)
        .scalar_subquery()
    )
    found = db.session.scalars(
        select(Delivery)
        .join(theirs, (theirs.id == Delivery.contact_id) & (theirs.channel == Delivery.channel))
        .where(Delivery.transmission_id == transmission_id, theirs.subscriber_id == person)
        .order_by(Delivery.id)
    ).all()
    if not found:
        raise Missing("この配信に、この番号の宛先はありません。")
    return list(found)


def told_on(origin: str) -> str:
    """Why a delivery of failover exists."""
    return f"{SUFFERED.get(origin, wording.CHANNELS.get(origin, origin))}ので、この手段に切り替えました"


def event_words(event: DeliveryEvent) -> str:
    """One event of a delivery in words; the code of failover names the channel before, the name of a call's report what happened."""
    if event.code == SENT_ON:
        return told_on(event.detail)
    reported = (event.source_id or "").rpartition(":")[2]
    if reported in CALLS:
        return CALLS[reported]
    words = wording.STATUSES.get(Status(event.status), str(event.status))
    return f"{words}：{wording.reason(event.code).why}" if event.code in wording.REASONS else words
