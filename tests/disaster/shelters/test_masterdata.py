"""Lists that were taken in come out in the same shapes, and read back give the same shelters."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from disaster.core.db import transaction
from disaster.core.municipality import municipality
from disaster.shelters import claims, directory, importing, masterdata
from disaster.shelters.models import Shelter
from disaster.shelters.preview import TEXTS, Report
from disaster.shelters.vocabulary import HAZARDS, ShelterKind, Suitability

OGIMI = (Path(__file__).parents[2] / "data" / "shelters" / "standard_473022_ogimi.csv").read_bytes()
APRIL = date(2024, 4, 1)


def taken(content: bytes, **options: Any) -> Report:
    return importing.take_in(content, "一覧.csv", **{"source_date": APRIL, **options})


def stands() -> dict[str, tuple[Any, ...]]:
    fields = (*TEXTS, *HAZARDS, "kind", "lat", "lng", "capacity", "welfare")
    return {
        one.source_id: tuple(getattr(one, name) for name in fields if name not in ("kana", "name_en"))
        for one in directory.all_shelters()
    }


def emptied() -> None:
    with transaction() as session:
        for shelter in directory.all_shelters():
            session.delete(shelter)


@pytest.mark.parametrize("shape", masterdata.SHAPES)
def test_the_towns_own_lists_come_back_the_same_in_every_shape(app: Flask, shape: str) -> None:
    importing.import_shipped(municipality())
    before = stands()
    files = {kind: masterdata.write(shape, kind).encode() for kind in ShelterKind}
    again = [taken(content, source="国土地理院", source_date=importing.SHIPPED_DATE) for content in files.values()]
    assert [(report.new, [c.fields.keys() - {"source"} for c in report.changed if c.fields.keys() - {"source"}]) for report in again] == [([], [])] * 2  # fmt: skip
    assert stands() == before
    emptied()
    for content in files.values():
        taken(content)
    found = stands()
    assert sorted(found.values(), key=str) == sorted(before.values(), key=str)


@pytest.mark.parametrize("shape", ["standard-csv"])
def test_a_standard_list_with_capacities_comes_back_with_its_numbers(app: Flask, shape: str) -> None:
    taken(OGIMI)
    before = stands()
    written = masterdata.write(shape, ShelterKind.EMERGENCY)
    assert '"0000000101"' in written or ",0000000101," in written
    emptied()
    assert len(taken(written.encode()).new) == 19
    assert stands() == before
    hall = next(one for one in directory.all_shelters() if one.name == "大宜味村役場")
    assert (hall.capacity, claims.words_of(hall)[0].facts["phone"]) == (138, "(0980)44-3001")


def test_what_another_source_forbids_is_forbidden_in_what_goes_out(app: Flask) -> None:
    importing.import_shipped(municipality())
    with transaction():
        school = next(one for one in directory.all_shelters() if one.name == "神田小学校")
        claims.put(school, "町の調査", date(2026, 1, 1), {"earthquake": Suitability.NO})
    emptied_files = [masterdata.write(shape, ShelterKind.EVACUATION).encode() for shape in masterdata.SHAPES]
    for content in emptied_files:
        emptied()
        taken(content)
        found: Shelter = next(one for one in directory.all_shelters() if one.name == "神田小学校")
        assert directory.suitable(found, "earthquake") is Suitability.NO


def test_a_formula_in_a_name_goes_out_as_text_and_comes_back(app: Flask) -> None:
    taken(OGIMI.replace("大宜味村役場".encode(), b"=1+1", 1))
    written = masterdata.write("standard-csv", ShelterKind.EMERGENCY)
    assert "'=1+1" in written
    emptied()
    taken(written.encode())
    assert "=1+1" in {one.name for one in directory.all_shelters()}
