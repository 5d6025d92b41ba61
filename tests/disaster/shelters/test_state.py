"""Opening, closing, crowding."""

import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from disaster.core import audit
from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.shelters import directory, importing, state
from disaster.shelters.models import Shelter, ShelterState
from disaster.shelters.vocabulary import Crowding, Opening, Status
from disaster.staff.permissions import Role
from tests.fakes.staff import csrf_token, signed_in_client


def one() -> Shelter:
    return next(s for s in directory.all_shelters() if s.name == "神田小学校")


def test_a_shelter_is_prepared_opened_filled_and_closed(app_on_any_database: Flask) -> None:
    importing.import_shipped(municipality())
    shelter = one()
    state.set_opening(shelter.id, Opening.PREPARING, seen=1, actor="account:1")
    assert one().status is Status.PREPARING
    state.set_opening(shelter.id, Opening.OPEN, seen=2, actor="account:1")
    assert (one().status, one().crowding) == (Status.OPEN, Crowding.UNKNOWN)
    state.set_crowding(shelter.id, Crowding.FULL, seen=3, actor="account:1")
    assert (one().status, one().state.crowding_at is not None) == (Status.FULL, True)
    state.set_opening(shelter.id, Opening.CLOSED, seen=4, actor="account:1")
    assert (one().status, one().crowding, one().state.opened_at) == (Status.CLOSED, Crowding.UNKNOWN, None)
    entries = db.session.scalars(
        select(audit.AuditEntry).where(audit.AuditEntry.subject == f"shelter:{shelter.id}")
    ).all()
    assert [entry.action for entry in entries] == [
        "shelter.preparing",
        "shelter.open",
        "shelter.crowding",
        "shelter.closed",
    ]


def test_who_saw_an_old_state_changes_nothing(shelters: dict[str, Shelter]) -> None:
    shelter = shelters["神田小学校"]
    state.set_opening(shelter.id, Opening.OPEN, seen=1, actor="account:1")
    with pytest.raises(Stale, match="ほかの人が先に変更しました"):
        state.set_opening(shelter.id, Opening.CLOSED, seen=1, actor="account:2")
    assert one().status is Status.OPEN


@pytest.mark.parametrize("wanted", [Opening.CLOSED])
def test_a_closed_shelter_is_not_closed_again_and_has_no_crowding(
    shelters: dict[str, Shelter], wanted: Opening
) -> None:
    shelter = shelters["神田小学校"]
    with pytest.raises(Invalid):
        state.set_opening(shelter.id, wanted, seen=1, actor="account:1")
    with pytest.raises(Invalid, match="開設していません"):
        state.set_crowding(shelter.id, Crowding.FREE, seen=1, actor="account:1")


def test_an_unknown_shelter_is_missing(shelters: dict[str, Shelter]) -> None:
    with pytest.raises(Missing):
        state.set_opening(9999, Opening.OPEN, seen=1, actor="account:1")


def test_of_eight_who_press_at_once_one_changes_it(app: Flask, shelters: dict[str, Shelter]) -> None:
    shelter_id, told = shelters["神田小学校"].id, []

    def press() -> None:
        with app.app_context():
            try:
                state.set_opening(shelter_id, Opening.OPEN, seen=1, actor="account:1")
                told.append("done")
            except Stale:
                told.append("stale")

    people = [threading.Thread(target=press) for _ in range(8)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(told) == ["done"] + ["stale"] * 7
    db.session.rollback()
    assert db.session.scalars(select(ShelterState.version).where(ShelterState.shelter_id == shelter_id)).one() == 2


class TestPage:
    """The staff's page."""

    def test_one_tap_changes_the_state_and_the_page_shows_who_and_when(
        self, app: Flask, shelters: dict[str, Shelter]
    ) -> None:
        client, account = signed_in_client(app, "hinanjo", Role.SHELTER)
        shelter = shelters["神田小学校"]
        assert self._post(client, shelter, "opening", opening="open", seen="1").location.endswith(f"#s{shelter.id}")
        self._post(client, shelter, "crowding", crowding="crowded", seen="2")
        page = client.get("/headquarters/shelters").get_data(as_text=True)
        assert "混み具合：<b>混雑</b>" in page
        assert account.name in page
        assert "たった今" in page

    def test_a_tap_on_an_old_page_is_explained(self, app: Flask, shelters: dict[str, Shelter]) -> None:
        client, _ = signed_in_client(app, "hinanjo", Role.SHELTER)
        shelter = shelters["神田小学校"]
        self._post(client, shelter, "opening", opening="open", seen="1")
        self._post(client, shelter, "opening", opening="closed", seen="1")
        page = client.get("/headquarters/shelters").get_data(as_text=True)
        assert "＊神田小学校は、ほかの人が先に変更しました" in page

    @pytest.mark.parametrize("form", [{"crowding": "overflowing"}, {}, {"crowding": "unknown", "seen": "x" * 5000}])
    def test_nonsense_is_refused_without_an_error_page(
        self, app: Flask, shelters: dict[str, Shelter], form: dict[str, str]
    ) -> None:
        client, _ = signed_in_client(app, "hinanjo", Role.SHELTER)
        assert self._post(client, shelters["神田小学校"], "crowding", **form).status_code in (303, 422)
        assert one().state.version == 1

    def test_only_the_open_ones(self, app: Flask, shelters: dict[str, Shelter]) -> None:
        client, _ = signed_in_client(app, "hinanjo", Role.SHELTER)
        assert "開設中・準備中の避難所はありません。" in client.get("/headquarters/shelters?only=open").get_data(
            as_text=True
        )

    def test_it_is_not_for_everyone(self, app: Flask, client: FlaskClient, shelters: dict[str, Shelter]) -> None:
        assert client.get("/headquarters/shelters").status_code == 303
        other, _ = signed_in_client(app, "fukushi", Role.WELFARE)
        assert other.get("/headquarters/shelters").status_code == 403

    def _post(self, client: FlaskClient, shelter: Shelter, what: str, **form: str):  # type: ignore[no-untyped-def]
        data = {"csrf_token": csrf_token(client, "/headquarters/shelters"), **form}
        return client.post(f"/headquarters/shelters/{shelter.id}/{what}", data=data)
