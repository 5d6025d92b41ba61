"""People with reasons for care, and an officer who works with them."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.shelters.models import Shelter
from disaster.staff.models import Account
from disaster.staff.permissions import Role
from registry.intake import entering, ids
from registry.models.people import Person
from registry.vocabulary import Kind
from registry.welfare import assessing, contacts, listing, referring
from registry.welfare.assessing import Said
from registry.welfare.listing import Sought
from registry.welfare.referring import Target
from registry.welfare.words import Tab
from tests.fakes.staff import make_account
from tests.registry.people.entries import arrive
from tests.registry.views.desks import shelter_named

BABIES = "妊産婦、乳児、特に配慮が必要な幼児とその介助者"


def welfare(login: str = "fukushi") -> Account:
    """An officer."""
    number = make_account(login, Role.WELFARE).id
    return db.session.get_one(Account, number)


def named(given: str, *care: str, hours_ago: float = 1, shelter: str = "神田小学校", **fields: object) -> str:
    """Somebody at a shelter with these reasons; the id of the entry."""
    return arrive(shelter_named(shelter), given=given, care=list(care), hours_ago=hours_ago, **fields)


def shown(account: Account, tab: Tab = Tab.NEW, **sought: object) -> list[str]:
    """Given names on a tab, in order."""
    found = listing.page(account, Sought(tab, **sought))  # type: ignore[arg-type]
    return [row.seen.person.given for row in found.rows]


def call(account: Account, number: str, result: str = "talked", note: str = "") -> None:
    """A contact."""
    contacts.log(account, number, result, note, key=ids.new())


def judge(account: Account, number: str, judgement: str = "general", due: str = "", seen: int = 0) -> int:
    """An assessment."""
    said = Said(judgement, "soon", due, "")
    return assessing.assess(account, number, said, seen_id=seen, key=ids.new())


def refer(account: Account, number: str, place: str = "桑名の病院") -> int:
    """A referral to a place by its name."""
    return referring.request(account, number, Target(place=place), "", key=ids.new())


def accepting(words: str) -> int:
    """A shelter that takes these people only."""
    number = shelter_named("城山小学校")
    with transaction() as session:
        row = session.get_one(Shelter, number)
        row.welfare, row.accepts = True, words
    return number


def correct(number: str, **fields: object) -> None:
    """Somebody at a desk corrects an entry."""
    with transaction() as session:
        entering.enter(session, Kind.PERSON, number, fields, actor="account:1")


def tomorrow() -> str:
    """The day after today, as a form has it."""
    return (clock.jst(clock.now()).date() + timedelta(days=1)).isoformat()


def entry(app: Flask, given: str) -> Person:
    """The entry of somebody."""
    return db.session.scalars(select(Person).where(Person.given == given)).one()
