"""Single deliveries of a transmission, filtered by what people ask for and not by the states of the ledger."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select

from broadcast.models.delivery import Delivery, Status
from disaster.core.extensions import db

GROUPS: dict[str, tuple[Status, ...]] = {
    "lost": (Status.FAILED, Status.UNDELIVERABLE, Status.EXPIRED, Status.SKIPPED),
    "waiting": (Status.QUEUED, Status.SENDING),
    "unknown": (Status.UNCERTAIN,),
    "taken": (Status.ACCEPTED,),
    "arrived": (Status.DELIVERED,),
}
WORDS = {
    "lost": "届いていない",
    "waiting": "送信待ち・送信中",
    "unknown": "不明（届いたか分からない）",
    "taken": "送信済み（届いたという報告はない）",
    "arrived": "届いた",
}
TOLD = {  # codes of a call that was made, and how far it came
    "answered": "電話に出ました（確認のボタンは押されていません）。",
    "machine": "留守番電話でした。",
    "unreported": "電話がどうなったか、報告がありません。",
}


def rows(
    transmission_id: int, *, channel: str = "", among: Sequence[Status] = (), after: int = 0, most: int = 100
) -> list[Delivery]:
    """By number; ``among`` are the states that are wanted (none: all), ``after`` is the last number of the page before."""
    where: list[ColumnElement[bool]] = [Delivery.transmission_id == transmission_id, Delivery.id > after]
    if channel:
        where.append(Delivery.channel == channel)
    if among:
        where.append(Delivery.status.in_([int(status) for status in among]))
    return list(db.session.scalars(select(Delivery).where(*where).order_by(Delivery.id).limit(most)))
