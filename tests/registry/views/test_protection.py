"""The pages of the named officers lose nothing that was typed and lead to the order that stands already."""

from flask import Flask

from disaster.core.db import transaction
from disaster.staff.permissions import Role
from registry.intake import entering, ids
from registry.vocabulary import Kind
from tests.registry.views.people_desk import officer
from tests.registry.views.test_two_officers import registered, two


def test_who_is_protected_already_is_told_with_what_was_typed_and_a_way_on(app: Flask) -> None:
    first, second = two(app, Role.PROTECTION)
    person = registered("山田", kana="ヤマダ ハナコ")
    form = {
        "person_id": person,
        "level": "hidden",
        "source": "support",
        "reason": "支援措置の決定通知",
        "second_officer": str(second.account.id),
        "abuser_name": "佐藤太郎",
    }
    where = first.post("/registry/protection", **form).headers["Location"]
    assert "かなと生年月日がそろっていない" in first.get(where)
    again = first.post("/registry/protection", **form, until="R9.3.31")
    assert again.status_code == 409
    page = again.get_data(as_text=True)
    for words in ("もう秘匿の指定があります", "支援措置の決定通知", "R9.3.31", "佐藤太郎", f'href="{where}"'):
        assert words in page
    assert where in first.post("/registry/protection/find", kana="ヤマダ ハナコ").get_data(as_text=True)
    assert where not in first.get("/registry/protection/find?kana=ヤマダ ハナコ")
    told = first.told(f"{where}/apart", abuser_kana="サトウタロウ", abuser_birth="S55.4.12")
    assert "避難者として同じ避難所に来たら" in told
    assert "佐藤太郎" not in told
    refused = second.post(f"{where}/apart", abuser_kana="サトウ", abuser_birth="S55.4.12")
    assert (refused.status_code, "もう記録されています" in refused.get_data(as_text=True)) == (409, True)


def test_ones_own_order_is_not_confirmed_and_the_page_says_why(app: Flask) -> None:
    first, second = two(app, Role.PROTECTION)
    person = registered("山田")
    form = {"person_id": person, "level": "hidden", "source": "self", "reason": "本人の申出による"}
    where = first.post("/registry/protection", **form, second_officer=str(second.account.id)).headers["Location"]
    refused = first.post(f"{where}/confirm", code="123456")
    assert refused.status_code == 403
    assert "自分では確認できません" in refused.get_data(as_text=True)
    assert "山田" in refused.get_data(as_text=True)
    other = officer(app, Role.REGISTRY, login="daicho")
    assert other.post(f"{where}/apart", abuser_kana="サトウ").status_code == 403


def test_the_page_tells_who_came_along_and_leads_to_the_group(app: Flask) -> None:
    first, second = two(app, Role.PROTECTION)
    group = ids.new()
    with transaction() as session:
        entering.enter(session, Kind.HOUSEHOLD, group, {"surname": "山田"}, actor="cli")
    person = registered("山田", household=group)
    registered("佐藤", household=group, kana="さとう たろう", birth="S55.4.12")
    form = {"person_id": person, "level": "hidden", "source": "self", "reason": "本人の申出による"}
    him = {"abuser_kana": "サトウ タロウ", "abuser_birth": "S55.4.12", "second_officer": str(second.account.id)}
    page = first.get(first.post("/registry/protection", **form, **him).headers["Location"])
    assert "同じ避難グループ" in page
    assert f'href="/registry/people/{person}"' in page
