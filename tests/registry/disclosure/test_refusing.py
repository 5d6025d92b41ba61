"""An application that is refused needs a recipient and a reason only, and stays with what was asked for."""

from dataclasses import replace

import pytest
from flask import Flask

from disaster.core.audit import AuditEntry
from disaster.core.errors import Forbidden, Invalid
from disaster.core.extensions import db
from disaster.staff import accounts
from disaster.staff.models import Account
from disaster.staff.permissions import Role
from registry.disclosure import refusing
from registry.disclosure.giving import Asked
from registry.disclosure.grounds import Ground
from tests.fakes.staff import make_account
from tests.registry.views.people_desk import officer

ASKED = Asked(Ground.GROUP, "group", "週刊誌", "", (), "", application={"use": "記事にする"})


def account(number: int) -> Account:
    found = accounts.get(number)
    assert found is not None
    return found


def test_a_refusal_ticks_no_condition_and_keeps_what_was_asked_for(app_on_any_database: Flask) -> None:
    actor = make_account("daicho", Role.REGISTRY)
    refusing.refuse(ASKED, "目的が不当", actor.id)
    (one,) = refusing.listed(db.session(), actor, 10)
    assert (one.row.recipient, one.row.reason, one.detail) == ("週刊誌", "目的が不当", True)
    assert one.asked.application == {"use": "記事にする"}
    entry = db.session.query(AuditEntry).filter_by(action="disclosure.refused").one()
    assert "目的" not in entry.detail
    assert "記事" not in entry.detail


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"recipient": ""}, "目的が不当", "recipient"),
        ({}, "不当", "reason"),
        ({"ground": "any"}, "目的が不当", "ground"),
        ({"application": {"use": "\ud800"}}, "目的が不当", "use"),
        ({"application": {"use": "あ" * 401}}, "目的が不当", "use"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(app: Flask, changes: dict[str, object], reason: str, field: str) -> None:
    actor = make_account("daicho", Role.REGISTRY)
    with pytest.raises(Invalid) as told:
        refusing.refuse(replace(ASKED, **changes), reason, actor.id)  # type: ignore[arg-type]
    assert field in told.value.fields


def test_what_a_named_officer_wrote_is_read_by_named_officers_only(app: Flask) -> None:
    named, other = make_account("hitoku", Role.PROTECTION), make_account("daicho", Role.REGISTRY)
    refusing.refuse(ASKED, "相手が加害者の知人", named.id)
    assert [one.detail for one in refusing.listed(db.session(), other, 10)] == [False]
    assert [one.detail for one in refusing.listed(db.session(), named, 10)] == [True]
    with pytest.raises(Forbidden):
        refusing.refuse(ASKED, "目的が不当", make_account("honbu", Role.OPERATOR).id)


def test_on_the_page_nothing_but_recipient_and_reason_is_asked_for(app: Flask) -> None:
    desk = officer(app, Role.REGISTRY)
    form = {"ground": "90-4-4", "recipient_class": "group", "recipient": "週刊誌", "act": "refuse", "use": "記事にする"}
    refused = desk.post("/registry/disclosures", **form).get_data(as_text=True)
    assert "断った理由を、5文字以上で書いてください" in refused
    assert 'value="記事にする"' in refused
    page = desk.told("/registry/disclosures", **form, reason="目的が不当なため")
    for words in ("断ったことを記録しました", "週刊誌", "目的が不当なため", "記事にする"):
        assert words in page
