"""A page that keeps itself fresh: it says since when nothing new came, keeps trying, and can be paused."""

from playwright.sync_api import expect

from tests.journeys.conftest import Desk


def test_when_the_server_is_gone_the_page_says_how_old_it_is_and_recovers_by_itself(desk: Desk) -> None:
    officer = desk("kanri")
    page = officer.page
    stale = page.locator("[data-poll-stale]")
    expect(stale).to_be_hidden()
    page.route("**/headquarters/now", lambda route: route.abort("connectionrefused"))
    expect(stale).to_contain_text("サーバーにつながりません。この画面は", timeout=15_000)
    page.unroute("**/headquarters/now")
    expect(stale).to_be_hidden(timeout=15_000)


def test_updating_can_be_paused(desk: Desk) -> None:
    officer = desk("kanri")
    page = officer.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/headquarters/now") else None)
    page.get_by_role("button", name="自動更新を止める").click()
    asked.clear()
    page.wait_for_timeout(6_500)
    assert asked == []
    page.get_by_role("button", name="自動更新を再開する").click()
    expect(page.get_by_role("button", name="自動更新を止める")).to_be_visible()
    page.wait_for_timeout(500)
    assert asked
