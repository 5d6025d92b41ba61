"""The map page for everybody who looks at once: from the service, and as a published file from nginx, in the same run."""

import argparse
import statistics
import subprocess
import sys
import urllib.request
from pathlib import Path

from bench.installation import ROOT, Installation, installed, web
from bench.report import figure, note
from bench.web_peers import Load, Missing, crowd, nginx, program
from broadcast.alert import lifecycle
from disaster.core.municipality import municipality
from disaster.shelters import directory, importing, state
from disaster.shelters.vocabulary import Opening
from drill.ports import free_port

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def main(arguments: list[str]) -> int:
    """Measure and print; 1 where an answer was wrong."""
    parser = argparse.ArgumentParser(prog="scripts/bench public", description=__doc__)
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement (5)")
    parser.add_argument("--rounds", type=int, default=3, help="in turn, of which the middle one counts (3)")
    given = parser.parse_args(arguments)
    try:
        for name in ("nginx", "wrk"):
            program(name)
    except Missing as error:
        note(str(error))
        return 2
    with installed(25, 100) as town:
        _town(town)
        site, scratch = town.folder / "site", town.folder / "nginx"
        _publish(town, site)
        with web(town, free_port()) as ours, nginx(site, free_port(), scratch) as theirs:
            plain = _plain(ours, site)
            found = _rounds(given, ours, theirs)
    service, again, static, same = (_middle(found, name) for name in ("service", "again", "published", "plain"))
    wrong = sum(load.errors for loads in found.values() for load in loads)
    note(f"the map page has {plain:,} bytes; {wrong} wrong answers")
    figure("map_per_s", service.per_s, "pages/s", bytes=plain)
    figure("map_p99_ms", service.p99_ms, "ms", connections=16)
    figure("map_again_per_s", again.per_s, "answers/s (304)")
    peers = {"nginx_per_s": round(same.per_s), "nginx_p99_ms": round(same.p99_ms, 2)}
    figure("map_vs_nginx", service.per_s / same.per_s, "ratio", against="nginx, the same bytes as a file", peers=peers)
    figure("published_vs_static", static.per_s / same.per_s, "ratio", against="nginx, a file of that size", peers=peers)
    return 1 if wrong else 0


def _town(town: Installation) -> None:
    """Shelters, some of them open, and an alert in force."""
    importing.import_shipped(municipality())
    for shelter in directory.all_shelters()[:6]:
        state.set_opening(shelter.id, Opening.OPEN, seen=1, actor="cli", reason="bench")
    alert_id, seen = town.submit()
    approver, code = town.approver()
    lifecycle.approve(alert_id, approver, seen, code=code)


def _publish(town: Installation, site: Path) -> None:
    command = [sys.executable, "-P", "-m", "disaster.cli", "publish", str(site)]
    subprocess.run(command, cwd=ROOT, env=town.environment(), check=True, capture_output=True)


def _plain(ours: str, site: Path) -> int:
    """Put the served page beside the published ones as a file of the same bytes; its size."""
    with _OPENER.open(f"{ours}/map", timeout=10) as answer:
        body = answer.read()
    (site / "plain.html").write_bytes(body)
    return len(body)


def _rounds(given: argparse.Namespace, ours: str, theirs: str) -> dict[str, list[Load]]:
    """Everything in turn, so that a busy moment of the machine hits all of them."""
    with _OPENER.open(f"{ours}/map", timeout=10) as answer:
        etag = answer.headers["ETag"]
    found: dict[str, list[Load]] = {"service": [], "again": [], "published": [], "plain": []}
    for _ in range(given.rounds):
        found["service"].append(crowd(f"{ours}/map", seconds=given.seconds))
        found["again"].append(crowd(f"{ours}/map", seconds=given.seconds, headers=(f"If-None-Match: {etag}",)))
        found["published"].append(crowd(f"{theirs}/map/", seconds=given.seconds))
        found["plain"].append(crowd(f"{theirs}/plain.html", seconds=given.seconds))
    return found


def _middle(found: dict[str, list[Load]], name: str) -> Load:
    loads = found[name]
    return Load(statistics.median(load.per_s for load in loads), statistics.median(load.p99_ms for load in loads), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
