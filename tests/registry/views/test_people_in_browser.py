"""A day at the desk in a real browser: somebody is found, their record mended, they leave for a place that nobody knows, and are asked for.

On the way axe looks at every page about people, on a tablet and on a telephone, and each button is as large as a finger.
"""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.incidents import running
from disaster.shelters import state
from disaster.shelters.vocabulary import Opening
from disaster.staff.permissions import Role
from registry.matching import suggesting
from registry.models.intake import Device
from registry.models.people import ShelterStaff, Stay
from registry.vocabulary import Kind
from tests.browser import watched_page
from tests.fakes.staff import PASSWORD, code, make_account
from tests.registry.people.entries import arrive, enter, family
from tests.registry.views.desks import shelter_named
from tests.server import LiveServer

pytestmark = pytest.mark.journey
SMALL = """() => [...document.querySelectorAll('main button, main summary, main select, main input:not([type=hidden]):not([type=file]), main a')]
  .filter((node) => node.checkVisibility() && !['checkbox', 'radio'].includes(node.type))
  .filter((node) => node.tagName !== 'A' || node.matches('.button, .way, .row > a, .list-name, .tile'))
  .map((node) => [node.textContent.trim() || node.name || node.id, node.getBoundingClientRect()])
  .filter(([, box]) => box.height < 43.5 || box.width < 43.5)
  .map(([word, box]) => `${word} ${Math.round(box.width)}×${Math.round(box.height)}`)"""


@pytest.fixture
def town(app: Flask, live_server: LiveServer) -> int:
    """A shelter with two families, one of them disputed, and a tablet that is silent."""
    number = shelter_named("神田小学校")
    state.set_opening(number, Opening.OPEN, seen=1, actor="account:1")
    home = family(number, "山田", kana="ヤマダ", code="BA-0001-1")
    arrive(number, household=home, phone="090-0000-0001", care=["infant"])
    twice = arrive(number, family="鈴木", given="一", kana_family="スズキ", kana_given="ハジメ", birth="S30.1.2")
    arrive(number, family="鈴木", given="肇", kana_family="スズキ", kana_given="ハジメ", birth="S30.1.2")
    enter(Kind.STAY, "018f0000-0000-7000-8000-00000000000a", None, person=twice, place="car", start=1)
    with transaction() as session:
        seen = clock.now() - timedelta(hours=2)
        about = {"enrolled_by": "account:1", "enrolled_at": seen, "seen_at": seen, "token_digest": "x", "waiting": 3}
        session.add(Device(shelter_id=number, name="受付1", **about))
    suggesting.refresh(running.running() or 0)
    return number


def _sign_in(page: Page, server: LiveServer, role: Role, shelter: int) -> None:
    account = make_account(f"{role}1", role)
    with transaction() as session:
        session.add(ShelterStaff(account_id=account.id, shelter_id=shelter))
    page.goto(f"{server.url}/staff/login?next=/staff/account")
    page.get_by_label("ログインID").fill(account.login)
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("button", name="次へ").click()
    page.get_by_label("確認コード").fill(code(account))
    page.get_by_role("button", name="ログインする").click()
    expect(page.get_by_role("button", name="ログアウト")).to_be_visible()


def _good(page: Page) -> None:
    """Nothing that axe finds, nothing too small for a finger, nothing beyond the edge of the screen."""
    for width in (820, 390):
        page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:160]) for one in found] == [], page.url
        assert page.evaluate(SMALL) == [], (page.url, width)
        fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert page.evaluate(fits), (page.url, width)


def test_from_the_search_to_the_queue_of_those_who_left(
    browser_engine: Browser, live_server: LiveServer, town: int
) -> None:
    with watched_page(browser_engine, viewport={"width": 820, "height": 1180}) as page:
        _sign_in(page, live_server, Role.SHELTER, town)
        page.goto(f"{live_server.url}/registry/search")
        page.get_by_label("名前、カナ、ローマ字").fill("やまだ")
        page.get_by_label("何のために").select_option("desk")
        page.get_by_role("button", name="探す").click()
        expect(page.get_by_role("heading", name="1人")).to_be_visible()
        _good(page)
        page.get_by_role("link", name="山田　花子").click()
        _good(page)
        page.get_by_role("link", name="記録を直す").click()
        _good(page)
        page.get_by_label("電話", exact=False).first.fill("090-9999-0001")
        page.get_by_role("button", name="保存する").click()
        expect(page.get_by_text("090-9999-0001").first).to_be_visible()
        page.get_by_role("button", name="不明", exact=True).click()
        expect(page.get_by_text("退所").first).to_be_visible()
        page.goto(f"{live_server.url}/registry/follow-ups")
        expect(page.get_by_role("link", name="山田 花子").first).to_be_visible()
        _good(page)
    stay = db.session.scalars(select(Stay).where(Stay.exit_reason.is_not(None))).one()
    assert str(stay.exit_reason) == "unknown"


def test_every_page_about_people_is_good_to_use(browser_engine: Browser, live_server: LiveServer, town: int) -> None:
    shelter = f"/registry/shelters/{town}"
    with watched_page(browser_engine) as page:
        _sign_in(page, live_server, Role.SHELTER, town)
        for path in ("/registry/", shelter, f"{shelter}/roll", f"{shelter}/group", f"{shelter}/wall"):
            page.goto(live_server.url + path)
            _good(page)
    with watched_page(browser_engine) as page:
        _sign_in(page, live_server, Role.REGISTRY, town)
        for path in ("conflicts", "pairs", "quarantine", "residents", "exercises", "cards"):
            page.goto(f"{live_server.url}/registry/{path}")
            _good(page)
    with watched_page(browser_engine) as page:
        _sign_in(page, live_server, Role.OPERATOR, town)
        for path in ("overview", "devices", "devices/places", "devices/carry"):
            page.goto(f"{live_server.url}/headquarters/{path}")
            _good(page)
