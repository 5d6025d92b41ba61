"""Which telegram it is."""

import pytest

from disaster.bulletins.reading import types


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("15_16_03_241226_VPWW55.xml", "VPWW55"),
        ("https://www.data.jma.go.jp/developer/xml/data/20260728094549_0_VXSE53_270000.xml", "VXSE53"),
        ("20240725051641_0_VXKO70_260000.xml#r1", "VXKO70"),
        ("16_01_01_220728_VXKOii.xml", "VXKO"),
        ("vxko_flood_lv3.xml", "VXKO"),
        ("vpww56_landslide_lv2.xml", "VPWW56"),
        ("0341a170-82bb-32bd-88a9-a8d18596752c.xml", None),
        ("MYVPWW55X.xml", None),
        ("", None),
    ],
)
def test_a_name_carries_the_type_or_not(name: str, expected: str | None) -> None:
    assert types.by_name(name) == expected


def test_the_title_is_right_where_the_name_says_something_else() -> None:
    assert types.tell("VPWW55.xml", "震源・震度に関する情報") == "VXSE53"


def test_the_name_adds_the_number_that_the_title_cannot_tell() -> None:
    assert types.tell("x_VXKO55_y.xml", "指定河川洪水予報") == "VXKO55"
    assert types.tell("x.xml", "指定河川洪水予報") == "VXKO"


def test_both_spellings_of_the_landslide_title_are_one_type() -> None:
    assert (
        types.by_title("気象警報・注意報（Ｒ０６）（土砂）")
        == types.by_title("気象警報・注意報（Ｒ０６）（土砂災害）")
        == "VPWW56"
    )


def test_the_width_of_letters_in_a_title_does_not_matter() -> None:
    assert types.by_title("気象警報・注意報(R06)(大雨)") == "VPWW55"


def test_nothing_tells_the_type_of_an_unknown_title() -> None:
    assert types.tell("file.xml", "まだない電文") is None
