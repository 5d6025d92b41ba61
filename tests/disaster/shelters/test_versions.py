"""The official lists in their old and new versions: 国土地理院 with and without 共通ID, the standard open data of 2017 and of now."""

import pytest

from disaster.shelters import reading
from disaster.shelters.vocabulary import HAZARDS, Suitability

EIGHT = ["洪水", "崖崩れ、土石流及び地滑り", "高潮", "地震", "津波", "大規模な火事", "内水氾濫", "火山現象"]
STANDARD_EIGHT = [f"災害種別_{word}" for word in EIGHT]
VALUES = {
    "NO": "3", "ID": "3", "市町村内の番号": "3", "共通ID": "E2432400003201",
    "名称": "三和小学校校庭", "施設・場所名": "三和小学校校庭", "名称_カナ": "サンワショウガッコウ",
    "住所": "三重県東員町長深700", "所在地_連結表記": "三重県東員町長深700",
    "市町村コード": "24324", "全国地方公共団体コード": "24324", "都道府県コード又は市区町村コード": "243248",
    "所在地_全国地方公共団体コード": "24324", "都道府県名及び市町村名": "三重県東員町", "地方公共団体名": "三重県東員町",
    "都道府県名": "三重県", "市区町村名": "東員町", "所在地_都道府県": "三重県", "所在地_市区町村": "東員町",
    "緯度": "35.064356", "経度": "136.57728", "想定収容人数": "1,200 ",
    "崖崩れ、土石流及び地滑り": "1", "地震": "1", "大規模な火事": "1", "大規模火事": "1",
    "災害種別_崖崩れ、土石流及び地滑り": "1", "災害種別_地震": "1", "災害種別_大規模な火事": "1",
}  # fmt: skip
VERSIONS = {
    "the national list now": ["NO", "共通ID", "施設・場所名", "住所", *EIGHT, "指定避難所との住所同一", "緯度", "経度", "備考"],
    "the national list of all towns": ["市町村コード", "都道府県名及び市町村名", "NO", "施設・場所名", "住所", *EIGHT, "指定避難所との住所同一", "緯度", "経度", "備考"],
    "the national list at first": ["市町村コード", "都道府県名及び市町村名", "市町村内の番号", "施設・場所名", "住所", *EIGHT[:5], "大規模火事", *EIGHT[6:], "指定避難所との住所同一", "緯度", "経度", "備考"],
    "the standard list of 2017": ["都道府県コード又は市区町村コード", "NO", "都道府県名", "市区町村名", "名称", "名称_カナ", "住所", "方書", "緯度", "経度", "標高", "電話番号", "内線番号", *STANDARD_EIGHT, "指定避難所との重複", "想定収容人数", "対象となる町会・自治会", "URL", "備考"],
    "the standard list now": ["全国地方公共団体コード", "ID", "地方公共団体名", "名称", "名称_カナ", "名称_英字", "所在地_全国地方公共団体コード", "町字ID", "所在地_連結表記", "所在地_都道府県", "所在地_市区町村", "所在地_町字", "所在地_番地以下", "建物名等(方書)", "緯度", "経度", "高度の種別", "高度の値", "電話番号", "内線番号", "連絡先メールアドレス", "連絡先FormURL", "連絡先備考（その他、SNSなど）", "郵便番号", *STANDARD_EIGHT, "指定避難所との重複", "想定収容人数", "対象となる町会・自治会", "URL", "画像", "画像_ライセンス", "備考"],
}  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_says_the_same_of_the_same_place(version: str, encoding: str) -> None:
    heading = VERSIONS[version]
    row = [f'"{VALUES.get(name, "")}"' for name in heading]
    content = f"{','.join(heading)}\r\n{','.join(row)}\r\n".encode(encoding)
    found = reading.read(content, None, own_code="243248", town="東員町")
    assert (found.faults, found.codes) == ([], ["243248"])
    place = found.records[0]
    assert (place.name, place.address) == ("三和小学校校庭", "三重県東員町長深700")
    assert {hazard for hazard in HAZARDS if place.says.get(hazard) == Suitability.YES} == {
        "landslide",
        "earthquake",
        "fire",
    }
    assert place.says["flood"] == Suitability.NO
    assert found.source == ("国土地理院" if "national" in version else "東員町オープンデータ")
    assert place.capacity == (1200 if "想定収容人数" in heading else None)
    assert place.source_id in ("E2432400003201", "243248e-3")


def test_a_list_of_another_town_is_not_credited_to_ours() -> None:
    content = "全国地方公共団体コード,ID,名称,緯度,経度,災害種別_洪水\n92011,1,中央小学校,36.559,139.884,1\n".encode()
    found = reading.read(content, None, own_code="243248", town="東員町")
    assert (found.codes, found.source) == (["092011"], "団体コード092011のオープンデータ")
