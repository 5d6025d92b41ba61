"""What the tablet keeps, and from whom: killed browsers, stolen tablets, idle desks, new versions of the page, storage that fails."""

import contextlib
import hashlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Error, Page, expect
from sqlalchemy import select

from disaster.core import sealed
from disaster.core.extensions import db
from registry.models.intake import IntakeEvent
from tests.browser import BROWSER, FLAGS, watched_context
from tests.fakes.site import Fault, Site
from tests.registry.intake_page.conftest import NewTablet
from tests.registry.intake_page.town import PIN, Tablet, events, names, reading


@contextlib.contextmanager
def _profile(browser: Browser, folder: Path) -> Iterator[BrowserContext]:
    """A browser of its own with a profile that outlives it."""
    context = browser.browser_type.launch_persistent_context(
        folder, executable_path=BROWSER, args=FLAGS, locale="ja-JP", timezone_id="Asia/Tokyo"
    )
    try:
        yield context
    finally:
        with contextlib.suppress(Error):  # it was killed
            context.close()


def _kill(folder: Path) -> None:
    """SIGKILL the browser of this profile, as an empty battery would."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if f"--user-data-dir={folder}".encode() in command.split(b"\0"):
            os.kill(int(process.name), signal.SIGKILL)


def _found(folder: Path, words: list[str]) -> list[str]:
    """Which of these words stand readable in any file, in UTF-8 or UTF-16."""
    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return [word for word in words if word.encode() in everything or word.encode("utf-16-le") in everything]


def test_a_killed_browser_lost_nothing_and_its_disk_names_nobody(
    site: Site, browser_engine: Browser, tmp_path: Path
) -> None:
    folder = tmp_path / "profile"
    with _profile(browser_engine, folder) as context:
        desk = Tablet(context.pages[0], site, site.shelter).enrol("受付切").ready()
        before = events(site)
        site.stop()
        desk.register("でんちぎれ", (("なつこ", "S510203", "女"),))
        desk.page.get_by_role("button", name="その他", exact=True).click()
        desk.waits(3)
        _kill(folder)
    secret = ["でんちぎれ", "なつこ", "S510203", "ヤマダ", "山田 太郎", "長深1600", PIN]
    assert _found(folder, ["受付切"]) == ["受付切"]  # what is not sealed would be found
    assert _found(folder, secret) == []
    with _profile(browser_engine, folder) as context:
        desk = Tablet(context.pages[0], site, site.shelter)
        desk.page.goto(f"{site.url}/shelter/")
        desk.waits(3)
        desk.unlock()
        desk.tap("名簿", exact=True)
        expect(desk.page.locator(".result", has_text="でんちぎれ なつこ")).to_be_visible()
        site.start()
        desk.send()
        desk.waits(0)
    assert events(site) == before + 3
    assert "でんちぎれ なつこ" in names(site)


def test_an_idle_desk_locks_itself_and_keeps_the_open_form(site: Site, browser_engine: Browser) -> None:
    with watched_context(browser_engine) as context:
        desk = Tablet(context.new_page(), site, site.shelter)
        desk.page.clock.install()
        desk.enrol("受付眠")
        desk.tap("受付", exact=True)
        desk.tap("名簿にない・打って入力")
        desk.type("とちゅう")
        desk.page.clock.run_for(290_000)
        expect(desk.page.get_by_label("姓（かな）", exact=True)).to_have_value("とちゅう")
        desk.page.clock.run_for(20_000)
        expect(desk.page.get_by_label("暗証番号", exact=True)).to_be_visible()
        assert "とちゅう" not in desk.page.content()
        desk.page.get_by_label("暗証番号", exact=True).fill("111222")
        desk.page.get_by_role("button", name="開く", exact=True).click()
        expect(desk.page.get_by_text("暗証番号が違います")).to_be_visible()
        desk.unlock()
        expect(desk.page.get_by_label("姓（かな）", exact=True)).to_have_value("とちゅう")
        desk.tap(desk.save)
        desk.saved()


def test_each_entry_names_who_held_the_tablet(site: Site, desk: Tablet) -> None:
    desk.page.get_by_role("button", name="その他", exact=True).click()
    desk.page.get_by_text("担当者を加える・交代する").click()
    desk.page.get_by_label("あなたの名前").fill("鈴木")
    desk.page.get_by_label("あなたの暗証番号").fill("123456")
    desk.tap("加えて交代する")
    expect(desk.page.get_by_text("もう少し分かりにくい暗証番号")).to_be_visible()
    desk.page.get_by_label("あなたの暗証番号").fill("904417")
    desk.tap("加えて交代する")
    expect(desk.page.get_by_role("button", name="鈴木 ロック")).to_be_visible()
    before = events(site, "tally")
    desk.tap("1人 増やす")
    desk.until(lambda: events(site, "tally") == before + 1)
    desk.tap("鈴木 ロック")
    desk.unlock()
    desk.tap("1人 増やす")
    desk.until(lambda: events(site, "tally") == before + 2)
    assert _by(site) == ["鈴木", "田中"]


def _by(site: Site) -> list[str]:
    with reading(site):
        rows = db.session.scalars(
            select(IntakeEvent).where(IntakeEvent.kind == "tally").order_by(IntakeEvent.number.desc()).limit(2)
        )
        return [json.loads(sealed.opener("intake")(row.payload))["by"] for row in rows][::-1]


def test_a_new_version_of_the_page_waits_for_the_next_start(site: Site, tablet: NewTablet) -> None:
    desk = tablet()
    page = desk.page
    first = page.evaluate("caches.keys()")
    _newer(site)
    desk.tap("受付", exact=True)
    desk.tap("名簿にない・打って入力")
    desk.type("しんばん")
    page.evaluate("navigator.serviceWorker.getRegistration('/shelter/').then((one) => one.update()).then(() => true)")
    _until(page, "navigator.serviceWorker.getRegistration('/shelter/').then((one) => Boolean(one.waiting))")
    expect(page.get_by_label("姓（かな）", exact=True)).to_have_value("しんばん")
    desk.tap(desk.save)
    desk.saved()
    assert page.locator("html[data-new]").count() == 0
    desk.tap("田中 ロック")
    expect(page.locator("html[data-new]")).to_have_count(1)  # it took over where no form was open
    desk.unlock()
    assert page.evaluate("caches.keys()") != first
    desk.tap("名簿", exact=True)
    expect(page.locator(".result", has_text="しんばん")).to_be_visible()


def _until(page: Page, true: str) -> None:
    """The policy of the page forbids Playwright's own waiting for an expression."""
    for _ in range(200):
        if page.evaluate(true):
            return
        page.wait_for_timeout(25)
    raise AssertionError(true)


