"""``disaster telegram read``: one JSON object a line, exit 0 or 1, never a traceback."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from disaster.bulletins.cli import telegram

DATA = Path(__file__).parents[2] / "data" / "jma" / "telegrams"
KEYS = ["file", "type", "title", "status", "info_type", "report_datetime", "office", "areas", "municipality", "error"]


def _read(*arguments: object) -> tuple[int, list[dict[str, Any]]]:
    result = CliRunner().invoke(telegram, ["read", "--json", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, [json.loads(line) for line in result.output.splitlines()]


def test_every_telegram_is_one_line_with_the_same_keys_and_no_error() -> None:
    files = sorted(DATA.glob("*/*.xml"))
    code, found = _read(*files)
    assert code == 0
    assert [each["file"] for each in found] == [str(file) for file in files]
    assert all(list(each) == KEYS and each["error"] is None for each in found)
    for area in (area for each in found for area in each["areas"]):
        assert list(area) == ["code", "name", "kinds"]
        assert all(list(kind) == ["code", "name", "level", "state"] for kind in area["kinds"])
        assert all(kind["level"] in (None, 2, 3, 4, 5) and kind["state"] for kind in area["kinds"])


def test_the_configured_municipality_has_its_own_entry() -> None:
    [found] = _read(DATA / "official" / "32-35_07_06_240613_VXSE53.xml")[1]
    assert found["municipality"] == {
        "code": "2432400",
        "name": "東員町",
        "kinds": [{"code": "3", "name": "震度３", "level": None, "state": "発表"}],
    }
    assert found["report_datetime"] == "2009-08-11T05:13:00+09:00"


def test_a_warning_says_kind_code_level_and_state() -> None:
    [found] = _read(DATA / "official" / "15_17_01_250630_VPWW56.xml")[1]
    area = next(area for area in found["areas"] if area["code"] == "3220900")
    assert area == {
        "code": "3220900",
        "name": "雲南市",
        "kinds": [{"code": "49", "name": "レベル４土砂災害危険警報", "level": 4, "state": "発表"}],
    }
    assert (found["type"], found["status"], found["info_type"], found["office"]) == (
        "VPWW56",
        "通常",
        "発表",
        "松江地方気象台",
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.xml", b""),
        ("page.xml", b"<html>503</html>"),
        ("junk_VPWW55.xml", bytes(range(256))),
        ("cut.xml", b"<Report><Control>"),
        ("utf16.xml", "<Report>".encode("utf-16")),
        ("行\n.xml", b"x"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line_and_exit_1(tmp_path: Path, name: str, content: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    code, [found] = _read(file)
    assert code == 1
    assert found["error"]
    assert "\n" not in found["error"]
    assert (found["areas"], found["municipality"], found["title"]) == ([], None, None)
    assert found["type"] == ("VPWW55" if "VPWW55" in name else None)


def test_a_missing_file_or_a_folder_does_not_stop_the_others(tmp_path: Path) -> None:
    good = DATA / "real-2026" / "vpww55_heavy-rain_lv2.xml"
    code, found = _read(tmp_path / "none.xml", tmp_path, good)
    assert code == 1
    assert [each["error"] is None for each in found] == [False, False, True]


def test_more_than_eight_megabytes_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "big.xml"
    file.write_bytes(b"<Report>" + b" " * 8 * 1024 * 1024 + b"</Report>")
    assert "大きすぎます" in _read(file)[1][0]["error"]


def test_without_json_it_says_the_same_in_words() -> None:
    files = [str(DATA / "official" / "32-35_07_06_240613_VXSE53.xml"), "/no/such/file"]
    result = CliRunner().invoke(telegram, ["read", *files])
    assert result.exit_code == 1
    assert "東員町: 震度３（発表）" in result.output
    assert "/no/such/file: 読めません" in result.output


def test_a_wrong_municipality_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISASTER_MUNICIPALITY", "999999")
    result = CliRunner().invoke(telegram, ["read", "x.xml"])
    assert result.exit_code == 1
    assert "DISASTER_MUNICIPALITY" in result.output
