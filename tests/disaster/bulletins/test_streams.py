"""Which sequence a telegram belongs to, and what it says for the town."""

from datetime import UTC, datetime
from pathlib import Path

from disaster.bulletins.streams import Standing, standing
from disaster.bulletins.telegram import read
from disaster.core.municipality import load
from tests.disaster.bulletins.writing import landslide, quake, river

AT = datetime(2026, 8, 1, tzinfo=UTC)
TOIN = load("243248").jma
DATA = Path(__file__).parents[2] / "data" / "jma" / "telegrams"


def _standing(data: bytes, name: str = "x.xml") -> Standing:
    return standing(read(data, name), TOIN)


def test_a_warning_belongs_to_its_type_and_prefecture() -> None:
    assert _standing(landslide(4, AT)) == Standing(
        "VPWW56:240000", True, 4, "レベル４土砂災害危険警報（発表）", active=True
    )


def test_a_drill_belongs_to_a_sequence_of_its_own_and_a_test_to_none() -> None:
    assert _standing(landslide(4, AT, status="訓練")).stream == "訓練:VPWW56:240000"
    assert _standing(landslide(4, AT, status="試験")).stream == ""


def test_what_was_lifted_is_not_in_force() -> None:
    assert _standing(landslide(4, AT, state="解除")).step is None


def test_an_earthquake_belongs_to_its_event_and_steps_by_intensity() -> None:
    found = _standing(quake("6-", AT, event="20260801090000"))
    assert (found.stream, found.step) == ("VXSE53:20260801090000", 3)


def test_a_station_that_is_silent_in_a_strong_shock_counts_as_strong() -> None:
    data = quake("3", AT).replace(
        b"<MaxInt>3</MaxInt></City>", "<Condition>震度５弱以上未入電</Condition></City>".encode()
    )
    assert _standing(data).step == 1


def test_a_river_belongs_to_its_stretch() -> None:
    found = _standing(river(4, AT, event="850506000100"))
    assert (found.stream, found.step) == ("VXKO:850506000100", 4)


def test_a_river_of_the_profile_counts_although_it_names_no_district_of_the_town() -> None:
    codes = TOIN.model_copy(update={"rivers": ("850506000100",)})
    assert standing(read(river(3, AT, city="0520100")), codes).step == 3


def test_telegrams_of_other_prefectures_are_no_concern() -> None:
    for file in (DATA / "real-2026").glob("*.xml"):
        found = _standing(file.read_bytes(), file.name)
        assert not found.relevant
        assert found.step is None


def test_tsunami_and_nankai_trough_concern_everyone() -> None:
    for name in ("32-39_11_02_250206_VTSE41.xml", "74_01_05_200512_VYSE50.xml"):
        assert _standing((DATA / "official" / name).read_bytes(), name).relevant
