"""A household, its house, its application: what tests of certificates begin with."""

import io
from dataclasses import dataclass
from typing import Any

from PIL import Image
from sqlalchemy import select

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.incidents import running
from registry.damage import applying, given, handling, households, issuing, surveys
from registry.damage.handling import Building
from registry.damage.surveys import Finding
from registry.damage.vocabulary import State
from registry.models.certificates import DamageApplication, Survey
from registry.models.people import Resident

FORM = {
    "kind": "dwelling", "relation": "self", "name": "山田 花子", "kana": "やまだ はなこ", "birth": "S60.4.12", "address": "総合体育館",
    "phone": "090-1234-5678", "email": "", "head": "", "place": "東員町大字山田1600番地", "building": "", "tenure": "owner", "cause": "大雨",
    "damage": "床上30センチ", "members": "", "remarks": "",
}  # fmt: skip
OFFICER, SURVEYOR, CHIEF = "account:1", "account:2", "account:3"


def photograph(size: tuple[int, int] = (640, 480), color: str = "teal", kind: str = "JPEG", **options: Any) -> bytes:
    """A picture file."""
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, kind, **options)
    return out.getvalue()


def resident_household(
    key: str, *names: str, address: str = "三重県員弁郡東員町大字山田1600番地", hidden: bool = False
) -> str:
    """A 住民票世帯, the head first; its key."""
    with transaction() as session:
        for place, name in enumerate(names):
            session.add(
                Resident(
                    source_key=f"{key}-{place}",
                    household_key=key,
                    name=name,
                    address=address,
                    relation="世帯主" if place == 0 else "子",
                    hidden=hidden,
                    row_hash="0" * 64,
                    updated_at=clock.now(),
                )
            )
    return key


def applied(**changes: str) -> str:
    """An application, as the counter takes it in; its id."""
    return applying.receive(given.read({**FORM, **changes}), channel="counter", actor=OFFICER)


@dataclass
class Case:
    """An application with its household and building found."""

    application: str
    household: str | None
    dwelling: str

    @property
    def row(self) -> DamageApplication:
        """As it is now."""
        db.session.expire_all()
        return db.session.get_one(DamageApplication, self.application)

    @property
    def survey(self) -> Survey:
        """The survey that is under way."""
        db.session.expire_all()
        query = select(Survey).where(Survey.dwelling_id == self.dwelling, Survey.state.in_(surveys.UNDER_WAY))
        return db.session.scalars(query).one()

    def judged(self, ratio: str = "52.5", **changes: Any) -> int:
        """Let a surveyor judge; the survey."""
        survey = self.survey
        surveys.judge(
            survey.id,
            Finding(ratio=ratio, method="inside", surveyors=(2,), **changes),
            seen=survey.version,
            actor=SURVEYOR,
        )
        return survey.id

    def approved(self, ratio: str = "52.5", **changes: Any) -> int:
        """Judged, and approved by another; the survey."""
        number = self.judged(ratio, **changes)
        done, refused = surveys.approve([number], account_id=3, actor=CHIEF)
        assert (done, refused) == ([number], {})
        return number

    def issued(self, ratio: str = "52.5", **changes: Any) -> int:
        """Judged, approved, issued; the certificate."""
        self.approved(ratio, **changes)
        return issuing.issue(self.application, actor=OFFICER)

    def again(self, ratio: str, **changes: Any) -> int:
        """Doubted and surveyed again, approved; the survey."""
        applying.ask_again(self.application, "もっとひどい", actor=OFFICER)
        handling.accept_again(self.application, seen=self.row.version, second=True, actor=OFFICER)
        return self.approved(ratio, **changes)


def case(key: str = "h1", *names: str, dwelling: str | None = None, **changes: str) -> Case:
    """A household of the residents' list that applied, linked to its house (a new one, or one that is there)."""
    application = applied(**changes)
    incident = running.running()
    assert incident is not None
    household = None
    if changes.get("kind") != "other":
        resident_household(key, *(names or ("山田 太郎", "山田 花子", "山田 次郎")))
        with transaction() as session:
            household = households.fix(session, incident, f"residents:{key}", cleared=False, actor=OFFICER)
    building = Building(
        "東員町大字山田1600番地",
        kind="other" if changes.get("kind") == "other" else "dwelling",
        use="物置" if changes.get("kind") == "other" else "",
    )
    house = dwelling or handling.add_building(building, incident=incident, actor=OFFICER)
    row = db.session.get_one(DamageApplication, application)
    state = handling.link(
        application, seen=row.version, household_id=household, dwelling_id=house, tenure="owner", actor=OFFICER
    )
    assert state in (State.WAITING, State.JUDGED)
    return Case(application, household, house)
