"""Pages of the victim ledger: the 14 items, writing into it, households by hand; who is hidden does not exist there."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from disaster.core import audit
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.staff.models import Account
from disaster.staff.permissions import Role
from registry.ledger import households
from registry.models.ledger import AffectedHousehold
from registry.models.people import Person
from registry.vocabulary import Protection
from tests.fakes.staff import code, csrf_token, forget_codes, signed_in_client
from tests.registry.ledger.town import entry_of, evacuee, in_the_ledger, resident

AT = "/registry/ledger"


def officer(app: Flask, role: Role = Role.REGISTRY) -> FlaskClient:
    return signed_in_client(app, f"officer-{role}", role)[0]


def text(response: TestResponse) -> str:
    return response.get_data(as_text=True)


def post(client: FlaskClient, path: str, **form: Any) -> TestResponse:
    return client.post(path, data={"csrf_token": csrf_token(client, "/staff/account"), **form})


def hide(person: str) -> None:
    with transaction() as session:
        session.execute(update(Person).where(Person.id == person).values(protection=Protection.HIDDEN))


class TestTheWholeLedger:
    def test_one_press_takes_everybody_in(self, app: Flask) -> None:
        client = officer(app)
        evacuee(resident=resident("山田　太郎"))
        evacuee(family="佐藤", given="花")
        assert post(client, f"{AT}/build").status_code == 303
        page = text(client.get(AT))
        assert "台帳に2人を加えました。被災時の世帯を1件固定しました。" in page
        assert "山田　太郎" in page
        assert "佐藤 花" in page
        assert page.count('<tr><th scope="row">') >= 14

    def test_what_was_added_counts_those_who_exist_for_the_officer(self, app: Flask) -> None:
        client = officer(app)
        evacuee(family="佐藤", given="花")
        hide(evacuee(family="秘匿", given="一"))
        post(client, f"{AT}/build")
        assert "台帳に1人を加えました" in text(client.get(AT))
        assert (
            len(db.session.scalars(select(audit.AuditEntry.id).where(audit.AuditEntry.action == "ledger.built")).all())
            == 1
        )

    def test_the_size_of_a_household_counts_them_too(self, app: Flask) -> None:
        rows = [resident("山田　太郎", relation="世帯主"), resident("山田　花子")]
        people = [evacuee(resident=row) for row in rows]
        client = officer(app)
        post(client, f"{AT}/build")
        hide(people[1])
        page = text(client.get(f"{AT}/{entry_of(people[0]).id}?purpose=support"))
        assert "<b>1人</b>" in page
        assert "<b>2人</b>" not in page

    def test_the_list_goes_on_from_a_number(self, app: Flask) -> None:
        client = officer(app)
        for number in range(52):
            evacuee(family="一覧", given=f"{number}番目")
        post(client, f"{AT}/build")
        first = text(client.get(AT))
        assert "次の人たち（51番から）" in first
        assert len(re.findall("一覧 ", text(client.get(f"{AT}?from=51")))) == 2
        assert "台帳にいません" in text(client.get(f"{AT}?from=99999999999999"))

    def test_a_look_at_the_list_is_recorded(self, app: Flask) -> None:
        officer(app).get(AT)
        actions = db.session.scalars(select(audit.AuditEntry.action)).all()
        assert "ledger.listed" in actions


class TestOnePerson:
    def test_it_is_asked_what_for(self, app: Flask) -> None:
        client, victim = officer(app), in_the_ledger(family="鈴木")
        asked = client.get(f"{AT}/{victim.id}")
        assert asked.status_code == 200
        assert "鈴木" not in text(asked)
        assert client.get(f"{AT}/{victim.id}?purpose=curiosity").status_code == 422
        shown = text(client.get(f"{AT}/{victim.id}?purpose=support"))
        assert "鈴木" in shown
        entry = db.session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.action == "ledger.viewed")).one()
        assert entry.detail == '{"purpose":"support"}'

    def test_writing_keeps_what_was_there_and_what_was_typed_wrong(self, app: Flask) -> None:
        client, victim = officer(app), in_the_ledger()
        at = f"{AT}/{victim.id}/facts"
        long = "長" * 2001
        refused = post(client, at, field="R7.other", value=long, source="victim", purpose="support")
        assert refused.status_code == 422
        assert long in text(refused)
        assert "2000文字まで" in text(refused)
        for value in ("犬一匹", "犬一匹と猫一匹"):
            assert (
                post(client, at, field="R7.other", value=value, source="victim", purpose="support").status_code == 303
            )
        page = text(client.get(f"{AT}/{victim.id}?purpose=support"))
        assert page.index("犬一匹と猫一匹") < page.index("<bdi>犬一匹</bdi>")

    def test_not_to_be_had_needs_a_reason(self, app: Flask) -> None:
        client, victim = officer(app), in_the_ledger()
        at = f"{AT}/{victim.id}/facts"
        assert post(client, at, field="A2.birth", none="1", purpose="support").status_code == 422
        assert post(client, at, field="A2.birth", none="1", note="答えたくない", purpose="support").status_code == 303


class TestHouseholds:
    def test_whoever_lived_there_too_is_added_by_number(self, app: Flask) -> None:
        client, first, lodger = officer(app), in_the_ledger(), in_the_ledger(family="下宿", given="人")
        at = f"{AT}/{first.id}/household"
        assert "下宿" not in text(client.get(at))
        assert "下宿" in text(client.get(f"{at}?more={lodger.number}+x+99999"))
        form = {"member": [first.id, lodger.id], "head": first.id, "more": str(lodger.number)}
        assert "下宿" in text(post(client, at, **{**form, "head": ""}))
        assert post(client, at, **form).status_code == 303
        assert db.session.scalars(select(AffectedHousehold.size)).all() == [2]

    def test_fixed_by_hand_and_put_right(self, app: Flask) -> None:
        client = officer(app)
        group = "01890000-0000-7000-8000-00000000000a"
        first, second = in_the_ledger(household=group), in_the_ledger(given="次郎", household=group)
        at = f"{AT}/{first.id}/household"
        assert "次郎" in text(client.get(at))
        looks = select(audit.AuditEntry.detail).where(audit.AuditEntry.action == "ledger.viewed")
        assert db.session.scalars(looks).all() == ['{"people":2,"purpose":"correction"}']
        db.session.rollback()
        refused = post(client, at, member=[first.id, second.id], address="山田1600")
        assert refused.status_code == 422
        assert "世帯主を1人" in text(refused)
        assert "山田1600" in text(refused)
        form = {"member": [first.id, second.id], "head": first.id, f"relation-{second.id}": "弟", "address": "山田1600"}
        assert post(client, at, **form).status_code == 303
        page = text(client.get(f"{AT}/{first.id}?purpose=support"))
        assert "世帯番号 1　<b>2人</b>" in page
        assert post(client, at, **{**form, "member": [first.id], "reason": "弟は別に暮らしていた"}).status_code == 303
        assert db.session.scalar(select(func.count()).select_from(AffectedHousehold)) == 2

    def test_whoever_hides_from_a_family_is_in_no_household_with_it(self, app: Flask) -> None:
        cleared = officer(app, Role.PROTECTION)
        group = "01890000-0000-7000-8000-00000000000b"
        open_, hidden = in_the_ledger(household=group), in_the_ledger(given="秘子", household=group)
        assert hidden.person_id
        hide(hidden.person_id)
        form = {"member": [open_.id, hidden.id], "head": open_.id}
        assert post(cleared, f"{AT}/{open_.id}/household", **form).status_code == 422
        client = officer(app)
        assert post(client, f"{AT}/{open_.id}/household", **form).status_code == 404
        assert households.of_victim(db.session, open_.id) is None


class TestHidden:
    """Byte for byte as if there were no record."""

    def test_on_no_page(self, app: Flask) -> None:
        client, victim = officer(app), in_the_ledger(family="秘密田", given="隠子", phone="090-1234-5678")
        before = text(client.get(AT))
        assert "秘密田" in before
        assert victim.person_id
        hide(victim.person_id)
        listed = text(client.get(AT))
        assert "秘密田" not in listed
        assert '<span class="tag">0人</span>' in listed
        missing = client.get(f"{AT}/00000000-0000-7000-8000-000000000000?purpose=support")
        for path in (f"{AT}/{victim.id}?purpose=support", f"{AT}/{victim.id}", f"{AT}/{victim.id}/household"):
            response = client.get(path)
            assert (response.status_code, response.data) == (404, missing.data), path
        assert post(client, f"{AT}/{victim.id}/facts", field="R7.other", value="x", source="victim").status_code == 404

    def test_for_the_named_officers_they_are_there(self, app: Flask) -> None:
        victim = in_the_ledger(family="秘密田")
        assert victim.person_id
        hide(victim.person_id)
        client = officer(app, Role.PROTECTION)
        assert "秘密田" in text(client.get(f"{AT}/{victim.id}?purpose=support"))

    def test_by_the_residents_list_too(self, app: Flask) -> None:
        row = resident("秘密田　隠子", hidden=True)
        evacuee(family="秘密田", resident=row)
        client = officer(app)
        post(client, f"{AT}/build")
        assert "秘密田" not in text(client.get(AT))
        assert client.get(f"{AT}/{entry_of(resident=row).id}?purpose=support").status_code == 404


class TestMyNumber:
    NUMBER = "123456789018"

    def page(self, app: Flask) -> tuple[FlaskClient, Account]:
        config = app.extensions["disaster.settings"]
        app.extensions["disaster.settings"] = config.model_copy(update={"my_number_key": SecretStr("5" * 64)})
        return signed_in_client(app, "bango", Role.MY_NUMBER)

    def act(self, client: FlaskClient, account: Account, **form: Any) -> TestResponse:
        forget_codes()
        return post(
            client, "/registry/my-number", **{"number": "1", "purpose": "支援金", "code": code(account), **form}
        )

    def test_off(self, app: Flask) -> None:
        client, _ = signed_in_client(app, "bango", Role.MY_NUMBER)
        assert "使っていません" in text(client.get("/registry/my-number"))

    def test_entered_and_shown_once_with_a_fresh_code(self, app: Flask) -> None:
        client, account = self.page(app)
        victim = in_the_ledger()
        assert self.act(client, account, act="enter", my_number=self.NUMBER, code="000000").status_code == 422
        wrong = self.act(client, account, act="enter", my_number="123456789017")
        assert wrong.status_code == 422
        assert "123456789017" not in text(wrong)
        assert self.act(client, account, act="enter", my_number=self.NUMBER).status_code == 303
        shown = self.act(client, account, act="show")
        assert "1234 5678 9018" in text(shown)
        assert shown.headers["Cache-Control"] == "no-store"
        assert "1234 5678 9018" not in text(client.get("/registry/my-number"))
        ledger = officer(app)
        assert self.NUMBER not in text(ledger.get(f"{AT}/{victim.id}?purpose=support"))
        assert self.act(client, account, act="remove").status_code == 303
        none = self.act(client, account, act="show")
        assert (none.status_code, "記録されていません" in text(none)) == (404, True)

    @pytest.mark.parametrize(
        ("form", "told"),
        [
            ({"act": ""}, "何をするかを選んでください"),
            ({"act": "show", "purpose": " "}, "利用する事務を入力してください"),
            ({"act": "enter", "my_number": "123456789017"}, "検査用の数字が合いません"),
            ({"act": "show", "number": "あ"}, "台帳の番号を、数字で入力してください"),
        ],
    )
    def test_a_slip_of_the_hand_spends_no_code(self, app: Flask, form: dict[str, str], told: str) -> None:
        client, account = self.page(app)
        in_the_ledger()
        good, fields = code(account), {"number": "1", "purpose": "支援金"}
        assert told in text(post(client, "/registry/my-number", **{**fields, "code": good, **form}))
        right = {**fields, "act": "enter", "my_number": self.NUMBER, "code": good}
        assert post(client, "/registry/my-number", **right).status_code == 303

    def test_nobody_else_comes_in(self, app: Flask) -> None:
        for role in (Role.REGISTRY, Role.ADMIN, Role.APPROVER):
            assert officer(app, role).get("/registry/my-number").status_code == 403
