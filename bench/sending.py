"""One alert from approval to the last acceptance in the ledger, as the real worker sends it."""

import json
import subprocess
import threading
import time
from dataclasses import dataclass, field

from sqlalchemy import func, select

from bench import cpu
from bench.installation import Installation, fetch
from broadcast import lifecycle
from broadcast.models.alert import Transmission
from broadcast.models.delivery import Delivery, Status
from disaster.core.extensions import db

PATIENCE = 300.0  # seconds for one round


@dataclass
class Sent:
    """One alert: seconds after its approval, and what the worker spent on each message (µs, its threads apart by name)."""

    alert_id: int
    first_accepted_s: float
    last_accepted_s: float
    shown_s: float
    worker_cpu_us: float
    threads_cpu_us: dict[str, float] = field(default_factory=dict)


def send(town: Installation, channel: str, recipients: int, process: subprocess.Popen[bytes], url: str = "") -> Sent:
    """Approve an alert and wait until everybody's message was accepted; with ``url`` also until feed and page show it.

    Raises:
        RuntimeError: not everyone was reached in time, or the worker ended.
    """
    alert_id, seen = town.submit()
    approver, code = town.approver()
    shown: list[float] = []
    watcher = threading.Thread(target=_watch_feed, args=(url, alert_id, shown))
    before, started = cpu.of(process.pid), time.perf_counter()
    if url:
        watcher.start()
    lifecycle.approve(alert_id, approver, seen, code=code)
    first, last = _wait_for_all(alert_id, channel, recipients, process)
    spent, threads = cpu.per_message(before, cpu.of(process.pid), recipients)
    if url:
        watcher.join()
    shown_after = shown[0] - started if shown else 0.0
    return Sent(alert_id, first - started, last - started, shown_after, spent, threads)


def _watch_feed(url: str, alert_id: int, shown: list[float]) -> None:
    """When both the radio feed and the residents' page have the alert."""
    until = time.perf_counter() + PATIENCE
    while time.perf_counter() < until:
        on_air = any(
            message["alert"] == alert_id for message in json.loads(fetch(f"{url}/feeds/radio.json"))["messages"]
        )
        if on_air and f"/alerts/{alert_id}" in fetch(f"{url}/"):
            shown.append(time.perf_counter())
            return
        time.sleep(0.02)


def _wait_for_all(
    alert_id: int, channel: str, recipients: int, process: subprocess.Popen[bytes]
) -> tuple[float, float]:
    """When the ledger had the first and the last acceptance."""
    mine = select(Transmission.id).where(Transmission.alert_id == alert_id).scalar_subquery()
    count = select(func.count()).where(
        Delivery.transmission_id == mine, Delivery.channel == channel, Delivery.status >= Status.ACCEPTED
    )
    first, accepted, until = 0.0, 0, time.perf_counter() + PATIENCE
    while time.perf_counter() < until and process.poll() is None:
        accepted = db.session.scalar(count) or 0
        db.session.rollback()
        first = first or (time.perf_counter() if accepted else 0.0)
        if accepted >= recipients:
            return first, time.perf_counter()
        time.sleep(0.03)
    raise RuntimeError(f"not everyone was reached: {accepted} of {recipients}")
