"""A family applies on a telephone; survey, approval in bulk, paper and money at the town hall; the doubted grade is surveyed again and becomes version 2.

The money that was paid stays as it was until somebody decides what the second paper means for it.
"""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from disaster.core import clock
from disaster.staff.permissions import Role
from registry.damage.paper import letters
from tests.browser import watched_page
from tests.fakes import staff
from tests.registry.damage.cases import FORM, photograph, resident_household
from tests.server import LiveServer

PHONE, TABLET = {"width": 390, "height": 844}, {"width": 820, "height": 1180}
Desk = Callable[..., Page]


@pytest.fixture
def desk(app: Flask, live_server: LiveServer, browser_engine: Browser) -> Iterator[Desk]:
    """``desk("daicho", Role.REGISTRY)``: a signed-in person; without a role a resident. Script errors and broken policies fail the test."""
    with ExitStack() as stack:

        def arrive(login: str = "", *roles: Role, **options: Any) -> Page:
            page = stack.enter_context(watched_page(browser_engine, base_url=live_server.url, **options))
            page.route("https://cyberjapandata.gsi.go.jp/**", lambda route: route.fulfill(status=204))
            if roles:
                account = staff.make_account(login, *roles, name=login)
                page.goto("/staff/login?next=/staff/account")
                page.get_by_label("ログインID").fill(login)
                page.get_by_label("パスワード").fill(staff.PASSWORD)
                page.locator("main form button").first.click()
                page.locator('input[name="code"]').fill(pyotp.TOTP(account.totp_secret or "").at(clock.now()))
                page.locator("main form button").first.click()
                page.wait_for_url("**/staff/account")
            return page

        yield arrive


