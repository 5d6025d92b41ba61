"""The main job, end to end: a telegram of 気象庁 becomes one approved alert that arrives everywhere, is corrected and lifted."""

import json
import re
import sqlite3
import urllib.request
from pathlib import Path

from lxml import etree
from playwright.sync_api import expect

from disaster.bulletins import samples
from disaster.core import clock
from tests.journeys.conftest import Desk
from tests.journeys.desk import Officer
from tests.server import LiveServer

AREA = "城山一丁目"
XSD = Path(__file__).parent.parent / "data" / "cap" / "xsd" / "CAP-v1.2.xsd"


def _fetch(address: str, **headers: str) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=10) as answer:
        body: bytes = answer.read()
        return body


def _arrived(service: LiveServer, words: str) -> dict[str, int]:
    """How many messages with these words each simulated provider delivered."""
    inbox = sqlite3.connect(service.settings.data_dir / "inbox.sqlite", timeout=10)
    try:
        rows = inbox.execute(
            "SELECT channel, count(*) FROM messages WHERE subject || body LIKE ? GROUP BY channel", (f"%{words}%",)
        ).fetchall()
    finally:
        inbox.close()
    return dict(rows)


def _radio_token(service: LiveServer) -> str:
    token: str = json.loads((service.settings.data_dir / "providers.json").read_text())["radio_token"]
    return token


def _load_telegram(officer: Officer, folder: Path) -> None:
    """Load the file of a level-4 landslide warning by hand, as if it had been announced now."""
    file = folder / "telegram.xml"
    file.write_bytes(samples.redated((samples.FOLDER / "toin_VPWW56_landslide_level4.xml").read_bytes(), clock.now()))
    officer.go("/headquarters/bulletins/load")
    officer.page.locator("#file").set_input_files(file)
    officer.page.get_by_role("button", name="読み込む", exact=True).click()
    expect(officer.page.locator("main")).to_contain_text("避難指示の検討")


def test_a_telegram_becomes_one_alert_that_reaches_everyone_is_corrected_and_lifted(
    desk: Desk, demo_service: LiveServer, tmp_path: Path
) -> None:
    writer, decider = desk("honbu"), desk("shonin")

    # from the telegram to the proposal to the draft
    _load_telegram(writer, tmp_path)
    writer.go("/headquarters/")
    writer.page.get_by_role("link", name=re.compile("この発表から作る")).first.click()
    expect(writer.page.locator("main")).to_contain_text("津地方気象台")
    writer.page.get_by_role("button", name="この内容で下書きを作る").click()
    alert_id = writer.alert_id()

    # areas, a shelter, and the texts that follow what is typed
    writer.page.get_by_label(AREA).check()
    writer.page.get_by_label("笹尾東小学校", exact=False).first.check()
    writer.page.get_by_label("状況").fill("試しの渓流で小さな崖崩れがありました。")
    expect(writer.page.locator("#preview-body")).to_contain_text("試しの渓流で小さな崖崩れがありました。")
    expect(writer.page.locator("#preview-body .reach")).to_contain_text("人")
    expect(writer.page.locator("[data-autosave-status]")).to_contain_text("自動で保存しました", timeout=10_000)
    writer.save()
    writer.submit()

    # the second person, called by the headquarters page
    decider.go("/headquarters/")
    decider.page.get_by_role("link", name=re.compile("確認して承認する")).first.click()
    people = int(re.sub(r"\D", "", decider.page.locator(".reach .figure__value").first.inner_text()))
    assert people > 0
    expect(decider.page.get_by_role("button", name=f"{people}人に送信する")).to_be_visible()
    decider.approve(alert_id)
    decider.wait_until_sent()
    expect(decider.page.locator("tr", has_text="SMS").locator("td").nth(2)).not_to_have_text("0")

    # what arrived at the residents' end
    arrived = _arrived(demo_service, "試しの渓流")
    assert arrived["email"] > 0
    assert arrived["line"] > 0
    assert arrived["mastodon"] == 1
    assert _arrived(demo_service, f"/a/{alert_id}")["sms"] > 0
    decider.go("/demo/inbox")
    expect(decider.page.locator("main")).to_contain_text("警戒レベル4 避難指示")

    # the radio station fetches with its token, and that is the receipt
    assert (
        "城山"
        in _fetch(f"{demo_service.url}/feeds/radio.txt", Authorization=f"Bearer {_radio_token(demo_service)}").decode()
    )
    decider.go(f"/headquarters/alerts/{alert_id}/progress")
    expect(decider.page.locator("tr", has_text="防災行政無線").locator("td").nth(2)).to_have_text("1")

    # what everyone sees
    page = _fetch(f"{demo_service.url}/").decode()
    assert "試しの渓流" in page
    assert "警戒レベル4 避難指示" in _fetch(f"{demo_service.url}/alerts/{alert_id}").decode()
    cap = etree.fromstring(_fetch(f"{demo_service.url}/feeds/cap/{alert_id}.xml"))
    etree.XMLSchema(etree.parse(XSD)).assertValid(cap)

    _is_corrected_and_lifted(writer, decider, demo_service, alert_id)


def _is_corrected_and_lifted(writer: Officer, decider: Officer, service: LiveServer, alert_id: int) -> None:
    writer.go("/headquarters/")
    writer.page.locator(f"#do-{alert_id}-correct").click()
    correction = writer.alert_id()
    writer.page.get_by_label("何を訂正・延長しますか").fill("試しの訂正：渓流の名前を直しました。")
    writer.save()
    writer.submit()
    decider.approve(correction)
    decider.wait_until_sent()
    assert _arrived(service, "試しの訂正")["email"] == _arrived(service, "試しの渓流")["email"] / 2

    writer.go(f"/headquarters/alerts/{correction}")
    writer.page.get_by_role("button", name="解除", exact=True).click()
    lift = writer.alert_id()
    writer.submit()  # the texts of a lift are ready: one press
    decider.approve(lift)
    decider.wait_until_sent()
    page = _fetch(f"{service.url}/").decode()
    assert "解除" in page
    assert f'/alerts/{alert_id}"' not in page
    decider.go("/headquarters/")
    expect(decider.page.locator("#live")).to_contain_text("解除：避難指示")
    expect(decider.page.locator("#live")).not_to_contain_text("警戒レベル4 避難指示 土砂災害")
