"""Who owns a building: of the household, another victim, or a name; refused where it contradicts, and nobody's secret is told by it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.incidents import laws, running
from disaster.staff.permissions import Role
from registry.aid import finding, measures
from registry.damage import owners
from registry.models.aid import AidCase
from registry.models.damage import Dwelling, Occupancy
from registry.models.ledger import AffectedMember, Victim
from registry.models.people import Resident
from tests.fakes.staff import csrf_token, signed_in_client
from tests.registry.damage.cases import OFFICER, Case, applied, case, resident_household
from tests.registry.ledger.town import in_the_ledger

AT = "/registry/certificates/"


@pytest.fixture
def clerk(app: Flask) -> FlaskClient:
    return signed_in_client(app, "daicho", Role.REGISTRY)[0]


def post(client: FlaskClient, path: str, **form: object) -> TestResponse:
    return client.post(path, data={"csrf_token": csrf_token(client, "/staff/account"), **form})


def link(client: FlaskClient, application: str, **form: object) -> TestResponse:
    new = {
        "household": "residents:h1",
        "dwelling": "new",
        "address": "山田1600",
        "building_kind": "dwelling",
        "seen": 1,
    }
    return post(client, f"{AT}{application}/link", **{**new, "tenure": "owner", **form})


def demolition(here: Case) -> bool:
    """Whether the household may have its house pulled down, which is for who owns it."""
    finding.find()
    db.session.rollback()
    mine = (AidCase.household_id == here.household) & (AidCase.programme == "public_demolition")
    state = db.session.scalar(select(AidCase.state).where(mine))
    return state is not None and state != "excluded"


def head(here: Case) -> Victim:
    mine = (AffectedMember.household_id == here.household) & AffectedMember.head
    return db.session.scalars(select(Victim).join(AffectedMember).where(mine)).one()


def test_entered_with_the_building_and_shown_on_application_and_survey(app: Flask, clerk: FlaskClient) -> None:
    resident_household("h1", "山田 太郎", "山田 花子")
    application = applied()
    assert 'name="owned_by" value="occupant" checked' in clerk.get(f"{AT}{application}").text
    assert link(clerk, application, owned_by="occupant").status_code == 303
    assert "<dt>持ち主</dt><dd><bdi>山田 太郎</bdi>" in clerk.get(f"{AT}{application}").text
    walker = signed_in_client(app, "chosa", Role.SURVEY)[0]
    assert "建物の持ち主：<bdi>山田 太郎</bdi>" in walker.get("/registry/surveys/1").text


def test_a_name_and_another_victim_and_what_is_wrong_with_them(clerk: FlaskClient) -> None:
    resident_household("h1", "山田 太郎", "山田 花子")
    number, application = in_the_ledger(family="川田", given="一").number, applied()
    for form, said in (
        ({"owned_by": "name", "owner": ""}, "持ち主の氏名"),
        ({"owned_by": "victim", "owner_number": "99999"}, "台帳にいません"),
        ({"owned_by": "victim", "owner_number": "１０"}, "台帳にいません"),
        ({"owned_by": "name", "owner": "大家 三郎"}, "世帯の人ではありません"),
        ({"owned_by": "occupant", "tenure": "tenant"}, "借家なのに"),
        ({"owned_by": "occupant", "household": ""}, "世帯を選んでください"),
    ):
        refused = link(clerk, application, **form)
        assert (refused.status_code, said in refused.text) == (422, True), form
        assert f'value="{form["owned_by"]}" checked' in refused.text
        assert not db.session.scalars(select(Dwelling)).all()
    made = link(clerk, application, owned_by="name", owner="大家 三郎", tenure="tenant")
    assert "大家 三郎" in clerk.get(made.headers["Location"]).text
    rented = post(clerk, f"{AT}{application}/owner", owned_by="occupant", seen=2)
    assert (rented.status_code, "借家なのに" in rented.text) == (422, True)
    changed = post(clerk, f"{AT}{application}/owner", owned_by="victim", owner_number=number, seen=2)
    page = clerk.get(changed.headers["Location"]).text
    assert "川田 一" in page
    assert "大家 三郎" not in page
    late = post(clerk, f"{AT}{application}/owner", owned_by="name", owner="別の人", seen=2)
    assert (late.status_code, 'value="別の人"' in late.text) == (409, True)


def test_a_hidden_owner_is_nobody_in_the_same_bytes(app: Flask, clerk: FlaskClient) -> None:
    here, them = case("h1"), case("h2", "雲隠 れい子")
    number = head(them).number
    with transaction() as session:
        house = session.get_one(Dwelling, here.dwelling)
        owners.put(house, owners.Owner(head(them).id))
        session.execute(update(Resident).where(Resident.source_key == "h2-0").values(hidden=True))
    assert "雲隠" not in clerk.get(f"{AT}{here.application}").text
    named = signed_in_client(app, "hitoku", Role.PROTECTION)[0]
    assert "雲隠 れい子" in named.get(f"{AT}{here.application}").text
    answers = [
        post(clerk, f"{AT}{here.application}/owner", owned_by="victim", owner_number=one, seen=here.row.version)
        for one in (number, 77777)
    ]
    assert [one.status_code for one in answers] == [422, 422]
    told = [one.text.replace(f'value="{typed}"', "") for one, typed in zip(answers, (number, 77777), strict=True)]
    assert _bare(told[0]) == _bare(told[1])


def _bare(page: str) -> str:
    return "".join(line for line in page.splitlines() if "csrf_token" not in line or "owner_number" in line)


def test_aid_for_owners_goes_by_it(app_on_any_database: Flask) -> None:
    here = case("h1")
    here.issued("60")
    incident = running.running() or 0
    laws.switch(incident, "relief", "2026-11-01", actor=OFFICER)
    measures.change(incident, "public_demolition", {"open": True}, seen=0, actor=OFFICER)
    father, mine = in_the_ledger(given="父"), head(here).id
    for tenure, owner, may in (
        ("owner", owners.NOT_KNOWN, True),
        ("other", owners.NOT_KNOWN, True),
        ("other", owners.Owner(father.id), False),
        ("other", owners.Owner(None, "大家 三郎"), False),
        ("other", owners.Owner(mine), True),
        ("tenant", owners.NOT_KNOWN, False),
        ("owner", owners.Owner(father.id), True),
    ):
        with transaction() as session:
            owners.put(session.get_one(Dwelling, here.dwelling), owner)
            session.execute(update(Occupancy).values(tenure=tenure))
        assert demolition(here) == may, (tenure, owner)
