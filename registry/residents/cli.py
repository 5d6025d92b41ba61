"""``disaster residents``: the residents' list on the command line.

``residents import FILE… [--dry-run] [--skip-bad] [--partial] [--shrinks] [--json]`` takes lists in (CSV; ``docs/residents.md``). With ``--json`` one
object a line for each file: ``file``, ``encoding``, ``delimiter``, ``rows``, numbers of residents ``new`` ``changed`` ``same`` ``repeated`` (the same row
twice) ``gone`` (moved or dead) ``missing`` (who stand and are not in the list), ``households``, ``without_area``, ``bad`` rows with ``mistakes``
(``line``, ``field``, ``reason``; never what a cell says), ``unread`` letters with ``gaiji`` (``line``, ``field``, ``code``), ``unclear`` (rows by
field), ``unused`` columns, ``my_number`` (such a column was passed over), ``too_many_missing``, ``linked`` evacuees, ``applied``, ``error`` (null,
or one line). Exit status 0 when every file was in order, 1 otherwise.

``residents link`` links evacuees with the list again.
"""

import json
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from disaster.core.errors import DomainError
from disaster.incidents import running
from registry.residents import linking, taking
from registry.residents.columns import LABELS
from registry.residents.report import Report


@click.group()
def residents() -> None:
    """Residents: take in the residents' list."""


@residents.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="tell what would change, change nothing")
@click.option("--skip-bad", is_flag=True, help="take in the rows without mistakes and leave out the others")
@click.option("--partial", is_flag=True, help="not the whole list: who is not in it stays")
@click.option("--shrinks", is_flag=True, help="more than a fifth of the list is gone, and that is right")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line for each file")
@click.pass_context
@with_appcontext
def import_files(
    context: click.Context,
    files: tuple[Path, ...],
    dry_run: bool,
    skip_bad: bool,
    partial: bool,
    shrinks: bool,
    as_json: bool,
) -> None:
    """Take in each FILE; with a mistake in any row nothing of that file."""
    failed = False
    for file in files:
        found = _one(file, dry_run=dry_run, skip_bad=skip_bad, partial=partial, shrinks=shrinks)
        wrong = found["error"] or (found["bad"] and not skip_bad) or found["too_many_missing"]
        failed = failed or bool(wrong)
        click.echo(json.dumps(found, ensure_ascii=False) if as_json else _in_words(found))
    context.exit(1 if failed else 0)


@residents.command("link")
@with_appcontext
def link() -> None:
    """Link evacuees with the residents that they certainly are."""
    incident = running.running()
    click.echo(f"linked: {linking.link(incident) if incident else 0:,}")


def _one(file: Path, *, dry_run: bool, skip_bad: bool, partial: bool, shrinks: bool) -> dict[str, Any]:
    try:
        report = taking.take_in(
            lambda: file.open("rb"), file.name, dry_run=dry_run, skip_bad=skip_bad, partial=partial, shrinks=shrinks
        )
        if report.applied and (incident := running.running()):
            report.linked = linking.link(incident)
    except DomainError as error:
        return {**Report(str(file)).as_dict(), "error": error.message}
    except OSError as error:
        return {**Report(str(file)).as_dict(), "error": f"読めません：{error.strerror}"}
    return {**report.as_dict(), "file": str(file), "error": None}


def _in_words(found: dict[str, Any]) -> str:
    if found["error"]:
        return f"{found['file']}: {found['error']}"
    lines = [f"  {m['line']}行目 {LABELS.get(m['field'], m['field'])}: {m['reason']}" for m in found["mistakes"]]
    lines += [
        f"  {g['line']}行目 {LABELS.get(g['field'], g['field'])}: 外字 {g['code']} を〓にします" for g in found["gaiji"]
    ]
    done = "取り込みました" if found["applied"] else "取り込むと、こうなります"
    if found["too_many_missing"]:
        lines.append(
            "  この一覧にいない人が多すぎます。一部だけなら --partial、減ったのが正しければ --shrinks を付けてください。"
        )
        done = "取り込みませんでした"
    elif found["bad"] and not found["applied"]:
        done = "誤りがあるため、このままでは取り込みません（--skip-bad で、その行を除きます）"
    counts = (
        f"新規 {found['new']:,}人、変更 {found['changed']:,}人、同じ {found['same']:,}人、重複した行 {found['repeated']:,}、"
        f"一覧にない {found['missing']:,}人、誤り {found['bad']:,}行、外字 {found['unread']:,}字、避難者とつながった {found['linked']:,}人"
    )
    return "\n".join([f"{found['file']}（{found['encoding']}）: {done}。{counts}", *lines])
