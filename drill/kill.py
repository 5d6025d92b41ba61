"""A worker is killed with SIGKILL at a random instant of a send, again and again; the next one has to finish.

One trial is one alert and one kill. The instant is drawn: any time of the send (claim, wire, flush, commit), a letter that the mail
server has taken and not yet answered, or the moments after an answer and before its commit. In every third trial another worker is
alive beside the one that is killed.
"""

import argparse
import random
import secrets
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench.installation import Installation
from drill import sink, workers
from drill.comparison import Counts, Stored, address, compare, stored
from drill.report import note, result
from drill.sink import Sink
from drill.town import approved, installed, mail_settings
from drill.trial import alive
from drill.workers import Workers

CONNECTIONS = 8
DELAYS = (0.0, 0.0, 0.001, 0.005)  # seconds before the mail server answers for a letter
PATIENCE = 240.0  # seconds for one send after the kill; a machine may be very busy
MODULES = {"": "disaster.worker", "mark-first": "drill.mark_first", "retry": "drill.retry"}


@dataclass
class Trials:
    """The state of a run."""

    town: Installation
    mail: Sink
    start: Workers
    chance: random.Random
    people: int
    current: int = 0  # process id of the worker that is alive
    counts: Counts = field(default_factory=Counts)
    unfinished: int = 0
    slowest: float = 0.0  # seconds from a worker being alive to everything settled

    def next(self) -> int:
        """Start another worker."""
        return self.start.start(self.town.environment(), self.town.folder / "worker.log")


def main(arguments: list[str]) -> int:
    """Kill, compare, print; 1 where something was lost or doubled."""
    parser = argparse.ArgumentParser(prog="scripts/drill kill", description=__doc__)
    parser.add_argument("--trials", type=int, default=100, help="how many kills (100)")
    parser.add_argument("--people", type=int, default=300, help="recipients of each alert (300)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of the random instants")
    parser.add_argument("--cold", action="store_true", help="load the program anew for each worker (slow)")
    parser.add_argument("--database-url", default="", help="an empty PostgreSQL database instead of SQLite")
    parser.add_argument("--naive", choices=sorted(set(MODULES) - {""}), default="", help="try a naive worker instead")
    given = parser.parse_args(arguments)
    note(f"seed {given.seed}")
    with tempfile.TemporaryDirectory(prefix="disaster-drill-sink-") as folder, sink.running(Path(folder)) as mail:
        more = {"database_url": given.database_url, "smtp_connections": str(CONNECTIONS)}
        with (
            installed(given.people, {**mail_settings(mail.port), **more}) as town,
            workers.ready(MODULES[given.naive], cold=given.cold) as start,
        ):
            trials = Trials(town, mail, start, random.Random(given.seed), given.people)
            trials.current = trials.next()
            for number in range(given.trials):
                _trial(trials, number)
    return _print(trials, given)


def _trial(trials: Trials, number: int) -> None:
    delay = trials.chance.choice(DELAYS)
    trials.mail.tell(f"delay {delay}")
    _wait(lambda: alive(trials.current))
    beside = trials.next() if number % 3 == 2 else 0
    before = len(trials.mail.taken)
    strike = _instant(trials, delay)
    alert_id = approved(trials.town)
    strike()
    trials.start.kill(trials.current)
    trials.current = beside or trials.next()
    _wait(lambda: alive(trials.current))
    since = time.monotonic()
    ledger = _finished(alert_id)
    trials.slowest = max(trials.slowest, time.monotonic() - since)
    trials.unfinished += not ledger.finished
    trials.mail.read()
    promised = [address(contact) for contact in range(1, trials.people + 1)]
    counts = compare(promised, ledger, trials.mail.taken[before:])
    trials.counts.add(counts)
    if counts.lost or counts.doubled or counts.unsettled or not ledger.finished:
        note(f"trial {number}: {counts}")


def _instant(trials: Trials, delay: float) -> Callable[[], None]:
    """Choose when to strike; what the mail server has to know is said before the alert is approved."""
    kind = trials.chance.choice(("time", "time", "taken", "answered"))
    which = trials.chance.randint(1, trials.people)
    if kind == "time":
        span = trials.chance.uniform(0, 0.3 + 1.2 * trials.people * delay / CONNECTIONS)
        return lambda: time.sleep(span)
    if kind == "taken":
        trials.mail.tell(f"hold {which} 0.3")
        at = len(trials.mail.taken) + which
        return lambda: _watch(trials.mail, lambda: len(trials.mail.taken) >= at)
    at, span = trials.mail.answered + which, trials.chance.uniform(0, 0.02)

    def after_answer() -> None:
        _watch(trials.mail, lambda: trials.mail.answered >= at)
        time.sleep(span)

    return after_answer


def _watch(mail: Sink, reached: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not reached() and time.monotonic() < until:
        mail.read()


def _finished(alert_id: int) -> Stored:
    until = time.monotonic() + PATIENCE
    while not (found := stored(alert_id)).finished and time.monotonic() < until:
        time.sleep(0.02)
    return found


def _wait(reached: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not reached():
        if time.monotonic() > until:
            raise RuntimeError("the worker does not start; see worker.log")
        time.sleep(0.01)


def _print(trials: Trials, given: argparse.Namespace) -> int:
    counts = trials.counts
    wrong = counts.lost + counts.doubled + counts.unsettled + trials.unfinished
    result(
        "kill",
        counts.lost + counts.doubled,
        "messages lost or doubled under another Message-ID",
        kills=given.trials,
        **vars(counts),
        unfinished=trials.unfinished,
        slowest_finish_s=round(trials.slowest, 2),
        people=given.people,
        seed=given.seed,
        worker=given.naive or "disaster.worker",
    )
    return 1 if wrong else 0
