"""Whatever the network does, nothing that was entered is lost and nothing is doubled."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from registry.tablets import devices
from tests.fakes.site import Fault, Site
from tests.registry.intake_page.conftest import NewTablet
from tests.registry.intake_page.town import Tablet, events, names, people_at, taken_in


def test_without_a_network_the_page_opens_takes_people_in_and_sends_them_later(site: Site, desk: Tablet) -> None:
    before = events(site)
    desk.page.context.set_offline(True)
    desk.page.reload()
    desk.unlock()
    for surname in ("おふいち", "おふに", "おふさん"):
        desk.register(surname)
    desk.waits(9)
    expect(desk.page.get_by_text("圏外です。入力はこの端末に残っています。")).to_be_visible()
    assert events(site) == before
    desk.page.context.set_offline(False)
    desk.waits(0)
    assert events(site) == before + 9
    assert {"おふいち はな", "おふに はな", "おふさん はな"} <= set(names(site))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault.PORTAL, "Wi-Fiの案内画面などに止められています"),
        (Fault.JUNK, "Wi-Fiの案内画面などに止められています"),
        (Fault.ERROR, "サーバーが混み合っています"),
        (Fault.CUT, "圏外です"),
    ],
)
def test_only_an_answer_of_our_own_counts(site: Site, desk: Tablet, fault: Fault, said: str) -> None:
    before = events(site)
    site.fault = fault
    desk.register(f"もんばん{fault}")
    desk.waits(3)
    expect(desk.page.get_by_text(said)).to_be_visible()
    site.well()
    desk.send()
    desk.waits(0)
    assert events(site) == before + 3


def test_an_answer_that_is_lost_doubles_nothing(site: Site, desk: Tablet) -> None:
    before, people = events(site), people_at(site, site.shelter)[0]
    site.fault, site.only = Fault.LOST, "/api/v1/sync"
    desk.register("うしない")
    expect(desk.page.get_by_text("圏外です")).to_be_visible()
    assert events(site) == before + 3
    desk.waits(3)
    site.well()
    desk.send()
    desk.waits(0)
    assert events(site) == before + 3
    assert people_at(site, site.shelter)[0] == people + 1


def test_what_the_server_cannot_take_stays_and_is_marked(site: Site, desk: Tablet) -> None:
    site.fault, site.only = Fault.REFUSED, "/api/v1/sync"
    desk.register("ようかくにん")
    expect(desk.page.locator("#waiting")).to_have_text("未送信 3件（要確認 3）")
    desk.page.get_by_role("button", name="その他", exact=True).click()
    expect(desk.page.get_by_role("heading", name="要確認 3件")).to_be_visible()
    expect(desk.page.get_by_text("ようかくにん はな", exact=False).first).to_contain_text("この避難所はありません。")
    desk.page.get_by_text("端末の中を消す").click()
    desk.page.get_by_label("確かめるため").fill("返す")
    desk.tap("消して返す")
    expect(desk.page.get_by_text("未送信の記録が 3件あるので、消せません")).to_be_visible()
    site.well()
    desk.tap("今すぐ送信")
    desk.waits(0)


def test_the_server_is_killed_and_comes_back(site: Site, desk: Tablet) -> None:
    before = events(site)
    site.stop()
    desk.register("ていし")
    desk.waits(3)
    desk.page.reload()
    desk.unlock()
    expect(desk.page.locator("#waiting")).to_have_text("未送信 3件")
    site.start()
    desk.send()
    desk.waits(0)
    assert events(site) == before + 3


def test_two_pages_of_one_tablet_send_each_entry_once(site: Site, tablet: NewTablet) -> None:
    one = tablet()
    before = events(site)
    page = one.page.context.new_page()
    page.goto(f"{site.url}/shelter/")
    two = Tablet(page, site, site.shelter)
    two.unlock()
    expect(page.get_by_role("button", name="受付", exact=True)).to_be_visible()
    site.fault = Fault.CUT
    for _ in range(6):
        one.tap("1人 増やす")
        two.tap("2人 増やす")
    one.register("いちまい")
    two.register("にまい")
    one.waits(18)
    two.waits(18)
    site.well()
    one.send()
    two.send()
    one.waits(0)
    two.waits(0)
    assert events(site) == before + 18
    two.tap("名簿", exact=True)
    expect(page.locator(".result", has_text="いちまい")).to_be_visible()  # what the other page entered


def test_a_tablet_whose_clock_is_wrong_by_years_counts_like_any_other(site: Site, tablet: NewTablet) -> None:
    desk = tablet(enrol=False)
    desk.page.clock.set_system_time("2019-01-01T00:00:00Z")
    desk.enrol("受付時計").ready()
    before = people_at(site, site.shelter)[0]
    desk.register("とけい")
    desk.waits(0)
    expect(desk.page.get_by_text(re.compile("端末の時計が約.*ずれています"))).to_be_visible()
    assert people_at(site, site.shelter)[0] == before + 1
    desk.tap("名簿", exact=True)
    expect(desk.page.locator(".result", has_text="とけい")).to_be_visible()


def test_a_revoked_tablet_forgets_what_can_be_read_and_keeps_what_waits(site: Site, tablet: NewTablet) -> None:
    desk = tablet()
    site.fault = Fault.CUT
    desk.register("しっこう")
    desk.waits(3)
    with site.app.app_context():
        devices.revoke(desk.number, actor="account:1")
    site.well()
    desk.page.evaluate("dispatchEvent(new Event('online'))")  # it may have found out by itself already
    expect(
        desk.page.get_by_text(re.compile("この端末は本部が使用を止めました。未送信 3件は消えていません"))
    ).to_be_visible()
    expect(desk.page.get_by_role("heading", name="この端末を登録する")).to_be_visible()
    assert desk.stored("residents", "view", "journal") == 0
    assert desk.stored("queue") == 3
    before = events(site)
    desk.enrol("受付再")
    desk.waits(0)
    assert events(site) == before + 3


AT_ONCE = """async () => {
  const { go, here, screen } = await import('/static/intake/app.js');
  let release;
  const held = new Promise((done) => { release = done; });
  screen('slow', async () => { await held; return { title: '遅い画面', body: '' }; });
  screen('quick', () => ({ title: '早い画面', body: '' }));
  const slow = go('slow');
  await go('quick');
  release();
  await slow;
  return [here(), document.querySelector('#main h1').textContent];
}"""


def test_of_two_screens_that_are_asked_for_at_once_the_later_one_stays(desk: Tablet) -> None:
    assert desk.page.evaluate(AT_ONCE) == ["quick", "早い画面"]


def test_what_waits_is_carried_as_a_file_and_the_receipt_clears_it(site: Site, desk: Tablet, tmp_path: Path) -> None:
    before = events(site)
    site.fault = Fault.CUT
    desk.register("はこぶ")
    desk.waits(3)
    desk.page.get_by_role("button", name="その他", exact=True).click()
    with desk.page.expect_download() as found:
        desk.tap("ファイルに書き出す")
    carried = tmp_path / "carried.json"
    found.value.save_as(carried)
    assert "はこぶ" not in carried.read_text(encoding="utf-8")
    receipt = tmp_path / "receipt.json"
    receipt.write_text(taken_in(site, carried.read_text(encoding="utf-8")), encoding="utf-8")
    assert events(site) == before + 3
    desk.page.get_by_label("受取ファイルを読み込む").set_input_files(receipt)
    desk.waits(0)
    assert events(site) == before + 3
