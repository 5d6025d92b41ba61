"""The staff pages in a real browser: set-up to sign-in by hand, and no barrier that axe can find."""

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page

from disaster.core import clock
from disaster.staff import setup
from tests.server import LiveServer

PASSWORD = "yama no ue no kumo 7 tsu"


def _barriers(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{page.url}: {rule['id']}" for rule in found]


@pytest.mark.journey
def test_the_first_administrator_sets_up_signs_in_and_adds_a_person(
    app: Flask, live_server: LiveServer, browser_page: Page
) -> None:
    page, barriers = browser_page, []
    link = setup.first_start_link() or ""
    page.goto(live_server.url + "/staff/setup/" + link.rsplit("/", 1)[1])
    barriers += _barriers(page)
    secret = page.locator("code").first.inner_text().replace(" ", "")
    page.get_by_label("ログインID").fill("suzuki")
    page.get_by_label("氏名").fill("鈴木 一")
    page.locator("#f-password").fill(PASSWORD)
    page.locator("#f-password_again").fill(PASSWORD)
    page.get_by_label("確認コード").fill(pyotp.TOTP(secret).at(clock.now()))
    page.get_by_role("button", name="登録する").click()
    assert page.locator("ol.codes li").count() == 10
    barriers += _barriers(page)
    page.get_by_role("link", name="ログインに進む").click()
    barriers += _barriers(page)
    page.get_by_label("ログインID").fill("suzuki")
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("button", name="次へ").click()
    barriers += _barriers(page)
    page.get_by_label("確認コード").fill(pyotp.TOTP(secret).at(clock.now()))
    page.get_by_role("button", name="ログインする").click()
    for path in ("/staff/account", "/staff/audit?verify=1", "/staff/accounts"):
        page.goto(live_server.url + path)
        barriers += _barriers(page)
    page.get_by_label("ログインID").fill("tanaka")
    page.get_by_label("氏名").fill("田中 正子")
    page.get_by_label("配信担当").check()
    page.get_by_label("あなたの確認コード").fill(pyotp.TOTP(secret).at(clock.now()))
    page.get_by_role("button", name="追加して").click()
    assert "/staff/setup/" in page.locator("main code").inner_text()
    barriers += _barriers(page)
    assert barriers == []
