"""The file of a disclosure is kept for who made it, for an hour, and only while its ground still carries it."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from disaster.core import clock
from disaster.core.audit import AuditEntry
from disaster.core.db import transaction
from disaster.core.errors import Missing
from disaster.core.extensions import db
from disaster.staff.models import Account
from disaster.staff.permissions import Role
from registry.consent import consents
from registry.consent.consents import Said
from registry.consent.words import Recipient
from registry.disclosure import giving, keeping
from registry.disclosure.giving import Asked
from registry.disclosure.grounds import Ground
from registry.models.giving import DisclosureFile
from registry.models.ledger import Victim
from registry.models.people import Resident
from registry.protection import orders
from registry.protection.orders import Wanted
from registry.vocabulary import Protection
from tests.fakes.staff import make_account
from tests.registry.damage.cases import case
from tests.registry.disclosure.test_giving import FORM, enter, victim, wide


@pytest.fixture
def clerk(app_on_any_database: Flask) -> Account:
    return make_account("daicho", Role.REGISTRY)


def test_it_is_the_very_file_sealed_recorded_and_for_nobody_else(clerk: Account) -> None:
    given = giving.give(wide(str(victim(enter("髙橋")).number), shape="cp932"), clerk.id)
    file, replaced = keeping.fetch(given.disclosure_id, clerk)
    assert (file.name, file.content) == (given.file.name, given.file.content)
    assert replaced == len(given.file.replaced)
    stored = db.session.scalars(select(DisclosureFile.content)).one()
    assert "髙橋".encode("cp932") not in stored
    assert db.session.scalars(select(AuditEntry).where(AuditEntry.action == "disclosure.fetched")).one()
    with pytest.raises(Missing):
        keeping.fetch(given.disclosure_id, make_account("other", Role.REGISTRY))
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        with pytest.raises(Missing):
            keeping.fetch(given.disclosure_id, clerk)
        assert keeping.forget(clock.now()) == 1
    assert db.session.scalars(select(DisclosureFile.content)).all() == []


def test_who_was_hidden_meanwhile_leaves_no_more(clerk: Account) -> None:
    person = enter("髙橋")
    given = giving.give(wide(str(victim(person).number)), clerk.id)
    first, second = (make_account(login, Role.PROTECTION).id for login in ("h1", "h2"))
    orders.protect(Wanted(Protection.WHEREABOUTS, "support", "支援措置の決定", second, person_id=person), first)
    with pytest.raises(Missing):
        keeping.fetch(given.disclosure_id, clerk)


def test_a_consent_that_was_taken_back_holds_the_file(clerk: Account) -> None:
    one = victim(enter("髙橋"))
    consent = consents.give(one.id, Said("self", Recipient.GROUP, ["A1"], "signed"), actor="cli")
    given = giving.give(
        Asked(
            Ground.CONSENT, Recipient.GROUP, "社協", str(one.number), ["A1"], "見守り", application=FORM, confirmed=9
        ),
        clerk.id,
    )
    assert keeping.fetch(given.disclosure_id, clerk)
    consents.withdraw(consent, actor="cli")
    with pytest.raises(Missing, match="取消し"):
        keeping.fetch(given.disclosure_id, clerk)


def test_a_row_of_the_residents_list_that_is_hidden_meanwhile_counts_for_a_named_officer_too(app: Flask) -> None:
    both = make_account("both", Role.REGISTRY, Role.PROTECTION)
    case("h1", "支援措置 花子")
    number = db.session.scalars(select(Victim.number)).one()
    asked = Asked(Ground.INTERNAL, Recipient.OFFICE, "税務課", str(number), ["A1"], "減免", confirmed=1)
    given = giving.give(asked, both.id)
    assert keeping.fetch(given.disclosure_id, both)
    with transaction() as session:
        session.scalars(select(Resident)).one().hidden = True
    with pytest.raises(Missing):
        keeping.fetch(given.disclosure_id, both)


def test_who_asks_not_to_be_published_is_in_no_file_that_is_published(app: Flask) -> None:
    clerk, person = make_account("daicho", Role.REGISTRY), enter("髙橋")
    asked = Asked(Ground.NAMES, Recipient.GOVERNMENT, "三重県", str(victim(person).number), ["A1"], "捜索", confirmed=2)
    given = giving.give(asked, clerk.id)
    first, second = (make_account(login, Role.PROTECTION).id for login in ("h1", "h2"))
    orders.protect(Wanted(Protection.UNLISTED, "self", "本人の申出です", second, person_id=person), first)
    with pytest.raises(Missing):
        keeping.fetch(given.disclosure_id, clerk)
