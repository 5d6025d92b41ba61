"""What every answer has in common: headers, hosts, limits, and errors in the caller's form."""

import json
import logging
import re

import pytest
from flask import Flask, Response, redirect, request, url_for
from flask.testing import FlaskClient

from disaster.app import create_app
from disaster.core import http
from disaster.core.errors import Busy, DomainError, Forbidden, Invalid, Missing, Stale
from disaster.core.settings import Settings
from disaster.staff.guards import public
from disaster.staff.permissions import Role
from tests.fakes.staff import signed_in_client

ERRORS: dict[str, DomainError] = {
    "invalid": Invalid("入力を確かめてください。", {"name": "氏名を入力してください。"}),
    "forbidden": Forbidden("できません。"),
    "missing": Missing(),
    "stale": Stale("すでに送信済みです。"),
    "busy": Busy(),
    "script": Missing("<script>alert(1)</script>"),
}


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    @app.get("/raise/<kind>", endpoint="raise_page")
    @app.get("/api/raise/<kind>", endpoint="raise_api")
    @public
    def raise_error(kind: str) -> Response:
        if kind == "bug":
            raise RuntimeError("taro@example.jp")
        raise ERRORS[kind]

    @app.get("/where")
    @public
    def where() -> str:
        return url_for("where", _external=True)

    @app.get("/go")
    @public
    def go() -> Response:
        return redirect("/where")  # type: ignore[return-value]

    @app.post("/form")
    @public
    def form() -> str:
        return str(len(request.form.get("text", "")))

    return app.test_client()


@pytest.mark.parametrize("kind", ["invalid", "forbidden", "missing", "stale", "busy"])
def test_an_error_becomes_a_page_in_the_users_words(client: FlaskClient, kind: str) -> None:
    answer = client.get(f"/raise/{kind}")
    assert answer.status_code == ERRORS[kind].status
    assert ERRORS[kind].message in answer.get_data(as_text=True)
    assert answer.mimetype == "text/html"


def test_an_error_becomes_problem_json_for_programs(client: FlaskClient) -> None:
    by_path = client.get("/api/raise/invalid")
    by_wish = client.get("/raise/invalid", headers={"Accept": "application/json"})
    for answer in (by_path, by_wish):
        assert answer.status_code == 422
        assert answer.mimetype == "application/problem+json"
        problem = json.loads(answer.data)
        assert problem["status"] == 422
        assert problem["title"] == "Unprocessable Entity"
        assert problem["errors"] == {"name": "氏名を入力してください。"}


def test_an_error_becomes_a_fragment_for_htmx(client: FlaskClient) -> None:
    answer = client.get("/raise/stale", headers={"HX-Request": "true"})
    assert answer.get_data(as_text=True) == '<p class="notice notice--error" role="alert">すでに送信済みです。</p>'


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_message_is_never_run_as_a_script(client: FlaskClient, headers: dict[str, str]) -> None:
    assert b"<script>alert" not in client.get("/raise/script", headers=headers).data


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [("GET", "/no-such-page", 404, "見つかりません"), ("PUT", "/staff/login", 405, "この操作は受け付けられません")],
)
def test_plain_http_errors_speak_japanese(client: FlaskClient, method: str, path: str, status: int, words: str) -> None:
    client.application.config["WTF_CSRF_ENABLED"] = False
    answer = client.open(path, method=method)
    assert answer.status_code == status
    assert words in answer.get_data(as_text=True)


def test_a_program_gets_problem_json_for_a_missing_address(client: FlaskClient) -> None:
    answer = client.get("/api/v1/no-such-thing")
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["status"] == 404


def test_an_unforeseen_error_tells_nothing_of_its_inside(app: Flask, client: FlaskClient) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.testing = False
    for path in ("/raise/bug", "/api/raise/bug"):
        answer = client.get(path)
        assert answer.status_code == 500
        assert "taro" not in answer.get_data(as_text=True)
        assert "問題が起きました" in answer.get_data(as_text=True)
        assert "Content-Security-Policy" in answer.headers


