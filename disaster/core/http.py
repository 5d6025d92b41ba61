"""What every answer has in common: security headers, the hosts that are served, and how an error is told.

An error becomes a page in Japanese, a fragment for htmx, or ``application/problem+json`` (RFC 9457) for programs.
"""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, render_template, request
from flask.json.provider import DefaultJSONProvider
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from itsdangerous import URLSafeTimedSerializer
from markupsafe import escape
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from disaster.core import clock
from disaster.core.errors import DomainError, Invalid
from disaster.core.settings import Settings

MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_PHOTOS_BYTES = 60 * 1024 * 1024  # of a form that sends photographs
PHOTO_FORMS = "/files"  # the end of the address of such a form
STAFF_PATHS = ("/headquarters", "/staff", "/shelter/", "/welfare", "/registry")
DATA_PATHS = ("/api/", "/feeds/", "/hooks/")
TILES = "https://cyberjapandata.gsi.go.jp https://disaportaldata.gsi.go.jp"  # 地理院タイル, ハザードマップポータル
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        f"img-src 'self' data: {TILES}",
        "font-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # not no-referrer: the CSRF check over HTTPS wants the Referer of our own pages
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_HSTS = "max-age=31536000"
_SENTENCES = {
    400: "送られた内容を受け付けられませんでした。前の画面に戻って、もう一度やり直してください。",
    401: "ログインが必要です。",
    403: "この操作をする権限がありません。",
    404: "お探しのページは見つかりません。アドレスをご確認ください。",
    405: "この操作は受け付けられません。前の画面に戻って、ボタンからやり直してください。",
    413: "送られた内容が大きすぎます。文字の数かファイルの大きさを減らしてください。",
    415: "この形式のデータは受け付けられません。",
    429: "操作が続いたため、しばらく受け付けられません。少し待って、もう一度お試しください。",
    500: "システムの中で問題が起きました。少し待って、もう一度お試しください。続くときは、管理者に時刻を伝えてください。",
    503: "混み合っています。少し待って、もう一度お試しください。",
}
_HEADINGS = {
    401: "ログインが必要です",
    403: "権限がありません",
    404: "見つかりません",
    409: "ほかの人が先に操作しました",
    410: "もう使えません",
    422: "入力を確かめてください",
    429: "少し待ってください",
    500: "問題が起きました",
    503: "混み合っています",
}
_FOREIGN_HOST = (
    "案内されている正しいアドレスで開き直してください。"
    "管理者の方：このアドレスで使うときは、設定 DISASTER_ALLOWED_HOSTS にホスト名を加えます。"
)
_OLD_FORM = (
    "この画面は開いてから時間がたったか、別の画面でログインし直したため、送信できませんでした。何も処理されていません。"
    "前の画面に戻り、入力した内容を控えてから、画面を開き直してください。"
)


MOST = 2**53 - 1  # what JavaScript counts exactly and every database takes


def whole_number(typed: str) -> int:
    """A number in a form or behind a question mark, for ``request.form.get(…, type=whole_number)``: beyond ``MOST`` it is none.

    Raises:
        ValueError
    """
    found = int(typed)
    if abs(found) > MOST:
        raise ValueError("beyond what a database takes")
    return found


