"""Filling a demonstration."""

import json
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from broadcast.channels.sms import e164
from broadcast.models.audience import Contact, Subscriber, SubscriberArea
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.sealed import digest, unseal
from disaster.core.settings import settings
from disaster.demo import residents
from disaster.demo.cli import demo
from disaster.demo.seed import Filled, seed
from disaster.shelters.models import Shelter
from disaster.staff.models import Account
from registry.models.aid import AidCase, AidReview
from registry.models.certificates import Certificate, DamageApplication
from registry.models.giving import Disclosure, SafetyInquiry
from registry.models.protection import ProtectionSought, RegistryProposal
from registry.welfare import listing
from registry.welfare.listing import Sought
from tests.disaster.demo.conftest import demonstration


def counted(what: object) -> int:
    return db.session.scalar(select(func.count()).select_from(what)) or 0  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """A demonstration that was filled once (sample staff has seven passwords to hash)."""
    with demonstration(tmp_path_factory.mktemp("demo")):
        yield seed()


def test_it_makes_residents_over_all_areas(filled: Filled) -> None:
    assert filled == Filled(shelters=25, residents=330, contacts=665)
    by_channel = dict(db.session.execute(select(Contact.channel, func.count()).group_by(Contact.channel)).all())
    assert by_channel == {"email": 280, "sms": 220, "line": 120, "voice": 45}
    by_language = dict(
        db.session.execute(select(Subscriber.language, func.count()).group_by(Subscriber.language)).all()
    )
    assert by_language == {"ja": 290, "easy_ja": 20, "en": 20}
    assert db.session.scalar(select(func.count()).where(Subscriber.support_needed)) == 40
    assert db.session.scalar(select(func.count()).where(Contact.standby)) == 15
    covered = set(db.session.scalars(select(SubscriberArea.area_code)))
    assert covered == set(municipality().area_by_code)
    assert counted(Account) >= 3
    assert counted(Shelter) == 25


@pytest.mark.usefixtures("filled")
def test_a_second_time_changes_nothing() -> None:
    tokens = set(db.session.scalars(select(Contact.token)))
    assert seed() == Filled(shelters=0, residents=0, contacts=0)
    assert counted(Subscriber) == 330
    assert set(db.session.scalars(select(Contact.token))) == tokens
    assert len(tokens) == 665


@pytest.mark.usefixtures("filled")
def test_every_page_of_the_ledger_has_something_to_show() -> None:
    assert set(db.session.scalars(select(DamageApplication.state))) >= {
        "received",
        "waiting",
        "surveying",
        "judged",
        "issued",
        "withdrawn",
    }
    assert set(db.session.scalars(select(Certificate.version))) == {1, 2}
    assert counted(AidReview) == 1, "paid for the first version, and to be looked at for the second"
    assert set(db.session.scalars(select(AidCase.state))) >= {"possible", "paid"}
    assert set(db.session.scalars(select(RegistryProposal.kind))) == {"disclosure", "retention"}
    assert sorted(db.session.scalars(select(SafetyInquiry.answer))) == ["none", "told"]
    assert sorted(db.session.scalars(select(Disclosure.ground))) == ["86-15", "86-8", "90-4-1"]
    assert set(db.session.scalars(select(ProtectionSought.kind))) == {"inquiry", "search"}


@pytest.mark.usefixtures("filled")
def test_every_tab_of_the_welfare_room_has_somebody_and_one_referral_is_late() -> None:
    officer = db.session.scalars(select(Account).where(Account.login == "fukushi")).one()
    page = listing.page(officer, Sought())
    assert all(page.counts.values())
    assert page.late == 1
    assert page.rows[0].depends is not None, "who has oxygen for some hours stands first"


@pytest.mark.usefixtures("filled")
def test_addresses_are_sealed_and_found_by_their_digest() -> None:
    person = residents.load(settings().data_dir)[0]
    for channel, address in person.addresses.items():
        found = db.session.scalars(select(Contact).where(Contact.digest == digest(address, "contact"))).one()
        assert found.channel == channel
        assert unseal(found.address, purpose="contact") == address
        assert address.encode() not in found.address


@pytest.mark.usefixtures("filled")
def test_residents_belong_to_nobody_and_their_trials_are_named() -> None:
    people = residents.make(municipality().areas)
    assert len({person.name for person in people}) == 330
    for person in people:
        assert all(address.endswith(".example") for c, address in person.addresses.items() if c == "email")
        assert all(
            a.startswith(("+8190000", "+8159400")) and e164(a) == a for c, a in person.addresses.items() if c == "sms"
        )
        assert all(a.startswith("+8159400") and e164(a) == a for c, a in person.addresses.items() if c == "voice")
    assert len([words for person in people for words in person.trials.values()]) == 34
    assert any("21211" in person.trials.get("sms", "") for person in people)


@pytest.mark.usefixtures("app")
def test_an_installation_that_is_no_demonstration_is_not_filled() -> None:
    with pytest.raises(RuntimeError):
        seed()
    assert counted(Subscriber) == 0


def test_the_command_says_what_it_added(demo_app: Flask) -> None:
    done = demo_app.test_cli_runner().invoke(demo, ["seed", "--json"])
    assert json.loads(done.output) == {"shelters": 25, "residents": 330, "contacts": 665}
    again = demo_app.test_cli_runner().invoke(demo, ["seed"])
    assert again.output == "added: 0 shelters, 0 residents with 0 addresses\n"


def test_the_command_refuses_outside_of_a_demonstration(app: Flask) -> None:
    done = app.test_cli_runner().invoke(demo, ["seed"])
    assert done.exit_code == 1
    assert "--demo only" in done.output
