"""The officers' pages of certificates: who sees whom, and the whole way pressed as they press it."""

import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.access import viewing
from registry.damage import applying
from registry.damage.vocabulary import State
from registry.models.certificates import Certificate, DamageApplication, Survey
from registry.models.ledger import AffectedMember, Victim
from registry.models.people import Person, Resident
from registry.views import certificates
from registry.vocabulary import Protection
from tests.fakes.staff import csrf_token, signed_in_client
from tests.registry.damage.cases import FORM, Case, applied, case, photograph, resident_household

LIST = "/registry/certificates/"


def officer(app: Flask, *roles: Role) -> FlaskClient:
    return signed_in_client(app, "-".join(roles), *roles)[0]


def post(client: FlaskClient, path: str, **form: object) -> str:
    answer = client.post(path, data={"csrf_token": csrf_token(client, "/staff/account"), **form}, follow_redirects=True)
    assert answer.status_code == 200, (answer.status_code, path)
    return answer.get_data(as_text=True)


def protect(here: Case, level: Protection) -> None:
    """Give everybody of the household a person with this protection."""
    with transaction() as session:
        for victim in session.scalars(
            select(Victim).join(AffectedMember).where(AffectedMember.household_id == here.household)
        ):
            person = Person(
                id=victim.id.replace("-", "x"),
                incident_id=victim.incident_id,
                protection=level,
                doc=b"",
                created_at=victim.created_at,
                updated_at=victim.created_at,
            )
            session.add(person)
            session.flush()
            victim.person_id = person.id


def test_the_whole_way_as_it_is_pressed(app: Flask) -> None:
    resident_household("h1", "山田 太郎", "山田 花子")
    counter, walker, chief = (
        officer(app, Role.REGISTRY),
        officer(app, Role.SURVEY),
        signed_in_client(app, "chief", Role.SURVEY)[0],
    )
    assert "世帯と建物を選んでください" in post(counter, "/registry/certificates/new", **FORM)
    row = db.session.scalars(select(DamageApplication)).one()
    at = f"/registry/certificates/{row.id}"
    assert 'value="residents:h1" checked' in post(counter, f"{at}/look", q="山田 太郎")
    assert 'value="residents:h1"' not in counter.get(f"{at}?q=山田 太郎").text
    linked = post(
        counter,
        f"{at}/link",
        seen=1,
        household="residents:h1",
        dwelling="new",
        address="大字山田1600番地",
        building_kind="dwelling",
        tenure="owner",
    )
    assert "いまの状態は「調査待ち」です" in linked
    survey = db.session.scalars(select(Survey)).one()
    walk = f"/registry/surveys/{survey.id}"
    assert "大字山田1600番地" in walker.get("/registry/surveys/").get_data(as_text=True)
    assert "写真を1件加えました" in post(walker, f"{walk}/files", files=(io.BytesIO(photograph()), "x.jpg"))
    refused = walker.post(
        f"{walk}/judge",
        data={"csrf_token": csrf_token(walker, "/staff/account"), "seen": 1, "ratio": "半分", "remarks": "残る"},
    )
    assert refused.status_code == 422
    assert "残る</textarea>" in refused.get_data(as_text=True)
    who = walker.get(walk).get_data(as_text=True).split('name="surveyors" value="')[1].split('"')[0]
    assert "ほかの人の承認を待っています" in post(
        walker, f"{walk}/judge", seen=1, ratio="43", method="inside", flood="none", surveyors=who
    )
    assert "自分の調査" in walker.get("/registry/surveys/approve").get_data(as_text=True)
    assert "自分が調査・判定したものは承認できません" in post(walker, "/registry/surveys/approve", survey=survey.id)
    assert "1件を承認しました" in post(chief, "/registry/surveys/approve", survey=survey.id)
    assert "1件を交付しました" in post(counter, "/registry/certificates/issue", application=row.id)
    paper = db.session.scalars(select(Certificate)).one()
    made = counter.get(f"/registry/certificates/papers/{paper.id}.pdf")
    assert (made.mimetype, made.get_data()[:5]) == ("application/pdf", b"%PDF-")
    assert "もう承認" not in counter.get(at).get_data(as_text=True)
    assert "無効にしました" in post(counter, f"/registry/certificates/papers/{paper.id}/void", reason="氏名の誤り")
    assert "第2版" in post(counter, f"{at}/issue")


