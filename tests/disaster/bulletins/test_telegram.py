"""Every telegram is read, and what it says comes out exactly."""

import functools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from lxml import etree

from disaster.bulletins.reading.facts import Bulletin, Kind, LevelEquivalent, Scope, Unreadable
from disaster.bulletins.telegram import as_json, read

DATA = Path(__file__).parents[2] / "data" / "jma" / "telegrams"
FILES = sorted(DATA.glob("*/*.xml"))


@functools.cache
def _read(file: Path) -> Bulletin:
    return read(file.read_bytes(), file.name)


def _of(name: str) -> Bulletin:
    [file] = DATA.glob(f"*/{name}.xml")
    return _read(file)


def _kinds(bulletin: Bulletin, code: str) -> list[tuple[Any, ...]]:
    area = bulletin.find(code)
    assert area is not None
    return [(kind.code, kind.name, kind.level, kind.state) for kind in area.kinds]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_telegram_is_read_with_its_header(file: Path) -> None:
    bulletin = _read(file)
    assert bulletin.title
    assert bulletin.status in ("通常", "訓練")
    assert bulletin.info_type in ("発表", "訂正", "取消", "遅延")
    assert bulletin.reported_at is not None
    assert bulletin.office
    assert len({area.code for area in bulletin.areas}) == len(bulletin.areas)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_title_tells_the_type_that_the_file_name_carries(file: Path) -> None:
    named = _read(file).type
    unnamed = read(file.read_bytes(), "download.xml").type
    assert named is not None
    assert unnamed is not None
    assert named.startswith(unnamed)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_area_code_of_a_telegram_is_lost(file: Path) -> None:
    found = {area.code for area in _read(file).areas}
    root = etree.fromstring(file.read_bytes())
    places = root.iter("{*}Area", "{*}City", "{*}Pref", "{*}Station", "{*}IntensityStation", "{*}TargetArea")
    written = {(place.findtext("{*}Code") or "").strip() for place in places} - {""}
    assert written <= found


@pytest.mark.parametrize(
    ("name", "code", "expected"),
    [
        ("15_16_03_241226_VPWW55", "0121400", [("43", "レベル４大雨危険警報", 4, "発表")]),
        ("15_17_01_250630_VPWW56", "3220900", [("49", "レベル４土砂災害危険警報", 4, "発表")]),
        ("15_17_01_250630_VPWW56", "320000", [("49", "レベル４土砂災害危険警報", 4, "継続")]),
        ("vpww55_heavy-rain_lv2", "0154300", [("10", "レベル２大雨注意報", 2, "発表")]),
        ("vpww55_heavy-rain_lv2", "0154400", [(None, None, None, "発表警報・注意報はなし")]),
        ("15_16_02_241031_VPWW57", "2620200", [("48", "レベル４高潮危険警報", 4, "発表")]),
        ("15_16_04_241226_VPWW58", "011000", [("05", "暴風警報", None, "継続")]),
        ("15_12_02_161130_VPWW53", "1310100", [("03", "大雨警報", None, "発表"), ("04", "洪水警報", None, "発表")]),
        ("62_01_05_130412_VPNO50", "290000", [("00", "解除", None, "解除")]),
        ("vxww50_landslide-alert", "0336600", [("3", "警戒", 4, "発表")]),
        ("vxww50_landslide-alert", "0320600", [("3", "警戒", 4, "継続")]),
        ("vxww50_landslide-alert", "0320100", [("0", "なし", None, "なし")]),
        ("17_01_01_190529_VXWW50", "400000", []),
        ("18_03_01_190412_VPOA50", "016010", [("1", "記録的短時間大雨情報", None, "発表")]),
        ("18_03_01_190412_VPOA50", "016020", [("0", "なし", None, "なし")]),
        ("vpbs50_record-rain", "200030", [(None, "記録雨", None, "発表")]),
        (
            "vpbs50_linear-rainband_imminent",
            "130030",
            [(None, "線状降水帯直前", None, "発表"), (None, "線状降水帯予想", None, "発表")],
        ),
        ("vxko_flood_lv3", "820209000400", [("30", "レベル３氾濫警報", 3, "発表")]),
        ("vxko_flood_lv3", "0520100", [("30", "レベル３氾濫警報", 3, "発表"), ("1", "浸水想定地区", None, "対象地域")]),
        ("vxko_flood_cancellation", "820209000400", [("10", "レベル２氾濫注意報解除", 2, "解除")]),
        ("16_06_01_220728_VXKOii", "123456789012", [("41", "氾濫危険情報", 4, "発表")]),
        ("16_04_01_220728_VXKOii", "123456789012", [("53", "氾濫発生情報（氾濫水の予報）", 5, "発表")]),
        ("32-35_07_06_240613_VXSE53", "2432400", [("3", "震度３", None, "発表")]),
        ("32-35_07_06_240613_VXSE53", "2432430", [("3", "震度３", None, "発表")]),
        ("32-35_08_04_100915_VXSE51", "211", [("4", "震度４", None, "発表")]),
        ("32-35_06_05_240613_VXSE53", "0321500", [("6+", "震度６強", None, "発表")]),
        ("32-35_06_05_240613_VXSE53", "0636531", [(None, "震度５弱以上未入電", None, "発表")]),
        (
            "32-35_06_05_240613_VXSE53",
            "0636500",
            [("4", "震度４", None, "発表"), (None, "震度５弱以上未入電", None, "発表")],
        ),
        ("32-39_11_02_250206_VTSE41", "210", [("53", "大津波警報：発表", None, "発表")]),
        ("32-39_11_02_250206_VTSE41", "300", [("51", "津波警報", None, "発表")]),
        ("vphw50_tornado", "1410011", [("1", "竜巻注意情報", None, "発表")]),
    ],
)
def test_the_kinds_of_an_area_are_as_written(name: str, code: str, expected: list[tuple[Any, ...]]) -> None:
    assert _kinds(_of(name), code)[: len(expected) or None] == expected


