"""Lists as they are in the wild: the real files, and what spreadsheets and people do to them."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from disaster.core.errors import Invalid
from disaster.shelters import reading, values
from disaster.shelters.reading import Listed
from disaster.shelters.vocabulary import ShelterKind, Suitability

DATA = Path(__file__).parents[2] / "data" / "shelters"
OGIMI = (DATA / "standard_473022_ogimi.csv").read_bytes()
TOIN = Path(__file__).parents[3] / "disaster" / "municipalities" / "243248"
Cells = list[list[str]]


def read(content: bytes, kind: ShelterKind | None = None, own: str = "473022") -> Listed:
    return reading.read(content, kind, own_code=own, town="大宜味村")


def cells() -> Cells:
    return list(csv.reader(io.StringIO(OGIMI.decode("utf-8-sig"), newline="")))


def file_of(rows: Cells, encoding: str = "utf-8", **options: str) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, **options).writerows(rows)  # type: ignore[arg-type]
    return out.getvalue().encode(encoding)


def changed(change: Callable[[Cells], object]) -> Listed:
    rows = cells()
    change(rows)
    return read(file_of(rows))


def put(column: str, row: int, value: str) -> Callable[[Cells], None]:
    def change(rows: Cells) -> None:
        rows[row][rows[0].index(column)] = value

    return change


def test_the_real_standard_list_is_read_whole() -> None:
    found = read(OGIMI)
    assert (found.shape, found.encoding, found.source) == ("standard-csv", "UTF-8（BOM付き）", "大宜味村オープンデータ")
    assert (len(found.records), found.faults, found.codes) == (19, [], ["473022"])
    hall = found.records[0]
    assert (hall.name, hall.kana, hall.capacity, hall.source_id) == (
        "大宜味村役場", "オオギミソンヤクバ", 138, "473022e-101",
    )  # fmt: skip
    assert (hall.facts["id"], hall.facts["phone"], hall.facts["areas"]) == (
        "0000000101", "(0980)44-3001", "大宜味村全域",
    )  # fmt: skip
    assert (hall.lat, hall.lng, hall.kind) == (26.70161, 128.120542, ShelterKind.EMERGENCY)
    assert hall.says["tsunami"] is Suitability.YES
    assert hall.says["fire"] is Suitability.NO
    silent = {note.name for note in found.notes}
    assert silent == {"田港公民館", "津波公民館"}
    assert next(one for one in found.records if one.name == "津波公民館").says == {}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("options", [{}, {"lineterminator": "\n"}, {"delimiter": "\t"}, {"delimiter": ";"}])
def test_every_encoding_line_end_and_delimiter_gives_the_same(encoding: str, options: dict[str, str]) -> None:
    found = read(file_of(cells(), encoding, **options))
    assert found.records == read(OGIMI).records
    assert found.faults == []


def test_zeros_that_a_spreadsheet_lost_do_not_make_other_shelters() -> None:
    def lose(rows: Cells) -> None:
        for row in rows[1:]:
            row[0], row[10] = row[0].lstrip("0"), row[10][:5]

    found = changed(lose)
    assert [one.source_id for one in found.records] == [one.source_id for one in read(OGIMI).records]
    assert found.codes == ["473022"]


@pytest.mark.parametrize(
    ("written", "prefecture", "code"),
    [
        ("243248", "", "243248"), ("24324", "", "243248"), ("47302", "", "473022"), ("11002", "北海道", "011002"), ("1100", "北海道", "011002"),
        ("92011", "栃木県", "092011"), ("92011", "", "092011"), ("13101", "東京都", "131016"), ("２４３２４８", "", "243248"), ("243248.0", "", "243248"),
        ("", "", ""), ("三重県", "", ""), ("99999", "", ""), ("1", "", ""),
    ],
)  # fmt: skip
def test_codes_of_municipalities_in_four_five_and_six_digits(written: str, prefecture: str, code: str) -> None:
    assert values.code(written, prefecture) == code


@pytest.mark.parametrize(
    ("written", "people", "told"),
    [
        ("50,700 ", 50_700, False), ("１２０人", 120, False), ("約300名程度", 300, False), ("138.0", 138, False), ("100～150", 100, True),
        ("", None, False), ("－", None, False), ("不明", None, False), ("0", None, True), ("1,200㎡", None, True), ("-3", None, True),
        ("12.5", None, True), ("9" * 30, None, True), ("1e5", 100_000, False), ("nan", None, False), ("inf", None, True),
    ],
)  # fmt: skip
def test_a_capacity_that_nobody_knows_is_not_nought(written: str, people: int | None, told: bool) -> None:
    record = changed(put("想定収容人数", 1, written)).records[0]
    assert record.capacity == people
    assert record.facts.get("capacity") == people
    notes = [note for note in changed(put("想定収容人数", 1, written)).notes if note.number == 1]
    assert bool(notes) == told


def test_columns_by_other_names_and_in_another_order_are_the_same_list() -> None:
    others = {
        "NO": "ID", "名称_カナ": "フリガナ", "住所": "所在地_連結表記", "方書": "建物名等(方書)", "lat": "緯度（世界測地系）", "lon": "経度",
        "市区町村コード": "全国地方公共団体コード", "都道府県名": "都道府県", "市区町村名": "地方公共団体名", "災害種別_洪水": "洪水",
        "災害種別_崖崩れ、土石流及び地滑り": "土砂災害", "想定収容人数": " 収容 人員 ", "電話番号": "ＴＥＬ",
    }  # fmt: skip
    rows = cells()
    rows[0] = [others.get(name, name) for name in rows[0]]
    rows = [list(reversed(row)) for row in rows]
    assert read(file_of(rows)).records == read(OGIMI).records


def test_an_address_in_parts_is_put_together() -> None:
    head = "全国地方公共団体コード,ID,名称,所在地_都道府県,所在地_市区町村,所在地_町字,所在地_番地以下,緯度,経度,災害種別_洪水,指定避難所との重複"
    found = read(f"{head}\n473022,1,役場,沖縄県,大宜味村,字大兼久,157番地,26.7,128.1,1,1\n".encode())
    assert found.records[0].address == "沖縄県大宜味村字大兼久157番地"


def test_empty_lines_titles_and_fields_over_several_lines() -> None:
    def mess(rows: Cells) -> None:
        rows[3][rows[0].index("名称")] = "謝名城\n公民館"
        rows[3][rows[0].index("備考")] = "一行目\r\n二行目"
        rows.insert(2, [])
        rows.insert(2, [""] * 26)
        rows.insert(0, ["指定緊急避難場所一覧（令和7年4月1日現在）"])
        rows.append(["", " ", "　"])

    found = changed(mess)
    assert (len(found.records), found.faults) == (19, [])
    assert (found.records[2].name, found.records[2].remark) == ("謝名城 公民館", "一行目\n二行目")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"lat": "128.120542", "lon": "26.701610"}, "緯度・経度が逆"),
        ({"lat": "0", "lon": "0"}, "日本の中にありません"),
        ({"lat": "26.7", "lon": "-128.1"}, "日本の中にありません"),
        ({"lat": "267.01610", "lon": "128.12"}, "日本の中にありません"),
        ({"lat": "nan", "lon": "128.12"}, "日本の中にありません"),
        ({"lat": "", "lon": ""}, "緯度・経度がありません"),
        ({"lat": "26,7016", "lon": "128.12"}, "数字ではありません"),
        ({"名称": ""}, "施設・場所名を入力してください"),
        ({"名称": "公民\ufffd館"}, "読めない文字"),
        ({"NO": "102"}, "番号 102 が2回あります（1件目）"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_right_is_named(changes: dict[str, str], reason: str) -> None:
    rows = cells()
    if "NO" in changes:
        rows[1][0] = "0102"
    for column, value in changes.items():
        put(column, 2 if column == "NO" else 1, value)(rows)
    found = read(file_of(rows))
    assert reason in found.faults[0].reason
    assert found.faults[0].number == (2 if "NO" in changes else 1)


def test_degrees_minutes_and_full_width_digits_are_degrees() -> None:
    assert values.degrees("３５．０７", "136度34分48秒") == pytest.approx((35.07, 136.58))
    assert values.degrees("35°4'12\"", " 136.58 ") == pytest.approx((35.07, 136.58))


@pytest.mark.parametrize(
    ("written", "value"),
    [("1", "yes"), ("１", "yes"), ("○", "yes"), ("◯", "yes"), ("1.0", "yes"), ("TRUE", "yes"), ("", "no"), ("0", "no"), ("×", "no"), ("無", "no"),
     ("－", "unknown"), ("△", "unknown"), ("2階以上", "unknown")],
)  # fmt: skip
def test_marks(written: str, value: str) -> None:
    found = changed(put("災害種別_洪水", 1, written))
    assert found.records[0].says["flood"] == value
    told = [note.text for note in found.notes if note.number == 1]
    assert bool(told) == (written in ("△", "2階以上"))


def test_a_list_of_where_to_stay_is_told_from_its_columns() -> None:
    head = "市区町村コード,NO,名称,緯度,経度,指定緊急避難場所との重複,想定収容人数,受入対象者\n"
    record = read((head + "473022,1,福祉の家,26.7,128.1,1,,妊産婦\n").encode()).records[0]
    assert (record.kind, record.welfare, record.says, record.source_id) == (
        ShelterKind.EVACUATION, True, {}, "473022s-1",
    )  # fmt: skip
    assert record.facts["also"] is True


def test_a_list_that_does_not_tell_its_kind_asks_for_it() -> None:
    content = "ID,名称,緯度,経度\n1,役場,26.7,128.1\n".encode()
    assert "見分けられません" in read(content).faults[0].reason
    assert read(content, ShelterKind.EVACUATION).records[0].kind is ShelterKind.EVACUATION


def national(*extra: dict[str, str], encoding: str = "utf-8-sig") -> bytes:
    """国土地理院's CSV of the whole country: Toin's real rows among those of others."""
    features = json.loads((TOIN / "gsi_emergency_243248.json").read_text(encoding="utf-8"))["features"]
    rows = [
        feature["properties"] | dict(zip(("経度", "緯度"), feature["geometry"]["coordinates"], strict=True))
        for feature in features
    ]
    rows = [rows[0] | {"共通ID": "E0110100001201", "施設・場所名": "大通公園"}, *rows, *extra]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def test_of_the_national_list_only_the_towns_own_shelters_are_read() -> None:
    found = read(national(), own="243248")
    assert (found.shape, found.source, len(found.records), found.elsewhere) == ("gsi-csv", "国土地理院", 11, 1)
    as_json = read((TOIN / "gsi_emergency_243248.json").read_bytes(), own="243248")
    assert [one.source_id for one in found.records] == [one.source_id for one in as_json.records]
    assert [one.says for one in found.records] == [one.says for one in as_json.records]
    assert read(national(encoding="cp932"), own="243248").records == found.records


def test_a_list_of_another_town_is_read_whole() -> None:
    assert len(read(OGIMI, own="243248").records) == 19


def test_single_broken_bytes_cost_their_row_and_not_the_list() -> None:
    content = file_of(cells(), "cp932").replace("喜如嘉公民館".encode("cp932"), b"\x8a\xec\x94\x40\x89\xff\xff", 1)
    found = read(content)
    assert found.encoding == "CP932（Shift_JIS）"
    assert len(found.records) + len(found.faults) == 19
    assert [fault.number for fault in found.faults] == [4]


def test_quotes_that_do_not_match_end_the_list_there() -> None:
    content = OGIMI.replace('"屋古公民館"'.encode(), '"屋古"公民館"'.encode())
    found = read(content)
    assert len(found.records) == 11
    assert "引用符" in found.faults[0].reason


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"%PDF", b"\x00\x01", "名称,住所\n役場,山田\n".encode(), b'{"features": [3]}']
)
def test_what_is_no_list_is_one_sentence(content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read(content)
    assert refused.value.message.endswith("。")
