"""``disaster telegram``: read telegrams of 気象庁 on the command line, without a database and without the network.

``telegram read FILE… --json`` prints one JSON object a line for each file:

* ``file`` as given; ``type`` (VPWW55 …; the four letters where the number cannot be told; null where nothing tells it);
* ``title`` Control/Title, ``status`` (通常, 訓練, 試験), ``info_type`` (発表, 訂正, 取消, 遅延), ``report_datetime`` as written in the telegram;
* ``office`` Control/PublishingOffice;
* ``areas`` every area code once, with its ``kinds``: ``code``, ``name``, ``level`` (警戒レベル相当, or null), ``state`` (of the kind;
  the telegram's ``info_type`` where the kind has none). Intensities have the code of 震度 (``6+``), tags of 情報タグ are kinds without a code;
* ``municipality`` the entry of the configured municipality's own code, or null: wider areas that contain it do not count;
* ``error`` null, or one line (then the other values are null and ``areas`` is empty).

Exit status 0 when every file could be read, 1 otherwise.
"""

import json
import os
from pathlib import Path
from typing import Any

import click

from disaster.bulletins import telegram as reader
from disaster.bulletins.reading import types
from disaster.bulletins.reading.document import MAX_BYTES
from disaster.bulletins.reading.facts import Unreadable
from disaster.core import municipality, settings

_EMPTY: dict[str, Any] = {
    "type": None,
    "title": None,
    "status": None,
    "info_type": None,
    "report_datetime": None,
    "office": None,
    "areas": [],
    "municipality": None,
}


@click.group()
def telegram() -> None:
    """Telegrams of 気象庁防災情報XML."""


@telegram.command("read")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=str))
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line for each file")
@click.pass_context
def read_files(context: click.Context, files: tuple[str, ...], as_json: bool) -> None:
    """Read each FILE and print what it says."""
    try:
        town = municipality.load(settings.load().municipality)
    except settings.SettingsError as error:
        raise click.ClickException(str(error)) from None
    failed = False
    for file in files:
        found = _read(file, town.jma.city_code)
        failed = failed or found["error"] is not None
        line = json.dumps(found, ensure_ascii=False) if as_json else _in_words(found, town.name)
        click.echo(line.encode("utf-8", "replace"))  # bytes, so that a terminal of another encoding ends nothing
    context.exit(1 if failed else 0)


def _read(file: str, city_code: str) -> dict[str, Any]:
    shown = os.fsencode(file).decode("utf-8", "replace")
    try:
        with Path(file).open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        bulletin = reader.read(data, Path(file).name)
        return {"file": shown, **reader.as_json(bulletin, city_code), "error": None}
    except Unreadable as error:
        reason = str(error)
    except OSError as error:
        reason = f"ファイルを開けません（{error.strerror or type(error).__name__}）。"
    except Exception as error:  # a command for operators never ends in a traceback, whatever the bytes are
        reason = f"読み取れません（{type(error).__name__}）。"
    return {"file": shown, **_EMPTY, "type": types.by_name(Path(shown).name), "error": " ".join(reason.split())}


def _in_words(found: dict[str, Any], town: str) -> str:
    if found["error"]:
        return f"{found['file']}: 読めません: {found['error']}"
    own = found["municipality"]
    kinds = "、".join(_kind_in_words(kind) for kind in own["kinds"]) if own else "この電文に記載なし"
    lines = [
        f"{found['file']}: {found['title']}（{found['type'] or '種類不明'}） {found['status']}・{found['info_type']}",
        f"  {found['report_datetime']} {found['office']} {len(found['areas'])}区域",
        f"  {town}: {kinds}",
    ]
    return "\n".join(lines)


def _kind_in_words(kind: dict[str, Any]) -> str:
    return f"{kind['name']}（{kind['state']}）" if kind["name"] else str(kind["state"])
