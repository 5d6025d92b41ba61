"""What the tests themselves stand on: no way to other machines, a real server, a real browser, a database of one's own."""

import socket
import urllib.request

import pytest
from flask import Flask, g
from playwright.sync_api import Error, Page
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from disaster.core import audit
from disaster.core.audit import AuditEntry
from disaster.core.db import transaction
from disaster.core.extensions import db
from tests.conftest import LONG, ROOT
from tests.server import LiveServer


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "2001:db8::1"])
def test_other_machines_cannot_be_reached(address: str) -> None:
    with pytest.raises(OSError, match="tests reach no other machine"):
        socket.create_connection((address, 80), timeout=1)


def test_outside_names_are_unknown() -> None:
    with pytest.raises(socket.gaierror, match="tests look up no outside name"):
        socket.getaddrinfo("www.example.jp", 80)


def test_this_machine_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def test_the_tests_that_take_long_are_where_they_are_looked_for() -> None:
    assert [beginning for beginning in LONG if not list((ROOT / "tests").glob(f"{beginning}*"))] == []


def _entries(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_an_empty_database_of_its_own(app_on_any_database: Flask, turn: int) -> None:
    with transaction() as session:
        assert _entries(session) == 0
        audit.record(session, "test.turn", actor="cli")
    assert _entries(db.session()) == 1


def test_nothing_lives_on_from_one_request_of_a_client_to_the_next(app: Flask) -> None:
    seen = []

    @app.before_request
    def note() -> None:
        seen.append("kept" in g)
        g.kept = True

    client = app.test_client()
    client.get("/health")
    client.get("/health")
    assert seen == [False, False]


def test_the_service_answers_in_processes_of_its_own(live_server: LiveServer) -> None:
    with urllib.request.urlopen(f"{live_server.url}/health", timeout=5) as answer:
        assert answer.status == 200


def test_a_page_in_a_real_browser_reaches_this_machine_only(live_server: LiveServer, browser_page: Page) -> None:
    browser_page.goto(f"{live_server.url}/")
    assert browser_page.title()
    with pytest.raises(Error, match=r"ERR_INTERNET_DISCONNECTED|ERR_NAME_NOT_RESOLVED"):
        browser_page.goto("http://www.example.jp/")
