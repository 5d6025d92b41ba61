"""The compose page in a browser: without a script, with two tabs, with a shelter that does not suit."""

import re

from playwright.sync_api import expect

from tests.journeys.conftest import Desk


def test_an_alert_can_be_written_and_submitted_without_any_script(desk: Desk) -> None:
    writer = desk("honbu", java_script_enabled=False)
    writer.start("elderly:landslide")
    page = writer.page
    page.get_by_label("城山二丁目").check()
    page.get_by_label("状況").fill("裏山から水が出ています。")
    page.get_by_role("button", name="保存せずに文面を見る").click()
    expect(page.locator("#preview-body")).to_contain_text("裏山から水が出ています。")
    expect(page.get_by_label("状況")).to_have_value("裏山から水が出ています。")
    writer.save()
    writer.submit()
    page.get_by_role("button", name="取り下げる").click()
    expect(page.locator("main")).to_contain_text("取り下げました")


def test_two_tabs_of_one_draft_lose_nothing(desk: Desk) -> None:
    writer = desk("honbu")
    alert_id = writer.start("evacuate:flood")
    second = writer.page.context.new_page()
    second.goto(f"{writer.url}/headquarters/alerts/{alert_id}/edit")
    second.get_by_label("状況").fill("二つ目の画面の文です。")
    expect(second.locator("[data-autosave-status]")).to_contain_text("自動で保存しました", timeout=10_000)
    writer.page.get_by_label("状況").fill("一つ目の画面の文です。")
    expect(writer.page.locator("[data-autosave-status]")).to_contain_text("ほかの人が先に変更しました", timeout=10_000)
    writer.page.get_by_role("button", name="保存して確認へ").click()
    expect(writer.page.locator("main")).to_contain_text("二つ目の画面の文です。")
    expect(writer.page.get_by_label("状況")).to_have_value("一つ目の画面の文です。")
    writer.page.get_by_role("button", name="この内容で上書きして確認へ").click()
    expect(writer.page.locator("main")).to_contain_text("一つ目の画面の文です。")


def test_choices_follow_the_hazard_and_the_groups(desk: Desk) -> None:
    writer = desk("honbu")
    writer.start("evacuate:landslide")
    page = writer.page
    shelter = page.get_by_label(re.compile("^三和小学校 ")).first
    expect(shelter).to_be_enabled()
    page.get_by_label("災害").select_option(label="洪水")
    expect(shelter).to_be_disabled()
    expect(page.locator("label", has_text="三和小学校").first).to_contain_text("洪水では使えません")
    page.get_by_role("button", name="笹尾西をすべて選ぶ").click()
    expect(page.locator("[data-area-count]")).to_have_text("4地区を選んでいます。")
    expect(page.locator("#preview-body")).to_contain_text("笹尾西")
    page.get_by_role("button", name="24時間後").click()
    page.get_by_label("全域").check()
    expect(page.get_by_label("城山一丁目")).to_be_disabled()
    expect(page.locator("#preview-body")).to_contain_text("全域")
    page.get_by_role("button", name="保存して確認へ").click()
    expect(page.get_by_role("heading", name="内容", exact=True)).to_be_visible()
    expect(page.locator(".summary")).to_contain_text("東員町全域")
