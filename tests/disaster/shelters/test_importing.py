"""Taking shelter lists in."""

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from disaster.core import audit
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.shelters import claims, directory, gsi, importing, preview, state
from disaster.shelters.models import Shelter
from disaster.shelters.vocabulary import HAZARDS, Opening, ShelterKind, Suitability

FIELDS = {"共通ID": "E1", "施設・場所名": "役場", "住所": "山田1600", "洪水": "1", "地震": "1", "備考": ""}


def geojson(folder: Path, *places: dict[str, Any]) -> Path:
    features = [
        {"geometry": {"coordinates": place.pop("at", [136.58, 35.07])}, "properties": {**FIELDS, **place}}
        for place in places
    ]
    file = folder / "list.json"
    file.write_text(json.dumps({"features": features}), encoding="utf-8")
    return file


def test_the_second_import_of_the_same_list_changes_nothing(app: Flask) -> None:
    first = importing.import_shipped(municipality())
    assert [len(report.new) for report in first] == [11, 14]
    before = [shelter.state.version for shelter in directory.all_shelters()]
    again = importing.import_shipped(municipality())
    assert [(len(r.new), len(r.changed), r.same) for r in again] == [(0, 0, 11), (0, 0, 14)]
    assert [shelter.state.version for shelter in directory.all_shelters()] == before
    assert len(directory.all_shelters()) == 25


def test_a_preview_tells_what_would_change_and_changes_nothing(app: Flask, tmp_path: Path) -> None:
    importing.import_list(geojson(tmp_path, {}, {"共通ID": "E2", "施設・場所名": "駅前広場"}))
    file = geojson(tmp_path, {"施設・場所名": "町役場", "洪水": ""}, {"共通ID": "E3", "施設・場所名": "公園"})
    report = importing.import_list(file, dry_run=True)
    assert (report.new, report.missing, report.applied) == (["公園"], ["駅前広場"], False)
    assert report.changed[0].fields == {"name": ["役場", "町役場"], "flood": ["yes", "no"]}
    assert {s.name for s in directory.all_shelters()} == {"役場", "駅前広場"}
    assert json.loads(json.dumps(report.as_dict()))["changed"][0]["source_id"] == "E1"


def test_a_list_that_misses_a_shelter_removes_nothing(app: Flask, tmp_path: Path) -> None:
    importing.import_list(geojson(tmp_path, {}, {"共通ID": "E2"}))
    importing.import_list(geojson(tmp_path, {}))
    assert len(directory.all_shelters()) == 2


def test_one_faulty_record_keeps_the_whole_list_out_and_is_named(app: Flask, tmp_path: Path) -> None:
    report = importing.import_list(geojson(tmp_path, {}, {"共通ID": "E2", "施設・場所名": ""}, {"共通ID": "E1"}))
    assert report.applied is False
    assert report.faults[0].number == 2
    assert "施設・場所名を入力してください。" in report.faults[0].reason
    assert directory.all_shelters() == []


