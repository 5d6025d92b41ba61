"""A shelter with its residents' list, and people who work its tablets in a real browser, counting every tap and keystroke."""

import base64
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, Protocol

from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, insert, select

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.shelters import state
from disaster.shelters.vocabulary import Opening
from registry.intake.schemas import APP
from registry.models.intake import Device, IntakeEvent
from registry.models.people import Person, Resident, ShelterArea
from registry.shelters import shelter_figures
from registry.tablets import devices, syncing
from registry.tablets.cards import PREFIX
from registry.vocabulary import Sex
from tests.registry.views.desks import shelter_named

PIN = "482915"
NAGAFUKE, ROPPANO = "24324-15", "24324-03"
YAMADA = (
    ("山田 太郎", "ヤマダ タロウ", "1985-04-12", "m", "世帯主"),
    ("山田 花子", "ヤマダ ハナコ", "1987-08-03", "f", "妻"),
    ("山田 結衣", "ヤマダ ユイ", "2016-02-29", "f", "子"),
    ("山田 大輝", "ヤマダ ダイキ", "2019-05-01", "m", "子"),
)
TAKAHASHI = (("髙橋 さくら", "タカハシ サクラ", "1950-01-15", "f", "世帯主"),)


def open_shelter(app: Flask, name: str = "神田小学校", *, more: int = 0, opened: bool = True) -> int:
    """A shelter, open or not yet; its tablets carry the residents of two areas: 山田, 髙橋 and ``more`` made-up families of four."""
    with app.app_context():
        number = shelter_named(name)
        if opened:
            state.set_opening(number, Opening.OPEN, seen=1, actor="account:1")
        rows = [*_household("A", YAMADA, NAGAFUKE), *_household("B", TAKAHASHI, ROPPANO)]
        for place in range(more):
            kana = "".join("アイウエオカキクケコサシスセソタチツテト"[place // 20**power % 20] for power in range(3))
            family = [
                (f"試{place} 人{one}", f"{kana} {given}", f"19{50 + one * 7}-0{one + 1}-1{place % 9}", "f", "")
                for one, given in enumerate(("マツ", "タケ", "ウメ", "キク"))
            ]
            rows += _household(f"M{place}", family, NAGAFUKE)
        with transaction() as session:
            session.execute(insert(Resident), rows)
            session.execute(
                insert(ShelterArea), [{"shelter_id": number, "area_code": area} for area in (ROPPANO, NAGAFUKE)]
            )
        return number


def _household(key: str, people: Any, area: str) -> list[dict[str, Any]]:
    return [
        {
            "source_key": f"{key}-{place}",
            "household_key": f"home-{key}",
            "name": name,
            "kana": kana,
            "birth_raw": birth,
            "birth_date": date.fromisoformat(birth),
            "birth_precision": "day",
            "sex": Sex(sex),
            "address": "東員町大字長深1600" if area == NAGAFUKE else "東員町大字六把野新田12",
            "area_code": area,
            "relation": relation,
            "row_hash": f"{key}{place}",
            "updated_at": clock.now(),
        }
        for place, (name, kana, birth, sex, relation) in enumerate(people)
    ]


class Service(Protocol):
    """Where the tablets' page is served; ``app`` stands in the same database."""

    app: Flask

    @property
    def url(self) -> str:
        """The address without a slash at the end."""


class Tablet:
    """One tablet in the hands of a person. ``taps`` and ``keys`` count what fingers did; kana with ゛ or ゜ are two keys, as on a telephone."""

    def __init__(self, page: Page, site: Service, shelter: int) -> None:
        self.page, self.site, self.shelter = page, site, shelter
        self.taps = self.keys = 0
        page.set_default_timeout(10_000)

    def enrol(self, name: str = "受付1", person: str = "田中") -> "Tablet":
        """With a code of headquarters."""
        with self.site.app.app_context():
            self.number, code = devices.invite(self.shelter, name, actor="account:1")
        self.page.goto(f"{self.site.url}/shelter/")
        self.page.get_by_label("登録コード").fill(code)
        self.page.get_by_label("この端末の名前").fill(name)
        self.page.get_by_label("あなたの名前").fill(person)
        self.page.get_by_label("あなたの暗証番号").fill(PIN)
        self.page.get_by_role("button", name="登録して始める").click()
        expect(self.page.get_by_role("button", name="受付", exact=True)).to_be_visible()
        return self

    def ready(self) -> "Tablet":
        """Until the list is loaded and the page would open without a network."""
        expect(self.page.get_by_text("圏外でも引けます")).to_be_visible()
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        for _ in range(100):
            if self.page.evaluate("Boolean(navigator.serviceWorker.controller)"):
                return self
            self.page.wait_for_timeout(50)
        raise AssertionError("no worker")

    def home(self) -> "Tablet":
        """Back to the first screen, with nothing counted."""
        self.page.get_by_role("button", name="人数・受付", exact=True).click()
        expect(self.page.get_by_role("button", name="受付", exact=True)).to_be_visible()
        self.taps = self.keys = 0
        return self

    def unlock(self, pin: str = PIN, person: str = "田中") -> None:
        """Back behind the lock."""
        expect(self.page.get_by_label("暗証番号", exact=True)).to_be_visible()
        self.page.get_by_role("button", name=re.compile(f"^(✓ )?{person}$")).click()
        self.page.get_by_label("暗証番号", exact=True).fill(pin)
        self.page.get_by_role("button", name="開く", exact=True).click()
        expect(self.page.get_by_label("暗証番号", exact=True)).to_be_hidden()

    def tap(self, name: str | Locator, **more: Any) -> None:
        """One touch of a button."""
        place = self.page.get_by_role("button", name=name, **more) if isinstance(name, str) else name
        place.first.click()
        self.taps += 1

    def type(self, text: str) -> None:
        """Into whatever has the focus, key by key."""
        self.page.keyboard.type(text)
        self.keys += len(unicodedata.normalize("NFD", text))

    def press(self, key: str) -> None:
        """One key."""
        self.page.keyboard.press(key)
        self.keys += 1

    def check_in(self, reading: str, count: str = "全員") -> str:
        """Find a family in the list and tick who is here; its code."""
        if self.page.get_by_role("button", name="受付", exact=True).count():
            self.tap("受付", exact=True)
        self.page.locator("#query").fill(reading)
        self.tap(self.page.locator(".result"))
        self.tap(count)
        self.tap(self.save)
        return self.saved()

    def register(self, surname: str, people: Any = (("はな", "35", "女"),)) -> str:
        """Type a family in; its code."""
        if self.page.get_by_role("button", name="受付", exact=True).count():
            self.tap("受付", exact=True)
        self.tap("名簿にない・打って入力")
        self.page.get_by_label("姓（かな）", exact=True).fill(surname)
        for place, (given, birth, sex) in enumerate(people):
            person = self.page.get_by_role("group", name=f"{place + 1}人目")
            person.get_by_label("名（かな）", exact=True).fill(given)
            person.get_by_label("生年月日か年齢").fill(birth)
            person.get_by_role("button", name=sex, exact=True).click()
        self.tap(self.save)
        return self.saved()

    def stored(self, *stores: str) -> int:
        """How many records these stores of the tablet hold."""
        counting = """async (names) => {
          const asked = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = reject; });
          const found = await asked(indexedDB.open("intake"));
          const step = found.transaction(names);
          const counts = await Promise.all(names.map((name) => asked(step.objectStore(name).count())));
          found.close();
          return counts.reduce((one, other) => one + other, 0);
        }"""
        return int(self.page.evaluate(counting, list(stores)))

    @property
    def save(self) -> Locator:
        """The button that always works."""
        return self.page.get_by_role("button", name=re.compile("保存して次へ"))

    def saved(self) -> str:
        """The code that stands on top after a saving."""
        expect(self.page.locator(".saved__code")).to_be_visible()
        return self.page.locator(".saved__code").inner_text()

    def waits(self, count: int, seconds: float = 10) -> None:
        """The banner and the title say how many entries wait."""
        expect(self.page.locator("#waiting")).to_have_text(f"未送信 {count}件", timeout=seconds * 1000)
        expect(self.page).to_have_title(re.compile(f"^（未送信{count}）" if count else "^(?!（未送信)"))

    def until(self, true: Callable[[], bool], seconds: float = 15) -> None:
        """Wait until the server knows it too."""
        for _ in range(int(seconds * 20)):
            if true():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("it did not come true")

    def send(self) -> None:
        """By the button."""
        self.page.get_by_role("button", name="その他", exact=True).click()
        self.page.get_by_role("button", name="今すぐ送信").click()


@contextmanager
def reading(site: Service) -> Iterator[None]:
    """Look into the server's database."""
    with site.app.app_context():
        db.session.rollback()
        yield
        db.session.rollback()


def people_at(site: Service, shelter: int) -> tuple[int, int]:
    """Registered, and only counted."""
    with reading(site):
        figures = shelter_figures.at([shelter])[shelter]
        return figures.registered, figures.unregistered


def events(site: Service, kind: str = "") -> int:
    """How many events the server has."""
    with reading(site):
        query = select(func.count(IntakeEvent.number))
        return db.session.scalar(query.where(IntakeEvent.kind == kind) if kind else query) or 0


def names(site: Service) -> list[str]:
    """Readings of everybody in the register."""
    with reading(site):
        return sorted(
            f"{p.kana_family} {p.kana_given}" if p.kana_family else p.kana for p in db.session.scalars(select(Person))
        )


def taken_in(site: Service, carried: str) -> str:
    """Headquarters takes a carried file in; its receipt."""
    content = json.loads(carried)
    assert content["app"] == APP
    with reading(site):
        device, at = db.session.get_one(Device, content["device"]), clock.now()
        parcel = syncing.parcel(device, content["items"], actor="account:1", at=at, offset_ms=0, waiting=None)
        with transaction() as session:
            results = syncing.take(session, [parcel])[0]
    return json.dumps({"app": APP, "results": [result.as_dict() for result in results]})


def forged(card: str) -> str:
    """A card with another name under the same signature."""
    text = card.removeprefix(PREFIX)
    body = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    body["k"] = "ニセモノ"
    return PREFIX + base64.urlsafe_b64encode(json.dumps(body, ensure_ascii=False).encode()).decode().rstrip("=")