def test_a_hidden_household_is_there_for_the_named_officers_only(app: Flask) -> None:
    here, other = case("h1", "雲隠 れい子"), case("h2", "鈴木 一")
    applying.keep_files(here.application, [photograph()], actor="cli")
    here.judged("60")
    protect(here, Protection.HIDDEN)
    file = applying.files(here.application)[0].id
    clerk, walker, named = officer(app, Role.REGISTRY), officer(app, Role.SURVEY), officer(app, Role.PROTECTION)
    number = here.row.number
    for client in (clerk, walker):
        page = client.get(LIST).get_data(as_text=True)
        assert "鈴木 一" in page
        assert "雲隠" not in page
        hidden, nothing = (client.get(f"{LIST}{one}") for one in (here.application, other.application[:-4] + "0000"))
        assert hidden.status_code == nothing.status_code == 404
        assert hidden.get_data() == nothing.get_data()
        assert client.get(f"{LIST}{here.application}/files/{file}").status_code == 404
        assert "この番号の申請はありません" in client.get(f"{LIST}?number={number}").get_data(as_text=True)
        assert "承認を待っている判定はありません" in client.get("/registry/surveys/approve").get_data(as_text=True)
    assert walker.get(f"/registry/surveys/{db.session.scalars(select(Survey.id)).first()}").status_code == 404
    assert "雲隠" not in post(clerk, f"{LIST}{other.application}/look", q="雲隠")
    assert "雲隠 れい子" in named.get(LIST).get_data(as_text=True)
    assert named.get(f"{LIST}{here.application}/files/{file}").status_code == 200


def test_to_name_a_hidden_household_or_its_building_is_to_name_none(app: Flask) -> None:
    here = case("h1", "秘匿 太郎")
    protect(here, Protection.HIDDEN)
    resident_household("h2", "山田 次郎", "山田 花子")
    with transaction() as session:
        session.execute(update(Resident).where(Resident.source_key == "h2-1").values(hidden=True))
    client, mine = officer(app, Role.REGISTRY), applied()
    token = csrf_token(client, "/staff/account")
    nobody = str(here.household).replace("-", "x")

    def link(household: str, dwelling: str) -> tuple[int, str]:
        form = {"csrf_token": token, "household": household, "dwelling": dwelling, "tenure": "owner", "seen": 1}
        answer = client.post(f"{LIST}{mine}/link", data={**form, "address": "山田1", "building_kind": "dwelling"})
        return answer.status_code, re.sub(r'"csrf_token" value="[^"]*"', "", answer.get_data(as_text=True))

    none = link(f"household:{nobody}", "new")
    assert none[0] == 404
    for household in (f"household:{here.household}", "residents:h1", "residents:h2", "residents:h9"):
        assert link(household, "new") == none
    assert link("", here.dwelling) == link("", nobody)
    db.session.rollback()
    assert db.session.get_one(DamageApplication, mine).household_id is None


def test_a_household_whose_whereabouts_are_secret_has_an_alias(app: Flask) -> None:
    here = case("h1", "雲隠 れい子")
    protect(here, Protection.WHEREABOUTS)
    clerk = officer(app, Role.REGISTRY)
    page = clerk.get(LIST).get_data(as_text=True)
    assert viewing.alias(here.household or "") in page
    assert "雲隠" not in page
    named = officer(app, Role.PROTECTION)
    assert "雲隠" in named.get(LIST).get_data(as_text=True)
    for client in (officer(app, Role.SURVEY), clerk):
        one = client.get(f"{LIST}{here.application}").get_data(as_text=True)
        assert "所在を秘匿しています" in one
        for said in (FORM["name"], FORM["kana"], FORM["address"], FORM["phone"], FORM["birth"], "雲隠"):
            assert said not in one
    assert FORM["address"] in named.get(f"{LIST}{here.application}").get_data(as_text=True)


def test_a_hidden_row_of_the_residents_list_hides_its_household_too(app: Flask) -> None:
    here = case("h1", "雲隠 れい子")
    with transaction() as session:
        session.execute(update(Resident).values(hidden=True))
    assert "雲隠" not in officer(app, Role.REGISTRY).get(LIST).get_data(as_text=True)
    assert here.row.state is State.WAITING


def test_letters_that_are_replaced_are_counted_on_the_page_and_listed(app: Flask) -> None:
    here = case("h1", "外\ue001字 太郎")
    number = here.issued()
    client = officer(app, Role.REGISTRY)
    assert "1字" in client.get(f"{LIST}issue").get_data(as_text=True)
    listed = client.get(f"{LIST}papers/{number}/letters.txt").get_data(as_text=True)
    assert "U+E001\t〓" in listed


