"""Notifications in a real browser: one more way on the subscribing page, the service worker, what is shown, and leaving."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect
from sqlalchemy import delete, select

from broadcast.models.audience import Contact, Subscriber, SubscriberArea
from disaster.app import create_app
from disaster.core import keyfiles
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.core.sealed import unseal
from disaster.core.settings import Settings
from disaster.demo.providers import push
from tests.browser import watched_context
from tests.postgresql import free_port
from tests.server import LiveServer

pytestmark = pytest.mark.journey
ENDPOINT = "https://fcm.googleapis.com/fcm/send/sample"
SUBSCRIPTION = {**json.loads(push.address("http://127.0.0.1:1/push", "browser")), "endpoint": ENDPOINT}
# The browser's own push service is on the internet, which tests do not reach: this stands in its place.
PUSH_SERVICE = """
(() => {
  const given = GIVEN;
  const state = { made: null };
  const made = () => ({ endpoint: given.endpoint, toJSON: () => given,
    unsubscribe: async () => { state.made = null; localStorage.removeItem("subscribed"); return true; } });
  if (localStorage.getItem("subscribed")) state.made = made();
  PushManager.prototype.getSubscription = async () => state.made;
  PushManager.prototype.subscribe = async (wanted) => {
    window.subscribedWith = wanted;
    localStorage.setItem("subscribed", "yes");
    return (state.made = made());
  };
})();
""".replace("GIVEN", json.dumps(SUBSCRIPTION))
MESSAGE = {
    "title": "【東員町】警戒レベル4 避難指示（洪水）",
    "body": "危険な場所にいる方は、全員避難してください。\n対象：長深、中上",
    "url": "https://elsewhere.example/alerts/7?lang=en",
    "lang": "ja",
    "tag": "alert-7",
    "level": 4,
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[LiveServer]:
    """One service for the module, with a mail server so that there is a form, and with its keys."""
    folder, port = tmp_path_factory.mktemp("push"), free_port()
    keyfiles.create_missing(folder)
    shutil.copy(sqlite_template, folder / "disaster.sqlite")
    config = Settings(
        data_dir=folder,
        public_url=f"http://127.0.0.1:{port}",
        jma_feeds=False,
        smtp_host="127.0.0.1",
        mail_from="bosai@town.example",
        **keyfiles.read(folder, {}),
    )
    with LiveServer(config, port) as server:
        yield server


@pytest.fixture
def service(running: LiveServer) -> Iterator[LiveServer]:
    """The service without subscribers; the test stands in an application on the same database."""
    with create_app(running.settings).app_context():
        with transaction() as session:
            session.execute(delete(Subscriber))
        yield running
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def context(browser_engine: Browser, service: LiveServer) -> Iterator[BrowserContext]:
    with watched_context(browser_engine, viewport={"width": 390, "height": 800}) as context:
        context.grant_permissions(["notifications"], origin=service.url)
        yield context


def opened(context: BrowserContext, service: LiveServer, *, reachable: bool = True, query: str = "") -> Page:
    page = context.new_page()
    page.set_default_timeout(15_000)
    if reachable:
        page.add_init_script(PUSH_SERVICE)
    page.goto(f"{service.url}/subscribe{query}")
    return page


def filled(page: Page) -> None:
    page.locator("label.choice", has_text="この端末への通知").click()
    page.locator('[name=areas][value="24324-01"]').check()
    page.get_by_role("button", name="次へ").click()


def test_a_browser_is_subscribed_from_a_phone_and_leaves_again(context: BrowserContext, service: LiveServer) -> None:
    page = opened(context, service)
    filled(page)
    page.wait_for_url("**/subscribe/mine/**")
    expect(page.get_by_role("heading", level=1)).to_have_text("登録しました")
    contact = db.session.scalars(select(Contact)).one()
    assert (contact.channel, contact.active) == ("webpush", True)
    assert contact.confirmed_at is not None
    assert json.loads(unseal(contact.address, "contact")) == SUBSCRIPTION
    assert db.session.scalars(select(SubscriberArea.area_code)).all() == ["24324-01"]
    assert db.session.scalars(select(Subscriber.language)).one() == "ja"

    page.goto(f"{service.url}/subscribe")
    expect(page.locator("#push")).to_contain_text("この端末には、通知が届くように登録されています")
    page.get_by_role("button", name="この端末への通知をやめる").click()
    expect(page.locator("#push")).to_contain_text("やめました")
    db.session.rollback()
    contact = db.session.scalars(select(Contact).execution_options(populate_existing=True)).one()
    assert (contact.active, contact.stopped_why) == (False, "opted_out")
    page.reload()
    expect(page.locator("#push")).to_be_hidden()


def test_the_subscription_is_made_with_the_key_of_the_service(context: BrowserContext, service: LiveServer) -> None:
    page = opened(context, service)
    key = page.evaluate("fetch('/subscribe/push').then((answer) => answer.json())")["key"]
    assert len(key) == 87
    page.locator("label.choice", has_text="この端末への通知").click()
    page.locator('[name=areas][value="24324-01"]').check()
    with page.expect_request(lambda request: request.method == "POST") as posted:
        page.get_by_role("button", name="次へ").click()
    assert posted.value.post_data_json["subscription"] == SUBSCRIPTION


def test_what_is_missing_is_said_before_anything_is_asked(context: BrowserContext, service: LiveServer) -> None:
    page = opened(context, service)
    page.locator("label.choice", has_text="この端末への通知").click()
    page.get_by_role("button", name="次へ").click()
    expect(page.locator("#push")).to_contain_text("地区を1つ以上選ぶ")


def test_without_the_push_service_the_page_says_so_and_names_another_way(
    context: BrowserContext, service: LiveServer
) -> None:
    page = opened(context, service, reachable=False)
    filled(page)
    expect(page.locator("#push")).to_contain_text("ほかの方法を選んでください", timeout=30_000)
    assert db.session.scalars(select(Contact)).all() == []
    expect(page.get_by_role("button", name="次へ")).to_be_enabled()


def test_a_permission_that_is_not_given_is_said(browser_engine: Browser, service: LiveServer) -> None:
    with watched_context(browser_engine) as context:
        page = opened(context, service)
        page.evaluate("Notification.requestPermission = async () => 'denied'")
        filled(page)
        expect(page.locator("#push")).to_contain_text("許可されていません")


def test_a_permission_that_was_taken_back_is_told_to_the_service(context: BrowserContext, service: LiveServer) -> None:
    page = opened(context, service)
    filled(page)
    page.wait_for_url("**/subscribe/mine/**")
    page.evaluate("localStorage.removeItem('subscribed')")  # the browser has dropped the subscription
    with page.expect_response("**/subscribe/push/leave"):
        page.goto(f"{service.url}/subscribe")
    db.session.rollback()
    assert not db.session.scalars(select(Contact).execution_options(populate_existing=True)).one().active


@pytest.mark.parametrize(
    ("query", "words"), [("?lang=en", "Notifications on this device"), ("?lang=easy_ja", "通知（つうち）")]
)
def test_the_way_is_offered_in_every_language(
    context: BrowserContext, service: LiveServer, query: str, words: str
) -> None:
    page = opened(context, service, query=query)
    expect(page.locator("#field-channel")).to_contain_text(words)


@pytest.fixture
def deliver(context: BrowserContext, service: LiveServer) -> Callable[[str], Page]:
    """The service worker gets a message, as from the push service."""
    page = opened(context, service)
    page.evaluate("navigator.serviceWorker.register('/push-worker.js', { scope: '/subscribe' })")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    session: CDPSession = context.new_cdp_session(page)
    found: list[dict[str, Any]] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    session.send("ServiceWorker.enable")
    page.wait_for_timeout(300)
    number = found[-1]["registrationId"]

    def send(data: str) -> Page:
        order = {"origin": service.url, "registrationId": number, "data": data}
        session.send("ServiceWorker.deliverPushMessage", order)
        page.wait_for_timeout(500)
        return page

    return send


SHOWN = """navigator.serviceWorker.ready.then((worker) => worker.getNotifications()).then((all) => all.map((one) => ({
  title: one.title, body: one.body, tag: one.tag, lang: one.lang, stays: one.requireInteraction, data: one.data })))"""


def test_the_notification_shows_the_alert_and_opens_its_page_here(
    deliver: Callable[[str], Page], service: LiveServer
) -> None:
    page = deliver(json.dumps(MESSAGE))
    assert page.evaluate(SHOWN) == [
        {
            "title": MESSAGE["title"],
            "body": MESSAGE["body"],
            "tag": "alert-7",
            "lang": "ja",
            "stays": True,
            "data": {"url": f"{service.url}/alerts/7?lang=en", "level": 4},
        }
    ]


def test_a_correction_takes_the_place_of_what_is_shown(deliver: Callable[[str], Page]) -> None:
    deliver(json.dumps(MESSAGE))
    page = deliver(json.dumps({**MESSAGE, "title": "【訂正】【東員町】警戒レベル4", "level": None}))
    shown = page.evaluate(SHOWN)
    assert [(one["title"], one["stays"]) for one in shown] == [("【訂正】【東員町】警戒レベル4", False)]


def test_a_message_is_shown_without_a_network(deliver: Callable[[str], Page], context: BrowserContext) -> None:
    context.set_offline(True)
    page = deliver(json.dumps(MESSAGE))
    assert page.evaluate(SHOWN)[0]["body"] == MESSAGE["body"]
    context.set_offline(False)


@pytest.mark.parametrize("data", ["", "not json", "[]", '{"url": "javascript:alert(1)"}'])
def test_a_message_that_nobody_understands_still_tells_people_to_look(
    deliver: Callable[[str], Page], service: LiveServer, data: str
) -> None:
    [shown] = deliver(data).evaluate(SHOWN)
    assert shown["title"] == "防災情報"
    assert shown["data"]["url"].startswith(f"{service.url}/")
