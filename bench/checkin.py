"""Check-ins at the door: 20 shelters at once register families over HTTP, durably, against a bare view with one INSERT in the same run.

Each call is what a tablet sends when a family was saved: the family, its people and their stays, sealed to the server; one check-in is one
person. The bare view stores one person a call, unsealed, unmerged, unrecorded. Besides: 5,000 entries that one tablet made without a network.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select

from bench import load
from bench.installation import ROOT, Installation, _wait_for, fetch, installed, web
from bench.load import Load
from bench.report import figure, note
from bench.tablet import Json, Tablet, call
from disaster.core import keyfiles
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.shelters import directory, importing
from registry.models.intake import IntakeEvent
from registry.models.people import Stay
from registry.tablets import devices, seals
from tests.postgresql import free_port

SIZES = (1, 4, 2, 3)  # people of the families that come, 2.5 in the mean
OFFLINE = 5000


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench checkin", description=__doc__)
    parser.add_argument("--families", type=int, default=100, help="of each shelter in a round (100)")
    parser.add_argument("--shelters", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--offline", type=int, default=OFFLINE, help="entries that one tablet made without a network (5000)"
    )
    given = parser.parse_args(arguments)
    with town_with_key() as town, web(town, port := free_port()), _plain(plain := free_port()):
        desks = enrolled(given.shelters)
        ours: list[Load] = []
        bare: list[Load] = []
        people = 0
        for number in range(given.rounds):
            note(f"round {number + 1} of {given.rounds}")
            bare.append(load.run(plain, _bare(given.shelters, given.families)))
            calls, people = _families(desks, given.families, number)
            ours.append(load.run(port, calls))
            _all_new(ours[-1])
        _print(ours, bare, people, given)
        wrong = _offline(port, desks[0], given.offline)
    return wrong


def _print(ours: list[Load], bare: list[Load], people: int, given: argparse.Namespace) -> None:
    best, peer = min(load.seconds for load in ours), min(load.seconds for load in bare)
    rate, plain = people / best, given.shelters * given.families / peer
    figure(
        "checkin_per_s",
        rate,
        "people/s",
        calls_per_s=round(given.shelters * given.families / best, 1),
        shelters=given.shelters,
    )
    figure(
        "checkin_vs_plain",
        rate / plain,
        "ratio",
        against="bare Flask view, one INSERT, synchronous=FULL",
        peers={"plain": round(plain)},
    )
    figure(
        "checkin_p99_ms",
        min(load.p99_ms for load in ours),
        "ms",
        peers={"plain": round(min(load.p99_ms for load in bare), 1)},
    )


def _offline(port: int, desk: tuple[Tablet, str], number: int) -> int:
    """Send what one tablet made without a network; 1 where something of it is lost or doubled."""
    tablet, token = desk
    calls, events = _days_without_network(tablet, number)
    before = _stored()
    queue = [load.request("/api/v1/sync", json.dumps(body).encode(), token) for body in calls]
    sent = load.run(port, [queue])
    entries, stays = (now - then for now, then in zip(_stored(), before, strict=True))
    answered = {result["id"]: result["status"] for body in sent.bodies[0] for result in json.loads(body)["results"]}
    expected = sum(event["kind"] == "stay" for event in events)
    lost = len(events) - sum(answered.get(event["id"]) == "NEW" for event in events) + max(0, len(events) - entries)
    doubled = max(0, entries - len(events)) + max(0, stays - expected)
    figure("sync_5000_s", sent.seconds, "s", entries=len(events), lost=lost, doubled=doubled)
    return 1 if lost or doubled else 0


def _days_without_network(tablet: Tablet, number: int) -> tuple[list[Json], list[Json]]:
    now = int(time.time() * 1000)
    events: list[Json] = []
    items: list[Json] = []
    while len(events) < number:
        family = tablet.family(now, f"圏外{len(events)}", SIZES[len(items) % 4])[: number - len(events)]
        events += family
        items += tablet.sealed(family)
    return [call(items[start : start + 500], now) for start in range(0, len(items), 500)], events


def _families(desks: list[tuple[Tablet, str]], families: int, number: int) -> tuple[list[list[bytes]], int]:
    """The requests of each shelter, and how many people they check in."""
    now, people, queues = int(time.time() * 1000), 0, []
    for tablet, token in desks:
        queue = []
        for place in range(families):
            size = SIZES[place % len(SIZES)]
            people += size
            items = tablet.sealed(tablet.family(now, f"見本{number}", size))
            queue.append(load.request("/api/v1/sync", json.dumps(call(items, now)).encode(), token))
        queues.append(queue)
    return queues, people


def _bare(shelters: int, people: int) -> list[list[bytes]]:
    body = json.dumps({"name": "見本 太郎", "age": 40, "shelter": 1}).encode()
    return [[load.request("/checkin", body)] * people for _ in range(shelters)]


def _all_new(done: Load) -> None:
    for body in (body for queue in done.bodies for body in queue):
        if any(result["status"] != "NEW" for result in json.loads(body)["results"]):
            raise RuntimeError(f"an entry was not taken as new: {body[:300]!r}")


def _stored() -> tuple[int, int]:
    """Entries and stays in the database."""
    found = tuple(db.session.scalar(select(func.count()).select_from(model)) or 0 for model in (IntakeEvent, Stay))
    db.session.rollback()
    return found[0], found[1]


def enrolled(number: int) -> list[tuple[Tablet, str]]:
    """A tablet at each of so many shelters, with its token."""
    importing.import_shipped(municipality())
    seal, desks = seals.public(), []
    for shelter in directory.all_shelters()[:number]:
        _, code = devices.invite(shelter.id, "受付1", actor="cli")
        desks.append((Tablet(shelter.id, seal), devices.enrol(code, "")[1]))
    db.session.rollback()
    return desks


@contextlib.contextmanager
def town_with_key() -> Iterator[Installation]:
    """An installation with a key for tablets."""
    with tempfile.TemporaryDirectory() as folder:
        keyfiles.create_missing(Path(folder))
        key = keyfiles.read(Path(folder), {})["intake_private_key"]
    with installed(1, 1, more={"intake_private_key": key}) as town:
        yield town


@contextlib.contextmanager
def _plain(port: int) -> Iterator[None]:
    """The bare view, served like ours."""
    with tempfile.TemporaryDirectory(prefix="disaster-bench-plain-") as folder:
        command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
        command += [
            "--workers",
            "2",
            "--threads",
            "8",
            "--keep-alive",
            "5",
            "--no-control-socket",
            "bench.plain_insert:app",
        ]
        variables = {**os.environ, "PYTHONPATH": str(ROOT), "PLAIN_DATABASE": f"{folder}/plain.sqlite"}
        log = Path(folder) / "plain.log"
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=folder, env=variables, stdout=output, stderr=output)
        try:
            _wait_for(lambda: _answers(port), log)
            yield
        finally:
            process.terminate()
            process.wait(30)


def _answers(port: int) -> bool:
    try:
        return bool(fetch(f"http://127.0.0.1:{port}/feeds/radio.json"))
    except OSError:
        return False
