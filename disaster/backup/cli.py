"""``disaster backup`` and ``disaster restore``: a copy that is sealed, tried out, and put back with one command."""

import json
import time
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from broadcast.sending import ledger
from disaster.backup import making, restoring
from disaster.core import clock
from disaster.core.errors import Invalid
from disaster.core.extensions import db

ALIVE = 15  # seconds since the worker's last sign of life within which it is taken to run


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--keep", type=click.IntRange(min=1), help="Delete all copies in the folder but the newest ones.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_appcontext
def backup(folder: Path, keep: int | None, as_json: bool) -> None:
    """Write a sealed copy of database and files into FOLDER and try it out; the service may run."""
    started = time.monotonic()
    try:
        made = making.make(folder)
        restoring.check(made.path)
    except Invalid as error:
        raise click.ClickException(error.message) from None
    gone = making.prune(folder, keep) if keep else []
    told = {"file": str(made.path), "bytes": made.size, "tables": made.tables, "rows": made.rows,
            "seconds": round(time.monotonic() - started, 2), "deleted": len(gone)}  # fmt: skip
    words = (
        f"{made.path}（{made.size / 1e6:,.1f} MB、{made.tables}表、{made.rows:,}行）を作り、開けることを確かめました。"
    )
    _tell(told, words, as_json)


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--check", "only_check", is_flag=True, help="Try the copy out and change nothing; of a folder, its newest."
)
@click.option(
    "--within-hours", type=click.IntRange(min=0), default=0, help="With --check: fail where the copy is older."
)
@click.option("--into", default="", help="With --check: an empty PostgreSQL database to load the copy into.")
@click.option("--replace", is_flag=True, help="Replace the data that is here; it stays under another name.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_appcontext
def restore(path: Path, only_check: bool, within_hours: int, into: str, replace: bool, as_json: bool) -> None:
    """Put a copy back (stop the service first), or try it out with --check."""
    started = time.monotonic()
    try:
        file = making.newest(path) if path.is_dir() else path
        if only_check:
            copy = restoring.check(file, into=into, within_hours=within_hours)
            told = {"file": str(file), "made": copy.made.isoformat(), "rows": copy.rows, "ok": True}
            _tell(told, f"{file}（{clock.day_and_time(copy.made)}、{copy.rows:,}行）は、戻せます。", as_json)
            return
        _must_not_run()
        copy, settled = restoring.restore(file, replace=replace)
    except Invalid as error:
        raise click.ClickException(error.message) from None
    told = {"file": str(file), "made": copy.made.isoformat(), "rows": copy.rows, "alerts_stopped": settled.alerts,
            "messages_held_back": settled.messages, "sessions_ended": settled.sessions,
            "seconds": round(time.monotonic() - started, 2)}  # fmt: skip
    words = (
        f"{clock.day_and_time(copy.made)}の控えに戻しました（{copy.rows:,}行）。\n"
        f"送信の途中だった配信{settled.alerts}件（{settled.messages:,}通）は送りません。必要なものは、あらためて配信してください。\n"
        "この時刻より後の登録・配信停止・端末の停止・アカウントの変更は失われています。端末の一覧と職員の一覧を確かめてください。"
    )
    _tell(told, words, as_json)


def _must_not_run() -> None:
    try:
        last = ledger.last_beat(clock.now())
    except Exception:  # no database, or one without tables: nobody works on it
        last = None
    finally:
        db.session.remove()
    if last is not None and (clock.now() - last).total_seconds() < ALIVE:
        raise Invalid("送信のプロセスが動いています。サービスを止めて、15秒待ってから戻してください。")


def _tell(told: dict[str, Any], words: str, as_json: bool) -> None:
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else words)
