"""Looking shelters up."""

import pytest

from disaster.shelters import directory
from disaster.shelters.models import Shelter
from disaster.shelters.vocabulary import ShelterKind, Status, Suitability


def test_the_school_in_the_flood_plain_is_refused_for_flood_and_inundation_and_nothing_else(
    shelters: dict[str, Shelter],
) -> None:
    both = [shelters["三和小学校"].id, shelters["三和小学校校庭"].id, shelters["神田小学校"].id]
    for hazard in ("flood", "inundation"):
        assert directory.refusals(both, hazard).keys() == set(both[:2])
        assert "三和小学校は" in directory.refusals(both, hazard)[both[0]]
        assert "2025-10-27" in directory.refusals(both, hazard)[both[0]]
    assert directory.refusals(both, "earthquake") == {}


@pytest.mark.parametrize("hazard", ["wind", "snow", "other"])
def test_a_hazard_without_a_column_is_unknown_and_refuses_nothing(shelters: dict[str, Shelter], hazard: str) -> None:
    shelter = shelters["三和小学校"]
    assert directory.suitable(shelter, hazard) is Suitability.UNKNOWN
    assert directory.refusals([shelter.id], hazard) == {}


def test_a_school_and_its_grounds_are_two_places_and_one_address_holds_three(shelters: dict[str, Shelter]) -> None:
    assert len(shelters) == 25
    assert shelters["笹尾西小学校"].kind == ShelterKind.EVACUATION
    assert shelters["笹尾西小学校校庭"].kind == ShelterKind.EMERGENCY
    assert len([s for s in shelters.values() if s.address == "三重県東員町大字山田1600"]) == 3


def test_nobody_published_a_capacity_so_it_is_unknown_and_not_zero(shelters: dict[str, Shelter]) -> None:
    assert {shelter.capacity for shelter in shelters.values()} == {None}


def test_shelters_come_in_the_order_that_was_asked_for(shelters: dict[str, Shelter]) -> None:
    ids = [shelters["神田小学校"].id, shelters["稲部小学校"].id]
    assert [s.id for s in directory.by_ids(ids)] == ids
    assert [s.id for s in directory.by_ids([*ids[::-1], 9999])] == ids[::-1]


def test_residents_do_not_see_a_welfare_shelter_that_is_closed(shelters: dict[str, Shelter]) -> None:
    hidden = set(shelters) - {shelter.name for shelter in directory.public_shelters()}
    assert hidden == {"東員町保健福祉センター", "東員町ふれあいセンター"}


def test_every_place_has_a_reading_and_an_english_name_and_starts_closed(shelters: dict[str, Shelter]) -> None:
    assert all(shelter.kana and shelter.name_en for shelter in shelters.values())
    assert {shelter.status for shelter in shelters.values()} == {Status.CLOSED}
