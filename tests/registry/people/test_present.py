"""The list of a shelter: found by name, by reading, and by the code on a wristband, also that of a second slip."""

from flask import Flask

from disaster.staff.permissions import Role
from registry.intake import codes, ids
from registry.vocabulary import Kind
from tests.registry.people.entries import arrive, enter
from tests.registry.tablets.desk import Desk
from tests.registry.views.desks import shelter_named
from tests.registry.views.people_desk import officer


def _code(number: str) -> str:
    return f"BA-{number}-{codes.check('BA' + number)}"


def test_a_family_is_found_in_the_list_by_either_of_its_codes(app: Flask) -> None:
    shelter = shelter_named("神田小学校")
    first, second = Desk(app, shelter), Desk(app, shelter, "受付2")
    home = ids.new()
    for place, desk in enumerate((first, second)):
        told = {"surname": "山田", "code": _code(f"{place}001")}
        desk.send(desk.tablet.sealed([desk.tablet.event("household", desk.now(), told, entity=home)]))
    arrive(shelter, household=home)
    enter(Kind.HOUSEHOLD, other := ids.new(), shelter, surname="鈴木", code=_code("2001"))
    arrive(shelter, household=other, family="鈴木", kana_family="スズキ")
    worker = officer(app, Role.SHELTER, shelter)
    for sought, name in (
        (_code("0001"), "山田"),
        (_code("1001").lower(), "山田"),
        (_code("2001"), "鈴木"),
        ("スズキ", "鈴木"),
    ):
        page = worker.post(f"/registry/shelters/{shelter}/find", q=sought).get_data(as_text=True)
        assert page.count('class="list-name"') == 1
        assert f"{name} 花子" in page.replace("　", " ")
    nobody = worker.post(f"/registry/shelters/{shelter}/find", q=_code("3001")).get_data(as_text=True)
    assert "この名簿にいません" in nobody
    assert page.count('class="list-name"') < worker.get(f"/registry/shelters/{shelter}?q=スズキ").count("list-name")
