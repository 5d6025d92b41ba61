"""What the page reads by itself without the server: birth dates, kana, codes and QR, as the server reads them."""

import json
import random
import uuid
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from disaster.core import birthdates, names
from registry.intake.schemas import Item
from registry.tablets import cards, devices, seals
from registry.tablets.cards import Card, Row
from registry.vocabulary import Care
from tests.browser import watched_page
from tests.disaster.core.test_birthdates import CLEAR, CONTINUED, TODAY
from tests.fakes.site import Site
from tests.registry.intake_page.town import forged, reading

LETTERS = "0123456789SHRTM昭和平成大正明治令年月日元.-/ ０９一二十〇代頃不"


@pytest.fixture(scope="module")
def page(site: Site, browser_engine: Browser) -> Any:
    """A page that may import the modules."""
    with watched_page(browser_engine) as found:
        found.goto(f"{site.url}/shelter/")
        yield found


def _all(page: Page, module: str, function: str, *arguments: list[Any]) -> list[Any]:
    """What a function of a module says for each row of arguments."""
    call = "async ([path, name, rows]) => { const found = await import(path); return Promise.all(rows.map((row) => found[name](...row))); }"
    return list(
        page.evaluate(
            call, [f"/static/intake/{module}.js", function, [list(row) for row in zip(*arguments, strict=True)]]
        )
    )


def _births(page: Page, texts: list[str]) -> list[Any]:
    return _all(page, "birth", "readBirth", texts, [TODAY.isoformat()] * len(texts))


def _server(text: str) -> dict[str, Any]:
    found = birthdates.read(text, TODAY)
    return {
        "day": found.day.isoformat() if found.day else None,
        "precision": str(found.precision),
        "notes": [str(note) for note in found.notes],
        "choices": [day.isoformat() for day in found.choices],
    }


def test_birth_dates_are_read_as_the_server_reads_them(page: Page) -> None:
    said = [text for text, *_ in (*CLEAR, *CONTINUED)] + [
        "600412",
        "60.4.12",
        "昭和35-2-30",
        "平成13-2-29",
        "2030-1-1",
        "明治23年1月1日",
        "",
        "00000000",
        "abc",
        "昭和0年",
    ]
    chance = random.Random(20261128)
    said += ["".join(chance.choice(LETTERS) for _ in range(chance.randint(1, 9))) for _ in range(600)]
    said += [
        birthdates.in_era(date.fromordinal(chance.randint(date(1890, 1, 1).toordinal(), TODAY.toordinal())))
        for _ in range(200)
    ]
    for text, found in zip(said, _births(page, said), strict=True):
        assert found == _server(text), text


def test_ages_and_dates_share_a_field(page: Page) -> None:
    said = ["41", "４１歳", "0", "7さい", "102", "S60", "19850412", "151", ""]
    assert _all(page, "birth", "readAge", said) == [41, 41, 0, 7, 102, None, None, None, None]
    assert _all(page, "birth", "complete", ["S600412", "s600412", "19850412", "S60", "41", "600412"]) == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]
    days = ["1985-04-12", "2004-02-29", "2026-11-28"]
    assert _all(page, "birth", "ageOn", days, [TODAY.isoformat()] * 3) == [
        birthdates.age_on(date.fromisoformat(day), TODAY) for day in days
    ]


def test_kana_have_the_servers_keys(page: Page) -> None:
    said = [
        "オオノ",
        "ｵｰﾉ",
        "おの",
        "ユウコ",
        "ユーコ",
        "ワタナベ",
        "ヅ",
        "ヂ",
        "ヲ",
        "ヴァイオレット",
        "ショウジ",
        "トウカイリン",
        "イガラシ",
        "ッ",
        "ケーコ",
        "ジョー・スミス",
        "ﾌｧﾐﾘｱ",
    ]
    assert _all(page, "kana", "kanaKey", said) == [names.kana_key(word) for word in said]
    assert _all(page, "kana", "kanjiKey", ["髙橋", "渡邉", "濵田", "𠮷田"]) == ["高橋", "渡辺", "浜田", "吉田"]


def test_ids_are_as_the_server_takes_them(page: Page) -> None:
    fresh = _all(page, "ids", "fresh", [1_700_000_000_000] * 3)
    assert all(uuid.UUID(one).version == 7 and one.startswith("018bcfe5-6800-7") for one in fresh)
    assert len(set(fresh)) == 3
    one, same, other = _all(page, "ids", "derived", ["resident"] * 3, [0, 0, 1], [7, 7, 7])
    assert one == same != other
    assert uuid.UUID(one).version == 8


def test_a_code_that_was_misheard_is_no_code(page: Page) -> None:
    letters = devices.letters(3)
    code = _all(page, "codes", "shortCode", [letters], [12], [21])[0]
    assert code.startswith(f"{letters}-2021-")
    typed = [code, code.lower(), code.replace("-", ""), f" {code} "]
    assert _all(page, "codes", "readCode", typed) == [code] * 4
    wrong = [
        code[:place] + str((int(code[place]) + by) % 10) + code[place + 1 :]
        for place in (3, 4, 5, 6, 8)
        for by in range(1, 10)
    ]
    assert _all(page, "codes", "readCode", wrong) == [None] * len(wrong)


def test_cards_are_checked_with_the_towns_key(page: Page, site: Site) -> None:
    with reading(site):
        card = Card(
            "018f0000-0000-7000-8000-00000000000c",
            "𠮷田",
            "ヨシダ",
            "東員町",
            (Row('太"郎', "タロウ", "平成2年", "m"),),
        ).text
        slip = cards.slip("018f0000-0000-7000-8000-00000000000d")
        key = seals.public()["card"]
    found = _all(page, "cards", "readQr", [card, slip, forged(card), "https://example.com", "DIS1:%%%", ""], [key] * 6)
    assert found[0]["signed"] is True
    assert found[0]["people"] == [{"given": '太"郎', "kana": "タロウ", "birth": "平成2年", "sex": "m"}]
    assert found[1] == {"household": "018f0000-0000-7000-8000-00000000000d", "people": None}
    assert found[2]["signed"] is False
    assert found[3:] == [None, None, None]
    assert _all(page, "cards", "slipText", ["018f0000-0000-7000-8000-00000000000d"]) == [slip]


def test_every_reason_of_care_has_a_sign(page: Page) -> None:
    signs = page.evaluate("import('/static/intake/words.js').then((found) => found.CARE_SIGNS)")
    assert set(signs) == {care.value for care in Care}
    assert len(set(signs.values())) == len(signs)


@pytest.mark.parametrize("told", ["point", "spki"])
def test_what_the_page_seals_opens_here_in_either_form(site: Site, page: Page, told: str) -> None:
    with reading(site):
        seal = {told: seals.public()[told]}
        event = {"id": "0193a0d2-8e5b-7cc1-9d00-000000000001", "fields": {"family": "髙橋"}}
        sealing = "async ([seal, events]) => (await import('/static/intake/sealing.js')).allForServer(seal, events)"
        items = page.evaluate(sealing, [seal, [event, event]])
        assert len({item["iv"] for item in items}) == 2
        found = seals.opened([Item.model_validate(item) for item in items])
        assert [json.loads(content or b"") for content in found] == [event, event]
