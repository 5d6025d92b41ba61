"""The audit log: append-only, each entry chained to the one before by its hash."""

from typing import Any

from sqlalchemy.orm import Session


def record(session: Session, action: str, *, actor: str, subject: str = "", detail: dict[str, Any] | None = None) -> None:
    """Append one entry in the caller's transaction.

    ``action`` is a dotted verb (``alert.approve``), ``actor`` an account id as ``account:7``, ``system:worker`` or ``cli``, ``subject`` what it was
    done to (``alert:12``); ``detail`` holds no personal data.
    """
