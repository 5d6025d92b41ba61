"""The API of the tablets: enrolled once, told what is theirs, believed entry by entry, refused at once when revoked."""

import gzip
import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from registry.intake import ids
from registry.intake.entering import enter
from registry.models.intake import Device, IntakeEvent, Quarantined
from registry.models.people import Conflict, Person, Resident, ShelterArea
from registry.shelters import shelter_figures
from registry.tablets import devices
from registry.vocabulary import Kind, Protection
from tests.registry.tablets.desk import Desk, with_key
from tests.registry.views.desks import shelter_named


@pytest.fixture
def kanda(app: Flask) -> Desk:
    """A tablet at 神田小学校."""
    return Desk(app, shelter_named("神田小学校"))


def entries() -> int:
    return db.session.scalar(select(func.count()).select_from(audit.AuditEntry)) or 0


def test_a_code_of_headquarters_becomes_a_token_once_and_only_its_digest_is_kept(app: Flask) -> None:
    with_key(app)
    client, shelter = app.test_client(), shelter_named("神田小学校")
    number, code = devices.invite(shelter, "受付1", actor="account:1")
    typed = code.lower().replace("-", " ")
    answer = client.post("/api/v1/devices/enrol", json={"code": typed, "name": "体育館1"})
    told = answer.get_json()
    assert answer.status_code == 201
    assert told["app"] == "disaster-intake"
    assert told["device"] == {"id": number, "name": "体育館1", "digit": 0}
    assert told["shelter"]["name"] == "神田小学校"
    assert answer.headers["Cache-Control"] == "no-store"
    again = client.post("/api/v1/devices/enrol", json={"code": code, "name": "x"})
    assert (again.status_code, again.get_json()["error"]) == (403, "refused")
    row = db.session.get(Device, number)
    assert row is not None
    assert told["token"] not in str(vars(row))
    assert row.code_digest is None


def test_a_code_ends_after_a_quarter_of_an_hour(app: Flask) -> None:
    with_key(app)
    number, code = devices.invite(shelter_named("神田小学校"), "受付1", actor="account:1")
    with transaction() as session:
        session.execute(update(Device).where(Device.id == number).values(code_until=clock.now() - timedelta(seconds=1)))
    assert app.test_client().post("/api/v1/devices/enrol", json={"code": code, "name": ""}).status_code == 403


def test_codes_cannot_be_tried_out(app: Flask) -> None:
    with_key(app)
    client = app.test_client()
    answers = [client.post("/api/v1/devices/enrol", json={"code": f"AAAA-{n:04}"}).status_code for n in range(8)]
    assert answers[0] == 403
    assert answers[-1] == 429


def test_without_a_key_no_code_is_used_up(app: Flask) -> None:
    number, code = devices.invite(shelter_named("神田小学校"), "受付1", actor="account:1")
    answer = app.test_client().post("/api/v1/devices/enrol", json={"code": code, "name": ""})
    assert (answer.status_code, answer.get_json()["app"]) == (503, "disaster-intake")
    row = db.session.get(Device, number)
    assert row is not None
    assert row.code_digest is not None


def test_who_shows_no_token_or_an_unknown_one_is_told_whom_to_call(app: Flask) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp5"}):
        for path in ("device", "changes", "preload"):
            answer = app.test_client().get(f"/api/v1/{path}", headers=headers)
            assert (answer.status_code, answer.get_json()["error"]) == (401, "unknown")
            assert "本部に連絡" in answer.get_json()["message"]


def test_a_revoked_tablet_is_refused_on_its_next_call_and_nothing_of_it_is_taken(kanda: Desk) -> None:
    items = kanda.tablet.sealed(kanda.tablet.family(kanda.now(), "見本", 1))
    devices.revoke(kanda.number, actor="account:1")
    answer = kanda.send(items)
    assert (answer.status_code, answer.get_json()["error"]) == (401, "revoked")
    assert kanda.get("device").status_code == 401
    assert db.session.scalar(select(func.count()).select_from(IntakeEvent)) == 0


def test_the_heartbeat_tells_how_the_shelter_stands(kanda: Desk) -> None:
    with transaction() as session:
        session.add(ShelterArea(shelter_id=kanda.tablet.shelter, area_code="24324800100"))
    kanda.send(kanda.tablet.sealed(kanda.tablet.family(kanda.now(), "見本", 3)))
    kanda.send(kanda.tablet.sealed([kanda.tablet.event("tally", kanda.now(), {"total": 5})]))
    told = kanda.get("device").get_json()
    assert told["figures"] == {"registered": 3, "unregistered": 2}
    assert told["shelter"]["areas"][0]["code"] == "24324800100"
    assert told["shelter"]["opening"] == "closed"
    assert len(told["shelter"]["others"]) > 10
    assert abs(told["now"] - kanda.now()) < 5000


def test_entries_are_answered_one_by_one_and_a_second_time_the_same(kanda: Desk) -> None:
    items = kanda.tablet.sealed(kanda.tablet.family(kanda.now(), "見本", 4))
    assert kanda.statuses(items) == ["NEW"] * 9
    assert kanda.statuses(items) == ["IDENTICAL"] * 9
    assert shelter_figures.at([kanda.tablet.shelter])[kanda.tablet.shelter].registered == 4


