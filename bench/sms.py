"""SMS against the limit of a stand-in that takes 150 ms for each message over at most 100 connections: 667 a second, and no more.

Ours goes from the approve step to the last acceptance in the ledger; the peers only send.
"""

import statistics

from bench import sms_peers, telephone
from bench.installation import installed, worker
from bench.report import figure, note
from bench.sending import Sent, send

UNUSED_PORT = 9  # of a mail server that nobody writes to


def measure(recipients: int, rounds: int) -> None:
    """Measure and print ``sms_vs_limit``."""
    sent: list[Sent] = []
    others: dict[str, list[float]] = {}
    with telephone.running() as url, installed(UNUSED_PORT, recipients, channel="sms", more=_settings(url)) as town:
        with worker(town) as process:
            for number in range(rounds):
                note(f"SMS, round {number + 1} of {rounds}")
                sent.append(send(town, "sms", recipients, [process]))
        for name in sms_peers.PEERS:
            others[name] = [sms_peers.measure(name, url, recipients)]
    _print(sent, recipients, {name: round(statistics.median(found), 1) for name, found in others.items()})


def _settings(url: str) -> dict[str, str]:
    return {
        "twilio_account_sid": telephone.SID,
        "twilio_auth_token": telephone.TOKEN,
        "twilio_from": telephone.SENDER,
        "twilio_api_url": url,
        "twilio_concurrency": str(telephone.CONNECTIONS),
        "twilio_per_second": str(round(telephone.LIMIT)),
    }


def _print(sent: list[Sent], recipients: int, peers: dict[str, float]) -> None:
    each = [recipients / one.last_accepted_s for one in sent]
    cheapest = min(sent, key=lambda one: one.worker_cpu_us)
    figure(
        "sms_vs_limit",
        statistics.median(each) / telephone.LIMIT,
        "times",
        against=f"{telephone.CONNECTIONS} connections / {telephone.LATENCY * 1000:.0f} ms",
        limit_per_s=round(telephone.LIMIT),
        recipients=recipients,
        rounds=[round(rate) for rate in each],
        peers=peers,
        worker_cpu_us=cheapest.worker_cpu_us,
    )