def _newer(site: Site) -> None:
    """The page with one more mark, and the worker that knows it."""
    client = site.app.test_client()
    old = client.get("/shelter/").data
    new = old.replace(b'<html lang="ja">', b'<html lang="ja" data-new="1">')
    worker = client.get("/shelter/sw.js").data
    version = worker.split(b'"version": "')[1][:12]
    worker = worker.replace(hashlib.sha256(old).hexdigest().encode(), hashlib.sha256(new).hexdigest().encode())
    site.instead |= {"/shelter/": new, "/shelter/sw.js": worker.replace(version, b"0123456789ab")}


def test_half_a_new_version_and_a_portal_never_become_the_page(site: Site, desk: Tablet) -> None:
    _newer(site)
    site.instead["/static/intake/view.js"] = b"<!doctype html>Welcome to Free Wi-Fi"
    desk.page.evaluate(
        "navigator.serviceWorker.getRegistration('/shelter/').then((one) => one.update()).then(() => '', () => 'failed')"
    )
    desk.page.wait_for_timeout(500)
    desk.page.context.set_offline(True)
    desk.page.reload()
    desk.unlock()
    assert desk.page.locator("html[data-new]").count() == 0
    desk.tap("1人 増やす")
    desk.waits(1)


def test_without_a_lasting_store_the_desk_is_told_to_use_paper(tablet: NewTablet, site: Site) -> None:
    desk = tablet(enrol=False)
    desk.page.add_init_script("indexedDB.open = () => { throw new DOMException('full', 'QuotaExceededError'); };")
    desk.page.goto(f"{site.url}/shelter/")
    expect(desk.page.get_by_role("heading", name="紙の受付票を使ってください")).to_be_visible()


def test_a_cleared_store_is_noticed(tablet: NewTablet, site: Site) -> None:
    desk = tablet()
    site.fault = Fault.CUT
    desk.tap("3人 増やす")
    desk.waits(1)
    desk.page.goto("about:blank")
    session = desk.page.context.new_cdp_session(desk.page)
    session.send("Storage.clearDataForOrigin", {"origin": site.url, "storageTypes": "indexeddb"})
    desk.page.goto(f"{site.url}/shelter/")
    expect(desk.page.get_by_text("未送信だった記録 1件が失われたかもしれません")).to_be_visible()


def test_giving_the_tablet_back_leaves_nothing(tablet: NewTablet, site: Site) -> None:
    desk = tablet()
    desk.page.get_by_role("button", name="その他", exact=True).click()
    desk.page.get_by_text("端末の中を消す").click()
    desk.page.get_by_label("確かめるため").fill("返す")
    desk.tap("消して返す")
    expect(desk.page.get_by_role("heading", name="この端末を登録する")).to_be_visible()
    assert desk.stored("kept", "queue", "journal", "view", "residents", "draft") == 0