def test_the_report_as_page_and_csv(app: Flask) -> None:
    case().approved("55")
    client = officer(app, Role.REGISTRY)
    assert "り災世帯数" in client.get(f"{LIST}report").get_data(as_text=True)
    assert "住家被害（全壊）,棟数,1,棟" in client.get(f"{LIST}report.csv").get_data(as_text=True)


def test_the_counter_hands_out_a_receipt_and_a_second_press_makes_no_second_application(app: Flask) -> None:
    counter = officer(app, Role.REGISTRY)
    address = counter.get("/registry/certificates/new").headers["Location"]
    key = address.split("form=")[1]
    assert f'name="key" value="{key}"' in counter.get(address).get_data(as_text=True)
    first = post(counter, "/registry/certificates/new", **FORM, channel="counter", key=key)
    assert "控えを渡して" in first
    assert "もう受け付けています" in post(counter, "/registry/certificates/new", **FORM, channel="counter", key=key)
    changed = {**FORM, "name": "別の 名"}
    said = post(counter, "/registry/certificates/new", **changed, channel="counter", key=key)
    assert "あとから変えた内容は入っていません" in said
    row = db.session.scalars(select(DamageApplication)).one()
    slip = counter.get(f"/registry/certificates/{row.id}/receipt.pdf")
    assert (slip.status_code, slip.mimetype) == (200, "application/pdf")
    assert f"/registry/certificates/{row.id}/receipt.pdf" in first
    assert officer(app, Role.SURVEY).get(f"/registry/certificates/{row.id}/receipt.pdf").status_code == 403


def test_the_household_of_somebody_without_registration_is_made_on_the_page(app: Flask) -> None:
    counter = officer(app, Role.REGISTRY)
    key = counter.get("/registry/certificates/new").headers["Location"].split("form=")[1]
    page = post(counter, "/registry/certificates/new", **FORM, channel="counter", key=key)
    assert "山田 花子、世帯主" in page
    row = db.session.scalars(select(DamageApplication)).one()
    at = f"/registry/certificates/{row.id}/household"
    token = csrf_token(counter, "/staff/account")
    refused = counter.post(at, data={"csrf_token": token, "people": "、妻", "household_address": "山田1600"})
    assert refused.status_code == 422
    assert "、妻</textarea>" in refused.get_data(as_text=True)
    made = post(counter, at, people="山田 花子、世帯主\n山田 太郎、夫", household_address="山田1600")
    assert "世帯番号 1 の世帯を作りました" in made
    assert '<span class="strong"><bdi>山田 花子</bdi></span>' in made
    assert officer(app, Role.SURVEY).post(at, data={"csrf_token": "x"}).status_code in (400, 403)


def test_the_list_goes_on_and_is_searched_by_name_and_place(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "PAGE", 2)
    here = case("h1", "渡邊 太郎", "渡邊 花子", place="東員町城山1-1")
    case("h2", "川田 一", place="東員町大木2")
    case("h3", "川田 二", place="東員町長深3")
    counter = officer(app, Role.REGISTRY)

    def heads(query: str = "", words: str = "") -> list[str]:
        found = post(counter, f"{LIST}find", words=words) if words else counter.get(f"{LIST}?{query}").text
        return re.findall(r'data-label="氏名"><bdi>([^<]*)<', found)

    assert heads() == ["渡邊 太郎", "川田 一"]
    assert "page=1" in counter.get(LIST).get_data(as_text=True)
    assert heads("page=1") == ["川田 二"]
    assert heads(words="花子") == ["渡邊 太郎"]
    assert heads(words="川田 長深") == ["川田 二"]
    protect(here, Protection.WHEREABOUTS)
    assert heads(words="花子") == []
    assert len(heads(words="城山")) == 1


def test_the_other_households_of_the_building_are_named_with_what_the_house_is_to_them(app: Flask) -> None:
    here = case("h1", "山田 太郎")
    second = case("h2", "川田 一", dwelling=here.dwelling)
    counter = officer(app, Role.REGISTRY)
    page = counter.get(f"/registry/certificates/{here.application}").text
    assert "<bdi>川田 一</bdi>（持ち家（住んでいる））" in page
    protect(second, Protection.WHEREABOUTS)
    assert "川田 一" not in counter.get(f"/registry/certificates/{here.application}").text
    with transaction() as session:
        session.execute(update(Person).values(protection=Protection.HIDDEN))
    assert "同じ建物" not in counter.get(f"/registry/certificates/{here.application}").text
