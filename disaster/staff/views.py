"""Pages of the sign-in, the one-time set-up, and one's own account."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from disaster.core import clock
from disaster.core.errors import Invalid
from disaster.core.settings import settings
from disaster.staff import accounts, management, navigation, samples, second_factor, sessions, setup, throttle
from disaster.staff.guards import public, require
from disaster.staff.models import Account
from disaster.staff.permissions import Permission, granted

blueprint = Blueprint("staff", __name__, url_prefix="/staff")
blueprint.register_blueprint(management.blueprint)
_PENDING = "pending"  # the password was right, the code is still to come
_PENDING_VALID = timedelta(minutes=5)


@blueprint.get("/login")
@public
def login() -> ResponseReturnValue:
    """First step of the sign-in."""
    account = sessions.signed_in()
    if account is not None:
        return redirect(_landing(account, request.args.get("next", "")), code=303)
    return _login_page(next=safe_next(request.args.get("next", "")), ran_out=sessions.ran_out())


@blueprint.post("/login")
@public
def check_password() -> ResponseReturnValue:
    """Login name and password."""
    try:
        account = accounts.check_password(request.form.get("login", ""), request.form.get("password", ""))
    except (Invalid, throttle.TooMany) as error:
        typed = {"login": request.form.get("login", "")[:80], "next": safe_next(request.form.get("next", ""))}
        return _login_page(error=error.message, **typed), error.status
    session[_PENDING] = [account.id, int(clock.now().timestamp()), safe_next(request.form.get("next", ""))]
    return redirect(url_for("staff.code"), code=303)


@blueprint.get("/code")
@public
def code() -> ResponseReturnValue:
    """Second step of the sign-in."""
    if _pending() is None:
        return redirect(url_for("staff.login"), code=303)
    return _code_page()


@blueprint.post("/code")
@public
def check_code() -> ResponseReturnValue:
    """The code of the authenticator app, or a recovery code."""
    pending = _pending()
    if pending is None:
        return _login_page(error="時間がたったため、はじめからログインし直してください。"), 422
    account_id, wanted = pending
    try:
        account = accounts.sign_in(account_id, request.form.get("code", "")[:40])
    except (Invalid, throttle.TooMany) as error:
        return _code_page(error=error.message), error.status
    return redirect(_landing(account, wanted), code=303)


@blueprint.post("/logout")
@public
def logout() -> ResponseReturnValue:
    """Sign out, also of every copy of this session's cookie."""
    sessions.end()
    return redirect(url_for("staff.login"), code=303)


@blueprint.get("/sample-codes")
@public
def sample_codes() -> ResponseReturnValue:
    """In the demonstration: the codes that the sample persons' telephones would show, as a part of a page."""
    if not settings().demo:
        abort(404)
    return render_template("staff/_samples.html", samples=samples.SAMPLES, password=samples.PASSWORD)


@blueprint.get("/setup/<token>")
@public
def set_up(token: str) -> ResponseReturnValue:
    """The page of a one-time link; looking at it does not use it up."""
    return _setup_page(token)


@blueprint.post("/setup/<token>")
@public
def finish_set_up(token: str) -> ResponseReturnValue:
    """Set password and second factor, then show the recovery codes once."""
    form = request.form
    typed = {name: form.get(name, "") for name in ("password", "code", "login", "name")}
    try:
        account, codes = setup.complete(token, again=form.get("password_again", ""), **typed)
    except Invalid as error:
        return _setup_page(token, error.fields, typed), error.status
    return render_template("staff/recovery_codes.html", account=account, codes=codes, first=True)


@blueprint.get("/account")
@require(Permission.OWN_ACCOUNT)
def account() -> ResponseReturnValue:
    """One's own account."""
    return _account_page()


@blueprint.post("/account/password")
@require(Permission.OWN_ACCOUNT)
def change_password() -> ResponseReturnValue:
    """A new password."""
    form, person = request.form, accounts.current_account()
    try:
        if form.get("password", "") != form.get("password_again", ""):
            raise Invalid(setup.MISMATCH, {"password_again": setup.MISMATCH})
        accounts.change_password(person.id, form.get("password_old", ""), form.get("password", ""))
    except (Invalid, throttle.TooMany) as error:
        return _account_page(errors=getattr(error, "fields", {"password_old": error.message})), error.status
    return _account_page(done="パスワードを変えました。ほかの端末のログインは終了しました。")


@blueprint.post("/account/recovery-codes")
@require(Permission.OWN_ACCOUNT)
def recovery_codes() -> ResponseReturnValue:
    """New recovery codes, shown once; the old ones end."""
    person = accounts.current_account()
    try:
        second_factor.fresh(person.id, request.form.get("code", ""), purpose="account")
    except (Invalid, throttle.TooMany) as error:
        return _account_page(errors={"code": error.message}), error.status
    codes = accounts.new_recovery_codes(person.id)
    return render_template("staff/recovery_codes.html", account=person, codes=codes, first=False)


@blueprint.post("/account/sessions")
@require(Permission.OWN_ACCOUNT)
def end_other_sessions() -> ResponseReturnValue:
    """End one's sessions on all other devices."""
    accounts.end_other_sessions(accounts.current_account().id)
    return _account_page(done="ほかの端末のログインを終了しました。")


def safe_next(target: str) -> str:
    """The target if it is a path on this site, else empty; a browser reads ``//host`` and ``/\\host`` as another site."""
    if not target.startswith("/") or target.startswith("//") or "\\" in target or not target.isprintable():
        return ""
    parts = urlsplit(target)
    return "" if parts.scheme or parts.netloc or parts.path.startswith("/staff/log") else target


def _landing(account: Account, wanted: str) -> str:
    seen = navigation.seen_by(lambda permission: granted(account.role_list, permission), "")
    return safe_next(wanted) or (seen.groups[0].links[0].path if seen.groups else url_for("staff.account"))


def _pending() -> tuple[int, str] | None:
    try:
        account_id, since, wanted = session[_PENDING]
    except (KeyError, ValueError, TypeError):
        return None
    age = clock.now().timestamp() - since
    return (account_id, wanted) if 0 <= age < _PENDING_VALID.total_seconds() else None


def _login_page(error: str = "", **shown: Any) -> str:
    return render_template("staff/login.html", error=error, **_samples(), **shown)


def _code_page(error: str = "") -> str:
    return render_template("staff/code.html", error=error, **_samples())


def _samples() -> dict[str, Any]:
    return {"samples": samples.SAMPLES, "password": samples.PASSWORD} if settings().demo else {}


def _setup_page(token: str, errors: dict[str, str] | None = None, typed: dict[str, str] | None = None) -> str:
    link = setup.opened(token)
    owner = setup.owner(link)
    return render_template(
        "staff/setup.html",
        owner=owner,
        secret=link.totp_secret,
        qr=setup.qr_code(link, owner.login if owner else "管理者"),
        errors=errors or {},
        typed=typed or {},
    )


def _account_page(errors: dict[str, str] | None = None, done: str = "") -> str:
    person = accounts.current_account()
    return render_template(
        "staff/account.html",
        codes_left=second_factor.recovery_codes_left(person.id),
        open_sessions=sessions.count_open(person.id),
        idle_minutes=int(sessions.idle_limit(person).total_seconds() // 60),
        errors=errors or {},
        done=done,
    )
