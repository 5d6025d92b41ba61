"""What people do at the headquarters' desk, as steps of a journey in a real browser."""

from collections import defaultdict
from dataclasses import dataclass

import pyotp
from playwright.sync_api import Page, expect

from disaster.core import clock
from disaster.staff.samples import PASSWORD, SAMPLES

SECRETS = {sample.login: sample.secret for sample in SAMPLES}
_spent: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)


@dataclass
class Officer:
    """One signed-in person with a browser of their own. A six-digit code counts once for each purpose, so each use takes another
    of the three that are valid at the moment (the one before, the present, the next)."""

    page: Page
    url: str
    login: str

    def code(self, purpose: str = "approval") -> str:
        """A code that this person has not used yet."""
        totp, used = pyotp.TOTP(SECRETS[self.login]), _spent[self.url, self.login, purpose]
        at = int(clock.now().timestamp())
        while True:
            for shift in (0, 30, -30):
                found = totp.at(at + shift)
                if found not in used:
                    used.add(found)
                    return found
            self.page.wait_for_timeout(1000)
            at = int(clock.now().timestamp())

    def sign_in(self) -> "Officer":
        """Password, then code."""
        self.page.goto(f"{self.url}/staff/login?next=/headquarters/")
        self.page.get_by_label("ログインID").fill(self.login)
        self.page.get_by_label("パスワード").fill(PASSWORD)
        self.page.get_by_role("button", name="次へ").click()
        self.page.get_by_label("確認コード").fill(self.code("sign-in"))
        self.page.get_by_role("button", name="ログインする").click()
        expect(self.page.get_by_role("heading", name="状況", level=1)).to_be_visible()
        return self

    def go(self, path: str) -> None:
        """Open a page of the service."""
        self.page.goto(self.url + path)

    def start(self, tile: str, *, drill: bool = False) -> int:
        """Press a tile; the number of the new alert."""
        self.go("/headquarters/alerts/new")
        self.page.get_by_label("【訓練】" if drill else "本番（").check()
        self.page.locator(f'button[value="{tile}"]').first.click()
        expect(self.page.get_by_role("heading", name="1 何を")).to_be_visible()
        return self.alert_id()

    def alert_id(self) -> int:
        """The number in the address of the page."""
        return int(self.page.url.split("/alerts/")[1].split("/")[0].split("?")[0])

    def save(self) -> None:
        """Save and go to the summary."""
        self.page.get_by_role("button", name="保存して確認へ").click()
        expect(self.page.get_by_role("heading", name="内容", exact=True)).to_be_visible()

    def submit(self) -> None:
        """Ask for approval."""
        self.page.get_by_role("button", name="承認を求める").click()
        expect(self.page.get_by_role("heading", name="承認を待っています")).to_be_visible()

    def approve(self, alert_id: int, *, drill: bool = False) -> None:
        """Read, tick (or type the number where it is unusually high), confirm with a code, press the last button."""
        self.go(f"/headquarters/alerts/{alert_id}/approve")
        if self.page.locator("#count").count():
            self.page.locator("#count").fill(self.page.locator('form.decide input[name="people"]').input_value())
        else:
            self.page.locator("#confirmed").check()
        self.page.locator("#code").fill(self.code())
        name = "訓練として実行する" if drill else "人に送信する"
        self.page.get_by_role("button", name=name).click()
        expect(self.page.get_by_role("heading", name="届き具合", level=1)).to_be_visible()

    def wait_until_sent(self, words: str = "送り終わりました", seconds: int = 30) -> None:
        """The progress page says so by itself."""
        expect(self.page.locator("#live .notice__title").first).to_contain_text(words, timeout=seconds * 1000)
