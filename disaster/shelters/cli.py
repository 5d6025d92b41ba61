"""``disaster shelters``: take in shelter lists on the command line.

``shelters import [FILE…] [--dry-run] [--json]`` takes lists of 国土地理院 (GeoJSON or CSV); without FILE, those that lie in the municipality's
folder. With ``--json`` one object a line for each file: ``file``, ``new`` (names), ``changed`` (``source_id``, ``name``, ``fields``:
``{field: [before, after]}``), ``same`` (number), ``missing`` (names that the list does not have; they stay), ``faults`` (``number``, ``reason``),
``applied``, ``error`` (null, or one line). With a fault nothing of that file is taken in. Exit status 0 when every file was in order, 1 otherwise.
"""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from disaster.core import clock
from disaster.core.errors import DomainError
from disaster.core.municipality import municipality
from disaster.shelters import importing
from disaster.shelters.importing import Report
from disaster.shelters.vocabulary import ShelterKind


@click.group()
def shelters() -> None:
    """Shelters: take in lists."""


@shelters.command("import")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="tell what would change, change nothing")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line for each file")
@click.option("--kind", type=click.Choice(list(ShelterKind)), help="where the columns do not tell it")
@click.option("--source-date", type=click.DateTime(["%Y-%m-%d"]), help="date of the list; default: today")
@click.pass_context
@with_appcontext
def import_files(
    context: click.Context,
    files: tuple[Path, ...],
    dry_run: bool,
    as_json: bool,
    kind: str | None,
    source_date: datetime | None,
) -> None:
    """Take in each FILE; without one, the municipality's own lists."""
    given = source_date.date() if source_date else clock.jst(clock.now()).date()
    wanted = [(file, ShelterKind(kind) if kind else None, given) for file in files] or _shipped()
    failed = False
    for file, of_kind, dated in wanted:
        found = _one(file, of_kind, dated, dry_run)
        failed = failed or bool(found["error"] or found["faults"])
        click.echo(json.dumps(found, ensure_ascii=False) if as_json else _in_words(found))
    context.exit(1 if failed else 0)


def _shipped() -> list[tuple[Path, ShelterKind | None, date]]:
    town = municipality()
    files = [(town.file(name.format(code=town.code)), kind) for kind, name in importing.SHIPPED.items()]
    return [(file, kind, importing.SHIPPED_DATE) for file, kind in files if file.exists()]


def _one(file: Path, kind: ShelterKind | None, dated: date, dry_run: bool) -> dict[str, Any]:
    names = importing.names_of(municipality())
    try:
        report = importing.import_gsi(file, kind, dated, dry_run=dry_run, names=names)
    except DomainError as error:
        return {**Report(str(file)).as_dict(), "error": error.message}
    except OSError as error:
        return {**Report(str(file)).as_dict(), "error": f"読めません：{error.strerror}"}
    return {**report.as_dict(), "file": str(file), "error": None}


def _in_words(found: dict[str, Any]) -> str:
    if found["error"]:
        return f"{found['file']}: {found['error']}"
    if found["faults"]:
        lines = [f"  {fault['number']}件目: {fault['reason']}" for fault in found["faults"]]
        return "\n".join([f"{found['file']}: 誤りがあるため、取り込みませんでした。", *lines])
    done = "取り込みました" if found["applied"] else "取り込むと、こうなります"
    counts = f"新規 {len(found['new'])}、変更 {len(found['changed'])}、同じ {found['same']}、一覧にない {len(found['missing'])}"
    return f"{found['file']}: {done}（{counts}）"
