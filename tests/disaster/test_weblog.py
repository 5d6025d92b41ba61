"""The web server's log tells what was asked, never who asked or with which token."""

import logging
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config

from disaster.weblog import WebLog


def _logged(capsys: pytest.CaptureFixture[str], path: str, status: str = "200 OK", query: str = "") -> str:
    config = Config()
    config.set("accesslog", "-")
    log = WebLog(config)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REMOTE_ADDR": "203.0.113.9",
        "HTTP_USER_AGENT": "Curious/1.0",
        "HTTP_REFERER": "https://example.jp/mail?to=a@example.jp",
    }
    log.access(SimpleNamespace(status=status, sent=12), SimpleNamespace(headers=[]), environ, timedelta(milliseconds=7))
    for name in ("gunicorn.access", "gunicorn.error"):
        logging.getLogger(name).handlers.clear()
    return capsys.readouterr().out


def test_a_request_is_one_line_with_path_status_size_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert "GET /map 200 12 bytes 7 ms" in _logged(capsys, "/map")


def test_who_asked_and_the_query_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    line = _logged(capsys, "/map", query="q=山田")
    assert not [word for word in ("203.0.113.9", "Curious", "example.jp", "山田", "q=") if word in line]


@pytest.mark.parametrize(
    "path",
    [
        "/unsubscribe/S3cretToken",
        "/staff/setup/S3cretToken",
        "/subscribe/mine/S3cretToken.ab12/leave",
        "/subscribe/confirm/S3cretToken.ab12",
        "/subscribe/wait/S3cretToken",
    ],
)
def test_tokens_in_paths_are_masked(capsys: pytest.CaptureFixture[str], path: str) -> None:
    line = _logged(capsys, path)
    assert "S3cretToken" not in line
    assert "/***" in line


def test_a_line_end_in_a_path_forges_no_second_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(_logged(capsys, "/a\nGET /b 200").splitlines()) == 1


def test_a_healthy_health_check_is_not_worth_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert _logged(capsys, "/health") == ""
    assert "/health 503" in _logged(capsys, "/health", status="503 SERVICE UNAVAILABLE")
