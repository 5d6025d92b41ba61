"""A drill reaches nobody, says so everywhere, and live is the harder choice while it lasts."""

import sqlite3
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Desk
from tests.server import LiveServer


def _messages(service: LiveServer) -> int:
    inbox = service.settings.data_dir / "inbox.sqlite"
    connection = sqlite3.connect(inbox, timeout=10)
    try:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'messages'").fetchone():
            return 0
        number: int = connection.execute("SELECT count(*) FROM messages").fetchone()[0]
    finally:
        connection.close()
    return number


def test_a_drill_goes_all_the_way_and_reaches_nobody(desk: Desk, demo_service: LiveServer) -> None:
    writer, decider = desk("honbu"), desk("shonin2")
    before = _messages(demo_service)
    decider.go("/headquarters/exercise")
    decider.page.get_by_label("訓練の名前").fill("水防訓練")
    decider.page.get_by_role("button", name="訓練時間を始める").click()
    expect(decider.page.locator(".drill-band")).to_contain_text("【訓練】水防訓練")

    writer.go("/headquarters/alerts/new")
    expect(writer.page.get_by_label("【訓練】（住民")).to_be_checked()
    writer.page.locator('button[value="evacuate:flood"]').first.click()
    alert_id = writer.alert_id()
    writer.page.get_by_label("全域").check()
    expect(writer.page.locator("#preview-body")).to_contain_text("【訓練】")
    writer.save()
    writer.submit()
    decider.approve(alert_id, drill=True)
    decider.wait_until_sent("住民には届いていません")
    expect(decider.page.locator(".drill-band")).to_be_visible()
    assert _messages(demo_service) == before
    for path in (f"/alerts/{alert_id}", f"/feeds/cap/{alert_id}.xml"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(demo_service.url + path, timeout=10)
        refused.value.close()
        assert refused.value.code == 404
    decider.go("/headquarters/exercise")
    decider.page.get_by_role("button", name="訓練時間を終える").click()
    expect(decider.page.locator(".drill-band")).to_have_count(0)
