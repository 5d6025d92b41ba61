"""Making a copy: database, and the files of the data folder that belong to it, in one sealed file."""

import io
import json
import os
import tarfile
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from disaster.backup import postgresql, sqlite
from disaster.backup.container import Sealing
from disaster.core import audit, clock, keyfiles, schema
from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from disaster.core.sealed import lasting_key
from disaster.core.settings import settings

PURPOSE = "backup"
SUFFIX = ".backup"
# Of the data folder: the keys that are not in the safe, the proof that the audit log was not cut, what was posted today. Never the data key.
FILES = (*(name for name in keyfiles.ALL if name != "data_key"), audit.HEAD_FILE, "x-posts.json")


@dataclass(frozen=True, slots=True)
class Made:
    """A finished copy. ``size`` in bytes, ``rows`` of all tables."""

    path: Path
    size: int
    tables: int
    rows: int


def make(folder: Path) -> Made:
    """Write a copy into the folder; the service may run meanwhile. Its own entry in the audit log is the last that is in it.

    Raises:
        Invalid: the folder cannot be written to, or the database not be copied.
    """
    at = clock.now()
    with transaction() as session:
        audit.record(session, "backup.made", actor="cli")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=settings().data_dir) as scratch:
            return _write(folder, Path(scratch), at)
    except OSError as error:
        raise Invalid(f"控えを {folder} に書けません：{error.strerror}") from None


def _write(folder: Path, scratch: Path, at: datetime) -> Made:
    engine = db.engine
    kind = sqlite if engine.dialect.name == "sqlite" else postgresql
    copied = scratch / kind.NAME
    found = kind.copy(engine, copied)
    about = {"made": at.isoformat(), "engine": engine.dialect.name, "revision": schema.present() or ""}
    path = folder / f"disaster-{at:%Y%m%dT%H%M%SZ}{SUFFIX}"
    unfinished = path.with_suffix(".unfinished")
    with open(unfinished, "xb", opener=_private) as file:
        sealing = Sealing(file, lasting_key(PURPOSE), about)
        with tarfile.open(fileobj=sealing, mode="w|") as tar:  # type: ignore[call-overload]
            _add(tar, "tables.json", json.dumps(found).encode())
            tar.add(copied, arcname=kind.NAME, filter=_anonymous)
            for name in FILES:
                if (settings().data_dir / name).is_file():
                    _add(tar, f"files/{name}", (settings().data_dir / name).read_bytes())
        sealing.close()
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)  # a copy that was cut off by a power failure never has a copy's name
    return Made(path, path.stat().st_size, len(found), sum(rows for rows, _ in found.values()))


def newest(folder: Path) -> Path:
    """The newest copy in a folder, by its name.

    Raises:
        Invalid: there is none.
    """
    found = sorted(folder.glob(f"disaster-*{SUFFIX}"))
    if not found:
        raise Invalid(f"{folder} に控えがありません。")
    return found[-1]


def prune(folder: Path, keep: int) -> list[Path]:
    """Delete all copies but the newest ``keep``; those that went."""
    gone = sorted(folder.glob(f"disaster-*{SUFFIX}"))[:-keep]
    for path in gone:
        path.unlink()
    return gone


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    told = tarfile.TarInfo(name)
    told.size = len(content)
    tar.addfile(told, io.BytesIO(content))


def _anonymous(told: tarfile.TarInfo) -> tarfile.TarInfo:
    told.uid = told.gid = 0
    told.uname = told.gname = ""
    return told
