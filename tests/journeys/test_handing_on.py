"""Somebody whom an SMS cannot reach is called, and the officer sees it happen; the minutes for that are changed by two people."""

from playwright.sync_api import expect

from tests.journeys.conftest import Desk

AREA = "大字北大社"  # a sample resident here gave the number of the telephone at home for SMS
SETTINGS = "/headquarters/settings"


def test_the_minutes_until_the_next_channel_are_changed_by_two_people(desk: Desk) -> None:
    one, other = desk("shonin"), desk("kanri")
    one.go(SETTINGS)
    setting = one.page.locator("#failover_minutes")
    setting.get_by_text("変更を提案する").click()
    setting.get_by_label("新しい値").fill("5")
    setting.get_by_label("理由").fill("早めに電話に切り替えるため")
    setting.get_by_role("button", name="提案する").click()
    expect(one.page.locator("main")).to_contain_text("10分 → 5分")
    expect(one.page.locator("main")).to_contain_text("あなたの提案です")

    other.go(SETTINGS)
    expect(other.page.locator("main")).to_contain_text("早めに電話に切り替えるため")
    other.page.get_by_label("確認コード").fill(other.code("settings"))
    other.page.get_by_role("button", name="「5分」に変える").click()
    expect(other.page.locator("#failover_minutes .figure__value")).to_have_text("5分")
    expect(other.page.locator("main")).to_contain_text("確認されて有効")


def test_the_officer_sees_a_person_handed_on_from_sms_to_a_call(desk: Desk) -> None:
    writer, decider = desk("honbu"), desk("shonin")
    alert_id = writer.start("evacuate:flood")
    writer.page.get_by_label(AREA, exact=True).check()
    writer.save()
    writer.submit()
    decider.approve(alert_id)
    handed_on = decider.page.locator("#live").get_by_text("SMSで届いていない1人に、電話をかけ")
    expect(handed_on).to_be_visible(timeout=40_000)

    decider.go(f"/headquarters/alerts/{alert_id}/rows?channel=sms&status=lost")
    decider.page.get_by_text("経過", exact=True).first.click()
    decider.page.get_by_role("link", name="この人に、ほかに送った手段").first.click()
    expect(decider.page.locator("main")).to_contain_text("SMSで届いていないので、この手段に切り替えました")
    expect(decider.page.get_by_role("heading", name="2番目")).to_contain_text("電話")

    decider.go(f"/headquarters/alerts/{alert_id}/reach")
    expect(decider.page.get_by_role("rowheader", name=AREA)).to_be_visible()
    expect(decider.page.locator("main")).to_contain_text("登録していない人には、この表の手段では届きません")


def test_the_headquarters_page_tells_when_every_channel_was_proven(desk: Desk) -> None:
    one, officer = desk("shonin"), desk("honbu")
    one.go(SETTINGS)  # at any hour: of itself it happens once a day
    one.page.get_by_label("電話が鳴ることを確かめました").check()
    one.page.get_by_role("button", name="いますぐ通信試験をする").click()
    lights = officer.page.locator(".lights").last
    for channel in ("メール", "SMS", "電話", "LINE", "Mastodon"):
        expect(lights.locator("li", has_text=channel).first).to_contain_text("最終確認 今日", timeout=60_000)
