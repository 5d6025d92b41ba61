"""Commands for whoever runs the service: database, worker, list of addresses."""

from importlib import import_module

import click
from flask import current_app
from flask.cli import with_appcontext

from broadcast.sending import tallies
from disaster import routes as listing
from disaster.core import keyfiles, schema
from disaster.core.loading import loading
from disaster.core.settings import load, settings
from disaster.staff import setup


@click.group("db")
def db_group() -> None:
    """Database."""


@db_group.command()
@with_appcontext
def upgrade() -> None:
    """Bring the tables up to date, all of it or nothing."""
    schema.upgrade()


@db_group.command()
@with_appcontext
def recount() -> None:
    """Count the deliveries anew, as after somebody wrote into the database by hand; tells how many tallies were wrong."""
    click.echo(f"{tallies.recount()}件の集計を直しました。")


@click.command("first-link", hidden=True)
@with_appcontext
def first_link() -> None:
    """Print the one-time link for the first administrator, or nothing where there is an account."""
    click.echo(setup.first_start_link() or "")


@click.command()
@with_appcontext
def keys() -> None:
    """Make the key files that are missing in the data folder, readable by nobody else."""
    for name in keyfiles.create_missing(settings().data_dir):
        click.echo(settings().data_dir / name)


@click.command()
def worker() -> None:
    """Run the worker that sends what was approved and reads the bulletins, until it is told to end."""
    scaled = bool(load().broker_url.get_secret_value())
    with loading():
        program = import_module(
            "disaster.scaled.worker" if scaled else "disaster.worker"
        )  # loaded by this command only
    program.main()


@click.command()
@with_appcontext
def routes() -> None:
    """Print every address with its methods and its guard, as a Markdown table."""
    click.echo("\n".join(listing.table(current_app)))
