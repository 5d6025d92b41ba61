"""Open data."""

import csv
import io
import json

import pytest
from flask import Flask

from disaster.core.extensions import db
from disaster.shelters import export
from disaster.shelters.models import Shelter
from disaster.shelters.vocabulary import HAZARD_COLUMNS


def rows() -> list[dict[str, str]]:
    text = export.as_csv()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_the_csv_has_the_hazards_of_the_national_list_and_an_unknown_capacity_is_empty(
    shelters: dict[str, Shelter],
) -> None:
    by_name = {row["名称"]: row for row in rows()}
    assert len(by_name) == 23
    miwa = by_name["三和小学校"]
    assert [miwa[column] for column in HAZARD_COLUMNS.values()] == ["×", "○", "－", "○", "－", "○", "×", "－"]
    assert miwa["想定収容人数"] == ""
    assert miwa["開設状況"] == "開設していません"


def test_the_geojson_is_longitude_first_and_null_where_unknown(shelters: dict[str, Shelter]) -> None:
    features = json.loads(export.geojson())["features"]
    miwa = next(feature for feature in features if feature["properties"]["name"] == "三和小学校")
    assert miwa["geometry"]["coordinates"][0] > 136
    assert miwa["properties"]["capacity"] is None
    assert miwa["properties"]["suitability"]["flood"] == "no"


@pytest.mark.parametrize("name", ["=1+1", "+81", "-2", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")'])
def test_a_name_that_a_spreadsheet_would_run_is_text(app: Flask, shelters: dict[str, Shelter], name: str) -> None:
    shelters["神田小学校"].name = name
    db.session.commit()
    assert f"'{name}" in [row["名称"] for row in rows()]
    assert json.dumps(name, ensure_ascii=False) in export.geojson()


def test_coordinates_stay_numbers(shelters: dict[str, Shelter]) -> None:
    assert all(float(row["緯度"]) > 35 for row in rows())
