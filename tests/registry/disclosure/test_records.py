"""What was given away is told with the five items of the rule, and of people who do not exist for the viewer not even their number."""

from dataclasses import replace

from flask import Flask

from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.disclosure import giving, records
from registry.disclosure.grounds import Ground
from registry.protection import orders
from registry.protection.orders import Wanted
from registry.vocabulary import Protection
from tests.fakes.staff import fresh_code, make_account
from tests.registry.disclosure.test_giving import FORM, enter, victim, wide
from tests.registry.views.people_desk import officer


def test_a_record_shows_the_application_and_leads_to_the_people(app: Flask) -> None:
    desk = officer(app, Role.REGISTRY)
    one = victim(enter("髙橋"))
    asked = replace(wide(str(one.number)), ground=Ground.GOVERNMENT, items=("A1",), confirmed=2, application=FORM)
    number = giving.give(asked, desk.account.id).disclosure_id
    page = desk.get(f"/registry/disclosures/{number}")
    for words in ("いなべ市長", "援護のため", "髙橋 花子", f"/registry/ledger/{one.id}"):
        assert words in page


def test_who_is_hidden_is_neither_named_nor_counted(app_on_any_database: Flask) -> None:
    app = app_on_any_database
    first, second = (make_account(login, Role.PROTECTION) for login in ("hitoku", "hitoku2"))
    desk = officer(app, Role.REGISTRY)
    shown, hidden = victim(enter("髙橋")), victim(enter("秘匿"))
    orders.protect(
        Wanted(Protection.HIDDEN, "support", "支援措置の決定", second.id, person_id=hidden.person_id), first.id
    )
    numbers = [hidden.number, shown.number]
    alone = giving.give(wide(str(numbers[0])), first.id).disclosure_id
    proposal = giving.propose(wide(f"{numbers[0]}、{numbers[1]}"), "一時滞在の受入れ", first.id)
    assert [one.people for one in giving.waiting(db.session(), second)] == [2]
    assert giving.waiting(db.session(), desk.account) == []
    both = giving.confirm(proposal, second.id, fresh_code(second.id)).disclosure_id
    assert {one.row.id: one.people for one in records.newest(db.session(), first, 10)} == {alone: 1, both: 2}
    assert {one.row.id: one.people for one in records.newest(db.session(), desk.account, 10)} == {both: 1}
    page = desk.get(f"/registry/disclosures/{both}")
    assert "髙橋" in page
    assert "番号がまだありません" not in page
    assert desk.get(f"/registry/disclosures/{alone}", 404) == desk.get("/registry/disclosures/99999", 404)


def test_whoever_gives_and_whoever_confirms_sees_the_names(app: Flask) -> None:
    desk, other = officer(app, Role.REGISTRY), make_account("daicho2", Role.REGISTRY)
    numbers = ",".join(str(victim(enter(name)).number) for name in ("髙橋", "鈴木"))
    names = [f"{number}番 {name} 花子" for number, name in zip(numbers.split(","), ("髙橋", "鈴木"), strict=True)]
    assert list(giving.look(wide(numbers), other.id).names) == names
    giving.propose(wide(numbers), "一時滞在の受入れ", other.id)
    page = desk.get("/registry/disclosures")
    assert all(name in page for name in names)
