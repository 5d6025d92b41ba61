"""The exercise window (訓練時間): while it is open, drill is the default mode of a new alert and live is the harder choice."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from disaster.core import audit
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Stale
from disaster.core.extensions import db
from disaster.core.text import clean_line
from disaster.incidents.models import ExerciseWindow

LONGEST = timedelta(hours=24)


def current() -> ExerciseWindow | None:
    """The open window, if its end is still ahead."""
    return db.session.scalar(
        select(ExerciseWindow).where(ExerciseWindow.closed_at.is_(None), ExerciseWindow.ends_at > now())
    )


def open_window(actor: int, *, name: str, ends_at: datetime) -> int:
    """Open a window until ``ends_at`` (aware, at most 24 hours ahead); its id.

    Raises:
        Invalid: no name, or an end that is past or too far.
        Stale: another window is open.
    """
    name = clean_line(name, field="name", label="訓練の名前", limit=120, required=True)
    if not now() < ends_at <= now() + LONGEST:
        raise Invalid("終了は今から24時間以内にしてください。", {"ends_at": "終了は今から24時間以内にしてください。"})
    window = ExerciseWindow(name=name, opened_by=actor, opened_at=now(), ends_at=ends_at)
    try:
        with transaction() as session:
            session.execute(
                update(ExerciseWindow)
                .where(ExerciseWindow.closed_at.is_(None), ExerciseWindow.ends_at <= now())
                .values(closed_at=ExerciseWindow.ends_at)
            )
            session.add(window)
            session.flush()
            audit.record(session, "exercise.open", actor=f"account:{actor}", subject=f"exercise:{window.id}")
    except IntegrityError:
        raise Stale("訓練時間はすでに始まっています。") from None
    return window.id


def close_window(actor: int, window_id: int) -> None:
    """Close it now.

    Raises:
        Stale: it is closed already.
    """
    with transaction() as session:
        done = session.execute(
            update(ExerciseWindow)
            .where(ExerciseWindow.id == window_id, ExerciseWindow.closed_at.is_(None))
            .values(closed_at=now())
            .returning(ExerciseWindow.id)
        ).first()
        if done is None:
            raise Stale("訓練時間はすでに終わっています。")
        audit.record(session, "exercise.close", actor=f"account:{actor}", subject=f"exercise:{window_id}")
