"""``scripts/disaster check``: what is not set up, in plain sentences."""

import json
import sys
from dataclasses import asdict

import click
from flask.cli import with_appcontext

from disaster.readiness import findings

_MARKS = {"ok": "  よい  ok     ", "missing": "  注意  note   ", "wrong": "✕ 不可  BLOCKS "}


@click.command()
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object a line: area, state (ok, missing, wrong), ja, en."
)
@with_appcontext
def check(as_json: bool) -> None:
    """Tell in plain sentences what is not set up; exit code 1 when something keeps alerts from being sent."""
    found = findings()
    for finding in found:
        if as_json:
            click.echo(json.dumps(asdict(finding), ensure_ascii=False))
        else:
            click.echo(f"{_MARKS[finding.state]} {finding.ja}\n{' ' * 17}{finding.en}")
    sys.exit(any(finding.state == "wrong" for finding in found))
