"""``disaster lalert write DIR``: every alert's document as a file, for a tool that imports a folder."""

import json
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from broadcast.cap.vocabulary import Mode
from broadcast.lalert import document, standing
from broadcast.lalert.names import NOT_CERTIFIED
from broadcast.models.alert import Transmission
from disaster.core.extensions import db


@click.group()
def lalert() -> None:
    """Documents in the shape of Lアラート (not certified)."""


@lalert.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--alert", "alerts", type=int, multiple=True, help="Only these alerts, by number.")
@click.option("--drills", is_flag=True, help="Drills too; their files begin with kunren-.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@with_appcontext
def write(folder: Path, alerts: tuple[int, ...], drills: bool, as_json: bool) -> None:
    """Write the documents of the alerts, and of the shelters as they stand, into FOLDER. The same alert is always the same file."""
    folder.mkdir(parents=True, exist_ok=True)
    query = select(Transmission).order_by(Transmission.id)
    if alerts:
        query = query.where(Transmission.alert_id.in_(alerts))
    if not drills:
        query = query.where(Transmission.mode == Mode.LIVE)
    for transmission in db.session.scalars(query):
        found = document.of(transmission)
        (folder / found.filename).write_bytes(found.body)
        line = {"alert": transmission.alert_id, "file": found.filename, "type": found.issue.type}
        click.echo(json.dumps(line, ensure_ascii=False) if as_json else f"{folder / found.filename}")
    if not alerts:
        name, body = standing.shelters()
        (folder / name).write_bytes(body)
        click.echo(json.dumps({"alert": None, "file": name, "type": "Shelter"}) if as_json else f"{folder / name}")
    if not as_json:
        click.echo(NOT_CERTIFIED)
