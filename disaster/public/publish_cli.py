"""``disaster publish``: the residents' pages as files."""

import json
import time
from dataclasses import asdict
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from flask.testing import FlaskClient

from disaster.core.errors import Invalid
from disaster.core.extensions import db
from disaster.core.settings import settings
from disaster.public import publication
from disaster.public.publication import Fetch


def from_service(client: FlaskClient, base: str) -> Fetch:
    """Ask the application itself, without a network."""

    def fetch(address: str) -> tuple[bytes, str]:
        answer = client.get(address, base_url=base)
        if answer.status_code != 200:
            raise LookupError(address)
        body = answer.get_data()
        answer.close()  # a sound is sent from an open file
        return body, answer.mimetype or ""

    return fetch


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--every", type=click.IntRange(min=1), help="Go on and publish anew every so many seconds.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each publication.")
@with_appcontext
def publish(folder: Path, every: int | None, as_json: bool) -> None:
    """Write the residents' pages into FOLDER, for any web server; only what changed is written."""
    fetch, live = from_service(current_app.test_client(), settings().public_url), settings().public_url
    while True:
        try:
            done = publication.publish(folder, fetch, live, Path(str(current_app.static_folder)))
        except Invalid as error:
            if every is None:
                raise click.ClickException(error.message) from None
            click.echo(error.message, err=True)
        else:
            told = asdict(done)
            words = f"{done.files}ファイル（書いたもの{done.written}、消したもの{done.gone}）：{folder}"
            click.echo(json.dumps(told) if as_json else words)
        db.session.remove()
        if every is None:
            return
        time.sleep(every)
