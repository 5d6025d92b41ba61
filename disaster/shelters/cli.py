"""``disaster shelters``: take in and write shelter lists on the command line.

``shelters import [FILE…] [--dry-run] [--skip-bad] [--json]`` takes lists in: 国土地理院's GeoJSON and CSV, the standard open-data CSV
(docs/shelter-lists.md); without FILE, those that lie in the municipality's folder. With ``--json`` one object a line for each file: ``file``,
``shape``, ``encoding``, ``source``, ``source_date``, ``codes`` (municipalities), ``new`` (names), ``changed`` (``source_id``, ``name``, ``fields``:
``{field: [before, after]}``), ``same`` (number), ``linked`` (names that another list numbers otherwise), ``missing`` (names that the list does not
have; they stay), ``elsewhere`` (rows of other municipalities, left out), ``conflicts`` (``shelter``, ``field``, ``stands``, ``said``: [source, date,
value]), ``notes`` (``number``, ``name``, ``text``), ``faults`` (``number``, ``reason``), ``applied``, ``error`` (null, or one line). With a fault nothing
of that file is taken in, unless ``--skip-bad``. Exit status 0 when every file was in order, 1 otherwise.

``shelters export SHAPE [--kind KIND]`` writes the same shapes to standard output.
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
from disaster.shelters import importing, masterdata
from disaster.shelters.preview import Report
from disaster.shelters.vocabulary import ShelterKind


@click.group()
def shelters() -> None:
    """Shelters: take in and write lists."""


@shelters.command("import")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="tell what would change, change nothing")
@click.option("--skip-bad", is_flag=True, help="take in the rows without faults and leave out the others")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line for each file")
@click.option(
    "--kind", type=click.Choice([kind.value for kind in ShelterKind]), help="where the columns do not tell it"
)
@click.option("--source", default="", help="whom to credit, where it is not 国土地理院 or the town's open data")
@click.option("--source-date", type=click.DateTime(["%Y-%m-%d"]), help="date of the list; default: today")
@click.pass_context
@with_appcontext
def import_files(
    context: click.Context,
    files: tuple[Path, ...],
    dry_run: bool,
    skip_bad: bool,
    as_json: bool,
    kind: str | None,
    source: str,
    source_date: datetime | None,
) -> None:
    """Take in each FILE; without one, the municipality's own lists."""
    given = source_date.date() if source_date else clock.jst(clock.now()).date()
    wanted = [(file, ShelterKind(kind) if kind else None, given) for file in files] or _shipped()
    failed = False
    for file, of_kind, dated in wanted:
        found = _one(file, of_kind, dated, source, dry_run=dry_run, skip_bad=skip_bad)
        failed = failed or bool(found["error"] or (found["faults"] and not skip_bad))
        click.echo(json.dumps(found, ensure_ascii=False) if as_json else _in_words(found))
    context.exit(1 if failed else 0)


@shelters.command("export")
@click.argument("shape", type=click.Choice(list(masterdata.SHAPES)))
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in ShelterKind]),
    default=ShelterKind.EVACUATION.value,
    show_default=True,
)
@with_appcontext
def export_list(shape: str, kind: str) -> None:
    """Write all shelters of a KIND to standard output."""
    click.echo(masterdata.write(shape, ShelterKind(kind)).encode(), nl=False)


def _shipped() -> list[tuple[Path, ShelterKind | None, date]]:
    town = municipality()
    files = [(town.file(name.format(code=town.code)), kind) for kind, name in importing.SHIPPED.items()]
    return [(file, kind, importing.SHIPPED_DATE) for file, kind in files if file.exists()]


def _one(
    file: Path, kind: ShelterKind | None, dated: date, source: str, *, dry_run: bool, skip_bad: bool
) -> dict[str, Any]:
    try:
        report = importing.import_list(file, kind, dated, source=source, dry_run=dry_run, skip_bad=skip_bad)
    except DomainError as error:
        return {**Report(str(file)).as_dict(), "error": error.message}
    except OSError as error:
        return {**Report(str(file)).as_dict(), "error": f"読めません：{error.strerror}"}
    return {**report.as_dict(), "file": str(file), "error": None}


def _in_words(found: dict[str, Any]) -> str:
    if found["error"]:
        return f"{found['file']}: {found['error']}"
    lines = [f"  {fault['number']}件目: {fault['reason']}" for fault in found["faults"]]
    lines += [f"  注意 {note['name']}: {note['text']}" for note in found["notes"]]
    lines += [f"  食い違い {one['shelter']} {one['field']}: {one['stands']}とします" for one in found["conflicts"]]
    done = "取り込みました" if found["applied"] else "取り込むと、こうなります"
    if found["faults"] and not found["applied"]:
        done = "誤りがあるため、取り込みませんでした（--skip-bad で、その行を除きます）"
    counts = f"新規 {len(found['new'])}、変更 {len(found['changed'])}、同じ {found['same']}、一覧にない {len(found['missing'])}"
    return "\n".join([f"{found['file']}: {done}（{counts}）", *lines])
