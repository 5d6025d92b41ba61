"""Commands of the demonstration: ``scripts/disaster demo seed``."""

import json

import click
from flask.cli import with_appcontext

from disaster.demo import desk as shelters_desk
from disaster.demo import seed as filling


@click.group()
def demo() -> None:
    """The demonstration with sample residents."""


@demo.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_appcontext
def seed(as_json: bool) -> None:
    """Add the town's shelters, sample staff and sample residents where they are missing."""
    try:
        filled = filling.seed()
    except RuntimeError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(json.dumps(filling.as_dict(filled)))
    else:
        click.echo(f"added: {filled.shelters} shelters, {filled.residents} residents with {filled.contacts} addresses")


@demo.command()
@with_appcontext
def desk() -> None:
    """Open four shelters and fill them, as in the first night of a flood."""
    try:
        opened = shelters_desk.fill()
    except RuntimeError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"opened: {opened} shelters")
