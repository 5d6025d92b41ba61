"""Applications for certificates: one that may be seen with everything that belongs to it, and one of every protected household."""

from sqlalchemy import select

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.incidents import running
from registry.damage import applying, given, issuing, numbers
from registry.damage.grades import Grade
from registry.damage.vocabulary import Method, Round, State, SurveyState
from registry.models.certificates import DamageApplication, Survey
from registry.models.damage import Dwelling, Occupancy
from registry.models.ledger import AffectedHousehold, AffectedMember
from tests.doors import canaries
from tests.registry.damage.cases import FORM, photograph

JUDGED = (canaries.OWN, 1, 2)


def seed() -> tuple[dict[str, object], dict[str, object]]:
    """By the name of an address's parameter what stands behind it: of the one who may be seen, and of protected people."""
    for number in range(canaries.COUNT + 2):
        _application(number)
    mine, hidden = canaries.application_id(canaries.OWN), canaries.application_id(1)
    applying.keep_files(mine, [photograph()], actor="cli")
    _open_survey()
    certificate = issuing.issue(mine, actor="cli")
    theirs = issuing.issue(hidden, actor="cli")
    found = {
        "certificate_id": certificate,
        "survey_id": _survey_of(canaries.OTHER),
        "file_id": applying.files(mine)[0].id,
    }
    return found, {"certificate_id": theirs, "survey_id": _survey_of(3)}


def _open_survey() -> None:
    """A judged survey of a building that everybody may see."""
    with transaction() as session:
        incident, at = running.ensure(session, actor="cli"), clock.now()
        house, place = _dwelling(canaries.COUNT + 2), f"山田{canaries.name(canaries.OWN)}"
        session.add(Dwelling(id=house, incident_id=incident, address=place, created_at=at, created_by="cli"))
        session.flush()
        session.add(_survey(3, incident, house))
    db.session.rollback()


def _survey_of(number: int) -> int:
    return db.session.scalars(select(Survey.id).where(Survey.dwelling_id == _dwelling(number))).one()


def _application(number: int) -> None:
    name = canaries.name(number)
    what = given.read({**FORM, "name": name, "head": name, "place": f"山田{name}", "damage": f"被害{name}"})
    at, fresh, dwelling = clock.now(), numbers.new_application(), _dwelling(number)
    household = canaries.person_id(number).replace("-0000000000", "-5555550000")
    with transaction() as session:
        incident = running.ensure(session, actor="cli")
        session.add(
            AffectedHousehold(
                id=household,
                incident_id=incident,
                number=900 + number,
                size=1,
                address=f"山田{name}",
                frozen_at=at,
                frozen_by="cli",
            )
        )
        session.add(Dwelling(id=dwelling, incident_id=incident, address=f"山田{name}", created_at=at, created_by="cli"))
        session.flush()
        session.add(AffectedMember(household_id=household, victim_id=canaries.victim_id(number), head=True))
        session.add(Occupancy(dwelling_id=dwelling, household_id=household))
        session.add(_survey(number, incident, dwelling))
        row = DamageApplication(
            id=canaries.application_id(number), incident_id=incident, number=fresh, kind=what.paper, channel="counter", given=what.sealed(),
            state=State.JUDGED if number in JUDGED else State.WAITING, place=what.place, pair_digest=applying.pair(fresh, what.birth),
            household_id=household, dwelling_id=dwelling, received_at=at, received_by="cli", changed_at=at,
        )  # fmt: skip
        session.add(row)
    db.session.rollback()


def _survey(number: int, incident: int, dwelling: str) -> Survey:
    """Approved where a paper follows, judged for protected person 3, planned otherwise."""
    at = clock.now()
    row = Survey(
        incident_id=incident, dwelling_id=dwelling, round=Round.FIRST, state=SurveyState.PLANNED, surveyors=[], created_at=at, created_by="cli"
    )  # fmt: skip
    if number in (*JUDGED, 3):
        row.state = SurveyState.JUDGED if number == 3 else SurveyState.APPROVED
        row.ratio, row.grade, row.method = 5000, Grade.TOTAL, Method.INSIDE
        row.surveyed_on, row.judged_at, row.judged_by = clock.jst(at).date(), at, "cli"
    return row


def _dwelling(number: int) -> str:
    return canaries.person_id(number).replace("-0000000000", "-6666660000")
