"""Figures of a transmission in the words and the order of the pages; unknown is never shown as zero."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from broadcast.alert import waivers
from broadcast.models.delivery import DeliveryEvent, Status
from broadcast.models.trust import ChannelWaiver
from broadcast.sending.ledger import ChannelProgress
from broadcast.views import safety, wording
from broadcast.views.wording import Reason
from disaster.core.extensions import db

STATION = "radio"  # fetches the text itself; until then nothing is read out
CALLS = {
    "answered": "応答のみ（確認なし）",
    "machine": "留守番電話",
    "unreported": "結果の報告なし",
}  # how far a call came
SPARED = "reached"  # code of what another channel had reached before: not lost


@dataclass(frozen=True, slots=True)
class Why:
    """One cause of what did not arrive: its code (for the details), how many, and the sentences."""

    code: str
    number: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Figures:
    """One channel's row: ``state`` is one word for the whole channel, ``delivered`` None where nobody reports arrival.

    ``late`` says that the minutes for a confirmation are over, ``silent`` that the channel sent nothing and nobody has decided about it.
    """

    channel: str
    label: str
    total: int
    accepted: int
    delivered: int | None
    waiting: int
    uncertain: int
    lost: int
    spared: int
    whys: list[Why]
    unset: bool
    told: tuple[tuple[str, int], ...] = ()
    late: bool = False
    silent: bool = False
    waiver: ChannelWaiver | None = None
    retrying: int = 0

    @property
    def unconfirmed(self) -> int:
        """Taken by the provider, which reports arrival and has not."""
        return self.accepted - self.delivered if self.delivered is not None else 0

    @property
    def off(self) -> bool:
        """Whether officers had taken the channel out of service."""
        return self.total > 0 and sum(why.number for why in self.whys if why.code == "off") == self.total

    @property
    def state(self) -> str:
        """How the channel stands, in words."""
        if self.waiver:
            return "手で伝えました" if self.waiver.by_hand else "使わないことに決めました"
        if self.unset:
            return "未設定（送っていません）"
        if self.off:
            return "職員が止めています"
        if self.waiting:
            return "送信しています" if self.waiting > self.retrying else "時間をおいて送っています"
        if self.channel == STATION and not self.lost and self.delivered != self.total:
            return "無線の装置の受け取り待ち"
        if self.lost:
            return "送れていません" if not self.accepted else "送り終わりました（届かなかった宛先あり）"
        if self.unconfirmed:
            return "到達未確認の宛先あり" if self.late else "届いたかの報告を待っています"
        return "送り終わりました"

    @property
    def tag(self) -> str:
        """The look of the word."""
        if self.waiver:
            return "quiet"
        if self.unset or (not self.accepted and not self.waiting and not self.spared):
            return "error"
        waits = self.channel == STATION and self.delivered != self.total
        return "warning" if self.lost or waits or (self.unconfirmed and self.late) else "good"


def channel(progress: ChannelProgress, *, confirms: bool = False, late: bool = False) -> Figures:
    """Figures of one channel; ``confirms`` as its contract has it."""
    spared = progress.reasons.get(SPARED, 0)
    whys = [
        Why(code, number, wording.reason(code))
        for code, number in sorted(progress.reasons.items(), key=lambda item: -item[1])
        if code != SPARED
    ]
    return Figures(
        channel=progress.channel,
        label=wording.CHANNELS.get(progress.channel, progress.channel),
        total=progress.total - spared,
        accepted=progress.accepted,
        delivered=progress.delivered if confirms else None,
        waiting=progress.waiting - progress.uncertain,
        uncertain=progress.uncertain,
        lost=progress.lost - spared,
        spared=spared,
        whys=whys,
        unset=progress.total > 0 and progress.reasons.get("config", 0) == progress.total,
        told=tuple((CALLS[code], number) for code, number in progress.told.items() if code in CALLS),
        late=late,
        retrying=progress.retrying,
    )


def decided(
    rows: Sequence[Figures], counts: Sequence[ChannelProgress], known: dict[str, ChannelWaiver]
) -> list[Figures]:
    """The rows with what was decided about silent channels."""
    silent = {one.channel for one in counts if waivers.silent(one)}
    return [
        replace(row, waiver=known.get(row.channel), silent=row.channel in silent and row.channel not in known)
        for row in rows
    ]


def in_order(counts: Sequence[ChannelProgress]) -> list[ChannelProgress]:
    """In the order of the pages."""
    order = list(wording.CHANNELS)
    return sorted(counts, key=lambda one: order.index(one.channel) if one.channel in order else len(order))


def total(counts: Sequence[ChannelProgress]) -> ChannelProgress:
    """All channels together, without what was taken back because it was not needed."""
    merged: dict[Status, int] = {}
    for one in counts:
        for status, number in one.counts.items():
            merged[status] = merged.get(status, 0) + number
        if SPARED in one.reasons:
            merged[Status.SKIPPED] -= one.reasons[SPARED]
    return ChannelProgress("", merged, {}, retrying=sum(one.retrying for one in counts))


def remaining(counts: Sequence[ChannelProgress], since: datetime, at: datetime) -> str:
    """How long it will still take at the rate so far, for the slowest channel; empty where that cannot be told. What waits for another try
    goes by its own schedule and not by a rate."""
    elapsed = at - since
    slowest = max(
        (
            elapsed * (one.waiting - one.retrying) / (one.accepted + one.lost)
            for one in counts
            if one.waiting > one.retrying and one.accepted + one.lost
        ),
        default=None,
    )
    return safety.spoken(slowest) if slowest is not None else ""


def events(delivery_ids: Sequence[int]) -> dict[int, list[DeliveryEvent]]:
    """The history of every delivery of a page, in one query."""
    found: dict[int, list[DeliveryEvent]] = {number: [] for number in delivery_ids}
    rows = db.session.scalars(
        select(DeliveryEvent).where(DeliveryEvent.delivery_id.in_(delivery_ids)).order_by(DeliveryEvent.id)
    )
    for event in rows:
        found[event.delivery_id].append(event)
    return found
