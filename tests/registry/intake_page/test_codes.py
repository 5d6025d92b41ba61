"""Codes of two tablets: each slip finds its family, also where two tablets gave out the same code without knowing of each other."""

from playwright.sync_api import expect

from registry.intake import codes
from tests.fakes.site import Site
from tests.registry.intake_page.conftest import NewTablet
from tests.registry.intake_page.town import Tablet

SAME = """async ([digit, count]) => {
  const { tablet } = await import('/static/intake/tablet.js');
  const store = await import('/static/intake/store.js');
  tablet.device.digit = digit;
  await store.put('kept', 'codes', count);
}"""


def _find(desk: Tablet, code: str) -> None:
    desk.home()
    desk.tap("QRを読む")
    desk.page.get_by_label("読み取り機・手入力").fill(code)
    desk.press("Enter")


def test_both_slips_of_a_family_find_it_and_one_code_on_two_slips_offers_both(site: Site, tablet: NewTablet) -> None:
    first, second = tablet("受付1"), tablet("受付2")
    for one in (first, second):
        one.page.context.set_offline(True)
    both = first.check_in("やまだ"), second.check_in("やまだ")
    assert both[0] != both[1]
    twin = first.register("すずき")
    second.page.evaluate(SAME, [int(twin[3]), int(twin[4:7])])
    assert second.register("たなか") == twin
    for _ in range(2):  # the second time each hears of the other's
        for one in (first, second):
            one.page.context.set_offline(False)
            one.send()
            one.waits(0)
    for code in both:
        assert codes.read(code) == code
        _find(first, code)
        expect(first.page.get_by_role("heading", name="ヤマダ さん")).to_be_visible()
    expect(first.page.get_by_text("ほかの札の番号")).to_be_visible()
    _find(first, twin)
    expect(first.page.locator(".result")).to_have_count(2)
    first.tap(
        first.page.locator(".result").filter(has_text="たなか").or_(first.page.locator(".result", has_text="タナカ"))
    )
    expect(first.page.get_by_text(f"ほかの札の番号：{twin}")).to_be_visible()
