"""A second press, the back button and a network that repeats: one record each, and the first result on the screen; a form that was changed is another."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from disaster.core.extensions import db
from disaster.staff import presses
from disaster.staff.permissions import Role
from registry.inquiry.asking import Question
from registry.models.giving import Consent, Disclosure, DisclosureFile, RefusedApplication, SafetyInquiry
from registry.models.ledger import AffectedHousehold, Victim, VictimFact
from tests.registry.damage.test_unregistered import applied
from tests.registry.disclosure.test_giving import FORM, LEGAL, enter, victim
from tests.registry.views.people_desk import Officer, officer

KEY = re.compile(r'name="form_key" value="([\w-]+)"')
WHOLE = {
    "ground": "90-4-3",
    "recipient_class": "government",
    "recipient": "いなべ市",
    "purpose": "援護",
    "items": LEGAL,
    "shape": "csv",
    **FORM,
}
CONSENT = {"by": "self", "recipient_class": "group", "recipient": "社協", "items": ["A1"], "method": "signed"}
ASKED = {
    "name": "山田 一郎",
    "address": "津市",
    "reason": "連絡がつかない",
    "relation": "relative",
    "proof": "licence",
    "tier": "related",
    "wanted_name": "髙橋 花子",
    "wanted_birth": "S35.4.12",
}


def count(model: type[Any]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def sent(who: Officer, page: str, path: str, form: dict[str, Any], changed: dict[str, Any]) -> list[str]:
    """Where the same form leads at each of two presses, when it was changed, and when it comes from a new page."""
    key, other = (KEY.findall(who.get(page))[0] for _ in range(2))
    assert key != other
    sendings = [(form, key), (form, key), ({**form, **changed}, key), (form, other)]
    answers = [who.post(path, **typed, form_key=mine) for typed, mine in sendings]
    assert [one.status_code for one in answers] == [303] * 4, answers[0].get_data(as_text=True)
    return [one.headers["Location"] for one in answers]


@pytest.fixture
def clerk(app_on_any_database: Flask) -> Officer:
    return officer(app_on_any_database, Role.REGISTRY)


def test_a_disclosure_leads_to_its_record_and_offers_the_file_again(clerk: Officer) -> None:
    number = victim(enter("髙橋")).number
    form = {**WHOLE, "numbers": str(number), "act": "give", "confirmed": ["1", "2", "3", "4"]}
    first, second, other, third = sent(
        clerk, "/registry/disclosures/new?ground=90-4-3", "/registry/disclosures", form, {"purpose": "見舞金"}
    )
    assert first == second
    assert len({first, other, third}) == 3
    assert count(Disclosure) == 3
    assert f"{first}/file" in clerk.get(second)
    files = [clerk.client.get(f"{first}/file") for _ in range(2)]
    assert {one.status_code for one in files} == {200}
    assert files[0].get_data() == files[1].get_data()
    assert "髙橋" in files[0].get_data(as_text=True)
    assert count(DisclosureFile) == 3


def test_consents_refusals_inquiries_and_facts(app_on_any_database: Flask, clerk: Officer) -> None:
    here = victim(enter("髙橋")).id
    path = f"/registry/disclosures/consents/{here}"
    sent(clerk, path, path, CONSENT, {"items": ["A1", "A3"]})
    refused = {**WHOLE, "act": "refuse", "reason": "目的が不当なため"}
    sent(clerk, "/registry/disclosures/new?ground=90-4-3", "/registry/disclosures", refused, {"recipient": "x"})
    fact = {"field": "A4.residence", "value": "いなべ市", "source": "victim", "purpose": "correction"}
    sent(
        clerk, f"/registry/ledger/{here}?purpose=correction", f"/registry/ledger/{here}/facts", fact, {"value": "津市"}
    )
    desk = officer(app_on_any_database, Role.INQUIRY)
    assert set(ASKED) <= set(Question.__dataclass_fields__)
    first, second, *_ = sent(desk, "/registry/inquiries", "/registry/inquiries", ASKED, {"reason": "家族"})
    assert first == second
    assert [count(one) for one in (Consent, RefusedApplication, VictimFact, SafetyInquiry)] == [3, 3, 3, 3]


def test_the_household_of_people_who_are_in_no_list(clerk: Officer) -> None:
    application = applied(name="Nguyen Thi Hoa", kana="グエン", birth="1990-05-06")
    form = {"people": "Nguyen Thi Hoa、世帯主", "household_address": "山田1600", "form_key": presses.new_key()}
    told = [clerk.post(f"/registry/certificates/{application}/household", **form).headers["Location"] for _ in range(2)]
    assert told[0] == told[1]
    assert (count(AffectedHousehold), count(Victim)) == (1, 1)


def test_a_household_is_put_right_once(clerk: Officer) -> None:
    one = victim(enter("髙橋")).id
    path = f"/registry/ledger/{one}/household"
    form = {"member": one, "head": one, "reason": "住所の誤り", "address": "山田1"}
    assert clerk.post(path, **form).status_code == 303
    sent(clerk, path, path, {**form, "address": "山田2"}, {"address": "山田3"})
    assert count(AffectedHousehold) == 4
