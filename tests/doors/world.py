"""A town in which every address has something to show: one of each thing at the person's own shelter and one at another."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select

import tests.doors.disputes
from broadcast.governing import governed
from broadcast.models.delivery import Delivery
from disaster.app import create_app
from disaster.bulletins import samples
from disaster.bulletins.models import Proposal, Telegram
from disaster.core import clock, schema
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.settings import Settings
from disaster.demo import residents
from disaster.incidents import exercise
from disaster.shelters import directory, state
from disaster.shelters.desk import notes, reports, supplies
from disaster.shelters.vocabulary import Opening
from disaster.staff.models import Account
from disaster.staff.permissions import Role
from registry.consent import consents
from registry.consent.consents import Said
from registry.disclosure import giving
from registry.disclosure.giving import Asked
from registry.inquiry import asking
from registry.inquiry.asking import Question
from registry.models.ledger import Victim
from registry.models.people import ShelterStaff
from registry.tablets import devices
from tests.broadcast.town import Town
from tests.doors import aid, canaries, certificates, numbers, pictures, welfare
from tests.fakes.staff import make_account, sign_in

PEOPLE: dict[
    str, Callable[[int], object]
] = {  # parameters that name a person, and how those of the protected are named
    "person_id": canaries.person_id,
    "household_id": canaries.household_id,
    "stay_id": canaries.stay_id,
    "victim_id": canaries.victim_id,
    "application_id": canaries.application_id,
    "affected_id": aid.affected_id,
    "case_id": aid.case_id,
}
PARAMETERS = (  # what ``_fill`` gives to the addresses
    "account_id",
    "alert_id",
    "certificate_id",
    "change_id",
    "channel",
    "conflict_id",
    "day",
    "file_id",
    "delivery_id",
    "kept_id",
    "link_id",
    "device_id",
    "note_id",
    "notice_id",
    "request_id",
    "review_id",
    "shelter_id",
    "survey_id",
    "telegram_id",
    "version",
    "window_id",
    "order_id",
    "disclosure_id",
    "inquiry_id",
    "consent_id",
    "proposal_id",
    "meeting_id",
    "sought_id",
    *PEOPLE,
)


@dataclass
class World:
    """``objects``: by the name of an address's parameter, the own thing and the other one (the same where there is no difference)."""

    app: Flask
    objects: dict[str, tuple[object, object]] = field(default_factory=dict)
    secret: dict[str, object] = field(default_factory=dict)  # the same by name, of protected people, beside ``PEOPLE``
    cookies: dict[str, str] = field(default_factory=dict)  # by role; "nobody" is not signed in
    accounts: dict[str, int] = field(default_factory=dict)
    token: str = ""  # of a tablet of the own shelter

    def both(self, name: str, own: object, other: object | None = None) -> None:
        """Name what an address's parameter may be."""
        assert name in PARAMETERS, f"name {name!r} in PARAMETERS too"
        self.objects[name] = (own, own if other is None else other)


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """The demonstration's application on a filled database; its context is pushed."""
    settings = Settings(
        demo=True, data_dir=folder, secret_key="test-secret", data_key="0" * 64, my_number_key=numbers.KEY, jma_feeds=False
    )  # fmt: skip
    app = create_app(settings)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)  # the question is who may, not whether a token was sent
    with app.app_context():
        schema.upgrade()
        made = World(app)
        _fill(made, folder)
        yield made
        db.session.remove()
        db.engine.dispose()


def _fill(made: World, folder: Path) -> None:
    town = Town(made.app).build()
    residents.save(folder, residents.make(municipality().areas))
    own, other = (
        s.id for s in directory.all_shelters() if s.name in ("神田小学校", "稲部小学校") and s.kind == "evacuation"
    )
    made.both("shelter_id", own, other)
    for role in Role:
        account = make_account(f"door-{role}", role)
        made.accounts[role] = account.id
        client = made.app.test_client()
        sign_in(client, account)
        cookie = client.get_cookie("session")
        assert cookie is not None
        made.cookies[role] = cookie.value
        db.session.rollback()
    with transaction() as session:
        session.add(ShelterStaff(account_id=made.accounts[Role.SHELTER], shelter_id=own))
    _, code = devices.invite(own, "受付1", actor="cli")
    made.token = devices.enrol(code, "受付1")[1]
    made.both("device_id", *(devices.invite(number, "予備", actor="cli")[0] for number in (own, other)))
    _alerts(made, town)
    _desks(made, own, other)
    _people(made, own, other)
    _disputes(made, own, other)
    for seed in (certificates.seed, aid.seed):
        found, secret = seed()
        made.secret |= secret
        for name, value in found.items():
            made.both(name, value)
    survey = int(str(made.secret["survey_id"])), canaries.application_id(3)
    made.secret["file_id"] = pictures.seed(made.app, made.cookies[Role.PROTECTION], canaries.application_id(1), survey)
    for name, of in PEOPLE.items():
        made.both(name, of(canaries.OWN), of(canaries.OTHER))
    assert set(PARAMETERS) == set(made.objects)


