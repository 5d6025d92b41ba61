"""When the disaster radio's station last fetched its feed with its token: the proof that the radio's route works, alert or not."""

from datetime import datetime, timedelta

from broadcast.channels.contract import ChannelDown
from broadcast.models.health import ChannelHealth
from disaster.core.clock import day_and_time, now
from disaster.core.db import transaction
from disaster.core.extensions import db

SILENT_AFTER = timedelta(minutes=15)  # stations ask every few seconds to minutes
_ROW = "radio.poll"
_EVERY = timedelta(minutes=1)  # one write a minute, however often the station asks


def polled() -> None:
    """Note a poll."""
    at, last = now(), last_poll()
    if last is not None and timedelta(0) <= at - last < _EVERY:
        return
    with transaction() as session:
        row = session.get(ChannelHealth, _ROW) or ChannelHealth(channel=_ROW, cause="")
        row.last_success_at = at
        session.add(row)


def last_poll() -> datetime | None:
    """The newest poll; None where the station never asked."""
    row = db.session.get(ChannelHealth, _ROW, populate_existing=True)
    return row.last_success_at if row else None


def prove() -> None:
    """Whether the station is there now.

    Raises:
        ChannelDown: since when it is silent.
    """
    last = last_poll()
    if last is None:
        raise ChannelDown("無線の装置が、まだ一度も文面を取りに来ていません。")
    if now() - last > SILENT_AFTER:
        raise ChannelDown(f"無線の装置が{day_and_time(last)}から文面を取りに来ていません。無線室で確かめてください。")
