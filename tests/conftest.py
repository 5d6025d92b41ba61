"""What every test may ask for: the application on either database, a client, a running server, a page in a real browser."""

import gc
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import inspect

from disaster.app import create_app
from disaster.core import schema
from disaster.core.base import Base
from disaster.core.extensions import db
from disaster.core.settings import Settings
from tests import loopback, warm
from tests.browser import BROWSER, FLAGS, watched_page
from tests.postgresql import PostgresServer, free_port, programs
from tests.server import LiveServer, environment

ROOT = Path(__file__).parent.parent
PLENTY = 4 * 1024**3  # bytes
LONG = (  # the longest first
    "bench/",
    "doors/",
    "drill/",
    "disaster/scaled/",
    "disaster/serving/",
    "journeys/",
    "broadcast/sending/test_worker_killed",
    "registry/intake_page/",
    "registry/intake/",
)


def pytest_configure() -> None:
    """Close the way to other machines before the first test is collected."""
    loopback.guard()
    _work_in_memory()
    warm.addresses()


def _work_in_memory() -> None:
    """Databases, journals and servers of the tests lie in memory where there is plenty: thousands of small commits wait for no disk."""
    memory = Path("/dev/shm")
    if "TMPDIR" in os.environ or not memory.is_dir():
        return
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if min(free, shutil.disk_usage(memory).free) > PLENTY:
        os.environ["TMPDIR"] = str(memory)
        tempfile.tempdir = None  # look again


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays to the end: looking through its half a million objects again and again took a sixth of the tests' time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first, so that at the end no process works alone; each file's own order stays."""
    tests = ROOT / "tests"

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(tests).as_posix()
        return next((n for n, beginning in enumerate(LONG) if path.startswith(beginning)), len(LONG))

    items.sort(key=place)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a fresh installation in a folder of its own."""
    return Settings(data_dir=tmp_path, secret_key="test-secret", data_key="0" * 64, jma_feeds=False)


class _Client(FlaskClient):
    """A client whose every request has a context of its own, although the test itself stands in one.

    Without it ``flask.g`` would live on from request to request, and with it who is signed in.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        with self.application.app_context():
            response = super().open(*args, **kwargs)
        db.session.rollback()
        return response


def _application(config: Settings) -> Iterator[Flask]:
    app = create_app(config)
    app.config["TESTING"] = True
    app.test_client_class = _Client
    warm.templates(app)
    with app.app_context():
        warm.statements(db.engine)
        if Base.metadata.tables.keys() - set(inspect(db.engine).get_table_names()):
            Base.metadata.create_all(db.engine)  # tables that a test module made for itself
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(settings: Settings, sqlite_template: Path) -> Iterator[Flask]:
    """The application on an empty SQLite database, with its context pushed."""
    shutil.copy(sqlite_template, settings.data_dir / "disaster.sqlite")
    yield from _application(settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of ``app`` without a session."""
    return app.test_client()


@pytest.fixture
def app_on_any_database(any_database: Settings) -> Iterator[Flask]:
    """The application twice: once on SQLite, once on PostgreSQL."""
    yield from _application(any_database)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def any_database(request: pytest.FixtureRequest, settings: Settings, sqlite_template: Path) -> Iterator[Settings]:
    """Settings with an empty database, with its tables, on each engine in turn."""
    if request.param == "sqlite":
        shutil.copy(sqlite_template, settings.data_dir / "disaster.sqlite")
        yield settings
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    database = server.create(_postgres_template(server))
    yield settings.model_copy(update={"database_url": server.url(database)})
    server.drop(database)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of these tests' own."""
    found = programs()
    if not found:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    server = PostgresServer(found)
    server.start()
    yield server
    server.stop()


def _postgres_template(server: PostgresServer) -> str:
    """A migrated database, made once; each test copies it."""
    if not server.template:
        server.template = server.create()
        _migrated(Settings(database_url=server.url(server.template)))
    return server.template


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database file, made once; each test copies it."""
    folder = tmp_path_factory.mktemp("template")
    _migrated(Settings(data_dir=folder))
    return folder / "disaster.sqlite"


def _migrated(config: Settings) -> None:
    """Make the tables as an installation does."""
    app = create_app(config)
    with app.app_context():
        schema.upgrade()
        db.session.remove()
        db.engine.dispose()  # the last connection takes the write-ahead log into the file


@pytest.fixture
def live_server(settings: Settings, sqlite_template: Path) -> Iterator[LiveServer]:
    """The web service as it runs for real (gunicorn, its own processes) on a free port and an empty database.

    Test code that stands in ``app`` sees the same database.
    """
    database = settings.data_dir / "disaster.sqlite"
    if not database.exists():
        shutil.copy(sqlite_template, database)
    port = free_port()
    config = settings.model_copy(update={"public_url": f"http://127.0.0.1:{port}"})
    with LiveServer(config, port) as server:
        yield server


@pytest.fixture(scope="module")
def demo_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Everything that ``scripts/serve --demo`` starts, once for a module: providers, web, worker, sample town."""
    folder, port = tmp_path_factory.mktemp("demo"), free_port()
    config = Settings(data_dir=folder, public_url=f"http://127.0.0.1:{port}", demo=True)
    command = [
        sys.executable,
        "-m",
        "disaster.serving.supervisor",
        "--demo",
        "--data-dir",
        str(folder),
        "--port",
        str(port),
    ]
    with LiveServer(config, port, command=command, patience=120) as server:
        yield server


@pytest.fixture(scope="module")
def browser_engine() -> Iterator[Browser]:
    """Debian's Chromium, started once for a module."""
    if not BROWSER:
        pytest.skip("Chromium is not installed (Debian: chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browser_page(browser_engine: Browser) -> Iterator[Page]:
    """A page in a fresh profile that reaches this machine only; a script error or a broken content policy fails the test."""
    with watched_page(browser_engine) as page:
        yield page


@pytest.fixture
def run_disaster(settings: Settings) -> Any:
    """Run the command line in a process of its own: ``run_disaster("telegram", "read", file, cwd=…)``."""

    def run(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
        variables = {**os.environ, **environment(settings), "PYTHONPATH": str(ROOT), **options.pop("env", {})}
        command = [sys.executable, "-P", "-m", "disaster.cli", *map(str, arguments)]
        return subprocess.run(
            command, env=variables, capture_output=True, text=True, timeout=60, check=False, **options
        )

    return run
