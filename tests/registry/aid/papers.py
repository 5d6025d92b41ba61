"""Certificates for tests of aid: a household of the ledger with a paper of a grade, and the next version of it."""

from datetime import date

from sqlalchemy import func, select, update

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.incidents import laws, running
from disaster.incidents.models import Incident
from registry.damage.grades import Grade
from registry.damage.vocabulary import Kind, State
from registry.intake import ids
from registry.ledger import households
from registry.ledger.households import Member
from registry.models.certificates import Certificate, DamageApplication
from registry.models.damage import Dwelling
from registry.models.ledger import AffectedHousehold
from tests.registry.ledger.town import OFFICER, in_the_ledger

DAY = "2026-09-12"


def household(size: int = 2, family: str = "山田") -> str:
    """A 被災時世帯 of so many people."""
    people = [in_the_ledger(family=family, given=f"{number}") for number in range(size)]
    members = [Member(one.id, "", head=place == 0) for place, one in enumerate(people)]
    return households.freeze(members, address="三重県員弁郡東員町大字山田1600", actor=OFFICER)


def dwelling() -> str:
    """A building."""
    row = Dwelling(id=ids.new(), incident_id=incident(), address="山田1600", created_at=clock.now(), created_by=OFFICER)
    with transaction() as session:
        session.add(row)
    return row.id


def incident() -> int:
    """The disaster, with its day in September."""
    with transaction() as session:
        number = running.ensure(session, actor=OFFICER)
    if db.session.get_one(Incident, number).occurred_at.month != 9:
        laws.happened(number, DAY, "大雨", actor=OFFICER)
        laws.switch(number, "support", DAY, actor=OFFICER)
        laws.switch(number, "relief", DAY, actor=OFFICER)
    return number


def paper(household_id: str, grade: Grade, *, building: str | None = None) -> int:
    """A certificate of this grade, as the next version of the household's application."""
    number = incident()
    with transaction() as session:
        application = session.scalar(select(DamageApplication).where(DamageApplication.household_id == household_id))
        if application is None:
            application = DamageApplication(
                id=ids.new(),
                incident_id=number,
                number=f"{session.scalar(select(func.count()).select_from(DamageApplication)) or 0:010d}",
                kind=Kind.DWELLING,
                state=State.ISSUED,
                channel="counter",
                given="{}",
                place="山田1600",
                pair_digest="0" * 64,
                household_id=household_id,
                dwelling_id=building or dwelling(),
                received_at=clock.now(),
                received_by=OFFICER,
                changed_at=clock.now(),
            )
            session.add(application)
            session.flush()
        mine = Certificate.application_id == application.id
        version = (session.scalar(select(func.max(Certificate.version)).where(mine)) or 0) + 1
        row = Certificate(
            incident_id=number,
            application_id=application.id,
            household_id=household_id,
            dwelling_id=application.dwelling_id,
            kind=Kind.DWELLING,
            number=f"第{application.number}号",
            version=version,
            head_address="山田1600",
            head_name="山田",
            cause="大雨",
            place="山田1600",
            damage=grade.ja,
            grade=grade,
            extra="{}",
            issuer="東員町長",
            issued_on=date(2026, 9, 20),
            issued_at=clock.now(),
            issued_by=OFFICER,
        )
        session.add(row)
        session.flush()
        return row.id


def void(certificate: int) -> None:
    """Take a certificate back."""
    with transaction() as session:
        values = {"void_at": clock.now(), "void_by": OFFICER, "void_reason": "誤り"}
        session.execute(update(Certificate).where(Certificate.id == certificate).values(**values))


def size_of(household_id: str) -> int:
    """How many a household has."""
    return db.session.get_one(AffectedHousehold, household_id).size
