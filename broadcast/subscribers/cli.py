"""``disaster subscribers``: the town's list on the command line.

``subscribers import FILE… [--dry-run] [--skip-bad] [--json]`` takes lists in (CSV; ``docs/subscribers.md``). With ``--json`` one object a line
for each file: ``file``, ``encoding``, ``delimiter``, ``rows``, numbers of people ``new`` ``changed`` ``same`` ``kept`` ``left``, of addresses
``addresses`` ``shared`` ``replaced``, ``bad`` rows with ``mistakes`` (``line``, ``field``, ``reason``; never what a cell says), ``unused`` columns,
``applied``, ``error`` (null, or one line). Exit status 0 when every file was in order, 1 otherwise.

``subscribers routes`` gives mail addresses of older versions their bucket (which provider), so that a slow one holds up no other.
"""

import json
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from broadcast.importing import buckets, taking
from broadcast.importing.columns import LABELS
from broadcast.importing.report import Report
from broadcast.importing.table import MOST_BYTES
from disaster.core.errors import DomainError


@click.group()
def subscribers() -> None:
    """Subscribers: take in the town's list."""


@subscribers.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="tell what would change, change nothing")
@click.option("--skip-bad", is_flag=True, help="take in the rows without mistakes and leave out the others")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line for each file")
@click.pass_context
@with_appcontext
def import_files(context: click.Context, files: tuple[Path, ...], dry_run: bool, skip_bad: bool, as_json: bool) -> None:
    """Take in each FILE; with a mistake in any row nothing of that file."""
    failed = False
    for file in files:
        found = _one(file, dry_run=dry_run, skip_bad=skip_bad)
        failed = failed or bool(found["error"] or (found["bad"] and not skip_bad))
        click.echo(json.dumps(found, ensure_ascii=False) if as_json else _in_words(found))
    context.exit(1 if failed else 0)


@subscribers.command("routes")
@with_appcontext
def fill_routes() -> None:
    """Give mail addresses without a bucket theirs; again changes nothing."""
    click.echo(f"filled in: {buckets.fill_in():,}")


def _one(file: Path, *, dry_run: bool, skip_bad: bool) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
        report = taking.take_in(content, str(file), dry_run=dry_run, skip_bad=skip_bad)
    except DomainError as error:
        return {**Report(str(file)).as_dict(), "error": error.message}
    except OSError as error:
        return {**Report(str(file)).as_dict(), "error": f"読めません：{error.strerror}"}
    return {**report.as_dict(), "error": None}


def _in_words(found: dict[str, Any]) -> str:
    if found["error"]:
        return f"{found['file']}: {found['error']}"
    lines = [f"  {m['line']}行目 {LABELS.get(m['field'], m['field'])}: {m['reason']}" for m in found["mistakes"]]
    done = "取り込みました" if found["applied"] else "取り込むと、こうなります"
    if found["bad"] and not found["applied"]:
        done = "誤りがあるため、このままでは取り込みません（--skip-bad で、その行を除きます）"
    counts = (
        f"新規 {found['new']:,}人、変更 {found['changed']:,}人、同じ {found['same']:,}人、本人の選択を残す {found['kept']:,}人、"
        f"やめた人 {found['left']:,}人、誤り {found['bad']:,}行"
    )
    return "\n".join([f"{found['file']}（{found['encoding']}）: {done}。{counts}", *lines])
