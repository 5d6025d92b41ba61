"""Alerts as sound: what the disaster radio says, read aloud once for each transmission and kept as a file in the data folder.

It is made after the messages are on their way, in a process of its own with low priority: a send waits for nothing of this. Where speech is
not installed there is no file, and nobody notices.
"""

import hashlib
import os
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import or_

from broadcast.alert.content_json import load_message
from broadcast.alert.ending import QUEUED
from broadcast.models.alert import Transmission
from broadcast.models.tally import Tally
from broadcast.sending import ledger, tallies
from broadcast.sending.claims import SENDING
from broadcast.sound import speech
from disaster.core.clock import now
from disaster.core.extensions import db
from disaster.core.settings import settings

FOLDER = "audio"
PATIENCE = timedelta(seconds=60)  # that speech waits for messages that are still on their way
LONGEST_SECONDS = 300  # that reading one alert aloud may take on a slow machine
AGAIN_SECONDS = 600.0  # before one that failed is tried once more
KEPT = timedelta(days=90)
_failed: dict[str, float] = {}
log = structlog.get_logger()


def file_of(transmission: Transmission) -> Path | None:
    """Where the sound of a transmission is or will be; None for one without words for a synthesiser.

    The name carries the words' digest, so that a file always says what was approved.
    """
    plain = transmission.texts.get("radio", {}).get("ja")
    spoken = load_message(plain).extra.get("spoken", "") if plain else ""
    if not spoken:
        return None
    digest = hashlib.sha256(spoken.encode()).hexdigest()[:12]
    return settings().data_dir / FOLDER / f"{transmission.id}-{digest}.wav"


def found(transmission: Transmission) -> Path | None:
    """The file, once it is there."""
    path = file_of(transmission)
    return path if path is not None and path.is_file() else None


def stamp() -> int:
    """Changes whenever a file was made or removed, for what is rendered once per change."""
    try:
        return (settings().data_dir / FOLDER).stat().st_mtime_ns
    except OSError:
        return 0


def run() -> int:
    """Make the files that are missing, one after another; how many were made."""
    if not (settings().speech and speech.available()):
        return 0
    at, made = now(), 0
    for path, sentences in _missing(at):
        made += _make(path, sentences)
    _clear(at)
    return made


def _missing(at: datetime) -> list[tuple[Path, str]]:
    standing = [one for one in ledger.in_force(at) if one.stopped_at is None]
    busy = set(db.session.scalars(tallies.with_any(or_(Tally.status == QUEUED, Tally.status == SENDING))))
    wanted = []
    for transmission in standing:
        path = file_of(transmission)
        waits = transmission.id in busy and at - transmission.sent_at < PATIENCE
        if path is not None and not waits and not path.is_file() and time.monotonic() > _failed.get(path.name, 0.0):
            wanted.append((path, load_message(transmission.texts["radio"]["ja"]).extra["spoken"]))
    db.session.rollback()
    return wanted


def _make(path: Path, sentences: str) -> bool:
    """Read it aloud into a file beside, and give that its name when it is whole."""
    path.parent.mkdir(exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    command = [sys.executable, "-m", "broadcast.sound.speech", str(part), str(os.getpid())]
    root = Path(__file__).parents[2]
    try:
        subprocess.run(  # noqa: S603 - our own module, words by its input
            command, input=sentences.encode(), cwd=root, check=True, timeout=LONGEST_SECONDS,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        part.replace(path)
    except (OSError, subprocess.SubprocessError) as error:
        _failed[path.name] = time.monotonic() + AGAIN_SECONDS
        log.warning("an alert could not be read aloud", file=path.name, cause=type(error).__name__)
        part.unlink(missing_ok=True)
        return False
    return True


def _clear(at: datetime) -> None:
    """Files of alerts that are long over, and what a killed reader left."""
    folder = settings().data_dir / FOLDER
    for path in (*folder.glob("*.wav"), *folder.glob("*.part")):
        if path.stat().st_mtime < (at - KEPT).timestamp():
            path.unlink(missing_ok=True)