def test_a_bad_entry_fails_no_other_and_is_put_aside(kanda: Desk) -> None:
    tablet, at = kanda.tablet, kanda.now()
    family, other = tablet.family(at, "見本", 1), tablet.family(at, "例田", 1)
    good = tablet.sealed(family)
    cut = {**tablet.sealed([other[0]])[0], "c": "AAAA"}
    swapped = {**good[0], "id": other[1]["id"]}  # the content of another entry
    lie = tablet.sealed([{**other[2], "fields": {"nonsense": 1}, "kind": "weather"}])[0]
    foreign = tablet.sealed([tablet.event("opening", at, {"opening": "closed"}) | {"shelter": tablet.shelter + 1}])[0]
    shapeless = {"id": "x" * 300, "k": 7}
    bad = [cut, swapped, lie, foreign, shapeless]
    results = kanda.send([*bad, *good]).get_json()["results"]
    assert [result["status"] for result in results] == ["INVALID"] * 5 + ["NEW"] * 3
    assert all(result["why"] for result in results[:5])
    assert results[1]["id"] == other[1]["id"]
    assert db.session.scalar(select(func.count()).select_from(Quarantined)) == 5


def test_the_same_id_with_other_content_is_shown_and_never_written_over(kanda: Desk) -> None:
    person = kanda.tablet.event("person", kanda.now(), {"family": "見本"})
    assert kanda.statuses(kanda.tablet.sealed([person])) == ["NEW"]
    assert kanda.statuses(kanda.tablet.sealed([{**person, "fields": {"family": "例田"}}])) == ["CONFLICT"]
    assert db.session.scalar(select(Person.family)) == "見本"
    assert db.session.scalar(select(Conflict.kind)) == "reused_id"


def test_a_clock_that_is_nine_hours_wrong_is_taken_out_and_told_once(kanda: Desk) -> None:
    wrong = kanda.now() - 9 * 3_600_000
    for number in range(2):
        kanda.statuses(kanda.tablet.sealed(kanda.tablet.family(wrong, f"見本{number}", 1)), now=wrong)
    stored = db.session.scalars(select(IntakeEvent.at)).all()
    assert all(abs(at - kanda.now()) < 10_000 for at in stored)
    device = db.session.get(Device, kanda.number)
    assert device is not None
    assert abs(device.clock_offset - 9 * 3600) < 10
    assert db.session.scalars(select(Conflict.kind)).all() == ["clock"]


def test_too_much_at_once_is_refused_with_a_sentence_and_nothing_is_taken(kanda: Desk) -> None:
    item = kanda.tablet.sealed([kanda.tablet.event("tally", kanda.now(), {"delta": 1})])[0]
    many = kanda.send([item] * 501)
    assert (many.status_code, many.get_json()["app"]) == (422, "disaster-intake")
    large = kanda.send([{**item, "c": "A" * 9_000_000}])
    assert (large.status_code, large.get_json()["error"]) == (413, "too_large")
    assert db.session.scalar(select(func.count()).select_from(IntakeEvent)) == 0


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"items": 1, "device_now": 1}', b'{"device_now": 1e400}', b"\xff"]
)
def test_what_is_no_call_is_refused_in_our_words(kanda: Desk, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {kanda.token}", "Content-Type": "application/json"}
    answer = kanda.client.post("/api/v1/sync", data=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.get_json()["app"] == "disaster-intake"


def resident(number: int, area: str, **more: object) -> Resident:
    """One row of the list."""
    values = {"name": f"見本 {number}", "kana": "ミホン", "household_key": f"h{number // 2}", "row_hash": "x"}
    return Resident(id=number, source_key=str(number), area_code=area, updated_at=clock.now(), **{**values, **more})


def test_only_residents_of_the_own_areas_are_handed_over_and_nobody_who_is_protected(kanda: Desk) -> None:
    mine, other = "24324800100", "24324800200"
    with transaction() as session:
        session.add(ShelterArea(shelter_id=kanda.tablet.shelter, area_code=mine))
        session.add_all([resident(1, mine), resident(2, mine, hidden=True), resident(3, mine, gone="moved")])
        session.add_all([resident(4, other), resident(5, mine)])
    before = kanda.get("preload").get_json()
    assert [row["id"] for row in before["residents"]] == [1, 5]
    assert before["next"] is None
    entered = entries()
    with transaction() as session:
        enter(session, Kind.PERSON, ids.new(), {"resident": 5, "family": "見本"}, actor="account:1")
        session.execute(update(Person).values(protection=Protection.WHEREABOUTS))
    after = kanda.get("preload").get_json()
    assert [row["id"] for row in after["residents"]] == [1]
    assert after["version"] != before["version"]
    assert entries() == entered + 3  # the disaster begun, the entry, and the one call


def test_the_list_comes_in_pages(kanda: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.tablets.preload.PAGE", 2)
    with transaction() as session:
        session.add(ShelterArea(shelter_id=kanda.tablet.shelter, area_code="24324800100"))
        session.add_all(resident(number, "24324800100") for number in range(1, 6))
    found, after = [], 0
    while after is not None:
        page = kanda.get(f"preload?after={after}").get_json()
        found += [row["id"] for row in page["residents"]]
        after = page["next"]
    assert found == [1, 2, 3, 4, 5]


def test_large_answers_are_packed(kanda: Desk) -> None:
    kanda.send(kanda.tablet.sealed(kanda.tablet.family(kanda.now(), "見本", 20)))
    headers = {"Authorization": f"Bearer {kanda.token}", "Accept-Encoding": "gzip"}
    answer = kanda.client.get("/api/v1/changes", headers=headers)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(answer.data))["people"]) == 20


def test_the_check_at_the_door_names_the_hazards_that_the_list_forbids(app: Flask) -> None:
    unfit = Desk(app, shelter_named("三和小学校")).get("device").get_json()["shelter"]["unfit"]
    assert unfit["hazards"] == ["洪水", "内水氾濫"]
    assert unfit["now"] == []
    assert unfit["source"].startswith("国土地理院")
    assert Desk(app, shelter_named("神田小学校")).get("device").get_json()["shelter"]["unfit"]["hazards"] == []
