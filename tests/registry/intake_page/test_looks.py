"""Readable at 3 a.m. and in the sun, with gloves and with a screen reader, on a tablet and on a telephone; and the camera."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import segno
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from registry.tablets.cards import Card, Row
from tests.browser import BROWSER, FLAGS, watched_context
from tests.fakes.site import Site
from tests.registry.intake_page.town import Tablet, reading

OPTIONS = {
    "resultTypes": ["violations"],
    "rules": {"color-contrast-enhanced": {"enabled": True}},
}
SMALL = """() => [...document.querySelectorAll('button, summary, select, input:not([type=file]), a.button, label.button')]
  .filter((node) => node.checkVisibility())
  .map((node) => [node.textContent.trim() || node.id, node.getBoundingClientRect(), node.classList.contains('primary') ? 56 : 44])
  .filter(([, box, least]) => box.height < least - 0.5 || box.width < 44)
  .map(([word, box]) => `${word} ${box.width}×${box.height}`)"""


def _good(desk: Tablet, where: str) -> None:
    found = Axe().run(desk.page, options=OPTIONS).response["violations"]
    bad = [
        (one["id"], [node["html"][:160] for node in one["nodes"]][:3])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert not bad, (where, bad)
    assert desk.page.evaluate(SMALL) == [], where
    assert desk.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), where


@pytest.mark.parametrize(("look", "size"), [("dark", (820, 1180)), ("light", (390, 844))])
def test_every_screen_is_readable_and_large_enough(
    site: Site, browser_engine: Browser, look: str, size: tuple[int, int]
) -> None:
    with watched_context(
        browser_engine, viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce"
    ) as context:
        context.add_init_script(f"if (location.host) localStorage.setItem('intake-look', '{look}')")
        desk = Tablet(context.new_page(), site, site.shelter)
        desk.page.goto(f"{site.url}/shelter/")
        expect(desk.page.get_by_label("登録コード")).to_be_visible()
        _good(desk, "enrol")
        desk.enrol(f"受付{look}").ready()
        desk.tap("2人 増やす")
        _good(desk, "home")
        desk.tap("受付", exact=True)
        desk.page.get_by_text("そのほかの受付").click()
        desk.page.locator("#query").fill("やま")
        expect(desk.page.locator(".result")).to_be_visible()
        _good(desk, "find")
        desk.tap(desk.page.locator(".result"))
        desk.tap("全員")
        desk.tap("いる", exact=True)
        desk.page.get_by_text("場所・ペット・電話・メモ").click()
        _good(desk, "family")
        desk.tap(desk.page.locator(".care"))
        desk.tap(desk.save)
        desk.saved()
        desk.tap("札を出す")
        _good(desk, "slip")
        desk.tap("次の受付")
        desk.tap("名簿にない・打って入力")
        desk.page.get_by_label("生年月日か年齢").fill("600412")
        desk.page.get_by_text("姓がちがう・赤ちゃん・ローマ字").click()
        _good(desk, "typed")
        desk.tap("名簿", exact=True)
        _good(desk, "list")
        desk.tap(desk.page.locator(".result"))
        desk.page.get_by_text("いる時間・同意・名前を直す").click()
        _good(desk, "household")
        desk.tap("病院")
        _good(desk, "left")
        desk.tap("取り消す（まだいる）")
        desk.tap("点呼")
        _good(desk, "roll")
        desk.tap("その他", exact=True)
        for summary in ("担当者を加える・交代する", "端末の中を消す"):
            desk.page.get_by_text(summary).click()
        _good(desk, "more")
        desk.tap("ロックする")
        expect(desk.page.get_by_label("暗証番号", exact=True)).to_be_visible()
        _good(desk, "unlock")


@pytest.fixture
def camera(browser_engine: Browser, site: Site, tmp_path: Path) -> Iterator[Any]:
    """A browser whose camera sees a card."""
    with reading(site):
        text = Card(
            "018f0000-0000-7000-8000-0000000000c1",
            "加藤",
            "カトウ",
            "東員町大字山田1",
            (Row("光", "ヒカル", "1999-09-09", "f"),),
        ).text
    film = tmp_path / "card.y4m"
    film.write_bytes(_film(text))
    flags = [
        *FLAGS,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    browser = browser_engine.browser_type.launch(executable_path=BROWSER, args=flags)
    yield browser
    browser.close()


def _film(text: str, width: int = 640, height: int = 480) -> bytes:
    """One grey picture of a QR code in the middle of a table (YUV4MPEG2)."""
    rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix]
    scale = (height - 80) // len(rows)
    size = scale * len(rows)
    left, above = (width - size) // 2, (height - size) // 2
    grey = bytearray(b"\xdc" * (width * height))
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            for line in range(scale if dark else 0):
                start = (above + y * scale + line) * width + left + x * scale
                grey[start : start + scale] = b"\x10" * scale
    frame = b"FRAME\n" + bytes(grey) + b"\x80" * (width * height // 2)
    return f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420\n".encode() + frame * 3


def test_the_camera_reads_a_card_with_two_taps(site: Site, camera: Browser) -> None:
    with watched_context(camera) as context:
        desk = Tablet(context.new_page(), site, site.shelter).enrol("受付眼").ready()
        desk.page.context.set_offline(True)
        desk.tap("QRを読む")
        expect(desk.page.get_by_role("heading", name="カトウ さんの家族")).to_be_visible()
        desk.tap(desk.save)
        desk.saved()
        assert desk.taps == 2
