"""The page of readings."""

import pytest
from flask import Flask
from lxml import html

from broadcast.models.readings import Named
from broadcast.sound import readings
from disaster.staff.permissions import Role
from tests.broadcast.town import NAKAGAMI, Town
from tests.broadcast.views.browsing import Form, Person, form_in, person, text_of

PAGE = "/headquarters/readings"


def approval(decider: Person) -> Form:
    """The form that the boxes of the table belong to by their ``form`` attribute, as a browser sends it with nothing ticked."""
    page = decider.open(PAGE)
    form = form_in(page, "/approve")
    for field in html.fromstring(page).xpath("//input[@form='approve' and @type='hidden']"):
        known = form.values.setdefault(field.get("name"), [])
        assert isinstance(known, list)
        known.append(field.get("value"))
    return form


def of(key: str) -> readings.Entry:
    return next(entry for entry in readings.table() if entry.key == key)


def test_every_name_stands_there_with_its_reading(decider: Person) -> None:
    text = text_of(decider.open(PAGE))
    assert "大字中上" in text
    assert "おおあざなかがみ" in text
    assert "ささおにししょうがっこう" in text
    assert "承認していない読みが54件" in text


def test_an_approver_approves_what_was_chosen(decider: Person) -> None:
    page = approval(decider)
    assert decider.send(page, chosen=[f"area:{NAKAGAMI}"]).status_code == 303
    assert of(NAKAGAMI).approved
    assert not of("243248").approved
    assert f"{decider.account.name}" in text_of(decider.open(PAGE))


def test_an_approver_approves_everything_that_stands_there(decider: Person) -> None:
    page = approval(decider)
    assert decider.send(page, everything="1").status_code == 303
    assert all(entry.approved for entry in readings.table())
    assert "すべての読みが承認されています" in text_of(decider.open(PAGE))


def test_a_composer_corrects_and_does_not_approve(writer: Person) -> None:
    text = writer.open(PAGE)
    assert "町として承認する" not in text
    answer = writer.client.post(
        f"{PAGE}/correct",
        data={**form_in(text, "/correct").values, "kind": "area", "key": NAKAGAMI, "kana": "なかかみ"},
    )
    assert answer.status_code == 303
    assert of(NAKAGAMI).kana == "なかかみ"
    assert "もとの読み：おおあざなかがみ" in text_of(writer.open(PAGE))


def test_what_is_no_kana_stays_in_the_field_with_a_sentence(writer: Person) -> None:
    token = form_in(writer.open(PAGE), "/words").values["csrf_token"]
    answer = writer.client.post(
        f"{PAGE}/correct", data={"csrf_token": token, "kind": "area", "key": NAKAGAMI, "kana": "中上"}
    )
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert "ひらがなかカタカナで入力してください" in text
    assert 'value="中上"' in text


def test_a_word_is_added_and_taken_out(writer: Person) -> None:
    assert writer.press(PAGE, "/words", name="員弁川", kana="いなべがわ").status_code == 303
    assert "員弁川" in text_of(writer.open(PAGE))
    refused = writer.press(PAGE, "/words", name="員弁川", kana="いなべがわ")
    assert refused.status_code == 422
    assert "すでに表にあります" in refused.get_data(as_text=True)
    assert writer.press(PAGE, "/words/remove").status_code == 303
    assert not any(entry.kind == Named.WORD for entry in readings.table())


@pytest.mark.parametrize("action", ["correct", "words", "words/remove", "approve"])
def test_nobody_else_changes_anything(app: Flask, town: Town, action: str) -> None:
    welfare = person(app, "fukushi", Role.WELFARE)
    assert welfare.client.get(PAGE).status_code == 403
    assert app.test_client().post(f"{PAGE}/{action}").status_code in (303, 400, 401)


def test_the_approval_page_names_what_nobody_approved_and_shows_the_kana(decider: Person, town: Town) -> None:
    alert_id = town.submitted()
    text = text_of(decider.open(f"/headquarters/alerts/{alert_id}/approve"))
    assert "町が承認していない読みが2件あります" in text
    assert "なかがみちくに、こうずいに かんする" in text
    assert "トウインチョウ役場です" in text
    page = approval(decider)
    decider.send(page, everything="1")
    assert "町が承認していない読み" not in text_of(decider.open(f"/headquarters/alerts/{alert_id}/approve"))
