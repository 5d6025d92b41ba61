"""The guard on every view: it carries its permission or is marked public, or the application refuses to start."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from disaster.staff.permissions import Permission

View = Callable[..., Any]
_MARK = "disaster_guard"


def require(permission: Permission) -> Callable[[View], View]:
    """Mark a view as open to signed-in staff with this permission only."""

    def mark(view: View) -> View:
        setattr(view, _MARK, permission)
        return view

    return mark


def public(view: View) -> View:
    """Mark a view as open to everyone."""
    setattr(view, _MARK, "public")
    return view


def init_app(app: Flask) -> None:
    """Ask at the door of every request (completed by the staff room)."""
