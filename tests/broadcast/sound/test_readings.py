"""The table of readings: corrected by officers, approved for the town, used from then on, and never in what was frozen."""

import pytest
from sqlalchemy import select

from broadcast.alert import compose
from broadcast.alert.preview import preview
from broadcast.models.alert import Transmission
from broadcast.models.readings import Named, NameReading
from broadcast.sound import readings, speech
from disaster.core.errors import Forbidden, Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.staff.trail import last
from tests.broadcast.town import NAKAGAMI, Town

AREA = (Named.AREA, NAKAGAMI)


def entry(kind: Named = Named.AREA, key: str = NAKAGAMI) -> readings.Entry:
    return next(one for one in readings.table() if (one.kind, one.key) == (kind, key))


def radio(town: Town, alert_id: int) -> str:
    return preview(compose.get(alert_id)).texts["radio"]["ja"].extra["kana"]


def test_every_name_of_the_municipality_has_a_reading_and_none_is_approved_at_first(town: Town) -> None:
    found = list(readings.table())
    assert {one.kind for one in found} == {Named.TOWN, Named.AREA, Named.SHELTER}
    assert len([one for one in found if one.kind == Named.AREA]) == len(municipality().areas)
    assert all(one.kana for one in found)
    assert not any(one.approved for one in found)


def test_a_reading_is_approved_by_name_and_at_a_time(any_town: Town) -> None:
    town = any_town
    assert readings.approve(town.approver, {AREA: entry().kana}) == 1
    assert entry().approved
    assert entry().approved_by == town.approver
    assert last(1)[0].action == "reading.approved"


def test_a_corrected_reading_is_used_and_waits_for_approval_again(any_town: Town) -> None:
    town = any_town
    readings.approve(town.approver, {AREA: entry().kana})
    readings.correct(town.operator, Named.AREA, NAKAGAMI, "おおあざなかうえ")
    assert (entry().kana, entry().own, entry().approved) == ("おおあざなかうえ", "おおあざなかがみ", False)
    assert entry().changed_by == town.operator
    alert_id = town.composed()
    assert "なかうえ" in radio(town, alert_id)
    seen = preview(compose.get(alert_id))
    assert "ナカウエ" in seen.texts["voice"]["ja"].extra["spoken"]
    assert "なかうえ" in seen.texts["email"]["easy_ja"].body


def test_what_was_frozen_stays(town: Town) -> None:
    town.approved()
    readings.correct(town.operator, Named.AREA, NAKAGAMI, "おおあざべつのよみ")
    frozen = db.session.scalars(select(Transmission)).one()
    assert "なかがみ" in frozen.texts["radio"]["ja"]["extra"]["kana"]


def test_a_name_of_the_list_that_changed_is_approved_no_more(town: Town) -> None:
    readings.approve(town.approver, {AREA: entry().kana})
    row = db.session.scalars(select(NameReading)).one()
    row.name = "大字中神"
    db.session.commit()
    assert not entry().approved


def test_what_changed_since_it_was_shown_is_not_approved(town: Town) -> None:
    shown = {AREA: entry().kana, (Named.TOWN, "243248"): "とういんちょう"}
    readings.correct(town.operator, Named.AREA, NAKAGAMI, "おおあざほか")
    with pytest.raises(Stale):
        readings.approve(town.approver, shown)
    assert not any(one.approved for one in readings.table())


@pytest.mark.parametrize("kana", ["中上", "nakagami", "なか1", "", "　", "な\nか", "な" * 101])
def test_a_reading_is_in_kana(town: Town, kana: str) -> None:
    with pytest.raises(Invalid):
        readings.correct(town.operator, Named.AREA, NAKAGAMI, kana)
    assert entry().kana == "おおあざなかがみ"


def test_half_width_kana_are_taken_in_full(town: Town) -> None:
    readings.correct(town.operator, Named.AREA, NAKAGAMI, "ﾅｶｶﾞﾐ")
    assert entry().kana == "ナカガミ"


def test_who_may_do_what(town: Town) -> None:
    with pytest.raises(Forbidden):
        readings.approve(town.operator, {AREA: entry().kana})
    with pytest.raises(Missing):
        readings.correct(town.operator, "area", "99999-99", "なし")
    with pytest.raises(Invalid):
        readings.approve(town.approver, {})


def test_a_word_of_the_officers_is_read_as_the_table_says(any_town: Town) -> None:
    town = any_town
    readings.add_word(town.operator, "員弁川", "いなべがわ")
    alert_id = town.composed(situation="員弁川があふれました。")
    seen = preview(compose.get(alert_id))
    assert [(r.text, r.kana) for r in seen.content.readings if not r.whole] == [("員弁川", "いなべがわ")]
    assert "イナベガワがあふれました。" in seen.texts["voice"]["ja"].extra["spoken"]
    assert any(one.name == "員弁川" for one in readings.unapproved(seen.content, readings.table()))
    readings.remove_word(town.operator, "員弁川")
    assert "イナベガワ" not in preview(compose.get(alert_id)).texts["voice"]["ja"].extra["spoken"].replace(
        speech.kana("員弁川"), ""
    )


@pytest.mark.parametrize(
    ("name", "kana"), [("川", "かわ"), ("", "かわ"), ("大字中上", "なかがみ"), ("員弁川", "員弁川")]
)
def test_a_word_that_does_no_good_is_refused(town: Town, name: str, kana: str) -> None:
    with pytest.raises(Invalid):
        readings.add_word(town.operator, name, kana)


def test_a_place_in_a_free_text_is_read_with_and_without_oaza(town: Town) -> None:
    alert_id = town.composed(situation="大字中上と長深で道路が通れません。")
    found = {r.text: r.kana for r in preview(compose.get(alert_id)).content.readings if not r.whole}
    assert found == {"大字中上": "おおあざなかがみ", "長深": "ながふけ"}


def test_only_names_of_this_alert_are_called_unapproved(town: Town) -> None:
    seen = preview(compose.get(town.composed(situation="")))
    assert {one.name for one in readings.unapproved(seen.content, readings.table())} == {"東員町", "大字中上"}
    readings.approve(town.approver, {AREA: entry().kana, (Named.TOWN, "243248"): "とういんちょう"})
    assert readings.unapproved(seen.content, readings.table()) == []


@pytest.mark.skipif(not speech.available(), reason="speech is not installed (pip install -r requirements/speech.lock)")
def test_with_speech_every_sentence_of_an_officer_has_a_reading(town: Town) -> None:
    alert_id = town.composed(situation="東員町の橋が通れません。")
    seen = preview(compose.get(alert_id))
    assert "トウインチョウノ ハシガ " in seen.texts["radio"]["ja"].extra["kana"]
    assert any("自動で付けました" in note for note in seen.texts["radio"]["ja"].notes)


def test_without_speech_the_officer_is_asked_to_look(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    config = town.app.extensions["disaster.settings"]
    town.app.extensions["disaster.settings"] = config.model_copy(update={"speech": False})
    seen = preview(compose.get(town.composed(situation="橋が通れません。")))
    assert any("かなになっていません" in note for note in seen.texts["radio"]["ja"].notes)
    assert not any(reading.whole for reading in seen.content.readings)