def clean(page: Page) -> None:
    """axe finds nothing serious, and nothing is wider than the screen."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    bad = [
        (v["id"], [node["html"][:120] for node in v["nodes"]][:3])
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
    assert not bad, (page.url, bad)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).first.click()


def apply(page: Page) -> str:
    """From the first page to the number and two photographs."""
    page.goto("/certificates")
    clean(page)
    page.get_by_role("link", name="オンラインで申請する").click()
    press(page, "申請する")
    expect(page.get_by_role("alert")).to_contain_text("入力に足りないところがあります")
    clean(page)
    for name, value in FORM.items():
        if name in ("kind", "relation", "tenure"):
            page.locator(f'input[name="{name}"][value="{value}"]').check()
        elif value:
            page.locator(f'[name="{name}"]').fill(value)
    press(page, "申請する")
    number = page.locator(".certificates__number").inner_text()
    files = [
        {"name": f"{color}.jpg", "mimeType": "image/jpeg", "buffer": photograph((1600, 1200), color)}
        for color in ("teal", "brown")
    ]
    page.set_input_files("#files", files)  # type: ignore[arg-type]
    press(page, "写真・書類を送る")
    expect(page.get_by_role("status")).to_contain_text("2件を受け取りました")
    clean(page)
    return number


def survey(page: Page, chief: Page, ratio: str) -> None:
    """Judged by one, approved by another."""
    page.goto("/registry/surveys/")
    clean(page)
    page.locator("tbody a").first.click()
    press(page, "調査を始める")
    page.get_by_label("損害割合").fill(ratio)
    page.get_by_label("外観と内部立入り").check()
    clean(page)
    press(page, "この結果で判定する")
    expect(page.get_by_role("status")).to_contain_text("承認を待っています")
    chief.goto("/registry/surveys/approve")
    clean(chief)
    for box in chief.locator('input[name="survey"]').all():
        box.check()
    press(chief, "チェックした判定を承認する")
    expect(chief.get_by_role("status")).to_contain_text("1件を承認しました")


def pay(page: Page, family: Page) -> None:
    """The town decides on its gift, tells residents of it, and pays it for the grade of the first paper."""
    page.goto("/registry/aid/measures")
    gift = page.locator("#town_gift")
    gift.get_by_text("この災害での内容を変える").click()
    gift.get_by_label("受け付ける").check()
    gift.get_by_label("半壊の額（円）", exact=True).fill("100,000")
    gift.get_by_label("大規模半壊の額（円）").fill("200,000")
    gift.get_by_role("button", name="この内容にする").click()
    clean(page)
    family.goto("/aid")
    expect(family.get_by_role("heading", name="災害見舞金（町）")).to_be_visible()
    clean(family)
    find_cases(page)
    page.get_by_role("link", name="災害見舞金（町）").first.click()
    for step in ("申請を受け付けた", "審査を始める", "決定する", "100,000円 を支給した"):
        clean(page)
        press(page, step)
    expect(page.get_by_text("支給した額")).to_be_visible()


def find_cases(page: Page) -> None:
    page.goto("/registry/aid")
    press(page, "対象になりそうな人を探す")
    clean(page)


def look_again(page: Page) -> None:
    """The second paper opens a review with the difference; the paid amount is what it was."""
    find_cases(page)
    expect(page.get_by_text("差額 100,000円の追加")).to_be_visible()
    page.get_by_label("差額を支給する").check()
    page.get_by_label("理由").fill("第2次調査で大規模半壊")
    press(page, "決める")
    expect(page.get_by_text("見直しの結果を記録しました")).to_be_visible()
    page.goto("/registry/aid/cases?programme=town_gift&state=paid")
    expect(page.get_by_role("cell", name="100,000円")).to_be_visible()
    page.goto("/registry/aid")
    page.locator("section", has_text="差額の支給・返還を待つもの").get_by_role("link", name="災害見舞金（町）").click()
    clean(page)
    page.get_by_label("支給した額（円").fill("100,000")
    page.locator("#why").fill("第2次調査の差額")
    press(page, "支給を記録する")
    expect(page.get_by_text("2回の合計")).to_be_visible()
    expect(page.get_by_role("row", name="第2次調査の差額")).to_be_visible()
    clean(page)
    page.get_by_role("link", name="罹災証明書を見る").click()
    expect(page.get_by_role("heading", name="証明書", exact=True)).to_be_visible()
    clean(page)


def test_from_the_application_to_the_second_version(desk: Desk, tmp_path: Path) -> None:
    resident_household("h1", "渡邉\U000e0110 太郎", "渡邉\U000e0110 花子")
    family, counter = desk(viewport=PHONE), desk("daicho", Role.REGISTRY)
    walker, chief = desk("chosa", Role.SURVEY, viewport=TABLET), desk("chosa2", Role.SURVEY)
    number = apply(family)
    counter.goto("/registry/certificates/")
    clean(counter)
    for screen in (TABLET, PHONE, {"width": 1280, "height": 900}):
        counter.set_viewport_size(screen)  # type: ignore[arg-type]
        assert counter.evaluate("document.documentElement.scrollWidth <= innerWidth"), screen
    counter.get_by_role("link", name=number).click()
    counter.get_by_label("世帯をさがす").fill("太郎")
    press(counter, "さがす")
    counter.get_by_role("radio", name="太郎").check()
    counter.locator("#dwelling-map").click(position={"x": 60, "y": 60})
    assert counter.locator("#lat").input_value().startswith("35.")
    clean(counter)
    press(counter, "この世帯と建物に決める")
    survey(walker, chief, "25")
    counter.goto("/registry/certificates/issue")
    press(counter, "チェックしたものを交付する")
    expect(counter.get_by_text("1件を交付しました")).to_be_visible()
    clean(counter)
    paper = counter.request.get(counter.get_by_role("link", name="2026-").get_attribute("href") or "")
    looked_at(paper.body(), tmp_path, "半壊")
    payer = desk("kyufu", Role.AID)
    pay(payer, family)

    family.goto("/certificates/progress")
    family.get_by_label("受付番号").fill(number)
    family.get_by_label("申請した人の生年月日").fill("昭和60年4月12日")
    press(family, "進み具合を見る")
    expect(family.get_by_role("heading", name="交付", exact=True)).to_be_visible()
    family.get_by_text("判定に納得できないとき").click()
    family.get_by_label("再調査を希望する理由").fill("二階も傾いている")
    family.get_by_label("軽くなることもあると").check()
    clean(family)
    press(family, "再調査を申請する")
    counter.goto("/registry/certificates/?state=again")
    counter.get_by_role("link", name=number).click()
    press(counter, "第2次調査を予定する")
    survey(walker, chief, "43")
    counter.reload()
    press(counter, "証明書を交付する")
    expect(counter.get_by_text("第2版", exact=False).first).to_be_visible()
    expect(counter.get_by_text("前の版", exact=True)).to_be_visible()
    clean(counter)
    second = counter.get_by_role("link", name="PDF").last.get_attribute("href") or ""
    looked_at(counter.request.get(second).body(), tmp_path, "第2版")
    look_again(payer)


def looked_at(pdf: bytes, tmp_path: Path, word: str) -> None:
    """The paper as a picture: not blank, the words where a reader finds them."""
    assert pdf[:5] == b"%PDF-"
    if not shutil.which("pdftoppm") or letters.there() is None:
        return
    (tmp_path / "paper.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", "60", "-gray", str(tmp_path / "paper.pdf"), str(tmp_path / "paper")], check=True)
    picture = next(tmp_path.glob("paper-*.pgm")).read_bytes()
    dark = sum(1 for value in picture[20:] if value < 128)
    assert dark > 2000
    read = subprocess.run(
        ["pdftotext", str(tmp_path / "paper.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert word in read
    assert "邉\U000e0110" in read
