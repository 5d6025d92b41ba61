"""Headquarters' pages of the tablets, and files that were carried from them."""

import io
import json
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.staff.permissions import Role
from registry.access import own_shelters
from registry.models.intake import Device, IntakeEvent
from registry.models.people import ShelterArea
from registry.shelters import shelter_figures
from registry.tablets import cli, devices
from tests.fakes.staff import csrf_token, make_account, signed_in_client
from tests.registry.tablets.desk import Desk, with_key
from tests.registry.views.desks import shelter_named

AT = "/headquarters/devices"


def headquarters(app: Flask) -> Any:
    """Somebody of headquarters, as a function that sends a form."""
    client, _ = signed_in_client(app, "honbu", Role.OPERATOR)

    def post(path: str, **form: Any) -> Any:
        return client.post(AT + path, data={"csrf_token": csrf_token(client, "/staff/account"), **form})

    post.client = client  # type: ignore[attr-defined]
    return post


def carried(desk: Desk, events: list[dict[str, Any]], **more: Any) -> bytes:
    items = desk.tablet.sealed(events)
    file = {"app": "disaster-intake", "v": 1, "device": desk.number, "exported_at": desk.now(), "items": items}
    return json.dumps({**file, **more}).encode()


def test_a_code_with_its_qr_is_shown_once_and_the_tablet_stands_in_the_list(app: Flask) -> None:
    with_key(app)
    post, shelter = headquarters(app), shelter_named("神田小学校")
    page = post("", shelter=shelter, name="受付1").get_data(as_text=True)
    code = page.split('<p class="figure__value"><code>')[1].split("<")[0]
    assert 'width="360"' in page
    assert "15分以内" in page
    listed = post.client.get(AT).get_data(as_text=True)
    assert code not in listed
    assert "登録コードを待っています" in listed
    assert app.test_client().post("/api/v1/devices/enrol", json={"code": code}).status_code == 201
    assert "たった今" in post.client.get(AT).get_data(as_text=True)


def test_a_form_without_a_shelter_is_shown_again_with_what_was_typed(app: Flask) -> None:
    answer = headquarters(app)("", shelter="", name="受付9")
    assert answer.status_code == 422
    assert 'value="受付9"' in answer.get_data(as_text=True)


def test_unsent_entries_and_a_wrong_clock_show_and_one_press_revokes(app: Flask) -> None:
    desk = Desk(app, shelter_named("神田小学校"))
    wrong = desk.now() - 9 * 3_600_000
    desk.send([], now=wrong, waiting=37)
    post = headquarters(app)
    page = post.client.get(AT).get_data(as_text=True)
    assert "37件" in page
    assert "9時間0分遅れ" in page
    assert post(f"/{desk.number}/revoke").status_code == 303
    assert desk.get("device").status_code == 401
    assert "取り消した端末（1台）" in post.client.get(AT).get_data(as_text=True)


def test_who_works_where_and_which_areas_flee_there_is_said_anew(app: Flask) -> None:
    post, shelter = headquarters(app), shelter_named("神田小学校")
    person = make_account("uketsuke", Role.SHELTER)
    area = municipality().areas[0].code
    assert post(f"/places/{shelter}", staff=[person.id], area=[area]).status_code == 303
    assert own_shelters.of(person) == {shelter}
    assert db.session.scalars(select(ShelterArea.area_code)).all() == [area]
    assert "担当 1人・地区 1か所" in post.client.get(f"{AT}/places").get_data(as_text=True)
    assert post(f"/places/{shelter}", area=["0"]).status_code == 422
    post(f"/places/{shelter}")
    assert own_shelters.of(person) == set()


def test_only_who_manages_tablets_sees_these_pages(app: Flask) -> None:
    client, _ = signed_in_client(app, "uketsuke", Role.SHELTER)
    for path in ("", "/places", "/carry"):
        assert client.get(AT + path).status_code == 403


def test_a_carried_file_is_taken_in_again_and_again_and_answered_with_a_receipt(app: Flask) -> None:
    desk = Desk(app, shelter_named("神田小学校"))
    events = desk.tablet.family(desk.now(), "見本", 3)
    file = carried(desk, events)
    devices.revoke(desk.number, actor="account:1")  # a person brings it: it counts all the same
    post = headquarters(app)
    page = post("/carry", file=(io.BytesIO(file), "tablet.json")).get_data(as_text=True)
    assert "7件を取り込みました" in page
    assert "新しく入った" in page
    receipt = post("/carry", file=(io.BytesIO(file), "tablet.json"), receipt="1")
    told = json.loads(receipt.data)
    assert told["app"] == "disaster-intake"
    assert {result["id"]: result["status"] for result in told["results"]} == {e["id"]: "IDENTICAL" for e in events}
    assert shelter_figures.at([desk.tablet.shelter])[desk.tablet.shelter].registered == 3


def test_another_file_is_refused_in_words(app: Flask) -> None:
    desk, post = Desk(app, shelter_named("神田小学校")), headquarters(app)
    for content in (b"", b"{", b"[]", carried(desk, [], app="other"), carried(desk, [], device=999)):
        answer = post("/carry", file=(io.BytesIO(content), "x.json"))
        assert answer.status_code == 422
        assert "端末" in answer.get_data(as_text=True)


def test_the_command_line_takes_the_same_file(app: Flask, tmp_path: Path) -> None:
    desk = Desk(app, shelter_named("神田小学校"))
    (tmp_path / "tablet.json").write_bytes(carried(desk, desk.tablet.family(desk.now(), "見本", 2)))
    runner = app.test_cli_runner()
    result = runner.invoke(cli.intake, ["import", str(tmp_path / "tablet.json"), "--json"])
    told = json.loads(result.output)
    assert result.exit_code == 0
    assert told["counts"] == {"NEW": 5}
    assert len(told["results"]) == 5
    assert db.session.scalar(select(func.count()).select_from(IntakeEvent)) == 5
    assert db.session.scalar(select(Device.waiting)) == 0
