"""The page of a person: what each role sees, where people go, corrections by two officers at once, and who does not exist."""

import re
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import func, select

from disaster.core import audit
from disaster.core.audit import AuditEntry
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.access.cells import TABLE, Group, Level, cells
from registry.intake import ids
from registry.models.access import AccessNotice, PersonView
from registry.models.people import Conflict, Person, Stay
from registry.people import facts
from registry.vocabulary import ExitReason, Kind, PlaceKind, Protection
from tests.registry.people.entries import arrive, enter, family, protect
from tests.registry.views.desks import shelter_named
from tests.registry.views.people_desk import Officer, officer

SAID = {  # a string of its own for each group of facts
    Group.NAME: "カナリア花子",
    Group.BIRTH: "長深九九九番",
    Group.HOUSEHOLD: "続柄の長女",
    Group.STAY: "区画い九",
    Group.CARE: "要介護",
    Group.CARE_DETAIL: "透析は火木土",
    Group.INJURY: "左足の打撲",
}


def person(shelter: int) -> str:
    number = arrive(
        shelter,
        given=SAID[Group.NAME],
        address=SAID[Group.BIRTH],
        relation=SAID[Group.HOUSEHOLD],
        care=["nursing"],
        care_note=SAID[Group.CARE_DETAIL],
        injury=SAID[Group.INJURY],
    )
    enter(Kind.STAY, stay_of(number).id, shelter, slot=SAID[Group.STAY])
    return number


def stay_of(number: str) -> Stay:
    found = db.session.scalars(
        select(Stay).where(Stay.person_id == number, Stay.ended_at.is_(None), Stay.confirmed)
    ).one()
    db.session.rollback()
    return found


def page_of(who: Officer, number: str) -> str:
    return who.get(f"/registry/people/{number}?why=support")


