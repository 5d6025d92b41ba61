"""The municipality is a folder of data, and a folder that is not complete stops the start."""

import shutil
from pathlib import Path

import pytest

from disaster.core.municipality import SHIPPED, load
from disaster.core.settings import SettingsError


def test_the_shipped_town_has_its_28_areas_and_whom_to_ask() -> None:
    town = load("243248")
    assert town.name == "東員町"
    assert len(town.areas) == 28
    assert len(town.area_by_code) == 28
    assert town.contact.phone


def test_every_area_lies_near_the_place_where_the_map_opens() -> None:
    town = load("243248")
    assert all(
        abs(area.lat - town.map.centre[0]) < 0.1 and abs(area.lng - town.map.centre[1]) < 0.1 for area in town.areas
    )


def test_another_municipality_is_a_folder_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "ogimi"
    shutil.copytree(SHIPPED / "243248", folder)
    profile = folder / "profile.toml"
    profile.write_text(profile.read_text(encoding="utf-8").replace("東員町", "大宜味村"), encoding="utf-8")
    assert load(str(folder)).name == "大宜味村"


@pytest.mark.parametrize("name", ["profile.toml", "areas.json"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    shutil.copytree(SHIPPED / "243248", tmp_path / "town")
    (tmp_path / "town" / name).unlink()
    with pytest.raises(SettingsError, match=name):
        load(str(tmp_path / "town"))


def test_a_word_that_the_profile_does_not_know_is_refused_in_one_line(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED / "243248", tmp_path / "town")
    profile = tmp_path / "town" / "profile.toml"
    profile.write_text('colour = "blue"\n' + profile.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(SettingsError, match="colour") as refused:
        load(str(tmp_path / "town"))
    assert "\n" not in str(refused.value)
