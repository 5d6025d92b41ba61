"""Residents at their telephones: subscribe, confirm, get the alert, leave with one click; and again in English by SMS."""

import re
import sqlite3
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser import watched_page
from tests.journeys.conftest import Desk
from tests.journeys.desk import Officer
from tests.server import LiveServer

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
AREA = "穴太"


@pytest.fixture
def phone(browser_engine: Browser) -> Iterator[Page]:
    """A telephone without JavaScript: a weak network may never bring it."""
    with watched_page(browser_engine, java_script_enabled=False, **PHONE) as page:
        yield page


@pytest.fixture
def checked_phone(browser_engine: Browser) -> Iterator[Page]:
    """A telephone whose pages are looked at by axe."""
    with watched_page(browser_engine, **PHONE) as page:
        yield page


def received(service: LiveServer, recipient: str, words: str) -> str:
    """The newest message to this address with these words, when it is there; headers and text."""
    until = time.monotonic() + 40
    while time.monotonic() < until:
        inbox = sqlite3.connect(service.settings.data_dir / "inbox.sqlite", timeout=10)
        try:
            row = inbox.execute(
                "SELECT headers || char(10) || subject || char(10) || body FROM messages"
                " WHERE recipient = ? AND subject || body LIKE ? ORDER BY id DESC",
                (recipient, f"%{words}%"),
            ).fetchone()
        finally:
            inbox.close()
        if row:
            return str(row[0])
        time.sleep(0.3)
    raise AssertionError(f"nothing with {words} arrived")


def accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert not found, [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the telephone"


def alert(desk: Desk, words: str) -> Officer:
    """An evacuation order for the area, approved and sent."""
    writer, decider = desk("honbu"), desk("shonin")
    writer.start("evacuate:flood")
    writer.page.get_by_label(f"大字{AREA}", exact=True).check()
    writer.page.get_by_label("状況").fill(words)
    writer.save()
    number = writer.alert_id()
    writer.submit()
    decider.approve(number)
    return decider


def test_a_resident_subscribes_by_mail_gets_the_alert_and_leaves_with_one_click(
    desk: Desk, demo_service: LiveServer, phone: Page
) -> None:
    address = "journey.taro@mail.example"
    phone.goto(f"{demo_service.url}/")
    phone.get_by_role("link", name="受け取りを登録する").click()
    phone.get_by_label("メール", exact=True).check()
    phone.get_by_label("メールアドレス").fill(address)
    phone.get_by_label(AREA, exact=True).check()
    phone.get_by_role("button", name="次へ").click()
    expect(phone.get_by_role("heading", name="メールを確かめてください")).to_be_visible()

    letter = received(demo_service, address, "登録の確認")
    link = re.search(r"http://\S+/subscribe/confirm/\S+", letter)
    assert link
    phone.goto(link[0])
    phone.get_by_role("button", name="登録する").click()
    expect(phone.get_by_role("heading", name="登録しました")).to_be_visible()
    expect(phone.locator("main")).to_contain_text("j…@m….example")

    alert(desk, "試しの用水があふれました。")
    letter = received(demo_service, address, "試しの用水")
    assert "警戒レベル4" in letter

    # one click of a mail program (RFC 8058), and the link in the text shows a page
    one_click = re.search(r"<(http://[^>]+/unsubscribe/[^>]+)>", letter)
    assert one_click
    assert "List-Unsubscribe=One-Click" in letter
    body = urllib.parse.urlencode({"List-Unsubscribe": "One-Click"}).encode()
    with urllib.request.urlopen(urllib.request.Request(one_click[1], data=body), timeout=10) as answer:
        assert answer.status == 200
    phone.goto(one_click[1].replace("/unsubscribe/", "/subscribe/mine/"))
    expect(phone.locator("main")).to_contain_text("いま、どの宛先にも届きません")


def test_again_in_english_by_sms_with_pages_that_everybody_can_use(
    demo_service: LiveServer, checked_phone: Page
) -> None:
    page, number = checked_phone, "+819000007301"
    page.goto(f"{demo_service.url}/subscribe?lang=en")
    accessible(page)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose one way to reach you.")
    accessible(page)
    page.get_by_label("SMS (text message to a mobile phone)").check()
    page.get_by_label("Telephone number").fill("090-0000-7301")
    page.get_by_label("The whole town (information for every area)").check()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Enter the code from the SMS")).to_be_visible()
    accessible(page)

    code = re.search(r"\d{6}", received(demo_service, number, "your code is"))
    assert code
    page.get_by_label("Code (six digits)").fill(code[0])
    page.get_by_role("button", name="Confirm and subscribe").click()
    expect(page.get_by_role("heading", name="You are subscribed")).to_be_visible()
    accessible(page)

    page.get_by_text("Change what you receive").click()
    page.get_by_label("Notices of the town (water supply, closed roads and so on)").uncheck()
    page.get_by_role("button", name="Save the changes").click()
    expect(page.locator("main")).to_contain_text("Your changes are saved.")
    page.get_by_role("button", name="Stop this one").click()
    expect(page.locator("main")).to_contain_text("No address of yours receives messages now.")
    for path in ("/subscribe/mine", "/subscribe/sheet", "/subscribe?lang=easy_ja", "/subscribe/wait/over"):
        page.goto(demo_service.url + path)
        accessible(page)


def test_an_officer_takes_the_towns_list_in(desk: Desk, demo_service: LiveServer) -> None:
    officer = desk("honbu")
    officer.go("/headquarters/subscribers")
    assert Axe().run(officer.page).response["violations"] == []
    text = "番号,メール,地区\nJ1,journey.list@mail.example,穴太\nJ2,broken,穴太\n"
    officer.page.get_by_label("一覧のファイル").set_input_files(
        {"name": "meibo.csv", "mimeType": "text/csv", "buffer": text.encode("cp932")}
    )
    officer.page.get_by_role("button", name="内容を確かめる").click()
    expect(officer.page.get_by_role("heading", name="一覧の確認")).to_be_visible()
    assert Axe().run(officer.page).response["violations"] == []
    officer.page.get_by_role("button", name="誤りのある1行を除いて、1人分を取り込む").click()
    expect(officer.page.get_by_role("status").filter(has_text="取り込みました")).to_be_visible()