class TestTheTable:
    """The page shows exactly what the table says, cell for cell."""

    def test_every_cell(self, app: Flask) -> None:
        here, there = shelter_named("神田小学校"), shelter_named("稲部小学校")
        number = person(here)
        for role in (*TABLE, Role.OPERATOR, Role.INQUIRY):
            for own in (True, False):
                self.compare(number, role, own, officer(app, role, here if own else there))

    def compare(self, number: str, role: Role, own: bool, who: Officer) -> None:
        shown = cells([role], own=own)
        answer = who.client.get(f"/registry/people/{number}?why=support")
        text = answer.get_data(as_text=True)
        if role not in TABLE:
            assert answer.status_code == 403
            assert not any(word in text for word in SAID.values())
            return
        assert answer.status_code == (200 if shown[Group.NAME].reads else 404)
        for group, word in SAID.items():
            assert (word in text) == shown[group].reads, (role, own, group)
            if shown[group].level == Level.FLAG:
                assert f"{group.ja}</h2>" in text
                assert "記録があります（内容は表示できません）" in text
            if shown[group].level <= Level.COUNTS and not shown[group].glass:
                assert f"{group.ja}</h2>" not in text

    def test_a_purpose_is_asked_where_the_table_says_so(self, app: Flask) -> None:
        number = person(shelter_named("神田小学校"))
        who = officer(app, Role.REGISTRY)
        asked = who.get(f"/registry/people/{number}")
        assert "何のために見ますか" in asked
        assert SAID[Group.NAME] not in asked
        assert db.session.scalar(select(func.count()).select_from(PersonView)) == 0
        assert SAID[Group.NAME] in page_of(who, number)

    def test_every_look_is_recorded_with_groups_and_purpose(self, app: Flask) -> None:
        number = person(shelter_named("神田小学校"))
        who = officer(app, Role.APPROVER)
        page_of(who, number)
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "person.viewed")).one()
        assert (entry.actor, entry.subject) == (who.account.actor, f"person:{number}")
        assert entry.detail == '{"groups":["name","birth","household","stay"],"purpose":"support"}'
        assert list(audit.verify()) == []

    def test_broken_glass_needs_a_reason_and_headquarters_is_told(self, app: Flask) -> None:
        number = person(shelter_named("神田小学校"))
        who, other = officer(app, Role.APPROVER), officer(app, Role.APPROVER, login="another")
        assert SAID[Group.CARE_DETAIL] not in page_of(who, number)
        refused = who.post(f"/registry/people/{number}/glass", reason=" 急 ", why="support")
        assert (refused.status_code, SAID[Group.CARE_DETAIL] in refused.get_data(as_text=True)) == (422, False)
        opened = who.post(f"/registry/people/{number}/glass", reason="透析の病院へ運ぶため", why="support")
        assert SAID[Group.CARE_DETAIL] in opened.get_data(as_text=True)
        assert SAID[Group.CARE_DETAIL] not in page_of(who, number)
        mine, theirs = who.get("/registry/notices"), other.get("/registry/notices")
        assert "透析の病院へ運ぶため" in theirs
        assert "確かめた</button>" not in mine
        notice = db.session.scalars(select(AccessNotice)).one().id
        db.session.rollback()
        who.post(f"/registry/notices/{notice}/seen")
        assert "確かめた</button>" in other.get("/registry/notices")
        assert "確かめました" in other.told(f"/registry/notices/{notice}/seen")
        shelter = officer(app, Role.SHELTER, shelter_named("神田小学校"))
        assert shelter.post(f"/registry/people/{number}/glass", reason="知りたいから知りたい").status_code == 403

    def test_two_hundred_looks_an_hour_make_one_notice(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("registry.access.viewing.MANY_AN_HOUR", 3)
        number = person(shelter_named("神田小学校"))
        who = officer(app, Role.REGISTRY)
        for _ in range(2):
            page_of(who, number)
        assert db.session.scalars(select(AccessNotice)).all() == []
        for _ in range(3):
            page_of(who, number)
        assert [notice.kind for notice in db.session.scalars(select(AccessNotice))] == ["volume"]


class TestProtected:
    """Whoever is hidden does not exist for those who are not named for them, byte for byte."""

    ROUTES = (
        "/registry/people/{}?why=support",
        "/registry/people/{}",
        "/registry/people/{}/edit?why=support",
        "/registry/households/{}?why=support",
        "/registry/households/{}/edit?why=support",
        "/registry/households/{}/card?why=support",
    )

    @pytest.mark.parametrize("role", [Role.SHELTER, Role.REGISTRY, Role.WELFARE, Role.APPROVER])
    def test_no_record_and_hidden_are_the_same_bytes(self, app: Flask, role: Role) -> None:
        here = shelter_named("神田小学校")
        home = family(here)
        number = protect(arrive(here, given="カナリア", household=home))
        who = officer(app, role, here)
        for route in self.ROUTES:
            subject, nobody = (home, ids.new()) if "households" in route else (number, ids.new())
            answers = [who.client.get(route.format(one)) for one in (subject, nobody)]
            if role == Role.APPROVER and "edit" in route:
                assert {answer.status_code for answer in answers} == {403}
                continue
            assert answers[0].status_code == 404
            bodies = [re.sub(r'csrf_token" value="[^"]+', "", answer.get_data(as_text=True)) for answer in answers]
            assert bodies[0] == bodies[1], route
            assert "記録はありません" in bodies[0]
        posts = [
            [
                who.post(f"/registry/people/{one}/{step}", reason="home", slot="1").status_code
                for one in (number, ids.new())
            ]
            for step in ("leave", "out", "back", "slot", "never-came", "remove", "restore", "edit", "glass")
        ]
        assert all(one == other for one, other in posts), posts

    @pytest.mark.parametrize("role", [Role.SHELTER, Role.REGISTRY, Role.WELFARE, Role.APPROVER])
    def test_no_list_has_them(self, app: Flask, role: Role) -> None:
        here = shelter_named("神田小学校")
        home = family(here, "カナリア", consent={"posting": True})
        hidden = protect(arrive(here, family="カナリア", household=home, visitor=True, hours_ago=99))
        lost = protect(arrive(here, family="カナリア", provisional=True, features="カナリア"))
        enter(Kind.STAY, stay_of(hidden).id, here, end=1, reason="unknown")
        enter(Kind.PERSON, lost, here, family="カナリアA")
        who = officer(app, role, here)
        for path in (
            "/registry/",
            "/registry/follow-ups",
            "/registry/conflicts",
            "/registry/pairs",
            "/registry/quarantine",
            f"/registry/shelters/{here}?why=support",
            f"/registry/shelters/{here}/roll?why=support",
            f"/registry/shelters/{here}/wall",
        ):
            assert "カナリア" not in unescape(who.client.get(path).get_data(as_text=True)), path

    def test_the_named_officer_sees_them_with_a_purpose(self, app: Flask) -> None:
        number = protect(arrive(shelter_named("神田小学校"), given="カナリア"))
        who = officer(app, Role.PROTECTION)
        assert "何のために" in who.get(f"/registry/people/{number}")
        text = page_of(who, number)
        assert "カナリア" in text
        assert "存在秘匿" in text

    def test_at_the_own_shelter_somebody_whose_place_is_secret_has_another_name(self, app: Flask) -> None:
        here = shelter_named("神田小学校")
        number = person(here)
        protect(number, Protection.WHEREABOUTS)
        who, far = officer(app, Role.SHELTER, here), officer(app, Role.REGISTRY)
        for path in (f"/registry/people/{number}", f"/registry/shelters/{here}", f"/registry/shelters/{here}/roll"):
            text = who.get(path)
            assert "仮名" in text
            assert not any(word in text for group, word in SAID.items() if group != Group.STAY), path
        far.get(f"/registry/people/{number}?why=support", 404)
        assert "退所を記録しました" in who.told(f"/registry/people/{number}/leave", reason="home")

    def test_other_shelters_people_are_no_record_either(self, app: Flask) -> None:
        here, there = shelter_named("神田小学校"), shelter_named("稲部小学校")
        who = officer(app, Role.SHELTER, there)
        who.get(f"/registry/people/{arrive(here)}", 404)
        who.get(f"/registry/shelters/{here}", 404)
        assert who.post(f"/registry/shelters/{here}/group", name="バス", count="2").status_code == 403
        assert who.client.get(f"/registry/shelters/{here}/group").status_code == 403


class TestGoing:
    """One tap each; who stays outside is a stay as well."""

    def test_a_destination_is_a_stay_with_the_shelter_of_the_goods(self, app: Flask) -> None:
        here = shelter_named("神田小学校")
        who = officer(app, Role.SHELTER, here)
        for place in ("home", "car", "relatives", "hospital", "facility", "elsewhere"):
            self.goes(who, here, place)

    def goes(self, who: Officer, here: int, place: str) -> None:
        number = arrive(here)
        text = who.told(f"/registry/people/{number}/leave", reason=place, place="甲病院", contact="090-0000-0000")
        assert "退所を記録しました" in text
        after = stay_of(number)
        assert after.place == PlaceKind(place)
        assert after.goods_shelter_id == (here if place in ("home", "car", "relatives") else None)
        before = db.session.scalars(select(Stay).where(Stay.shelter_id == here, Stay.person_id == number)).one()
        assert (before.exit_reason, before.exit_place, before.next_contact) == (
            ExitReason(place),
            "甲病院",
            "090-0000-0000",
        )

    def test_to_another_shelter_and_to_nowhere(self, app: Flask) -> None:
        from disaster.shelters import state  # the only test that opens two
        from disaster.shelters.vocabulary import Opening

        here, there = shelter_named("神田小学校"), shelter_named("稲部小学校")
        for shelter in (here, there):
            state.set_opening(shelter, Opening.OPEN, seen=1, actor="account:1")
        number = arrive(here)
        who = officer(app, Role.SHELTER, here, there)
        assert "どの避難所か" in who.told(f"/registry/people/{number}/leave", reason="other_shelter")
        who.told(f"/registry/people/{number}/leave", reason="other_shelter", to_shelter=there)
        assert stay_of(number).shelter_id == there
        who.told(f"/registry/people/{number}/leave", reason="unknown")
        assert db.session.scalars(select(Stay).where(Stay.ended_at.is_(None))).all() == []
        assert "どこにも滞在していない" in who.told(f"/registry/people/{number}/leave", reason="home")
        who.told(f"/registry/people/{number}/back", shelter=here)
        assert stay_of(number).shelter_id == here

    def test_no_other_destination_is_taken(self, app: Flask) -> None:
        here = shelter_named("神田小学校")
        number = arrive(here)
        who = officer(app, Role.SHELTER, here)
        for reason in ("", "dead", "correction", "moon"):
            assert "行き先を選んでください" in who.told(f"/registry/people/{number}/leave", reason=reason)
        assert stay_of(number).shelter_id == here

    def test_out_for_a_night_and_back(self, app: Flask) -> None:
        here = shelter_named("神田小学校")
        number = arrive(here)
        who = officer(app, Role.SHELTER, here)
        assert "外泊中" in who.told(f"/registry/people/{number}/out")
        assert "外泊から戻った" in who.get(f"/registry/people/{number}")
        assert "外泊中" not in who.told(f"/registry/people/{number}/back")
        assert "きょうより後の日" in who.told(f"/registry/people/{number}/out", until="2020-01-01")
        assert "日付を選んで" in who.told(f"/registry/people/{number}/out", until="あした")

    def test_a_family_goes_together_and_those_who_are_not_ticked_stay(self, app: Flask) -> None:
        here = shelter_named("神田小学校")
        home = family(here)
        one, two, three = (arrive(here, household=home, given=given) for given in ("一郎", "二郎", "三郎"))
        who = officer(app, Role.SHELTER, here)
        text = who.told(f"/registry/households/{home}/leave", people=[one, two], reason="car")
        assert "2人の退所を記録しました" in text
        assert [stay_of(number).place for number in (one, two, three)] == [
            PlaceKind.CAR,
            PlaceKind.CAR,
            PlaceKind.SHELTER,
        ]
        assert "だれが出るのか" in who.told(f"/registry/households/{home}/leave", reason="car")

    def test_an_entry_by_mistake(self, app: Flask) -> None:
        here = shelter_named("神田小学校")
        number = arrive(here)
        who = officer(app, Role.REGISTRY)
        who.told(f"/registry/people/{number}/never-came")
        assert "理由" in who.told(f"/registry/people/{number}/remove", reason=" ")
        assert "取り消された記録" in who.told(f"/registry/people/{number}/remove", reason="同じ人を二度入力")
        assert "取り消された記録" not in who.told(f"/registry/people/{number}/restore")


def form_of(page: str) -> dict[str, str]:
    """What the edit form holds, as a browser would send it."""
    found = dict(re.findall(r'name="((?:was|seen):\w+)" value="([^"]*)"', page))
    typed = dict(re.findall(r'<input id="(\w+)"[^>]*? value="([^"]*)"', page))
    typed |= {name: "" for name in ("features", "care_note", "note") if f"was:{name}" in found}
    chosen = re.findall(r'<select id="(\w+)".*?</select>', page, re.S)
    for name in chosen:
        typed[name] = found[f"was:{name}"]
    return {name: unescape(value) for name, value in {**found, **typed}.items()}


class TestCorrecting:
    def test_only_what_was_changed_is_entered(self, app: Flask) -> None:
        here = shelter_named("神田小学校")
        number = arrive(here)
        who = officer(app, Role.SHELTER, here)
        form = form_of(who.get(f"/registry/people/{number}/edit"))
        assert "変わったところがありません" in who.post(f"/registry/people/{number}/edit", **form).get_data(
            as_text=True
        )
        text = who.told(f"/registry/people/{number}/edit", **{**form, "given": "華子"})
        assert "保存しました" in text
        assert "名「華子」" in text
        assert set(facts.opened(db.session.get(Person, number)).heads) & {"romaji", "note"} == set()

    def test_two_officers_on_one_record_lose_nothing(self, app: Flask) -> None:
        here = shelter_named("神田小学校")
        number = arrive(here)
        one, other = officer(app, Role.SHELTER, here), officer(app, Role.REGISTRY)
        first = form_of(one.get(f"/registry/people/{number}/edit"))
        second = form_of(other.get(f"/registry/people/{number}/edit?why=correction"))
        one.told(f"/registry/people/{number}/edit", **{**first, "given": "華子", "phone": "0594-00-0001"})
        told = other.told(f"/registry/people/{number}/edit", **{**second, "given": "はな子", "address": "長深1"})
        assert "保存しました。ただし名は、ほかの人が" in told
        assert "別の内容" in told
        person = db.session.get(Person, number, populate_existing=True)
        assert (person.phone, person.address) == ("0594-00-0001", "長深1")
        assert [conflict.field for conflict in db.session.scalars(select(Conflict))] == ["given"]
        text = one.get("/registry/conflicts")
        assert "華子" in text
        assert "はな子" in text

    def test_what_is_wrong_is_said_under_its_field_and_the_rest_is_kept(self, app: Flask) -> None:
        here = shelter_named("神田小学校")
        number = arrive(here)
        who = officer(app, Role.SHELTER, here)
        form = form_of(who.get(f"/registry/people/{number}/edit"))
        answer = who.post(f"/registry/people/{number}/edit", **{**form, "age": "ろく", "address": "書きかけの住所"})
        text = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert "年齢（聞いたとき）は数字で" in text
        assert "書きかけの住所" in text

    def test_who_may_not_write_a_group_cannot_by_adding_a_field(self, app: Flask) -> None:
        here = shelter_named("神田小学校")
        number = person(here)
        who = officer(app, Role.SHELTER, here)
        form = form_of(who.get(f"/registry/people/{number}/edit"))
        assert "care_note" not in " ".join(form)
        forged = {**form, "was:care_note": "", "care_note": "書き換え"}
        assert who.post(f"/registry/people/{number}/edit", **forged).status_code == 403
        welfare = officer(app, Role.WELFARE)
        form = form_of(welfare.get(f"/registry/people/{number}/edit?why=support"))
        assert "was:given" not in form
        assert "保存しました" in welfare.told(
            f"/registry/people/{number}/edit", **{**form, "care_note": "透析は月水金"}, why="support"
        )

    def test_a_household_is_corrected_the_same_way(self, app: Flask) -> None:
        here = shelter_named("神田小学校")
        home = family(here, phone="0594-00-0002")
        arrive(here, household=home)
        who = officer(app, Role.SHELTER, here)
        form = form_of(who.get(f"/registry/households/{home}/edit"))
        changed = {**form, "surname": "山﨑", "consent": ["relatives", "posting"]}
        text = who.told(f"/registry/households/{home}/edit", **changed)
        assert "山﨑" in text
        assert "親族・名簿の掲示" in text