@pytest.mark.parametrize("at", [[35.07, 136.58], [0, 0], [None, None], ["x", "y"], [float("nan"), 35.0]])
def test_a_place_outside_japan_or_with_swapped_degrees_is_a_fault(app: Flask, tmp_path: Path, at: list[Any]) -> None:
    report = importing.import_list(geojson(tmp_path, {"at": at}))
    assert len(report.faults) == 1
    assert "緯度・経度" in report.faults[0].reason


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"features": 3}', b'{"features": [1]}', b"a,b\n1,2\n", "共通ID".encode("cp932"), b"{" * 3000],
)
def test_what_is_no_list_is_refused_with_a_sentence(app: Flask, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "list"
    file.write_bytes(content)
    with pytest.raises(Invalid) as refused:
        importing.import_list(file)
    assert refused.value.message.endswith("。")


def test_the_national_csv_with_bom_and_records_over_several_lines_is_read(app: Flask, tmp_path: Path) -> None:
    head = [
        "NO",
        "共通ID",
        "都道府県名及び市町村名",
        "施設・場所名",
        "住所",
        "洪水",
        "崖崩れ、土石流及び地滑り",
        "高潮",
        "地震",
        "津波",
        "大規模な火事",
        "内水氾濫",
        "火山現象",
        "指定避難所との住所同一",
        "緯度",
        "経度",
        "備考",
    ]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerow(
        [
            "1",
            "E9",
            "三重県東員町",
            "山の\n公園",
            "山田\n1",
            "1",
            "",
            "",
            "1",
            "",
            "",
            "1",
            "",
            "",
            "35.07",
            "136.58",
            "一行目\n二行目",
        ]
    )
    file = tmp_path / "mergeFromCity_2.csv"
    file.write_text("\ufeff" + out.getvalue(), encoding="utf-8", newline="")
    importing.import_list(file)
    shelter = directory.all_shelters()[0]
    assert (shelter.name, shelter.remark, shelter.kind) == ("山の 公園", "一行目\n二行目", ShelterKind.EMERGENCY)
    assert [h for h in HAZARDS if directory.suitable(shelter, h) is Suitability.YES] == [
        "flood",
        "earthquake",
        "inundation",
    ]


@pytest.mark.parametrize(
    ("remark", "says"),
    [
        ("洪水✕　崖崩れ等〇　内水氾濫✕", {"flood": "no", "landslide": "yes", "inundation": "no"}),
        ("洪水○ 崖崩れ×", {"flood": "yes", "landslide": "no"}),
        ("大規模な火事〇", {"fire": "yes"}),
        ("洪水〇　洪水✕", {"flood": "no"}),
        ("耐震補強済み", {}),
        ("", {}),
    ],
)
def test_the_remark_of_a_shelter_tells_its_suitability_and_what_it_does_not_name_is_unknown(
    remark: str, says: dict[str, str]
) -> None:
    assert gsi.remark_says(remark) == says


def test_where_sources_disagree_the_safer_value_stands_and_both_are_kept(app: Flask) -> None:
    importing.import_shipped(municipality())
    shelter = db.session.scalars(select(Shelter).where(Shelter.name == "三和小学校")).one()
    claims.put(
        shelter, "東員町ホームページ", date(2023, 4, 2), {"inundation": Suitability.YES, "storm_surge": Suitability.YES}
    )
    db.session.commit()
    assert directory.suitable(shelter, "inundation") is Suitability.NO
    assert directory.suitable(shelter, "storm_surge") is Suitability.YES
    assert {claim.source for claim in claims.conflicts(shelter)["inundation"]} == {"国土地理院", "東員町ホームページ"}
    importing.import_shipped(municipality())
    assert directory.suitable(shelter, "inundation") is Suitability.NO


def test_an_import_leaves_an_open_shelter_open_and_is_in_the_audit(app: Flask, tmp_path: Path) -> None:
    importing.import_list(geojson(tmp_path, {}))
    shelter = directory.all_shelters()[0]
    state.set_opening(shelter.id, Opening.OPEN, seen=1, actor="account:1")
    importing.import_list(geojson(tmp_path, {"施設・場所名": "町役場"}), actor="account:1")
    assert directory.all_shelters()[0].state.opening == Opening.OPEN
    assert directory.all_shelters()[0].name == "町役場"
    assert "shelters.import" in [entry.action for entry in db.session.scalars(select(audit.AuditEntry))]


class TestTwoSources:
    """The town's own standard list beside 国土地理院's."""

    HEAD = "市区町村コード,NO,名称,住所,緯度,経度,災害種別_洪水,災害種別_地震,指定緊急避難場所との重複,想定収容人数,電話番号\n"

    def take(self, row: str, day: date = date(2023, 4, 2), **options: Any) -> preview.Report:
        return importing.take_in((self.HEAD + row).encode(), "町.csv", source_date=day, **options)

    def school(self) -> Shelter:
        return next(one for one in directory.all_shelters() if one.name == "三和小学校")

    def test_the_same_place_is_found_by_name_and_the_safer_value_stands_with_source_and_date(self, app: Flask) -> None:
        importing.import_shipped(municipality())
        school = self.school()
        row = f"24324,1,三和小学校,別の書き方,{school.lat},{school.lng},1,1,1,350,0594-86-0000\n"
        preview_ = self.take(row, dry_run=True)
        assert (preview_.new, preview_.linked) == ([], ["三和小学校"])
        assert preview_.conflicts == [
            {
                "shelter": "三和小学校",
                "field": "flood",
                "stands": "no",
                "said": [["国土地理院", "2025-10-27", "no"], ["東員町オープンデータ", "2023-04-02", "yes"]],
            }
        ]
        assert preview_.changed[0].fields == {"capacity": [None, 350]}
        assert self.take(row).applied
        found = self.school()
        assert (found.flood, found.capacity, found.address) == ("no", 350, "三重県東員町大字長深700")
        assert (found.source, len(directory.all_shelters())) == ("国土地理院", 25)
        assert self.take(row).same == 1
        again = importing.import_shipped(municipality())
        assert [(report.new, report.changed) for report in again] == [([], []), ([], [])]
        assert self.school().capacity == 350

    def test_of_two_capacities_the_smaller_stands(self, app: Flask) -> None:
        importing.import_shipped(municipality())
        school = self.school()
        row = f"24324,1,三和小学校,,{school.lat},{school.lng},,1,1,%s,\n"
        self.take(row % 350)
        report = self.take(row % 200, date(2024, 1, 1), source="消防の調査")
        assert [one["field"] for one in report.conflicts] == ["capacity"]
        assert self.school().capacity == 200
        self.take(row % "", date(2024, 2, 1), source="消防の調査")
        assert self.school().capacity == 350

    def test_a_newer_list_of_another_source_describes_the_place_and_empties_nothing(self, app: Flask) -> None:
        importing.import_shipped(municipality())
        school = self.school()
        before = school.lat
        report = self.take(f"24324,1,三和小学校,,{before + 0.003},{school.lng},,1,1,,\n", date(2026, 1, 1))
        assert report.changed[0].fields["lat"][0] == before
        assert "約334m" in report.notes[0].text
        found = self.school()
        assert (found.address, found.kana, found.source) == (
            "三重県東員町大字長深700",
            school.kana,
            "東員町オープンデータ",
        )

    def test_the_same_name_far_away_is_another_place(self, app: Flask) -> None:
        importing.import_shipped(municipality())
        assert self.take("24324,1,三和小学校,,35.03,136.50,,1,1,,\n", dry_run=True).new == ["三和小学校"]

    def test_two_rows_of_one_place_are_a_fault(self, app: Flask) -> None:
        importing.import_shipped(municipality())
        at = f"{self.school().lat},{self.school().lng},,1,1,,\n"
        report = self.take(f"24324,1,三和小学校,,{at}24324,2,三和 小学校,,{at}")
        assert (report.applied, report.faults[0].number) == (False, 2)
        assert self.take(f"24324,1,三和小学校,,{at}24324,2,三和 小学校,,{at}", skip_bad=True).applied

    def test_an_older_edition_and_another_towns_list_are_told(self, app: Flask) -> None:
        row = "24324,1,役場,,35.07,136.58,1,1,1,,\n"
        self.take(row)
        assert "より新しいもの（2023-04-02）" in self.take(row, date(2020, 1, 1), dry_run=True).notes[0].text
        assert (
            "東員町（243248）のものではありません"
            in self.take(row.replace("24324", "473022"), dry_run=True).notes[0].text
        )

    def test_rows_with_faults_are_left_out_on_request(self, app: Flask) -> None:
        rows = "24324,1,役場,,35.07,136.58,1,1,1,,\n24324,2,公園,,136.58,35.07,1,1,1,,\n"
        assert not self.take(rows).applied
        report = self.take(rows, skip_bad=True)
        assert (report.applied, [one.name for one in directory.all_shelters()]) == (True, ["役場"])
