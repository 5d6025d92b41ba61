"""Giving and receiving in a real browser: one disclosure though the form is sent again after going back, its file twice; a PFIF file's notes at 390 px."""

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.models.giving import Disclosure
from registry.pfif import document
from registry.pfif.document import Note, Record
from tests.browser import watched_page
from tests.fakes.staff import PASSWORD, code, make_account
from tests.registry.disclosure.test_giving import enter, victim
from tests.server import LiveServer

pytestmark = pytest.mark.journey
STAMP = "2026-11-23T06:00:00Z"


def sign_in(page: Page, server: LiveServer) -> None:
    account = make_account("daicho", Role.REGISTRY)
    page.goto(f"{server.url}/staff/login?next=/staff/account")
    page.get_by_label("ログインID").fill(account.login)
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("button", name="次へ").click()
    page.get_by_label("確認コード").fill(code(account))
    page.get_by_role("button", name="ログインする").click()
    expect(page.get_by_role("button", name="ログアウト")).to_be_visible()


def saved(page: Page) -> str:
    """What the button gives."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name="ファイルを保存する").click()
    return Path(waiting.value.path()).read_text(encoding="utf-8-sig")


def given() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Disclosure)) or 0


def test_one_disclosure_though_the_form_is_sent_again(
    app: Flask, live_server: LiveServer, browser_engine: Browser
) -> None:
    number = victim(enter("髙橋")).number
    with watched_page(browser_engine) as page:
        sign_in(page, live_server)
        page.goto(f"{live_server.url}/registry/disclosures/new?ground=90-4-2")
        page.get_by_label("提供先の名前").fill("税務課")
        page.get_by_label("だれの情報か").fill(str(number))
        page.get_by_label("目的").fill("減免")
        page.get_by_label("氏名", exact=True).check()
        page.get_by_label("援護の実施に必要な限りで使う").check()
        page.get_by_role("button", name="提供する内容を確かめる").click()
        page.get_by_role("button", name="提供する（記録を残し").click()
        expect(page.get_by_role("heading", name="提供するファイル")).to_be_visible()
        record = page.url
        assert "髙橋" in saved(page)
        page.go_back()
        page.get_by_role("button", name="提供する（記録を残し").click()
        expect(page.get_by_role("heading", name="提供するファイル")).to_be_visible()
        assert page.url == record
        assert "髙橋" in saved(page)
    assert given() == 1


def test_notes_of_a_pfif_file_fit_a_telephone(
    app: Flask, live_server: LiveServer, browser_engine: Browser, tmp_path: Path
) -> None:
    long = "https://x.example/" + "a" * 300
    notes = [Note("x.example/n1", "妹<i>", STAMP, f"<b>{long}</b>", status="believed_alive", last_known_location=long)]
    file = tmp_path / "x.xml"
    file.write_bytes(document.write([Record("x.example/1", STAMP, "A" * 150, notes=notes)]))
    with watched_page(browser_engine, viewport={"width": 390, "height": 844}) as page:
        sign_in(page, live_server)
        page.goto(f"{live_server.url}/registry/retention")
        page.get_by_label("PFIF 1.4 のファイル").set_input_files(file)
        page.locator("section", has=page.get_by_role("heading", name="PFIF")).get_by_role(
            "button", name="内容を確かめる"
        ).click()
        expect(page.get_by_text("妹<i>")).to_be_visible()
        expect(page.get_by_text("無事らしい")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        page.get_by_role("button", name="取り込む", exact=True).click()
        expect(page.get_by_text("1人の記録を加えました")).to_be_visible()
