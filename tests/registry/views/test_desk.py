"""The desk of a shelter: opening in three taps with the hazard check, crowding in one, closing, what the place has."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from disaster.core import audit
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.shelters import ports
from disaster.shelters.desk import conditions, notes, openings, reports
from disaster.shelters.desk.models import SupplyRequest
from disaster.shelters.ports import Inside
from disaster.shelters.vocabulary import Opening
from disaster.staff.permissions import Role
from registry.intake import ids
from registry.intake.entering import enter
from registry.vocabulary import Kind
from tests.registry.views.desks import desk, shelter_named


def world(app: Flask, hazards: list[str] | None = None, inside: Inside | None = None) -> None:
    ports.init_app(app, ports.Ports(hazards=lambda: hazards or [], inside=lambda _id: inside or Inside()))


class TestOpening:
    """Pick the shelter, press 開設する; where the hazard forbids it, press a reason."""

    def test_three_taps(self, app: Flask) -> None:
        world(app, ["flood"])
        here = desk(app, opened=False)
        listed = here.client.get("/shelter/desk").get_data(as_text=True)
        assert listed.index("担当") < listed.index("開設していません")
        assert f'href="{here.at}/open"' in listed  # 1
        page = here.get("/open")
        assert re.search(r'value="flood" checked', page)
        assert "発令中" in page
        assert here.post("/open", seen=1, hazard="flood").status_code == 303  # 2
        assert here.state() == Opening.OPEN

    def test_where_the_flood_forbids_it_the_third_tap_is_a_reason(self, app: Flask) -> None:
        world(app, ["flood"])
        here = desk(app, "三和小学校", opened=False)
        page = here.get("/open")
        assert "三和小学校は洪水では使えません" in page
        assert '<button class="button button--large desk-main">開設する' not in page
        refused = here.post("/open", seen=1, hazard="flood")
        assert (refused.status_code, here.state()) == (422, Opening.CLOSED)
        assert here.post("/open", seen=1, hazard="flood", reason="上の階だけを使う").status_code == 303
        assert here.state() == Opening.OPEN
        opening = openings.current(here.shelter)
        assert opening is not None
        assert opening.reason == "上の階だけを使う"
        assert "開設した理由：<bdi>上の階だけを使う</bdi>" in here.get()
        assert "×洪水では使えない場所" in desk_of_headquarters(app).get("/headquarters/overview")

    def test_a_hazard_that_no_alert_named_is_checked_too(self, app: Flask) -> None:
        world(app)
        here = desk(app, "三和小学校", opened=False)
        answer = here.post("/open", seen=1, hazard="flood")
        assert answer.status_code == 422
        assert "理由を押してください" in answer.get_data(as_text=True)

    def test_a_reason_that_is_too_long_is_told_and_kept(self, app: Flask) -> None:
        world(app, ["flood"])
        here = desk(app, "三和小学校", opened=False)
        answer = here.post("/open", seen=1, hazard="flood", asked="1", other_reason="あ" * 201)
        assert answer.status_code == 422
        assert "200文字まで" in answer.get_data(as_text=True)
        assert "あ" * 201 in answer.get_data(as_text=True)

    def test_who_was_slower_is_told(self, app: Flask) -> None:
        here = desk(app)
        assert here.post("/open", seen=1).status_code in (303, 422)
        assert "先に変更しました" in here.get()

    def test_preparing_and_giving_up(self, app: Flask) -> None:
        here = desk(app, opened=False)
        here.post("/preparing", seen=1)
        assert here.state() == Opening.PREPARING
        assert "準備をやめる" in here.get("/close")
        here.post("/close", seen=2)
        assert here.state() == Opening.CLOSED


def desk_of_headquarters(app: Flask):  # type: ignore[no-untyped-def]
    return desk(app, "東員町総合体育館", Role.OPERATOR, opened=False, own=False)


def test_crowding_in_one_tap(app: Flask) -> None:
    here = desk(app)
    assert here.post("/crowding", seen=2, crowding="full").status_code == 303
    assert "いま：<b>満員</b>" in here.get()
    for form in ({"crowding": "overflowing"}, {}, {"crowding": "free", "seen": "9" * 400}):
        assert here.post("/crowding", **form).status_code == 303
    assert "いま：<b>満員</b>" in here.get()


class TestClosing:
    """Only when everybody has an exit."""

    @pytest.mark.parametrize("inside", [Inside(registered=2), Inside(unregistered=1)])
    def test_not_while_somebody_is_there(self, app: Flask, inside: Inside) -> None:
        here = desk(app)
        world(app, inside=inside)
        assert "まだ閉鎖できません" in here.get("/close")
        refused = here.post("/close", seen=2)
        assert (refused.status_code, here.state()) == (422, Opening.OPEN)
        assert "残っています" in refused.get_data(as_text=True)

    def test_an_empty_shelter_closes_and_is_told_of_what_is_on_its_way(self, app: Flask) -> None:
        here = desk(app)
        here.post("/supplies", item="water", quantity="10")
        assert "届いていない物資の要請が1件" in here.get("/close")
        assert here.post("/close", seen=2).status_code == 303
        assert here.state() == Opening.CLOSED


def test_what_the_place_has_is_counted_and_shown_as_a_gauge(app: Flask) -> None:
    here = desk(app)
    form = {"toilets_men": "2", "toilets_women": "2", "baths": "x"}
    refused = here.post("/conditions", seen=0, **form)
    assert refused.status_code == 422
    assert 'value="x"' in refused.get_data(as_text=True)
    assert here.post("/conditions", seen=0, **{**form, "baths": ""}).status_code == 303
    page = here.get()
    assert "足りません：<b>女性用をあと4基</b>" in page
    assert page.count("数えていません") >= 2
    newest = conditions.newest([here.shelter])[here.shelter]
    assert here.post("/conditions", seen=0, toilets_men="9").status_code == 409
    assert f'name="seen" value="{newest.id}"' in here.get("/conditions")


class TestReports:
    """The day's report on its page."""

    def test_it_is_sent_corrected_and_every_version_stays(self, app: Flask) -> None:
        here = desk(app)
        assert "まだ出していません" in here.get()
        assert here.post("/reports", seen=0, n_fever="3", s_power="ok", remarks="水が足りない").status_code == 303
        page = here.get("/reports")
        assert 'name="s_power" value="ok" checked' in page
        assert here.post("/reports", seen=1, n_fever="4").status_code == 303
        day = reports.versions(here.shelter)[0].day.isoformat()
        assert "3人" in here.get(f"/reports/{day}/1")
        assert "4人" in here.get(f"/reports/{day}/2")
        assert here.client.get(f"{here.at}/reports/{day}/3").status_code == 404
        assert here.client.get(f"{here.at}/reports/gestern/1").status_code == 404

    def test_a_number_that_was_right_when_the_form_was_shown_needs_no_reason(self, app: Flask) -> None:
        here = desk(app)
        assert 'name="was_people" value="0"' in here.get("/reports")
        with transaction() as session:
            enter(session, Kind.TALLY, ids.new(), {"total": 3}, actor="account:1", shelter_id=here.shelter)
        assert here.post("/reports", seen=0, n_people="0", was_people="0").status_code == 303
        assert here.post("/reports", seen=1, n_people="2", was_people="3").status_code == 422
        assert reports.latest(here.shelter).figures["people"] == {"value": 0, "counted": 3, "reason": ""}

    def test_what_is_wrong_keeps_what_was_typed(self, app: Flask) -> None:
        here = desk(app)
        answer = here.post("/reports", seen=0, n_fever="多い", remarks="停電中", s_water="no")
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert all(
            kept in page for kept in ('value="多い"', "停電中", 'name="s_water" value="no" checked', "発熱は0から")
        )
        assert here.post("/reports", seen=5).status_code == 409
        assert here.post("/reports", day="2020-01-01").status_code == 422