def _alerts(made: World, town: Town) -> None:
    town.resident(1)
    alert_id = town.approved()
    made.both("alert_id", alert_id)
    made.both("delivery_id", db.session.scalars(select(Delivery.id)).first())
    made.both("channel", "email")
    samples.load("heavy-rain-3", actor="cli")
    made.both("telegram_id", db.session.scalars(select(Telegram.id)).first())
    made.both("proposal_id", db.session.scalars(select(Proposal.id)).first())
    soon = clock.now() + timedelta(hours=1)
    made.both("window_id", exercise.open_window(town.approver, name="扉の訓練", ends_at=soon))
    exercise.close_window(town.approver, int(str(made.objects["window_id"][0])))
    made.both("change_id", governed.propose(town.approver, "failover_minutes", "9", "試験のため"))
    made.both("account_id", town.operator)


def _desks(made: World, own: int, other: int) -> None:
    today = clock.jst(clock.now()).date()
    found: dict[str, list[int]] = {"note_id": [], "request_id": []}
    for shelter in (own, other):
        state.set_opening(shelter, Opening.OPEN, seen=1, actor="account:1")
        found["note_id"].append(notes.write(shelter, "毛布を数える", task=True, actor="account:1"))
        wanted = supplies.Wanted(item="water", quantity="10")
        found["request_id"].append(supplies.ask(shelter, wanted, actor="account:1"))
        reports.submit(shelter, today, {}, {}, seen=0, actor="account:1")
    for name, both in found.items():
        made.both(name, *both)
    made.both("day", today.isoformat())
    made.both("version", 1)


def _given(made: World) -> None:
    """Something that was given away of the one who may be seen, and by a named officer of a protected person."""
    told = []
    for number, role in ((canaries.OWN, Role.REGISTRY), (1, Role.PROTECTION)):
        person = db.session.scalars(select(Victim).where(Victim.id == canaries.victim_id(number))).one()
        consent = consents.give(person.id, Said("self", "government", ["A1"], "signed"), actor="cli")
        asked = Asked("86-8", "government", "いなべ市", str(person.number), (), "一時滞在", confirmed=1)
        told.append({"consent_id": consent, "disclosure_id": giving.give(asked, made.accounts[role]).disclosure_id})
    for name, value in told[0].items():
        made.both(name, value)
    made.secret |= told[1]


def _inquiry(made: World) -> int:
    """One that was answered with something, about the one who may be seen."""
    mark = f"カナリア{canaries.OPEN_MARK}{canaries.OWN:02}"
    asked = Question("甲", "乙", "spouse", "licence", "安否", "", mark, "", "19600412", "f", "together")
    account = db.session.get_one(Account, made.accounts[Role.INQUIRY])
    return asking.ask(asked, account)


def _disputes(made: World, own: int, other: int) -> None:
    tests.doors.disputes.seed(own, other)
    disputes = tests.doors.disputes
    made.both("conflict_id", disputes.conflict(canaries.OWN), disputes.conflict(canaries.OTHER))
    made.both("kept_id", disputes.kept(0))
    made.both("link_id", disputes.merged(own))
    link = disputes.merged(own, canaries.person_id(5))
    made.secret |= {"conflict_id": disputes.conflict(2), "kept_id": disputes.kept(-1), "link_id": link}
    made.both("notice_id", tests.doors.disputes.notice(made.accounts[Role.REGISTRY]))


def _people(made: World, own: int, other: int) -> None:
    canaries.seed(own, other, made.accounts[Role.PROTECTION], make_account("door-protection-2", Role.PROTECTION).id)
    numbers.seed()
    welfare.seed()
    made.both("order_id", 1)
    made.both("meeting_id", 1)
    made.both("sought_id", 1)
    made.both("inquiry_id", _inquiry(made))
    _given(made)
