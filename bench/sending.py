"""One alert from approval to the last acceptance in the ledger, as the real worker sends it."""

import json
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select

from bench import cpu
from bench.installation import Installation, fetch
from broadcast.alert import lifecycle
from broadcast.models.alert import Transmission
from broadcast.models.delivery import Delivery, Status
from broadcast.models.tally import Tally
from disaster.core.extensions import db

PATIENCE = 300.0  # seconds for one round


@dataclass
class Sent:
    """One alert: seconds after its approval, and what the workers spent on each message (µs, its threads apart by name)."""

    alert_id: int
    first_accepted_s: float
    last_accepted_s: float
    shown_s: float
    worker_cpu_us: float
    threads_cpu_us: dict[str, float] = field(default_factory=dict)


def send(
    town: Installation, channel: str, recipients: int, processes: Sequence[subprocess.Popen[bytes]], url: str = ""
) -> Sent:
    """Approve an alert and wait until everybody's message was accepted; with ``url`` also until feed and page show it.

    Raises:
        RuntimeError: not everyone was reached in time, or the worker ended.
    """
    alert_id, seen = town.submit()
    approver, code = town.approver()
    shown: list[float] = []
    watcher = threading.Thread(target=_watch_feed, args=(url, alert_id, shown))
    before, started = [cpu.of(process.pid) for process in processes], time.perf_counter()
    if url:
        watcher.start()
    lifecycle.approve(alert_id, approver, seen, code=code)
    first, last = _wait_for_all(alert_id, channel, recipients, processes)
    after = [cpu.of(process.pid) for process in processes]
    spent, threads = cpu.per_message(cpu.joined(before), cpu.joined(after), recipients)
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
    alert_id: int, channel: str, recipients: int, processes: Sequence[subprocess.Popen[bytes]]
) -> tuple[float, float]:
    """When the ledger had the first and the last acceptance. Watched by its tallies, because counting takes time from the worker;
    at the end everything is counted."""
    mine = select(Transmission.id).where(Transmission.alert_id == alert_id).scalar_subquery()
    watched = select(func.sum(Tally.number)).where(
        Tally.transmission_id == mine, Tally.channel == channel, Tally.status >= Status.ACCEPTED
    )
    counted = select(func.count()).where(
        Delivery.transmission_id == mine, Delivery.channel == channel, Delivery.status >= Status.ACCEPTED
    )
    first, until = 0.0, time.perf_counter() + PATIENCE
    while time.perf_counter() < until and all(process.poll() is None for process in processes):
        accepted = db.session.scalar(watched) or 0
        db.session.rollback()
        first = first or (time.perf_counter() if accepted else 0.0)
        if accepted >= recipients:
            last = time.perf_counter()
            if db.session.scalar(counted) == recipients:
                return first, last
        time.sleep(0.03)
    raise RuntimeError(f"not everyone was reached: {db.session.scalar(counted)} of {recipients}")
