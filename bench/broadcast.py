"""An evacuation order to every resident: from the approve step to the last acceptance, ledger included, by e-mail and by SMS.

The workers are real worker processes, the mail sink and the stand-in for Twilio are other processes, the peers send the same text to the
same ones in the same run. Every rate is the median of several rounds, which alternate between us and the peers.
"""

import argparse
import contextlib
import json
import socket
import statistics
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from bench import large, peers, sink, sms
from bench.installation import Installation, installed, web, worker
from bench.report import figure, note, peak_rss_mb
from bench.sending import Sent, send
from broadcast.models.alert import Transmission
from disaster.core.extensions import db

BACKENDS = ("django", "apprise")  # mail backends of Python; the best of them is the peer of email_vs_best_peer


@dataclass
class Rounds:
    """What was measured in each round."""

    recipients: int
    workers: int
    sent: list[Sent] = field(default_factory=list)
    peers: dict[str, list[float]] = field(default_factory=dict)
    worker_rss_mb: float = 0.0


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench broadcast", description=__doc__)
    parser.add_argument("--recipients", type=int, default=26_000)
    parser.add_argument("--peers-recipients", type=int, default=2_000, help="for the slow peers")
    parser.add_argument("--sms-recipients", type=int, default=6_000, help="0 leaves SMS out")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2, help="worker processes that share the e-mail")
    parser.add_argument("--large", action="store_true", help="also a prefecture of 1,800,000, which takes some minutes")
    given = parser.parse_args(arguments)
    _email(given.recipients, given.peers_recipients, given.rounds, given.workers)
    if given.sms_recipients:
        sms.measure(given.sms_recipients, given.rounds)
    large.correction(given.recipients)
    if given.large:
        large.large()
    return 0


def _email(recipients: int, peers_recipients: int, count: int, workers: int) -> None:
    rounds = Rounds(recipients, workers)
    with (
        sink.running() as port,
        installed(port, recipients) as town,
        contextlib.ExitStack() as stack,
        web(town, _free_port()) as url,
    ):
        processes = [stack.enter_context(worker(town)) for _ in range(workers)]
        for number in range(count):
            note(f"e-mail, round {number + 1} of {count}")
            rounds.sent.append(send(town, "email", recipients, processes, url))
            rounds.worker_rss_mb = max(rounds.worker_rss_mb, *(peak_rss_mb(process.pid) for process in processes))
            _peers(port, _text_file(town, rounds.sent[-1].alert_id), peers_recipients, rounds)
    _print(rounds)


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


def _peers(port: int, text: Path, fewer: int, rounds: Rounds) -> None:
    for name in peers.PEERS:
        if name == "smtp_source" and not sink.SMTP_SOURCE:
            continue
        count = rounds.recipients if name == "smtp_source" else fewer
        rounds.peers.setdefault(name, []).append(peers.measure(name, port, count, text))


def _print(rounds: Rounds) -> None:
    each = [rounds.recipients / sent.last_accepted_s for sent in rounds.sent]
    ours = statistics.median(each)
    rates = {name: round(statistics.median(found)) for name, found in rounds.peers.items()}
    backends = {name: rates[name] for name in BACKENDS}
    best = max(backends, key=lambda name: backends[name])
    cheapest = min(rounds.sent, key=lambda sent: sent.worker_cpu_us)
    figure(
        "email_per_s",
        ours,
        "1/s",
        recipients=rounds.recipients,
        workers=rounds.workers,
        rounds=[round(rate) for rate in each],
        worker_cpu_us=cheapest.worker_cpu_us,
        threads_cpu_us=cheapest.threads_cpu_us,
    )
    others = {name: rate for name, rate in rates.items() if name not in BACKENDS}
    figure("email_vs_best_peer", ours / backends[best], "times", against=best, peers=backends, others=others)
    if "smtp_source" in rates:
        source = {"smtp_source": rates["smtp_source"]}
        figure("email_vs_smtp_source", ours / rates["smtp_source"], "times", against="smtp_source", peers=source)
    else:
        note("email_vs_smtp_source is left out: postfix's smtp-source is not installed here")
    first = round(statistics.median(sent.first_accepted_s for sent in rounds.sent), 3)
    shown = statistics.median(sent.shown_s for sent in rounds.sent)
    figure("approve_to_feed_s", shown, "s", first_mail_accepted_s=first)
    figure("worker_rss_mb", rounds.worker_rss_mb, "MB")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port
