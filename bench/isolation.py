"""What one bad thing costs the others: the rate of e-mail to four mail domains while all is well, and beside a fifth that is slow or refuses,
beside SMS that are dead or never answered, and beside thousands who look at the residents' pages.

The mail server takes a fixed time for each letter, so the rate is that of the connections, as with a real relay. One real worker sends;
everything in turn in each round, the medians count. ``value`` is by how many per cent the rate fell; a slow domain costs once, until it is
known to be slow, so that its share shrinks with the size of the send.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from sqlalchemy import select, update

from bench import pollers, telephone
from bench.installation import Installation, installed, web, worker
from bench.lines import Lines
from bench.report import figure, note
from broadcast.alert import lifecycle
from broadcast.models.audience import Contact
from broadcast.models.delivery import Delivery, Status
from disaster.core import sealed
from disaster.core.db import transaction
from disaster.core.extensions import db
from drill.mailserver import FakeSmtp, serving_smtp
from drill.ports import free_port
from drill.trial import telephones

BAD = "tar.example"
PACE, SLOW = 0.02, 5.0  # seconds for a letter, and for one to the slow domain
PATIENCE = 240.0


@dataclass
class Weather:
    """What is bad now, and when each letter to a good domain was taken."""

    slow: bool = False
    refused: bool = False
    taken: list[float] = field(default_factory=list)

    def server(self) -> FakeSmtp:
        """A mail server under it."""
        at: dict[int, str] = {}
        fake = FakeSmtp()

        def rcpt(address: str) -> bytes | None:
            return b"451 4.3.0 try again later" if self.refused and address.endswith(BAD) else None

        def content(address: str) -> bytes | None:
            if not address.endswith(BAD):
                self.taken.append(time.monotonic())
            return None

        def slow(connection: int, command: bytes) -> float:
            if command == b"RCPT":
                last = next(
                    line for number, line in reversed(fake.commands) if number == connection and b"RCPT" in line[:4]
                )
                at[connection] = last.decode()
                fake.commands.clear()
            if command != b".":
                return 0.0
            return SLOW if self.slow and BAD in at.get(connection, "") else PACE

        fake.rcpt, fake.content, fake.slow = rcpt, content, slow
        return fake


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench isolation", description=__doc__)
    parser.add_argument("--recipients", type=int, default=15_000, help="by e-mail, a fifth of them at the bad domain")
    parser.add_argument("--telephones", type=int, default=400, help="by SMS")
    parser.add_argument("--pollers", type=int, default=2_000, help="who look every five seconds")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(arguments)
    weather, lines = Weather(), Lines()
    with ExitStack() as stack:
        mail = stack.enter_context(serving_smtp(weather.server()))
        sms = stack.enter_context(serving_smtp(lines))
        town = stack.enter_context(
            installed(mail.port, given.recipients, more=_settings(f"http://127.0.0.1:{sms.port}"))
        )
        _somewhere_else(given.recipients)
        telephones([f"+8190{number:08d}" for number in range(given.telephones)])
        url = stack.enter_context(web(town, free_port()))
        stack.enter_context(worker(town))
        good = given.recipients - len(range(5, given.recipients + 1, 5))
        found = _rounds(given, town, weather, lines, url, good)
    _print(found, given)
    return 0


def _settings(url: str) -> dict[str, str]:
    return {
        "twilio_account_sid": telephone.SID,
        "twilio_auth_token": telephone.TOKEN,
        "twilio_from": telephone.SENDER,
        "twilio_api_url": url,
    }


def _somewhere_else(recipients: int) -> None:
    """Every fifth address at the domain that goes bad, the others at four that do not."""
    with transaction() as session:
        for number in range(1, recipients + 1):
            domain = BAD if number % 5 == 0 else f"good{number % 5}.example"
            address = f"resident{number}@{domain}"
            values = {
                "address": sealed.seal(address, "contact"),
                "digest": sealed.digest(address, "contact"),
                "route": domain,
            }
            session.execute(update(Contact).where(Contact.id == number).values(**values))


def _rounds(
    given: argparse.Namespace, town: Installation, weather: Weather, lines: Lines, url: str, good: int
) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}

    def once(name: str) -> None:
        found.setdefault(name, []).append(_rate(town, weather, good))
        note(f"{name}: {found[name][-1]:.0f} letters a second to the good domains")

    _rate(town, weather, good)  # the first send opens connections; it counts for nothing
    for number in range(given.rounds):
        note(f"round {number + 1} of {given.rounds}")
        once("well")
        lines.state = "dead"
        once("dead_channel")
        lines.state = "silent"
        once("silent_channel")
        lines.state = "well"
        with pollers.looking(url, given.pollers):
            once("pollers")
        weather.slow = True  # last, because the worker remembers for a while that a domain was slow or refused
        once("slow_domain")
        weather.refused = True
        once("refused_domain")
    return found


def _rate(town: Installation, weather: Weather, good: int) -> float:
    """Letters a second to the good domains, from the approval to the last of them; then the rest is stopped."""
    weather.taken.clear()
    alert_id, seen = town.submit()
    approver, code = town.approver()
    started = time.monotonic()
    lifecycle.approve(alert_id, approver, seen, code=code)
    db.session.rollback()
    _until(lambda: len(weather.taken) >= good, "the good domains are not reached")
    rate = good / (weather.taken[good - 1] - started)
    weather.slow = weather.refused = False
    lifecycle.stop(alert_id, town.operator)
    _until(_nothing_on_its_way, "what was on its way does not end")
    return rate


def _nothing_on_its_way() -> bool:
    found = db.session.scalar(select(Delivery.id).where(Delivery.status.in_((Status.SENDING, Status.QUEUED))).limit(1))
    db.session.rollback()
    return found is None


def _until(holds: Callable[[], bool], otherwise: str) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > until:
            raise RuntimeError(otherwise)
        time.sleep(0.05)


def _print(found: dict[str, list[float]], given: argparse.Namespace) -> None:
    well = statistics.median(found["well"])
    for name, rates in found.items():
        if name == "well":
            continue
        more = {"pollers": given.pollers} if name == "pollers" else {}
        figure(
            f"isolation_{name}_pct",
            100 * (1 - statistics.median(rates) / well),
            "% slower",
            against="the same send while all is well",
            peers={"well_per_s": round(well)},
            rounds=[round(rate) for rate in rates],
            **more,
        )
