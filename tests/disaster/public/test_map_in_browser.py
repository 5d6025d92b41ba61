"""The map in a real Chromium, under the content policy of the service."""

import re
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from broadcast.cap.vocabulary import Kind
from disaster.core.extensions import db
from disaster.shelters import state
from disaster.shelters.models import Shelter
from disaster.shelters.vocabulary import Crowding, Opening
from tests.browser import watched_page
from tests.disaster.public.conftest import Publish
from tests.server import LiveServer

HOSTILE = "役場 ${window.PWN=1}`</script><script>window.PWN=1</script><img src=x onerror=window.PWN=1>\u202e'\""
TILE_HOSTS = {"cyberjapandata.gsi.go.jp", "disaportaldata.gsi.go.jp"}

pytestmark = pytest.mark.journey


@pytest.fixture
def town(app: Flask, shelters: dict[str, Shelter], live_server: LiveServer) -> str:
    """A running service with open shelters, one of them with a hostile name; its address."""
    kanda, gym = shelters["神田小学校"], shelters["東員町総合体育館"]
    for shelter in (kanda, gym):
        state.set_opening(shelter.id, Opening.OPEN, seen=1, actor="cli")
    state.set_crowding(kanda.id, Crowding.FULL, seen=2, actor="cli")
    db.session.get_one(Shelter, gym.id).name = HOSTILE
    db.session.commit()
    return live_server.url


def drawn(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("#map_shelters")).to_have_attribute("data-drawn", "14")


def test_the_map_draws_every_place_asks_only_the_tile_hosts_and_runs_no_name(town: str, browser_page: Page) -> None:
    hosts: set[str | None] = set()
    browser_page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    drawn(browser_page, f"{town}/map")
    expect(browser_page.locator(".map-site")).to_have_count(14)
    expect(browser_page.locator(".map-site .pin--full")).to_have_text("×")
    expect(browser_page.get_by_role("button", name="神田小学校 満員")).to_be_visible()
    assert hosts - {"127.0.0.1"} <= TILE_HOSTS
    assert browser_page.evaluate("window.PWN") is None
    assert browser_page.locator("img[onerror]").count() == 0


def test_without_tiles_a_notice_tells_and_the_boundary_and_the_credits_stand(town: str, browser_page: Page) -> None:
    drawn(browser_page, f"{town}/map")
    expect(browser_page.get_by_text("背景の地図を読み込めません")).to_be_visible()
    expect(browser_page.locator("path.leaflet-interactive, .leaflet-overlay-pane path")).to_have_count(1)
    credit = browser_page.locator(".leaflet-control-attribution")
    expect(credit).to_contain_text("国土数値情報（行政区域データ）（国土交通省）")
    expect(credit).to_contain_text("地理院タイル")


def test_a_popup_opens_and_closes_by_keyboard_and_shows_the_hostile_name_as_text(town: str, browser_page: Page) -> None:
    drawn(browser_page, f"{town}/map")
    marker = browser_page.locator(".map-site", has_text="役場")
    marker.focus()
    browser_page.keyboard.press("Enter")
    popup = browser_page.locator(".leaflet-popup-content")
    expect(popup).to_contain_text("${window.PWN=1}`</script>")
    expect(popup).to_contain_text("開設中・混み具合は未確認")
    assert browser_page.evaluate("window.PWN") is None
    browser_page.keyboard.press("Escape")
    expect(popup).to_have_count(0)
    expect(marker).to_be_focused()


def test_the_buttons_of_the_map_speak_japanese_and_are_large_enough_for_gloves(town: str, browser_page: Page) -> None:
    drawn(browser_page, f"{town}/map")
    for name in ("地図を大きくする", "地図を小さくする", "重ねる情報を選ぶ"):
        box = browser_page.get_by_role("button", name=name).bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 44


def test_a_shelter_of_the_list_is_shown_on_the_map(town: str, browser_page: Page) -> None:
    drawn(browser_page, f"{town}/map")
    browser_page.get_by_role("button", name=re.compile("地図で示す.*：城山小学校$")).click()
    expect(browser_page.locator(".leaflet-popup-content")).to_contain_text("城山小学校校庭")


def test_without_javascript_the_list_says_everything(town: str, browser_engine: Browser) -> None:
    with watched_page(browser_engine, java_script_enabled=False) as page:
        page.goto(f"{town}/map?hazard=flood")
        expect(page.locator("noscript p")).to_be_visible()
        expect(page.locator("#map_shelters")).to_be_hidden()
        expect(page.locator("li[data-site]")).to_have_count(23)
        expect(page.get_by_text("洪水では使えません", exact=True)).to_have_count(2)


@pytest.mark.parametrize("width", [1280, 375])
def test_the_pages_have_no_serious_barrier_and_do_not_scroll_sideways(
    town: str, publish: Publish, browser_engine: Browser, width: int
) -> None:
    publish(Kind.EVACUATE, shelters=("神田小学校",), situation="員弁川の水位が上がっています。")
    publish(Kind.ELDERLY)
    with watched_page(browser_engine, viewport={"width": width, "height": 800}, bypass_csp=True) as page:
        for path in ("/", "/map", "/shelters?area=24324-15", "/alerts", "/alerts/1?lang=en", "/?lang=easy_ja"):
            page.goto(town + path)
            found = Axe().run(page).response["violations"]
            assert [
                (path, hit["id"], hit["nodes"][0]["html"]) for hit in found if hit["impact"] in ("serious", "critical")
            ] == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
