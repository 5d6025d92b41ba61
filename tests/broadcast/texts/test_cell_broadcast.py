"""The text for 緊急速報メール: it fits every carrier, and says what it changed in the officer's words."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from broadcast.alert.content import Content
from broadcast.cap.vocabulary import Kind, Language, Mode
from broadcast.texts import cell_mail
from broadcast.texts.rendering import problems, render
from tests.broadcast.contents import AREAS, SHELTERS, content
from tests.broadcast.strategies import contents


@settings(max_examples=60, deadline=None)
@given(contents())
def test_every_carrier_takes_the_text(alert: Content) -> None:
    message = render("cell_broadcast", alert, Language.JA)
    assert problems(message) == []
    assert len(cell_mail.takers(message.subject, message.body, cell_mail.carriers(500, 200))) == 2


@pytest.mark.parametrize("limit", [100, 200, 500])
def test_the_length_is_a_setting(limit: int) -> None:
    alert = content(areas=AREAS, shelters=SHELTERS, situation="川の水が増えています。" * 5)
    message = render("cell_broadcast", alert, Language.JA, limit=limit)
    assert len(message.subject) + len(message.body) <= limit
    assert message.limit == limit - len(message.subject)


def test_the_officer_is_told_which_letter_was_replaced_and_where() -> None:
    message = render("cell_broadcast", content(situation="水位は①です。", action="髙田橋へ\n行かない。"), Language.JA)
    assert "「状況」の1行目・4文字目の「①」は使えないため、「1」にしました。" in message.notes
    assert "「とってほしい行動」の1行目・1文字目の「髙」は使えないため、「〓」にしました。" in message.notes


def test_pictures_leave_no_gaps_behind() -> None:
    message = render("cell_broadcast", content(situation="川の水が増えています👨‍👩‍👧‍👦☔️。"), Language.JA)
    assert "川の水が増えています。" in message.body
    assert "「状況」の1行目・11文字目の「👨」は使えないため、除きました。" in message.notes


def test_addresses_in_the_officers_words_are_taken_out_and_that_is_said() -> None:
    message = render("cell_broadcast", content(situation="0594-86-2824へ。"), Language.JA)
    assert "0594" not in message.body
    assert "アドレスと電話番号は使えないため、除きました。" in message.notes


def test_a_drill_says_so_in_title_and_text_and_that_is_checked() -> None:
    message = render("cell_broadcast", content(Kind.EMERGENCY, mode=Mode.DRILL), Language.JA)
    assert message.subject.startswith("【訓練】")
    assert problems(message) == []
    silent = replace(message, subject=message.subject.replace("訓練", ""), body=message.body.replace("訓練", ""))
    assert ["訓練" in sentence for sentence in problems(silent)] == [True, True]
