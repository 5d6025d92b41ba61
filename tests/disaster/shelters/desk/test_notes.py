"""Hand-over notes and counts of what a place has."""

import pytest
from sqlalchemy import select

from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.shelters.desk import conditions, notes
from disaster.shelters.desk.models import HandoverNote


def test_the_next_shift_reads_and_does(kanda: int) -> None:
    plain = notes.write(kanda, "発電機は23時に止める", task=False, actor="account:1")
    task = notes.write(kanda, "山田さんの薬を確かめる", task=True, actor="account:1")
    assert notes.unread([kanda], "account:2") == {kanda: 2}
    assert notes.unread([kanda], "account:1") == {}
    notes.read(kanda, task, actor="account:2")
    notes.read(kanda, task, actor="account:2")
    assert notes.unread([kanda], "account:2") == {}
    assert [(t.note.id, t.readers) for t in notes.of(kanda)] == [
        (task, ("account:1", "account:2")),
        (plain, ("account:1", "account:2")),
    ]
    notes.finish(kanda, task, actor="account:2")
    with pytest.raises(Stale):
        notes.finish(kanda, task, actor="account:3")
    with pytest.raises(Stale):
        notes.finish(kanda, plain, actor="account:3")  # nothing to do


def test_what_names_people_is_sealed(kanda: int) -> None:
    notes.write(kanda, "山田さん", task=False, actor="account:1")
    raw = db.session.execute(select(HandoverNote.__table__)).mappings().one()
    raw_bytes = db.session.connection().exec_driver_sql("SELECT body FROM handover_notes").scalar_one()
    assert raw["body"] == "山田さん"
    assert "山田さん".encode() not in raw_bytes


@pytest.mark.parametrize("body", ["", "  \n ", "x" * 2001, "a\x00b"])
def test_an_empty_or_endless_note_is_refused(kanda: int, body: str) -> None:
    with pytest.raises(Invalid) as refused:
        notes.write(kanda, body, task=False, actor="account:1")
    assert "body" in refused.value.fields


def test_nobody_writes_to_a_shelter_that_does_not_exist(kanda: int) -> None:
    with pytest.raises(Missing):
        notes.write(9999, "あ", task=False, actor="account:1")


def test_a_count_is_kept_and_the_newest_stands(kanda: int) -> None:
    assert conditions.newest([kanda]) == {}
    conditions.count(
        kanda, {"toilets_men": "2", "toilets_women": " ４ ", "area_m2": "1,200"}, seen=0, actor="account:1"
    )
    first = conditions.newest([kanda])[kanda]
    assert (first.toilets_men, first.toilets_women, first.area_m2, first.baths) == (2, 4, 1200, None)
    conditions.count(kanda, {"toilets_men": "1"}, seen=first.id, actor="account:1")
    assert conditions.newest([kanda])[kanda].toilets_men == 1
    with pytest.raises(Stale):
        conditions.count(kanda, {}, seen=first.id, actor="account:2")


def test_every_wrong_field_of_a_count_is_told(kanda: int) -> None:
    with pytest.raises(Invalid) as refused:
        conditions.count(kanda, {"toilets_men": "-1", "baths": "x"}, seen=0, actor="account:1")
    assert set(refused.value.fields) == {"toilets_men", "baths"}
