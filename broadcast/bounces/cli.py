"""``scripts/disaster bounces read FILE…``: what letters that came back report, and with ``--apply`` into the ledger."""

import json
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from broadcast.bounces import intake, report

_WORDS = {
    report.Kind.FAILED: "not delivered",
    report.Kind.GAVE_UP: "given up after trying",
    report.Kind.DELAYED: "delayed, still trying",
    report.Kind.OTHER: "no report of a delivery",
}


@click.group()
def bounces() -> None:
    """Letters that could not be delivered."""


@bounces.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each file.")
@click.option("--apply", "apply_it", is_flag=True, help="Note what they report in the ledger; each letter counts once.")
@with_appcontext
def read(files: tuple[Path, ...], as_json: bool, apply_it: bool) -> None:
    """Tell what each FILE (a letter with its headers) reports."""
    for path in files:
        found = _read(path, apply_it)
        click.echo(json.dumps(found, ensure_ascii=False) if as_json else _line(found))


def _read(path: Path, apply_it: bool) -> dict[str, Any]:
    with path.open("rb") as file:
        letter = file.read(report.LARGEST)
    found = report.read(letter)
    receipt = intake.receipt_of(found)
    told: dict[str, Any] = {
        "file": path.name,
        "kind": found.kind.value,
        "status": found.status,
        "known": receipt is not None,
        "becomes": receipt.status if receipt else None,
    }
    if apply_it:
        told["counted"] = intake.take_in(letter).counted
    return told


def _line(found: dict[str, Any]) -> str:
    status = f" ({found['status']})" if found["status"] else ""
    of_ours = "one of our deliveries" if found["known"] else "none of our deliveries"
    counted = {True: ", noted", False: ", not noted (nothing new)"}.get(found.get("counted"), "")  # type: ignore[arg-type]
    return f"{found['file']}: {_WORDS[report.Kind(found['kind'])]}{status}, about {of_ours}{counted}"
