"""Commands for whoever runs the service: database, worker, list of addresses."""

from importlib import import_module

import click
from flask import current_app
from flask.cli import ScriptInfo, pass_script_info, with_appcontext

from disaster import routes as listing
from disaster import schema


@click.group("db")
def db_group() -> None:
    """Database."""


@db_group.command()
@pass_script_info
def upgrade(info: ScriptInfo) -> None:
    """Bring the tables up to date."""
    schema.upgrade(info.load_app())


@click.command()
def worker() -> None:
    """Run the worker that sends what was approved and reads the bulletins, until it is told to end."""
    import_module("disaster.worker").main()  # the sending side is loaded by this command only


@click.command()
@with_appcontext
def routes() -> None:
    """Print every address with its methods and its guard, as a Markdown table."""
    click.echo("\n".join(listing.table(current_app)))
