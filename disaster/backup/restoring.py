"""Trying a copy out, and putting it back: everything is opened and compared before anything of the installation is touched."""

import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.engine import make_url

from disaster.backup import postgresql, settle, sqlite
from disaster.backup.container import Damaged, Opening
from disaster.backup.making import FILES, PURPOSE
from disaster.core import clock, schema
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from disaster.core.sealed import lasting_key
from disaster.core.settings import settings

_TABLES = "tables.json"


@dataclass(frozen=True, slots=True)
class Opened:
    """A copy that opened to its end, in a folder of its own. ``tables``: its fingerprint as it was made."""

    made: datetime
    engine: str
    revision: str
    database: Path
    files: dict[str, bytes]
    tables: dict[str, tuple[int, str]]

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(rows for rows, _ in self.tables.values())


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Open a copy to its end, into a folder that goes away.

    Raises:
        Damaged, WrongKey, Invalid: it does not open.
    """
    try:
        with (
            tempfile.TemporaryDirectory(prefix=".restore-", dir=settings().data_dir) as scratch,
            path.open("rb") as file,
        ):
            yield _open(Opening(file, lasting_key(PURPOSE)), Path(scratch))
    except OSError as error:
        raise Invalid(f"{path} を読めません：{error.strerror}") from None


def _open(source: Opening, scratch: Path) -> Opened:
    files: dict[str, bytes] = {}
    tables: dict[str, tuple[int, str]] = {}
    database: Path | None = None
    try:
        with tarfile.open(fileobj=source, mode="r|") as tar:  # type: ignore[call-overload]
            for told in tar:
                content = tar.extractfile(told)
                if content is None:
                    raise Damaged("控えの中身が読めません。ほかの控えを使ってください。")
                if told.name == _TABLES:
                    tables = {name: (rows, sums) for name, (rows, sums) in json.loads(content.read()).items()}
                elif told.name in (sqlite.NAME, postgresql.NAME):
                    database = scratch / told.name
                    _save(content, database)
                elif told.name.startswith("files/") and told.name[6:] in FILES:
                    files[told.name[6:]] = content.read()
        while source.read(1 << 16):  # to the proven end, whatever the archive thinks its end is
            pass
        made = datetime.fromisoformat(str(source.about["made"]))
    except (tarfile.TarError, ValueError, KeyError, TypeError, AttributeError):
        raise Damaged("控えの中身が読めません。ほかの控えを使ってください。") from None
    if database is None or not tables:
        raise Damaged("控えにデータベースが入っていません。ほかの控えを使ってください。")
    return Opened(made, str(source.about.get("engine")), str(source.about.get("revision")), database, files, tables)


def _save(content: Any, to: Path) -> None:
    with open(to, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        while block := content.read(1 << 20):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())


def check(path: Path, *, into: str = "", within_hours: int = 0) -> Opened:
    """Try a copy out: open it to its end, load the database and compare every row. Nothing of the installation changes.

    ``into``: an empty PostgreSQL database to load a dump into; without it, a dump is opened and its rows are not compared.

    Raises:
        Damaged, WrongKey, Invalid: it could not be put back, or is older than ``within_hours``.
    """
    with opened(path) as copy:
        if within_hours and (clock.now() - copy.made).total_seconds() > within_hours * 3600:
            raise Invalid(f"いちばん新しい控えが{clock.day_and_time(copy.made)}のものです。控えが作られていません。")
        _known(copy)
        if copy.engine == "sqlite":
            _same(copy, sqlite.look(copy.database))
        elif into:
            url = make_url(into)
            _must_be_empty(into)
            postgresql.put(copy.database, url, "unused")
            _same(copy, postgresql.look(url))
        return copy


def restore(path: Path, *, replace: bool = False) -> tuple[Opened, settle.Settled]:
    """Put a copy into this installation, whose service must not run. Nothing that waited to be sent is sent afterwards.

    Raises:
        Damaged, WrongKey, Invalid: nothing was changed.
    """
    here = db.engine.dialect.name
    with opened(path) as copy:
        _known(copy)
        if copy.engine != here:
            raise Invalid(f"この控えは{copy.engine}のものです。DISASTER_DATABASE_URL を合わせてください。")
        if not replace and _in_use():
            raise Invalid(
                "ここには、すでにデータがあります。置き換えるときは --replace を付けてください（いまのデータは別の名前で残ります）。"
            )
        aside = f"before_restore_{clock.now():%Y%m%dT%H%M%S}".lower()
        if here == "sqlite":
            _same(copy, sqlite.look(copy.database))
            db.session.remove()
            db.engine.dispose()
            sqlite.put(copy.database, Path(str(db.engine.url.database)), aside)
        else:
            db.session.remove()
            postgresql.put(copy.database, db.engine.url, aside)
            _same(copy, postgresql.look(db.engine.url))
        _files(copy, aside)
    schema.upgrade()
    return copy, settle.after_restore(copy.made)


def _known(copy: Opened) -> None:
    if copy.revision and not schema.known(copy.revision):
        raise Invalid("この控えは、もっと新しいプログラムで作られました。プログラムを新しくしてから戻してください。")


def _same(copy: Opened, found: dict[str, tuple[int, str]]) -> None:
    different = sorted(name for name in copy.tables.keys() | found.keys() if copy.tables.get(name) != found.get(name))
    if different:
        raise Damaged(f"控えの中身が、作ったときと違います（{'、'.join(different[:5])}）。ほかの控えを使ってください。")


def _in_use() -> bool:
    with db.engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        return "accounts" in tables and connection.exec_driver_sql("SELECT 1 FROM accounts LIMIT 1").first() is not None


def _must_be_empty(url: str) -> None:
    if postgresql.look(make_url(url)):
        raise Invalid("試しに入れる先のデータベースが空ではありません。")


def _files(copy: Opened, aside: str) -> None:
    """Put the files of the data folder back; one that is there with other content stays under another name."""
    for name, content in copy.files.items():
        path = settings().data_dir / name
        if path.exists():
            if path.read_bytes() == content:
                continue
            path.rename(path.with_name(f"{name}.{aside}"))
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
