"""The rule table of a municipality."""

from pathlib import Path

import pytest

from disaster.app import create_app
from disaster.bulletins import rules
from disaster.core.municipality import load
from disaster.core.settings import Settings, SettingsError


def test_the_towns_table_maps_levels_to_the_kinds_of_alert() -> None:
    table = rules.load(load("243248"))
    landslide = table.for_type("VPWW56")
    assert landslide is not None
    assert (landslide.hazard, landslide.threshold) == ("landslide", 3)
    assert [landslide.reached(step) for step in (2, 3, 4, 5)] == [None, "3", "4", "5"]
    assert [landslide.steps[step] for step in ("3", "4", "5")] == ["elderly", "evacuate", "emergency"]


def test_every_slot_of_the_river_forecasts_has_the_same_rule() -> None:
    table = rules.load(load("243248"))
    assert table.for_type("VXKO55") is table.for_type("VXKO") is not None


def test_there_is_no_rule_for_other_telegrams() -> None:
    table = rules.load(load("243248"))
    assert [table.for_type(kind) for kind in ("VPWW54", "VPWW61", "VXSE51", "VTSE41")] == [None] * 4


def _town(folder: Path) -> Path:
    shipped = Path(rules.__file__).parents[1] / "municipalities" / "243248"
    for name in ("profile.toml", "areas.json"):
        (folder / name).write_text((shipped / name).read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def test_a_municipality_without_a_table_has_the_default(tmp_path: Path) -> None:
    assert rules.load(load(str(_town(tmp_path)))).for_type("VPWW55") is not None


@pytest.mark.parametrize(
    "text",
    ["rules = 3", "[[rules]]\nname='x'", "max_age_hours = 0\nrules = []", "not toml", "surprise = 1\nrules = []"],
)
def test_a_wrong_table_is_one_line(tmp_path: Path, text: str) -> None:
    (_town(tmp_path) / "rules.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"rules\.toml") as caught:
        rules.load(load(str(tmp_path)))
    assert "\n" not in str(caught.value)


def test_the_service_does_not_start_with_a_wrong_table(tmp_path: Path) -> None:
    (_town(tmp_path) / "rules.toml").write_text("surprise = 1", encoding="utf-8")
    config = Settings(data_dir=tmp_path, secret_key="s", data_key="0" * 64, municipality=str(tmp_path))
    with pytest.raises(SettingsError, match=r"rules\.toml"):
        create_app(config)


def test_a_step_that_is_no_intensity_or_level_is_refused(tmp_path: Path) -> None:
    text = '[[rules]]\nname="x"\ntypes=["VXSE53"]\nhazard="earthquake"\nsteps={ "9" = "notice" }\n'
    (_town(tmp_path) / "rules.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError):
        rules.load(load(str(tmp_path)))