def test_too_much_is_refused_in_words(app: Flask, client: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    assert client.post("/form", data={"text": "あ" * 1000}).text == "1000"
    too_long = client.post("/form", data={"text": "あ" * 4_000_000})
    assert too_long.status_code == 413
    assert "大きすぎます" in too_long.get_data(as_text=True)


def test_every_answer_carries_the_security_headers(client: FlaskClient) -> None:
    for path in ("/", "/staff/login", "/no-such-page", "/raise/busy", "/static/css/site.css"):
        with client.get(path) as answer:
            headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "microphone=()" in headers["Permissions-Policy"]
        assert "Strict-Transport-Security" not in headers


def test_behind_https_the_cookie_is_bound_to_the_host_and_hsts_is_sent(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"public_url": "https://bousai.example.lg.jp"}))
    answer = app.test_client().get("/staff/login", base_url="https://bousai.example.lg.jp")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


FOREIGN = [
    "evil.example",
    "evil.example:8000",
    "localhost.evil.example",
    "localhost@evil.example",
    "evil.example#localhost",
    "127.0.0.1.evil.example",
]
FOREIGN += [
    "evil.example\tlocalhost",
    "localhost, evil.example",
    "evil.example/localhost",
    "[::2]",
    "0",
    "192.168.0.1",
    "LOCALHOST.EVIL.EXAMPLE",
    "xn--evil",
]


@pytest.mark.parametrize("path", ["/where", "/go", "/no-such-page", "/staff/account", "/"])
def test_a_foreign_host_header_is_refused_and_shows_up_nowhere(client: FlaskClient, path: str) -> None:
    for host in FOREIGN:
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == 400, host
        assert b"evil" not in answer.data
        assert "evil" not in answer.headers.get("Location", "")
        assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize(
    "name", ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Forwarded-Server", "X-Original-URL", "X-Rewrite-URL"]
)
@pytest.mark.parametrize("proxies", [0, 1])
def test_a_forwarded_host_is_believed_from_nobody(settings: Settings, name: str, proxies: int) -> None:
    app = create_app(settings.model_copy(update={"behind_proxies": proxies}))
    value = "host=evil.example" if name == "Forwarded" else "evil.example"
    answer = app.test_client().get("/staff/account", headers={name: value})
    assert answer.status_code == 303
    assert answer.location.startswith("/staff/login")
    assert b"evil" not in answer.data


def test_listed_hosts_are_served(settings: Settings) -> None:
    app = create_app(
        settings.model_copy(
            update={"allowed_hosts": "192.168.1.20, honbu.lan", "public_url": "https://bousai.example.lg.jp"}
        )
    )
    client = app.test_client()
    for host in (
        "192.168.1.20",
        "192.168.1.20:8000",
        "honbu.lan",
        "bousai.example.lg.jp",
        "127.0.0.1:8000",
        "localhost",
    ):
        assert client.get("/staff/login", headers={"Host": host}).status_code == 200, host
    assert client.get("/staff/login", headers={"Host": "192.168.1.21"}).status_code == 400


def test_the_callers_address_is_taken_from_as_many_proxies_as_are_set(settings: Settings) -> None:
    for proxies, expected in ((0, "127.0.0.1"), (1, "198.51.100.1"), (2, "203.0.113.5")):
        app = create_app(settings.model_copy(update={"behind_proxies": proxies}))

        @app.get("/address")
        @public
        def address() -> str:
            return request.remote_addr or ""

        headers = {"X-Forwarded-For": "203.0.113.5, 198.51.100.1"}
        assert app.test_client().get("/address", headers=headers).text == expected


def test_the_policy_has_no_hole() -> None:
    sources = [source for part in http.CONTENT_SECURITY_POLICY.split("; ") for source in part.split()[1:]]
    allowed = {"'none'", "'self'", "data:", *http.TILES.split()}
    assert set(sources) <= allowed


def test_a_broken_error_page_still_tells_the_sentence(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.testing = False

    @app.context_processor
    def broken() -> dict[str, str]:
        raise RuntimeError("the database is gone")

    answer = client.get("/raise/bug")
    assert answer.status_code == 500
    assert "少し待って" in answer.get_data(as_text=True)


def test_a_number_beyond_what_databases_take_is_no_page(client: FlaskClient) -> None:
    for number in (2**53, 2**63, 10**30):
        assert client.get(f"/alerts/{number}").status_code == 404


def test_an_error_leads_to_a_page_that_the_person_may_open(app: Flask) -> None:
    client, _ = signed_in_client(app, "anpi", Role.INQUIRY)
    refused = client.get("/headquarters/")
    assert refused.status_code == 403
    way = re.search(r'class="button button--secondary" href="([^"]+)"', refused.text)
    assert way is not None
    assert client.get(way[1], follow_redirects=True).status_code == 200
