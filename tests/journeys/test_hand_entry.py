"""What is entered elsewhere by hand, in a real browser; and the posts that went out by themselves."""

import sqlite3

from playwright.sync_api import expect

from tests.journeys.conftest import Desk
from tests.server import LiveServer


def test_an_officer_copies_field_by_field_and_sees_what_cannot_be_entered(desk: Desk, demo_service: LiveServer) -> None:
    writer, decider = desk("honbu", permissions=["clipboard-read", "clipboard-write"]), desk("shonin")
    alert_id = writer.start("evacuate:flood")
    writer.page.get_by_label("城山一丁目").check()
    writer.page.get_by_label("状況").fill("手入力の試しです。①番の橋は渡れません。")
    writer.save()
    expect(writer.page.locator("main")).to_contain_text("「①」は使えないため、「1」にしました。")
    writer.submit()
    decider.approve(alert_id)
    decider.wait_until_sent()

    writer.go(f"/headquarters/alerts/{alert_id}/record")
    writer.page.get_by_role("link", name="緊急速報メール・Lアラートの手入力").click()
    writer.page.locator('[data-copy="cell-body"]').click()
    expect(writer.page.locator("#copied")).to_have_text("本文をコピーしました。")
    copied = writer.page.evaluate("navigator.clipboard.readText()")
    assert "1番の橋は渡れません。" in copied

    writer.page.locator("#cell-body").fill("㈱の前の道")
    expect(writer.page.locator("#cell-body-count output")).to_have_text("5")
    writer.page.get_by_role("button", name="この文面を確かめる").click()
    expect(writer.page.get_by_role("alert")).to_contain_text("本文の1行目・1文字目の「㈱」は使えません")
    expect(writer.page.locator("main")).to_contain_text("承認された文面と違います")

    posts = sqlite3.connect(demo_service.settings.data_dir / "inbox.sqlite").execute(
        "SELECT channel, count(*) FROM messages WHERE body LIKE '%手入力の試し%' AND recipient = '' GROUP BY channel"
    )
    assert dict(posts) == {"mastodon": 1, "x": 1, "bluesky": 1}
