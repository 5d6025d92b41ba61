"""The description of the API holds for what the API says."""

from typing import Any

import pytest
from flask import Flask
from openapi_schema_validator import OAS31Validator

from disaster.core import clock
from disaster.core.db import transaction
from registry.models.people import Resident, ShelterArea
from registry.views.openapi import described
from tests.registry.tablets.desk import Desk
from tests.registry.views.desks import shelter_named


def faults(schema: str, instance: Any) -> list[str]:
    document = described()
    root = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    return [
        f"{'/'.join(map(str, error.path))}: {error.message}" for error in OAS31Validator(root).iter_errors(instance)
    ]


@pytest.fixture
def kanda(app: Flask) -> Desk:
    """A tablet, a family and a resident."""
    desk = Desk(app, shelter_named("神田小学校"))
    with transaction() as session:
        session.add(ShelterArea(shelter_id=desk.tablet.shelter, area_code="1"))
        row = {"name": "見本", "household_key": "h", "row_hash": "x", "updated_at": clock.now()}
        session.add(Resident(id=1, source_key="1", area_code="1", **row))
    desk.send(desk.tablet.sealed(desk.tablet.family(desk.now(), "見本", 2)))
    return desk


def test_every_schema_is_one(app: Flask) -> None:
    told = app.test_client().get("/api/v1/openapi.json").get_json()
    assert told["openapi"].startswith("3.1")
    for schema in told["components"]["schemas"].values():
        OAS31Validator.check_schema(schema)


def test_every_address_of_the_tablets_is_described(app: Flask) -> None:
    paths = {r.rule for r in app.url_map.iter_rules() if r.endpoint.startswith("tablets_api.")}
    assert paths == set(described()["paths"])


def test_every_answer_is_as_described(kanda: Desk) -> None:
    items = kanda.tablet.sealed(kanda.tablet.family(kanda.now(), "例田", 1))
    said = {
        "Enrolled": kanda.enrolled,
        "Device": kanda.get("device").get_json(),
        "Preload": kanda.get("preload").get_json(),
        "Changes": kanda.get("changes").get_json(),
        "Results": kanda.send(items).get_json(),
        "Refusal": kanda.client.get("/api/v1/device").get_json(),
    }
    assert said["Changes"]["people"]
    assert said["Preload"]["residents"]
    assert {name: faults(name, body) for name, body in said.items()} == {name: [] for name in said}
    assert faults("Results", {"app": "other", "results": []})


def test_entries_are_as_described(kanda: Desk) -> None:
    events = kanda.tablet.family(kanda.now(), "見本", 1)
    assert [faults("Event", event) for event in events] == [[], [], []]
    assert faults("PersonFields", {**events[1]["fields"], "age": 900})
