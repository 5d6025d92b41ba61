"""The first night: a shelter opens, thirty households arrive at two desks without a network, one of them at both; then the network returns."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from pydantic import SecretStr

from disaster.core.extensions import db
from disaster.core.settings import Settings
from disaster.staff.permissions import Role
from registry.models.people import Conflict
from tests.browser import watched_page
from tests.fakes.staff import signed_in_client
from tests.registry.intake_page.town import Tablet, events, open_shelter, people_at, reading
from tests.registry.tablets.desk import private_key
from tests.server import LiveServer

TABLET = {"width": 820, "height": 1180}


@dataclass
class Service:
    """The running service, and the application on its database."""

    app: Flask
    url: str


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """With a key for tablets."""
    keys = {
        "secret_key": SecretStr("test-secret"),
        "data_key": SecretStr("0" * 64),
        "intake_private_key": SecretStr(private_key()),
    }
    return Settings(data_dir=tmp_path, jma_feeds=False, **keys)


def _headquarters(app: Flask) -> str:
    """What headquarters' page of all shelters says."""
    client, _ = signed_in_client(app, "honbu", Role.OPERATOR)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get("/headquarters/overview").get_data(as_text=True)))


def test_thirty_households_at_two_desks_without_a_network_are_counted_once(
    app: Flask, live_server: LiveServer, browser_engine: Browser
) -> None:
    shelter = open_shelter(app, "神田小学校", more=20, opened=False)
    service = Service(app, live_server.url)
    with watched_page(browser_engine, viewport=TABLET) as left, watched_page(browser_engine, viewport=TABLET) as right:
        one = Tablet(left, service, shelter).enrol("受付1", "田中").ready()
        two = Tablet(right, service, shelter).enrol("受付2", "鈴木").ready()
        for page in (left, right):
            page.context.set_offline(True)
        one.tap("開設する")
        one.tap("開設する")
        for _ in range(5):
            one.tap("5人 増やす")
        for kana in _families(0, 10):
            one.check_in(kana)
        for number in range(4):
            one.register("かなひとり" + "あいうえ"[number])
        one.check_in("やまだ")
        for kana in _families(10, 20):
            two.check_in(kana)
        for number in range(5):
            two.register("かなふたり" + "あいうえお"[number], (("たろう", "S600412", "男"), ("はな", "41", "女")))
        two.check_in("やまだ")  # sent on to the other desk, and asked again
        people = 20 * 4 + 4 + 5 * 2 + 4
        assert people_at(service, shelter) == (0, 0)
        for page in (left, right):
            page.context.set_offline(False)
        one.waits(0, 30)
        two.waits(0, 30)
        assert people_at(service, shelter) == (people, 0)
        one.tap("人数・受付")
        one.tap("その他", exact=True)
        one.tap("今すぐ送信")
        expect(left.locator(".top__count")).to_have_text(f"{people}人")  # each desk knows the other's people
        one.tap("名簿", exact=True)
        left.get_by_label("名前・番号で探す").fill("やまだ")
        expect(left.locator(".result")).to_have_count(1)
    told = _headquarters(app)
    assert f"避難所にいる人 {people}人 登録 {people} ・ 名前なし 0" in told
    assert "開設中・準備中 1か所" in told
    assert "端末の未送信 0件" in told
    with reading(service):
        assert db.session.query(Conflict).filter(Conflict.resolved_at.is_(None)).count() == 0
    assert events(service, "household") == 31


def _families(first: int, last: int) -> list[str]:
    """Readings of the made-up families that ``open_shelter`` put into the list."""
    letters = "アイウエオカキクケコサシスセソタチツテト"
    return ["".join(letters[place // 20**power % 20] for power in range(3)) for place in range(first, last)]
