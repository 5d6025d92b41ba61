"""QR cards: what is on them, that nobody else can make one, and that they fit."""

import base64
import json
import re

import pytest
from sqlalchemy import insert

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid
from registry.intake.schemas import HouseholdFields
from registry.models.people import Resident
from registry.tablets import cards
from registry.tablets.cards import Card, Row
from registry.vocabulary import Sex

CARD = Card(
    "018f0000-0000-7000-8000-000000000001",
    "𠮷田",
    "ヨシダ",
    "東員町大字山田1600",
    (Row("花子", "ハナコ", "1985-04-12", "f"), Row('太"郎', "タロウ", "平成2年", "m")),
)


def resident(number: int, household: str, name: str, kana: str, **more: object) -> dict[str, object]:
    return {
        "source_key": f"key-{number}",
        "household_key": household,
        "name": name,
        "kana": kana,
        "sex": Sex.UNKNOWN,
        "address": "東員町大字山田1",
        "area_code": "012",
        "birth_raw": "S60.4.12",
        "birth_precision": "unknown",
        "relation": "",
        "hidden": False,
        "gone": "",
        "row_hash": "0" * 64,
        "updated_at": clock.now(),
        **more,
    }


def town(*rows: dict[str, object]) -> None:
    with transaction() as session:
        session.execute(insert(Resident), list(rows))


@pytest.mark.usefixtures("app")
class TestText:
    def test_what_was_written_is_read(self) -> None:
        assert cards.read(CARD.text) == CARD
        assert len(CARD.text) <= cards.MOST_BYTES

    def test_the_signature_is_over_what_javascript_writes(self) -> None:
        body = json.loads(base64.urlsafe_b64decode(CARD.text[5:] + "=="))
        assert list(body) == ["u", "s", "f", "k", "a", "p"]
        assert cards._signed(CARD._said()).startswith('DIS1:["018f0000-0000-7000-8000-000000000001","𠮷田"'.encode())

    @pytest.mark.parametrize(("field", "value"), [("u", "x"), ("f", "山本"), ("p", []), ("s", "AAAA"), ("a", None)])
    def test_a_changed_card_is_refused(self, field: str, value: object) -> None:
        body = json.loads(base64.urlsafe_b64decode(CARD.text[5:] + "=="))
        forged = cards.PREFIX + cards._encoded(cards._json({**body, field: value}))
        with pytest.raises(Invalid, match="読めません"):
            cards.read(forged)

    @pytest.mark.parametrize("text", ["", "https://example.com/", "DIS1:", "DIS1:###", "DIS1:W10", "DIS1:e30"])
    def test_other_codes_are_refused_with_a_sentence(self, text: str) -> None:
        with pytest.raises(Invalid, match="名前で探してください"):
            cards.read(text)

    def test_a_large_household_gets_several_cards_with_one_number(self) -> None:
        many = Card(CARD.household, "佐藤", "サトウ", "東員町", CARD.people * 12)
        parts = many.split()
        assert len(parts) > 1
        assert {part.household for part in parts} == {CARD.household}
        assert [row for part in parts for row in part.people] == list(many.people)
        assert all(len(part.text) <= cards.MOST_BYTES for part in parts)

    def test_a_name_of_two_hundred_letters_keeps_its_person(self) -> None:
        (card,) = Card(CARD.household, "長" * 60, "ナ" * 60, "町" * 60, (Row("名" * 60, "メ" * 40, "", "u"),)).split()
        assert len(card.text) <= cards.MOST_BYTES
        assert card.people[0].given == "名" * 60

    def test_slips_hold_a_number_only(self) -> None:
        texts = cards.blanks(3)
        assert len(set(texts)) == 3
        body = json.loads(base64.urlsafe_b64decode(texts[0][5:] + "=="))
        assert list(body) == ["u"]
        assert HouseholdFields(card=body["u"]).card == body["u"]

    def test_the_code_is_drawn_in_the_page(self) -> None:
        assert re.match(r"data:image/svg\+xml", cards.drawing(CARD.text))


@pytest.mark.usefixtures("app")
class TestResidents:
    def test_households_of_an_area_without_those_who_are_hidden_or_gone(self) -> None:
        town(
            resident(1, "h1", "山田 太郎", "ヤマダ タロウ"),
            resident(2, "h1", "山田 花子", "ヤマダ ハナコ", hidden=True),
            resident(3, "h1", "Smith John", "", gone="moved"),
            resident(4, "h2", "鈴木 一", "スズキ ハジメ", area_code="013"),
            resident(5, "h1", "リー", "リー"),
        )
        (card,) = cards.of_residents("012")
        assert (card.family, card.kana) == ("山田", "ヤマダ")
        assert [(row.given, row.kana) for row in card.people] == [("太郎", "タロウ"), ("リー", "リー")]
        assert cards.areas() == {"012": 1, "013": 1}
        assert cards.household_of("h1") == card.household != cards.household_of("h2")
        assert HouseholdFields(card=card.household).card == card.household

    def test_pages_of_an_area(self) -> None:
        town(*(resident(n, f"h{n}", f"姓{n} 名", "") for n in range(5)))
        pages = [cards.of_residents("012", start=start, count=2) for start in (0, 2, 4)]
        assert [len(page) for page in pages] == [2, 2, 1]
        assert [card.family for page in pages for card in page] == [f"姓{n}" for n in range(5)]