def test_the_level_of_one_area_is_the_type_of_jma_and_not_a_bare_number() -> None:
    area = _of("15_17_01_250630_VPWW56").find("3220900")
    assert area is not None
    assert area.kinds[0].level is LevelEquivalent.DANGER


def test_warnings_of_the_old_form_have_no_level_even_where_the_code_is_the_same() -> None:
    for name in ("15_12_02_161130_VPWW53", "15_15_01_220314_VPWW54"):
        assert all(kind.level is None for area in _of(name).areas for kind in area.kinds)


def test_the_addition_of_an_old_warning_is_kept() -> None:
    conditions = {kind.condition for area in _of("15_08_01_130412_VPWW53").areas for kind in area.kinds}
    assert "土砂災害、浸水害" in conditions


def test_the_highest_forecast_level_of_a_time_series_is_the_level_of_its_kind() -> None:
    area = _of("81_01_03_241226_VPWP50").find("0121400")
    assert area is not None
    levels = {kind.name: kind.level for kind in area.kinds}
    assert levels["土砂災害危険度"] is None or levels["土砂災害危険度"] >= LevelEquivalent.ADVISORY
    assert levels["雨"] is None


def test_a_municipality_is_found_by_its_own_code_and_not_by_its_seismometer() -> None:
    own = _of("32-35_07_06_240613_VXSE53").city("2432400")
    assert own is not None
    assert (own.name, own.scope) == ("東員町", Scope.CITY)
    assert own.kinds == (Kind("3", "震度３", None, "発表"),)


def test_a_municipality_that_is_not_named_is_none() -> None:
    assert _of("vpww55_heavy-rain_lv2").city("2432400") is None


def test_a_split_municipality_is_found_by_its_parts() -> None:
    own = _of("vphw50_tornado").city("1410000")
    assert own is not None
    assert own.kinds[0].name == "竜巻注意情報"


def test_the_office_is_the_publishing_one_as_in_the_feed() -> None:
    bulletin = _of("vxko_flood_lv3")
    assert bulletin.office == "秋田県建設部河川砂防課 秋田地方気象台"
    assert bulletin.editorial_office == "秋田地方気象台"


def test_json_has_null_where_the_town_is_not_named_and_each_kind_once() -> None:
    found = as_json(_of("15_08_01_130412_VPWW53"), "2432400")
    assert found["municipality"] is None
    for area in found["areas"]:
        kinds = [tuple(kind.values()) for kind in area["kinds"]]
        assert len(set(kinds)) == len(kinds)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空"),
        (b"\xef\xbb\xbf \n", "空"),
        (b"\x00" * 100, "空"),
        (b"<!DOCTYPE html><html><body>503</body></html>", "HTML"),
        (b"<html><head></head></html>", "HTML"),
        (b"not xml", "XMLとして読めません"),
        (b"\x1f\x8b\x08\x00abc", "gzipで圧縮されています"),
        (b'<?xml version="1.0" encoding="no-such"?><Report/>', "XMLとして読めません"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title></feed>', "電文ではありません"),
        (b"<Report><Control><Title/></Control><Head/></Report>", "Control/Title"),
        (
            b'<!DOCTYPE Report [<!ENTITY a SYSTEM "file:///etc/passwd">]><Report><Control><Title>&a;</Title></Control><Head/></Report>',
            "DOCTYPE",
        ),
        (b"<Report>" + b"<a>" * 100_000, "XMLとして読めません"),
        (b" " * (8 * 1024 * 1024) + b"<Report/>", "大きすぎます"),
    ],
)
def test_what_is_no_telegram_is_refused_in_one_sentence(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words) as caught:
        read(data, "a.xml")
    assert "\n" not in str(caught.value)


def test_an_entity_bomb_is_refused_without_growing() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE Report [<!ENTITY e0 "x">{entities}]><Report><Control a="&e11;"><Title>&e11;</Title></Control><Head/></Report>'
    with pytest.raises(Unreadable):
        read(bomb.encode(), "bomb.xml")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "shift_jis", "euc-jp"])
def test_a_telegram_in_another_declared_encoding_is_read(encoding: str) -> None:
    text = (DATA / "real-2026" / "vpww56_landslide_lv2.xml").read_text(encoding="utf-8")
    declared = text.replace('encoding="UTF-8"', f'encoding="{"utf-8" if encoding == "utf-8-sig" else encoding}"')
    assert read(declared.encode(encoding), "x.xml").type == "VPWW56"


_SMALL = [file.read_bytes() for file in FILES if file.stat().st_size < 30_000]


@given(data=st.sampled_from(_SMALL), where=st.floats(0, 1), junk=st.binary(min_size=1, max_size=8), cut=st.booleans())
@hypothesis_settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_damaged_telegrams_are_read_or_refused_and_nothing_else(
    data: bytes, where: float, junk: bytes, cut: bool
) -> None:
    at = int(where * len(data))
    damaged = data[:at] if cut else data[:at] + junk + data[at + len(junk) :]
    message = None
    try:
        bulletin = read(damaged, "damaged.xml")
    except Unreadable as error:
        message = str(error)
    else:
        as_json(bulletin, "2432400")
    assert message != ""