class TestSupplies:
    """A request from the shelter to headquarters and back."""

    def test_both_sides_see_how_far_it_is(self, app: Flask) -> None:
        here, there = desk(app), desk_of_headquarters(app)
        assert here.post("/supplies", item="blanket", quantity="50", needed="morning").status_code == 303
        request = db.session.scalars(select(SupplyRequest)).one()
        number = request.id
        page = there.get("/headquarters/supplies")
        assert "毛布" in page
        assert "神田小学校" in page
        there.post(f"/headquarters/supplies/{number}", seen=1, to="shipped", note="トラック2号車")
        assert "発送" in here.get("/supplies")
        here.post(f"/supplies/{number}", seen=2, to="arrived", came="20")
        assert "残り 30" in here.get("/supplies")
        assert "不足残" in there.get("/headquarters/supplies")
        assert "トラック2号車" in there.get("/headquarters/supplies?all=1")

    def test_what_is_refused_is_told(self, app: Flask) -> None:
        here = desk(app)
        answer = here.post("/supplies", item="blanket", quantity="少し", for_whom="乳児")
        assert answer.status_code == 422
        assert 'value="乳児"' in answer.get_data(as_text=True)
        here.post("/supplies", item="water", quantity="5")
        number = db.session.scalars(select(SupplyRequest.id)).one()
        for form in (
            {"to": "shipped", "seen": 1},
            {"to": "x", "seen": 1},
            {"to": "arrived", "seen": 7},
            {"to": "arrived", "seen": 1, "came": "?"},
        ):
            here.post(f"/supplies/{number}", **form)
            assert 'notice--error" role="alert"' in here.get("/supplies")
        assert here.post("/supplies/999", to="arrived", seen=1).status_code == 404

    def test_the_file_for_the_state_has_the_people_beside_each_request_and_no_formula(self, app: Flask) -> None:
        here = desk(app)
        here.post("/supplies", item="other", label="=cmd()", quantity="5", unit="+1")
        there = desk_of_headquarters(app)
        text = there.get("/headquarters/supplies.csv")
        assert text.startswith("\ufeff要請番号,避難所ID")
        assert "'=cmd()" in text
        assert "神田小学校,開設中" in text
        assert db.session.scalar(select(audit.AuditEntry.id).where(audit.AuditEntry.action == "supply.export"))


