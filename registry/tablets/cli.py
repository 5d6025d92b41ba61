"""``disaster intake``: entries of tablets on the command line.

``intake import FILE [--json]`` takes in a file that was carried from a tablet. With ``--json`` one object: ``device``, ``shelter`` (numbers),
``counts`` (entries by outcome), ``app`` and ``results`` (``[{"id", "status", "why"?}]``), which is also the receipt that the tablet loads. Exit
status 1 where something could not be taken.
"""

import json
from pathlib import Path

import click
from flask.cli import with_appcontext

from disaster.core.errors import DomainError
from registry.intake.schemas import APP
from registry.tablets import carrying
from registry.vocabulary import Outcome


@click.group()
def intake() -> None:
    """Entries of the shelters' tablets."""


@intake.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="one JSON object, which is also the tablet's receipt")
@click.pass_context
@with_appcontext
def import_file(context: click.Context, file: Path, as_json: bool) -> None:
    """Take in a FILE that was carried from a tablet; again and again changes nothing."""
    try:
        taken = carrying.take_in(file.read_bytes(), actor="cli")
    except DomainError as error:
        raise click.ClickException(error.message) from None
    if as_json:
        results = [result.as_dict() for result in taken.results]
        about = {"device": taken.device.id, "shelter": taken.device.shelter_id, "counts": taken.counts}
        click.echo(json.dumps({"app": APP, **about, "results": results}, ensure_ascii=False))
    else:
        click.echo("  ".join(f"{word}: {number}" for word, number in sorted(taken.counts.items())))
    context.exit(1 if Outcome.INVALID in taken.counts else 0)
