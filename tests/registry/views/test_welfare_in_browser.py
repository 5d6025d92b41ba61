"""A morning of welfare staff in a real browser: the list, one person asked, judged and referred, the list on paper; axe looks at every page."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.models.welfare import CareReferral
from tests.browser import watched_page
from tests.registry.views.desks import shelter_named
from tests.registry.views.test_people_in_browser import _good, _sign_in
from tests.registry.welfare.people import BABIES, accepting, named
from tests.server import LiveServer

pytestmark = pytest.mark.journey


def _open(page: Page, words: str) -> None:
    """Unfold a form that is not unfolded."""
    summary = page.locator("summary").filter(has_text=words)
    if not summary.evaluate("node => node.parentElement.open"):
        summary.click()


def test_from_the_list_to_a_place_that_takes_the_person(
    browser_engine: Browser, live_server: LiveServer, app: Flask
) -> None:
    named("花子", "device", "elderly", age=72, phone="090-1111-2222", care_note="在宅酸素")
    named("太郎", "elderly", age=80)
    desk, shelter = shelter_named("稲部小学校"), accepting(BABIES)
    db.session.rollback()
    with watched_page(browser_engine, viewport={"width": 1280, "height": 900}) as page:
        _sign_in(page, live_server, Role.WELFARE, desk)
        page.goto(f"{live_server.url}/welfare/")
        _good(page)
        page.locator(".list-name").first.click()
        expect(page.get_by_role("heading", name="山田 花子")).to_be_visible()
        _good(page)
        page.get_by_label("酸素", exact=True).check()
        page.get_by_label("電池・ボンベ・薬の残り").fill("5")
        page.locator("#equipment").get_by_role("button", name="記録する").click()
        expect(page.locator("#equipment .tag")).to_contain_text("あと約4時間")
        page.get_by_label("メモ（あとから変えられません）").fill("息は苦しくない")
        page.get_by_role("button", name="話せた", exact=True).click()
        expect(page.locator("#contacts .history")).to_contain_text("息は苦しくない")
        _open(page, "判断を記録する")
        page.get_by_label("福祉避難所", exact=True).check()
        page.get_by_label("きょうのうち").check()
        page.get_by_role("button", name="判断を記録する").click()
        expect(page.locator("#assessment")).to_contain_text("1回目")
        _open(page, "移送を依頼する")
        page.get_by_label("移送先").select_option(str(shelter))
        page.get_by_role("button", name="この場所に依頼した").click()
        expect(page.get_by_role("alert")).to_contain_text("入っていないため、依頼できません")
        _good(page)
        page.get_by_label("移送先").select_option("")
        page.get_by_label("一覧にない施設・病院の名前").fill("桑名の病院")
        page.get_by_role("button", name="この場所に依頼した").click()
        expect(page.locator("#referral")).to_contain_text("依頼中")
        _good(page)
        for path in ("/welfare/?tab=in_hand", "/welfare/?tab=done", "/welfare/print"):
            page.goto(live_server.url + path)
            _good(page)
    assert db.session.scalars(select(CareReferral.place)).all() == ["桑名の病院"]