class TestNotes:
    """Hand-over notes: for those who work there."""

    def test_they_are_written_read_and_done(self, app: Flask) -> None:
        here = desk(app)
        assert here.post("/notes", body="見回り<22時>", task="1").status_code == 303
        page = here.get("/notes")
        assert "見回り&lt;22時&gt;" in page
        next_shift = desk_of_headquarters(app)
        next_shift.shelter = here.shelter
        assert "未読1" in next_shift.get()
        told = notes.of(here.shelter)[0].note.id
        next_shift.post("/notes/read", newest=told)
        assert "未読" not in next_shift.get()
        next_shift.post(f"/notes/{told}/done")
        assert "済み" in here.get("/notes")
        next_shift.post(f"/notes/{told}/done")
        assert "先に済ませています" in next_shift.get("/notes")

    def test_who_does_not_work_there_reads_nothing_and_every_look_is_recorded(self, app: Flask) -> None:
        here = desk(app)
        here.post("/notes", body="山田さんの薬")
        stranger = desk(app, "稲部小学校")
        stranger.shelter = here.shelter
        for answer in (
            stranger.client.get(f"{here.at}/notes"),
            stranger.post("/notes", body="x"),
            stranger.post("/notes/read", newest=1),
        ):
            assert answer.status_code == 403
            assert "山田" not in answer.get_data(as_text=True)
        here.get("/notes")
        looks = select(audit.AuditEntry.actor).where(audit.AuditEntry.action == "shelter.notes_viewed")
        assert set(db.session.scalars(looks)) == {here.account.actor}

    def test_an_empty_note_is_refused(self, app: Flask) -> None:
        assert desk(app).post("/notes", body=" ").status_code == 422


@pytest.mark.parametrize("path", ["", "/open", "/close", "/conditions", "/reports", "/supplies"])
def test_a_shelter_that_does_not_exist_is_not_found_and_others_stay_outside(app: Flask, path: str) -> None:
    here = desk(app, opened=False)
    assert here.client.get(f"/shelter/desk/9999{path}").status_code == 404
    welfare = desk(app, "稲部小学校", Role.WELFARE, opened=False, own=False)
    assert welfare.client.get(here.at + path).status_code == 403


def test_headquarters_decides_on_supplies_and_others_only_look(app: Flask) -> None:
    here = desk(app, role=Role.REGISTRY, own=False)
    assert "物資の要請" in here.get("/headquarters/supplies")
    assert here.post("/headquarters/supplies/1", to="accepted", seen=1).status_code == 403
    assert shelter_named("神田小学校") == here.shelter
