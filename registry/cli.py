"""``disaster registry``: the register on the command line.

``registry search WORDS… [--most N] [--json]`` finds people as the page ``/registry/search`` does, in the same order (readings, names, Latin letters, birth
dates, telephones, areas). With ``--json`` one object a line: ``subject`` (person, resident), ``id``, ``name``, ``kana``, ``birth_date``,
``birth_precision``, ``sex``, ``address``, ``area_code``, ``household``, ``gone``, ``shelter_id``, ``cost``.
Recorded in the audit log as ``cli``. Protected people are never found.

``registry reindex`` makes the index of the search anew, in pieces.
"""

import json

import click
from flask.cli import with_appcontext

from disaster.core.db import transaction
from disaster.core.extensions import db
from registry import giving_cli
from registry.people import finding
from registry.residents import writing
from registry.search import indexing, sweeping
from registry.search.ranking import SHOWN, Scope, find

_PIECE = 5_000


@click.group()
def registry() -> None:
    """Find people, make the search's index anew."""


@registry.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option("--most", type=click.IntRange(1, 200), default=SHOWN, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line")
@with_appcontext
def search(words: tuple[str, ...], most: int, as_json: bool) -> None:
    """Find people by WORDS that all have to fit."""
    with transaction() as session:
        hits = find(" ".join(words), Scope(), most=most)
        finding.record(session, hits, actor="cli", why="cli")
    for hit in hits:
        born = hit.birth_date.isoformat() if hit.birth_date else ""
        if as_json:
            click.echo(json.dumps({**hit._asdict(), "birth_date": born}, ensure_ascii=False))
        else:
            click.echo(f"{hit.subject}\t{hit.id}\t{hit.name}\t{hit.kana}\t{born}\t{hit.address}")
    if not hits and not as_json:
        click.echo("見つかりません。", err=True)


@registry.command("reindex")
@with_appcontext
def reindex() -> None:
    """Make the index anew, in short transactions."""
    people = 0
    after: int | None = 0
    while after is not None:
        with transaction() as session:
            after = writing.reindex(session, after, _PIECE)
    last: str | None = ""
    while last is not None:
        with transaction() as session:
            last, number = indexing.people_again(session, last, _PIECE)
            people += number
    sweeping.sweep()
    db.session.rollback()
    click.echo(f"people: {people:,}")


for command in giving_cli.COMMANDS:
    registry.add_command(command)
