"""A real browser that reaches this machine only and tells on pages that break their own content policy."""

import contextlib
import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route

from tests import loopback

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


@contextlib.contextmanager
def watched_context(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """A fresh profile in Japanese; afterwards, script errors and policy violations of its pages fail the test."""
    context = browser.new_context(**{"locale": "ja-JP", "timezone_id": "Asia/Tokyo", **options})
    broken: list[str] = []
    context.route(lambda url: not loopback.is_local(urlsplit(url).hostname), _refuse)
    context.on("weberror", lambda error: broken.append(str(error.error)))
    context.on("console", lambda message: _note(message, broken))
    try:
        yield context
    finally:
        context.close()
    assert not broken, broken


@contextlib.contextmanager
def watched_page(browser: Browser, **options: Any) -> Iterator[Page]:
    """One page in a profile of its own."""
    with watched_context(browser, **options) as context:
        page = context.new_page()
        page.set_default_timeout(15_000)
        yield page


def _refuse(route: Route) -> None:
    route.abort("internetdisconnected")


def _note(message: ConsoleMessage, broken: list[str]) -> None:
    if message.type == "error" and "Content Security Policy" in message.text:
        broken.append(message.text)
