"""The guard on every view: it carries its permission or is marked public, or the application refuses to start."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, current_app, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Unauthorized

from disaster.core import http
from disaster.core.errors import DomainError, Forbidden
from disaster.core.settings import SettingsError
from disaster.staff import navigation, presses, sessions
from disaster.staff.permissions import Permission, granted

View = Callable[..., Any]
_MARK = "disaster_guard"
_PUBLIC = "public"
_NOT_KEPT = ("csrf_token", "password", "code")  # fields of a form that are never shown again


class SignInNeeded(DomainError):
    """Nobody is signed in, or the session ran out; nothing was done."""

    status = Unauthorized.code

    def __init__(self) -> None:
        super().__init__(
            "ログインしていないか、ログインの有効時間が切れました。送信した内容は、まだ処理されていません。"
        )


def require(permission: Permission) -> Callable[[View], View]:
    """Mark a view as open to signed-in staff with this permission only."""

    def mark(view: View) -> View:
        setattr(view, _MARK, permission)
        return view

    return mark


def public(view: View) -> View:
    """Mark a view as open to everyone."""
    setattr(view, _MARK, _PUBLIC)
    return view


def guard_of(app: Flask, endpoint: str) -> Permission | str | None:
    """What stands at the door of an endpoint: a permission, ``"public"``, or None for an unmarked one."""
    if endpoint == "static" or endpoint.endswith(".static"):
        return _PUBLIC
    mark: Permission | str | None = getattr(app.view_functions.get(endpoint), _MARK, None)
    return mark


def init_app(app: Flask) -> None:
    """Ask at the door of every request; call it last, when every view is registered.

    Raises:
        SettingsError: a view is neither marked with its permission nor public; the text names each.
    """
    unmarked = sorted({rule.endpoint for rule in app.url_map.iter_rules() if guard_of(app, rule.endpoint) is None})
    if unmarked:
        raise SettingsError(f"views without a guard (@require or @public): {', '.join(unmarked)}")
    app.before_request(_door)
    app.after_request(_not_stored)
    app.context_processor(
        lambda: {
            "current_account": sessions.signed_in,
            "may": _may,
            "navigation": _navigation,
            "press_key": presses.of_page,
        }
    )


def _door() -> ResponseReturnValue | None:
    """Let the request in, send the person to the sign-in, or refuse."""
    if request.endpoint is None:
        return None  # no such page: the answer is a 404 for everyone
    guard = guard_of(current_app, request.endpoint)
    if guard == _PUBLIC:
        return None
    if not isinstance(guard, Permission):
        raise RuntimeError(f"the view {request.endpoint} has no guard")
    account = sessions.signed_in()
    if account is None:
        return _to_sign_in()
    if not granted(account.roles, guard):
        raise Forbidden("この操作をする権限がありません。必要なときは、管理者に役割の追加を頼んでください。")
    return None


def _may(permission: Permission | str) -> bool:
    """For templates: whether the signed-in person has a permission, ``may("staff.manage")``."""
    account = sessions.signed_in()
    return account is not None and granted(account.roles, Permission(permission))


def _navigation() -> navigation.Navigation:
    """For the frame of staff pages: where this person can go from here."""
    return navigation.seen_by(_may, request.path)


def _to_sign_in() -> ResponseReturnValue:
    if http.wants_data() or http.wants_fragment():
        raise SignInNeeded()
    if request.method in ("GET", "HEAD"):
        back = request.full_path.rstrip("?")
        return redirect(f"/staff/login?{urlencode({'next': back})}", code=303)
    # What was typed is not lost: the page carries it, to be sent again after the sign-in in another tab.
    kept = [(name, value) for name, value in request.form.items(multi=True) if not name.startswith(_NOT_KEPT)]
    return render_template("staff/expired.html", kept=kept, files=bool(request.files)), 401


def _not_stored(response: Response) -> Response:
    """What staff see is kept in no cache."""
    guard = guard_of(current_app, request.endpoint) if request.endpoint else _PUBLIC
    if guard != _PUBLIC or "staff" in request.blueprints or session.modified:
        response.headers["Cache-Control"] = "no-store"
    return response
