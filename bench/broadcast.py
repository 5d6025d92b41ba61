"""An evacuation order to every resident by e-mail: from the approve step to the last acceptance, ledger included.

The worker is the real worker process, the sink another process, the peers send the same text to the same sink in the same run.
Every rate is the median of several rounds, which alternate between us and the peers.
"""

import argparse
import json
import socket
import statistics
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from bench import peers, sink
from bench.installation import Installation, fetch, installed, web, worker
from bench.report import figure, note, peak_rss_mb
from broadcast import lifecycle
from broadcast.models.alert import Transmission
from broadcast.models.delivery import Delivery, Status
from disaster.core.extensions import db

BACKENDS = ("django", "apprise")  # mail backends of Python; the best of them is the peer of email_vs_best_peer
PATIENCE = 300.0  # seconds for one round


@dataclass
class Rounds:
    """What was measured in each round."""

    email_per_s: list[float] = field(default_factory=list)
    first_accepted_s: list[float] = field(default_factory=list)
    approve_to_feed_s: list[float] = field(default_factory=list)
    peers: dict[str, list[float]] = field(default_factory=dict)
    worker_rss_mb: float = 0.0


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench broadcast", description=__doc__)
    parser.add_argument("--recipients", type=int, default=26_000)
    parser.add_argument("--peers-recipients", type=int, default=2_000, help="for the slow peers")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(arguments)
    rounds = Rounds()
    with (
        sink.running() as port,
        installed(port, given.recipients) as town,
        worker(town) as process,
        web(town, _free_port()) as url,
    ):
        for number in range(given.rounds):
            note(f"round {number + 1} of {given.rounds}")
            text = _broadcast(town, url, process, rounds, given.recipients)
            _peers(port, text, given.recipients, given.peers_recipients, rounds)
    _print(rounds, given.recipients)
    return 0


def _broadcast(town: Installation, url: str, process: subprocess.Popen[bytes], rounds: Rounds, recipients: int) -> Path:
    """One alert from approval to the last acceptance; gives the text as a file for the peers."""
    alert_id, seen = town.submit()
    approver, code = town.approver()
    shown: list[float] = []
    watcher = threading.Thread(target=_watch_feed, args=(url, alert_id, shown))
    started = time.perf_counter()
    watcher.start()
    lifecycle.approve(alert_id, approver, seen, code=code)
    first, last = _wait_for_all(alert_id, recipients, process)
    watcher.join()
    rounds.email_per_s.append(recipients / (last - started))
    rounds.first_accepted_s.append(first - started)
    rounds.approve_to_feed_s.append(shown[0] - started)
    rounds.worker_rss_mb = max(rounds.worker_rss_mb, peak_rss_mb(process.pid))
    return _text_file(town, alert_id)


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


def _wait_for_all(alert_id: int, recipients: int, process: subprocess.Popen[bytes]) -> tuple[float, float]:
    """When the ledger had the first and the last acceptance."""
    mine = select(Transmission.id).where(Transmission.alert_id == alert_id).scalar_subquery()
    count = select(func.count()).where(
        Delivery.transmission_id == mine, Delivery.channel == "email", Delivery.status >= Status.ACCEPTED
    )
    first, until = 0.0, time.perf_counter() + PATIENCE
    while time.perf_counter() < until and process.poll() is None:
        accepted = db.session.scalar(count) or 0
        db.session.rollback()
        first = first or (time.perf_counter() if accepted else 0.0)
        if accepted >= recipients:
            return first, time.perf_counter()
        time.sleep(0.03)
    raise RuntimeError(f"not everyone was reached: {accepted} of {recipients}")


def _text_file(town: Installation, alert_id: int) -> Path:
    texts = db.session.scalar(select(Transmission.texts).where(Transmission.alert_id == alert_id))
    db.session.rollback()
    assert texts
    message = texts["email"]["ja"]
    path = town.folder / "mail.json"
    path.write_text(
        json.dumps({"subject": message["subject"], "body": message["body"], "sender": "bosai@town.example"})
    )
    return path


def _peers(port: int, text: Path, recipients: int, fewer: int, rounds: Rounds) -> None:
    for name in peers.PEERS:
        if name == "smtp_source" and not sink.SMTP_SOURCE:
            continue
        count = recipients if name == "smtp_source" else fewer
        rounds.peers.setdefault(name, []).append(peers.measure(name, port, count, text))


def _print(rounds: Rounds, recipients: int) -> None:
    ours = statistics.median(rounds.email_per_s)
    rates = {name: round(statistics.median(found)) for name, found in rounds.peers.items()}
    backends = {name: rates[name] for name in BACKENDS}
    best = max(backends, key=lambda name: backends[name])
    figure("email_per_s", ours, "1/s", recipients=recipients, rounds=[round(rate) for rate in rounds.email_per_s])
    others = {name: rate for name, rate in rates.items() if name not in BACKENDS}
    figure("email_vs_best_peer", ours / backends[best], "times", against=best, peers=backends, others=others)
    if "smtp_source" in rates:
        source = {"smtp_source": rates["smtp_source"]}
        figure("email_vs_smtp_source", ours / rates["smtp_source"], "times", against="smtp_source", peers=source)
    else:
        note("email_vs_smtp_source is left out: postfix's smtp-source is not installed here")
    first = round(statistics.median(rounds.first_accepted_s), 3)
    figure("approve_to_feed_s", statistics.median(rounds.approve_to_feed_s), "s", first_mail_accepted_s=first)
    figure("worker_rss_mb", rounds.worker_rss_mb, "MB")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port
