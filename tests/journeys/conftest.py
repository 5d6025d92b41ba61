"""Officers with browsers of their own, on the demonstration as a newcomer starts it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from disaster.core.settings import Settings
from tests.browser import watched_page
from tests.journeys.desk import Officer
from tests.postgresql import free_port
from tests.server import LiveServer

Desk = Callable[..., Officer]


@pytest.fixture(scope="package")
def demo_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Everything that ``scripts/serve --demo`` starts, once for all journeys: a journey looks only at what it made itself."""
    folder, port = tmp_path_factory.mktemp("journeys"), free_port()
    config = Settings(data_dir=folder, public_url=f"http://127.0.0.1:{port}", demo=True)
    options = ("--demo", "--data-dir", str(folder), "--port", str(port))
    command = [sys.executable, "-m", "disaster.serving.supervisor", *options]
    with LiveServer(config, port, command=command, patience=120) as server:
        yield server


@pytest.fixture
def desk(browser_engine: Browser, demo_service: LiveServer) -> Iterator[Desk]:
    """``desk("honbu")`` signs a sample person in, in a fresh browser; script errors and broken policies fail the test."""
    with ExitStack() as stack:

        def arrive(login: str, **options: object) -> Officer:
            page = stack.enter_context(watched_page(browser_engine, **options))
            return Officer(page, demo_service.url, login).sign_in()

        yield arrive
