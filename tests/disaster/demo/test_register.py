"""The demonstration has a residents' list, so that a tablet finds somebody."""

from flask import Flask
from sqlalchemy import func, select

from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.demo import register
from disaster.shelters import directory, importing
from registry.models.people import Resident, ShelterArea


def test_every_area_has_residents_and_a_shelter_and_again_changes_nothing(app: Flask) -> None:
    importing.import_shipped(municipality())
    new = register.fill()
    assert new > 400
    assert register.fill() == 0
    assert db.session.scalar(select(func.count()).select_from(Resident)) == new
    codes = {area.code for area in municipality().areas}
    assert set(db.session.scalars(select(Resident.area_code))) == codes
    assert set(db.session.scalars(select(ShelterArea.area_code))) == codes
    kinds = {one.id: one.kind for one in directory.all_shelters()}
    assert {kinds[number] for number in db.session.scalars(select(ShelterArea.shelter_id))} == {"evacuation"}
