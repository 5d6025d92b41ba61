"""``scripts/disaster registry …``: what retention would wipe, protection put in force again, PFIF files."""

import json
from pathlib import Path

import click
from flask.cli import with_appcontext

from disaster.core.errors import DomainError
from registry.disclosure import replying
from registry.pfif import document, receiving
from registry.protection import orders
from registry.retention import wiping
from registry.retention.rules import RULES


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_appcontext
def retention(as_json: bool) -> None:
    """Tell how many records each rule would wipe now; wipes nothing: that takes two officers on the page."""
    found = {name: wiping.due(name) for name in RULES}
    click.echo(json.dumps(found) if as_json else "\n".join(f"{name}\t{number}" for name, number in found.items()))


@click.command()
@with_appcontext
def rearm() -> None:
    """Put every standing protection in force again, as after a restore by hand."""
    click.echo(f"{orders.rearm()} protection orders are in force")


@click.command("pfif-read")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def pfif_read(files: tuple[Path, ...]) -> None:
    """Read PFIF 1.4 FILES and tell how many people each names."""
    for file in files:
        try:
            click.echo(json.dumps({"file": file.name, "people": len(document.read(file.read_bytes()))}))
        except DomainError as error:
            raise click.ClickException(f"{file.name}: {error.message}") from None


@click.command("pfif-take")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Tell what would happen, change nothing.")
@with_appcontext
def pfif_take(file: Path, dry_run: bool) -> None:
    """Bring the people of a PFIF 1.4 FILE into the register, as entries that nobody has checked."""
    try:
        taken = receiving.take(file.read_bytes(), actor="cli", dry_run=dry_run)
    except DomainError as error:
        raise click.ClickException(error.message) from None
    told = {name: getattr(taken, name) for name in ("new", "known", "expired", "notes", "changed", "unknown")}
    click.echo(json.dumps(told))


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--disclosure", type=int, required=True, help="The number of the disclosure that it answers.")
@click.option("--dry-run", is_flag=True, help="Tell what would happen, change nothing.")
@with_appcontext
def reply(file: Path, disclosure: int, dry_run: bool) -> None:
    """Take in the FILE that a receiving town sent back about people in 広域一時滞在."""
    try:
        taken = replying.take(disclosure, file.read_bytes(), actor="cli", dry_run=dry_run)
    except DomainError as error:
        raise click.ClickException(error.message) from None
    told = {"people": taken.people, "new": taken.new, "ignored": taken.ignored, "not_in_it": taken.apart}
    click.echo(json.dumps(told, ensure_ascii=False))


COMMANDS = (retention, rearm, pfif_read, pfif_take, reply)