class NumberConverter(IntegerConverter):
    """A number in an address; beyond ``MOST`` there is no page."""

    def __init__(self, url_map: Map, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max", MOST)
        super().__init__(url_map, *args, **kwargs)


class Sessions(SecureCookieSessionInterface):
    """Sessions in a signed cookie; what signs them is made once and not for each request."""

    def __init__(self) -> None:
        self._made: tuple[object, URLSafeTimedSerializer | None] = (None, None)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        secret, made = self._made
        if made is None or secret != app.secret_key:
            made = super().get_signing_serializer(app)
            self._made = (app.secret_key, made)
        return made


def init_app(app: Flask) -> None:
    """Set cookies, limits, hosts, headers and error answers; the settings are in ``app.extensions`` already."""
    config: Settings = app.extensions["disaster.settings"]
    secure = config.public_url.startswith("https://")
    app.config.update(
        SESSION_COOKIE_NAME="__Host-session" if secure else "session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        TRUSTED_HOSTS=served_hosts(config),
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as its session
    )
    if isinstance(app.json, DefaultJSONProvider):
        app.json.ensure_ascii = False
    app.url_map.converters["int"] = NumberConverter
    app.session_interface = Sessions()
    if config.behind_proxies:
        hops = config.behind_proxies
        # The Host header is passed on by the proxy unchanged; X-Forwarded-Host is believed from nobody.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    app.add_template_filter(clock.on_pages, "jst")
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(HTTPException, _http_error)

    given = {**HEADERS, **({"Strict-Transport-Security": _HSTS} if secure else {})}
    ours = [(name.lower(), (name, value)) for name, value in given.items()]

    @app.before_request
    def with_room_for_photographs() -> None:
        """Before anybody reads the form: telephones make photographs of several MB, and a survey takes ten."""
        if request.method == "POST" and request.path.endswith(PHOTO_FORMS):
            request.max_content_length = MAX_PHOTOS_BYTES

    @app.before_request
    def without_nul() -> None:
        """No database takes it and no filter of the staff's pages holds it (forms say it field by field; residents' pages overlook it)."""
        if b"%00" in request.query_string and request.path.startswith(STAFF_PATHS):
            abort(400)

    @app.after_request
    def with_headers(response: Response) -> Response:
        said = {name.lower() for name, _ in response.headers}
        response.headers.extend([header for low, header in ours if low not in said])
        return response


def served_hosts(config: Settings) -> list[str]:
    """The names under which the service answers: the public one, those of ``DISASTER_ALLOWED_HOSTS``, and this machine."""
    listed = [host.strip() for host in config.allowed_hosts.split(",")]
    return [host for host in (urlsplit(config.public_url).hostname, *listed, "127.0.0.1", "localhost") if host]


def wants_data() -> bool:
    """Whether a program asks: by the path, or because it prefers JSON."""
    if request.path.startswith(DATA_PATHS):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return request.is_json or best in ("application/json", "application/problem+json")


def wants_fragment() -> bool:
    """Whether htmx asks for a part of a page."""
    return "HX-Request" in request.headers


def answer(status: int, message: str, fields: dict[str, str] | None = None) -> ResponseReturnValue:
    """An error as page, fragment or problem+json, whichever the caller understands."""
    title = HTTPStatus(status).phrase
    if wants_data():
        problem: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": message}
        if fields:
            problem["errors"] = fields
        return problem, status, {"Content-Type": "application/problem+json"}
    if wants_fragment():
        return f'<p class="notice notice--error" role="alert">{escape(message)}</p>', status
    return _page(status, message, fields or {}), status


def _page(status: int, message: str, fields: dict[str, str]) -> str:
    heading = _HEADINGS.get(status, "受け付けられませんでした")
    home = (
        "/staff/login" if request.path.startswith(STAFF_PATHS) else "/"
    )  # leads whoever is signed in to their first page
    home = "/shelter/desk" if request.path.startswith("/shelter/") else home
    try:
        return render_template(
            "errors/error.html", status=status, heading=heading, message=message, fields=fields, home=home
        )
    except Exception:
        if status < 500:
            raise
        # The page itself may need what is broken (the database); the sentence is told all the same.
        return _bare_page(heading, message)


def _bare_page(heading: str, message: str) -> str:
    """A page that needs no template, no database and no address of ours."""
    return (
        f'<!doctype html><html lang="ja"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(heading)}</title><h1>{escape(heading)}</h1><p>{escape(message)}</p></html>"
    )


def _domain_error(error: DomainError) -> ResponseReturnValue:
    response = answer(error.status, error.message, error.fields if isinstance(error, Invalid) else None)
    return response


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:  # somebody built the whole answer already
        return error.response
    status = error.code or 500
    if status < 400:
        return error.get_response()
    if isinstance(error, SecurityError):
        return _bare_page("このアドレスでは表示できません", _FOREIGN_HOST), status
    if isinstance(error, CSRFError):
        return answer(status, _OLD_FORM)
    known = _SENTENCES.get(status) or _SENTENCES[500 if status >= 500 else 400]
    return answer(status, known)
