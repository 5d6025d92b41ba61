"""``disaster cap``: read CAP documents on the command line, without a database and without the network.

``cap read FILE… --json`` prints one JSON object a line for each file:

* ``file`` as given; ``valid`` whether it keeps to the schema of CAP 1.2; ``version`` 1.2, 1.1, 1.0, or null; ``namespace``;
* ``identifier`` ``sender`` ``sent`` ``status`` ``msg_type`` ``scope`` as written, null where missing; ``references`` a list;
* ``infos``: ``language`` ``event`` ``urgency`` ``severity`` ``certainty`` ``effective`` ``onset`` ``expires`` ``sender_name`` ``headline``
  ``description`` ``instruction`` ``web`` ``contact``, ``categories``, ``response_types``, ``event_codes`` and ``parameters`` (``name``,
  ``value``), and ``areas`` (``description``, ``polygons``, ``circles``, ``geocodes``);
* ``problems`` what breaks the schema, one line each; ``warnings`` what breaks rules of the standard that the schema cannot say;
* ``error`` null, or one Japanese sentence on why the file is no CAP document (then the other values are null or empty).

Exit status 0 when every file could be read (valid or not), 1 otherwise.
"""

import json
import os
from pathlib import Path
from typing import Any

import click

from broadcast.cap.reading import EMPTY, MAX_BYTES, Unreadable, read


@click.group()
def cap() -> None:
    """CAP documents (Common Alerting Protocol 1.2)."""


@cap.command("read")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=str))
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line for each file")
@click.pass_context
def read_files(context: click.Context, files: tuple[str, ...], as_json: bool) -> None:
    """Read each FILE and print what it says."""
    failed = False
    for file in files:
        found = _read(file)
        failed = failed or found["error"] is not None
        line = json.dumps(found, ensure_ascii=False) if as_json else _in_words(found)
        click.echo(line.encode("utf-8", "replace"))  # bytes, so that a terminal of another encoding ends nothing
    context.exit(1 if failed else 0)


def _read(file: str) -> dict[str, Any]:
    shown = os.fsencode(file).decode("utf-8", "replace")
    try:
        with Path(file).open("rb") as stream:
            return {"file": shown, **read(stream.read(MAX_BYTES + 1)), "error": None}
    except Unreadable as error:
        reason = str(error)
    except OSError as error:
        reason = f"ファイルを開けません（{error.strerror or type(error).__name__}）。"
    except Exception as error:  # a command for operators never ends in a traceback, whatever the bytes are
        reason = f"読めません（{type(error).__name__}）。"
    return {"file": shown, **EMPTY, "error": " ".join(reason.split())}


def _in_words(found: dict[str, Any]) -> str:
    """The same for people."""
    if found["error"]:
        return f"{found['file']}: {found['error']}"
    state = (
        "CAP 1.2として正しい文書です。" if found["valid"] else f"CAP 1.2として正しくありません: {found['problems'][0]}"
    )
    head = f"{found['file']}: {state}\n  {found['identifier']}（{found['sender']}） {found['sent']} {found['status']} {found['msg_type']}"
    infos = (
        f"  [{info['language'] or 'en-US'}] {info['headline'] or info['event']} ({info['urgency']}, {info['severity']}, {info['certainty']})"
        f" {', '.join(area['description'] or '?' for area in info['areas'])}"
        for info in found["infos"]
    )
    return "\n".join((head, *infos))
